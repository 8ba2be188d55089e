"""Free TCP ports on this machine. Nothing else belongs here."""

import random
import socket
from contextlib import ExitStack

# Below the range from which Linux and macOS take the ports of outgoing connections, so that no connection made
# between choosing a port and listening on it can take the port away.
_LOWEST, _HIGHEST = 20_000, 32_000
_TRIES_PER_PORT = 100


def free_ports(count: int) -> list[int]:
    """Return ``count`` different ports on 127.0.0.1 on which nothing listens.

    All of them are held open until the last is found. The choice is random, so that two programs that choose at the
    same moment hardly ever choose the same.

    Raises:
        OSError: no free port was found.
    """
    chooser = random.SystemRandom()
    with ExitStack() as held:
        ports: list[int] = []
        for _ in range(count * _TRIES_PER_PORT):
            if len(ports) == count:
                return ports
            holder = held.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
            port = chooser.randrange(_LOWEST, _HIGHEST)
            try:
                holder.bind(("127.0.0.1", port))
            except OSError:
                continue
            ports.append(port)
    raise OSError(f"no {count} free ports between {_LOWEST} and {_HIGHEST} on 127.0.0.1: stop what holds them")


def free_port() -> int:
    """Return one port on 127.0.0.1 on which nothing listens."""
    return free_ports(1)[0]


def listens(port: int) -> bool:
    """Tell whether something accepts connections on ``port`` of 127.0.0.1."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
