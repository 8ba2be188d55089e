"""A link to a server that breaks, or stops, after so many bytes: a TCP proxy that counts."""

import socket
import struct
import threading
import time
from contextlib import suppress
from types import TracebackType
from typing import Literal, Self

Way = Literal["up", "down"]
QUIET = 0.3  # seconds without an answer after which none is expected
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close without a good-bye, as a link that is cut


class Link:
    """``Link(port)`` listens on ``.port`` and passes everything on to ``port``.

    ``cuts`` are taken one per connection: after so many bytes ``way``, that connection is cut, and what the other end
    has not looked at yet is lost with it. A ``gentle`` link waits until that end has said what it had to say.
    ``hold`` stops passing on after so many bytes instead, sets ``held``, and goes on when ``go_on`` is called.
    """

    def __init__(self, port: int, way: Way = "up", *, gentle: bool = False) -> None:
        self._to, self._way, self._gentle = port, way, gentle
        self.cuts: list[int] = []
        self.hold: int | None = None
        self.held, self._free = threading.Event(), threading.Event()
        self.passed: list[int] = []  # bytes ``way``, by connection
        self._last = 0.0  # when something was passed on
        self._sockets: list[socket.socket] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.go_on()
        for each in (self._listening, *self._sockets):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def go_on(self) -> None:
        self.hold = None
        self._free.set()

    def _accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                near, _ = self._listening.accept()
                far = socket.create_connection(("127.0.0.1", self._to))
                for each in (near, far):
                    each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._sockets += (near, far)
                cut = self.cuts.pop(0) if self.cuts else None
                number = len(self.passed)
                self.passed.append(0)
                for way, start, end in (("up", near, far), ("down", far, near)):
                    limit = cut if way == self._way else None
                    arguments = (start, end, number if way == self._way else None, limit)
                    threading.Thread(target=self._pass_on, args=arguments, daemon=True).start()

    def _pass_on(self, start: socket.socket, end: socket.socket, counted: int | None, cut: int | None) -> None:
        with suppress(OSError):
            while True:
                data = start.recv(16 * 1024)
                if counted is not None:
                    if cut is not None and self.passed[counted] + len(data) >= cut:
                        end.sendall(data[: cut - self.passed[counted]])
                        self._wait_for_answers()
                        break
                    if self.hold is not None and self.passed[counted] + len(data) >= self.hold:
                        self.held.set()
                        self._free.wait()
                    self.passed[counted] += len(data)
                if not data:
                    break
                end.sendall(data)
                self._last = time.monotonic()
        for each in (start, end):
            with suppress(OSError):
                if cut is not None and not self._gentle:
                    each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                each.shutdown(socket.SHUT_RDWR)
            if cut is not None:
                each.close()

    def _wait_for_answers(self) -> None:
        while self._gentle and time.monotonic() - self._last < QUIET:
            time.sleep(QUIET / 10)
