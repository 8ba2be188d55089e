"""Decrypts one message from outside, in a process of its own. Run as a program by :mod:`.seal`, never imported.

pysequoia holds Python's lock while it works, and a message that OpenPGP has compressed can be any number of times
larger than its file; no other place can stop it. Here the operating system does: this process cannot write a file
larger than the sealed one, cannot take memory without end, leaves no core dump, and ends with the process that
started it. It reads one order (JSON) from standard input - the secret key never stands on a command line or in a file
of ours - and writes one answer to standard output.
"""

import base64
import ctypes
import json
import os
import re
import resource
import signal
import sys
from typing import Any

import pysequoia

LARGEST_MEMORY = 2 << 30  # bytes; a message of any size needs about 160 MB
FILE_TOO_LARGE = 27  # EFBIG
_SET_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of prctl(2)


def main() -> None:
    """Read the order, decrypt, answer."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
    order = json.load(sys.stdin)
    if os.getppid() != order["parent"]:  # it ended before we had asked to end with it
        sys.exit(1)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_DATA, (LARGEST_MEMORY, LARGEST_MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (order["limit"], order["limit"]))
    json.dump(_decrypt(order), sys.stdout)


def _decrypt(order: dict[str, Any]) -> dict[str, Any]:
    certificates = [pysequoia.Cert.from_bytes(base64.b64decode(each)) for each in order["certificates"]]
    wanted: list[str] = []

    def store(keys: list[str]) -> list[pysequoia.Cert]:
        wanted.extend(keys)
        return certificates

    answer: dict[str, Any] = {}
    for key in order["keys"]:
        try:
            decryptor = _decryptor(pysequoia.Tsk.from_bytes(base64.b64decode(key)), order["passphrase"])
        except Exception:
            return {"failed": "our key"}
        wanted.clear()
        try:
            opened = pysequoia.decrypt_file(order["sealed"], order["plain"], decryptor, store=store)
        except Exception as error:
            answer = {"failed": _kind(str(error)), "errno": errno_in(str(error)), "wanted": list(wanted)}
            if answer["failed"] != "no key":
                return answer
        else:
            signers = [[each.certificate, each.signing_key] for each in opened.valid_sigs]
            return {"signers": signers, "wanted": list(wanted)}
    return answer


def _decryptor(key: pysequoia.Tsk, passphrase: str | None) -> pysequoia.PyDecryptor:
    try:
        return key.decryptor(passphrase)
    except RuntimeError:  # the library refuses a passphrase for a key that has none
        return key.decryptor(None)


def _kind(text: str) -> str:
    """Which of the library's errors this is; its text itself goes no further."""
    for beginning, kind in (("No key to decrypt", "no key"), ("Signature verification failed", "signature")):
        if text.startswith(beginning):
            return kind
    return "structure" if "message structure" in text.partition("\n")[0] else "damaged"


def errno_in(text: str) -> int | None:
    """The number of the operating system's error that a text of the library names, if it names one."""
    found = re.search(r"\(os error ([0-9]+)\)", text)
    return int(found[1]) if found else None


if __name__ == "__main__":
    main()
