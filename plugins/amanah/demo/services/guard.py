"""The watcher beside a demonstration: when the demonstration dies, by whatever cause, it stops the services.

``python -m amanah.demo.services.guard FOLDER`` reads its standard input, a pipe that only the demonstration holds
open. The end of that pipe means that the demonstration is gone; the kernel closes it even after ``kill -9``, on Linux
and on macOS. (PR_SET_PDEATHSIG would be Linux only, would reach no grandchildren, and fires when the *thread* that
started the child ends.) The guard sits in a session of its own, so that a signal to the terminal's group spares it.
"""

import signal
import sys
from pathlib import Path

from amanah.demo.services.lock import for_stopping
from amanah.demo.services.running import stop_all

_PATIENCE = 1.0  # seconds that the folder may still be taken: the kernel gives back a dead program's files one by one
_GRACE = 3.0  # seconds for each group of services to end by itself; nobody waits for their work any more


def main() -> None:
    """Wait for the end of standard input, then stop what belongs to the folder."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    folder = Path(sys.argv[1])
    sys.stdin.buffer.read()
    with for_stopping(folder, _PATIENCE) as taken:
        if taken:  # otherwise the next demonstration has the folder already, and has stopped what it found
            stop_all(folder, _GRACE)


if __name__ == "__main__":
    main()
