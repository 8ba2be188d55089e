"""Putting a package at the exchange point again, or another one in its place: what the ordinary wire never does."""

from dataclasses import dataclass

from amanah.exchange.sftp.connection import login_of, open_channel, pinned_key
from amanah.exchange.sftp.messages import ServerSaid
from amanah.exchange.sftp.session import Session
from amanah.exchange.transport import OtherContent
from amanah.partner.check.conversation import Conversation, Sent
from amanah.partner.settings import PartnerSettings

STORED, REFUSED, NOT_TRIED = "stored", "refused, 123", "not tried"


@dataclass(frozen=True)
class Replays:
    """What can be done over one wire."""

    settings: PartnerSettings
    wire: str

    def put(self, conversation: Conversation, sent: Sent, sealed: bytes) -> str:
        """Put ``sealed`` at the exchange point under the name of ``sent``, in place of what is there.

        Returns ``STORED``, ``REFUSED``, or a text that begins with ``NOT_TRIED``. Over HTTPS nothing can be taken
        away, and nothing has to: the package is simply sent again.
        """
        forge = conversation.forge
        folder = f"/{forge.agreement.id}/{forge.sender}/{sent.message_id.stream}"
        room = forge.folder / "again"
        room.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = room / sent.message_id.file_name
        file.write_bytes(sealed)
        if self.wire == "sftp" and not self._remove(f"{folder}/{file.name}"):
            return f"{NOT_TRIED}: the server does not let us delete our own file"
        try:
            conversation.wire.put(file, folder)
        except OtherContent:
            return REFUSED
        return STORED

    def _remove(self, path: str) -> bool:
        reach = self.settings.sftp
        assert reach is not None  # noqa: S101 - there is a wire of it
        with open_channel(reach, login_of(reach), pinned_key(reach.host_key)) as channel:
            try:
                Session(channel, reach.timeout).remove(path)
            except ServerSaid:
                return False
        return True
