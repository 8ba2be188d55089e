"""An SMTP server that delivers nothing: each mail becomes one ``.eml`` file that any mail program opens.

``python -m amanah.demo.services.mail_catcher --port N --folder DIR``. File names count up and carry a hash of the
message id: ``000001-1f0c9a7be2d4.eml``; no address or subject stands in them.
"""

import argparse
import asyncio
import hashlib
import sys
from collections.abc import Sequence
from email import message_from_bytes
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from amanah.demo.services.ports import listens
from amanah.demo.services.processes import Service, base_environment


class Catcher:
    """Keeps each mail in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._count = max((int(kept.name.partition("-")[0]) for kept in folder.glob("*.eml")), default=0)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802, ARG002 - aiosmtpd's names
        """Keep the mail; a reader of the folder never sees half of one."""
        mail = envelope.original_content or b""
        delivery = [f"Return-Path: <{envelope.mail_from}>", *(f"Delivered-To: {to}" for to in envelope.rcpt_tos)]
        self._count += 1
        message_id = message_from_bytes(mail).get("Message-ID", "")
        digest = hashlib.sha256(message_id.encode() or mail).hexdigest()[:12]
        file = self._folder / f"{self._count:06d}-{digest}.eml"
        draft = file.with_suffix(".part")
        draft.write_bytes("".join(f"{line}\r\n" for line in delivery).encode() + mail)
        draft.replace(file)
        return "250 kept"


def mail_service(folder: Path, port: int) -> Service:
    """The catcher as a service to start, keeping mails in ``folder``."""
    argv = [sys.executable, "-m", "amanah.demo.services.mail_catcher", "--port", str(port), "--folder", str(folder)]
    return Service("mail", argv, base_environment(), ready=lambda: listens(port), timeout=30)


async def serve(port: int, folder: Path) -> None:
    """Serve until the process is ended."""
    catcher = Catcher(folder)
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(catcher, hostname="localhost", enable_SMTPUTF8=True), "127.0.0.1", port
    )
    await server.serve_forever()


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the arguments and serve."""
    parser = argparse.ArgumentParser(
        prog="amanah.demo.services.mail_catcher", description="A mail catcher on 127.0.0.1."
    )
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True, help="where the mails are kept")
    options = parser.parse_args(arguments)
    asyncio.run(serve(options.port, options.folder))


if __name__ == "__main__":
    main()
