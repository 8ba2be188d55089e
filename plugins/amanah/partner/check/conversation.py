"""The talk with one node: packages put at the exchange point, and what the node says in its stream ``status``."""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from amanah.exchange import by_hand, package, receipt
from amanah.exchange.codes import Refused
from amanah.exchange.package import MANIFEST
from amanah.exchange.seal.signature import SignatureError
from amanah.exchange.transport import Transport
from amanah.exchange.words import RESEND_PART, STATUS_PART
from amanah.partner.check.journal import Journal
from amanah.partner.forge import Forge
from amanah.settings_file import SettingsError
from schemas.envelope import STATUS_STREAM, Kind, Manifest, MessageId, ResendRequest, StatusMessage

Content = TypeVar("Content", bound=BaseModel)


@dataclass(frozen=True)
class Word:
    """One message of the node's stream ``status``; ``fault`` says what is wrong with it as a package."""

    message_id: MessageId
    manifest: Manifest | None = None
    manifest_sha256: str | None = None
    answer: StatusMessage | None = None
    request: ResendRequest | None = None
    fault: str | None = None
    receipt_fault: str | None = None


@dataclass(frozen=True)
class Sent:
    """A message of ours, and the hashes that its answer must give."""

    message_id: MessageId
    package_sha256: str
    manifest_sha256: str | None

    def __str__(self) -> str:
        return str(self.message_id)


@dataclass
class Conversation:
    """What both sides say, over one wire; ``seconds`` to wait for a word, looking every ``pause``."""

    wire: Transport
    forge: Forge
    journal: Journal
    seconds: float
    pause: float
    words: list[Word] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.words = [self._read(path) for path in sorted(self.journal.received.glob("*.pgp"))]

    def check_it_is_ours(self) -> None:
        """Raise ``SettingsError`` when somebody else has sent messages under our name that the journal lacks."""
        for stream in (*self.forge.agreement.streams, STATUS_STREAM):
            known = {path.name for path in self.journal.sent.glob("*.pgp")}
            for name in self.wire.names(self._folder(self.forge.sender, stream)):
                if name.endswith(".tar.pgp") and name not in known:
                    raise SettingsError(
                        f"{name} is at the exchange point and not in {self.journal.sent}: give the folder of the check "
                        "that sent it, or an exchange point and a node that have not heard of us"
                    )

    def make(self, stream: str, make: Callable[[MessageId], bytes]) -> Sent:
        """Make the next message of ``stream`` and keep it, unsent."""
        message_id = self.forge.message_id(stream, self.journal.next_number(stream))
        sealed = make(message_id)
        path = self.journal.keep(message_id, sealed)
        return Sent(message_id, package.sha256_of(path), self.journal.before.get(stream))

    def put(self, *sent: Sent) -> None:
        """Put what was made at the exchange point."""
        for each in sent:
            self._put(self.journal.sent / each.message_id.file_name)

    def put_what_waits(self) -> None:
        """Put what an earlier run had made and not sent."""
        for path in self.journal.unsent:
            self._put(path)

    def _put(self, path: Path) -> None:
        name = path.name.removesuffix(".tar.pgp")
        self.wire.put(path, self._folder(self.forge.sender, MessageId.parse(name).stream))
        self.journal.note_sent(name)

    def ask(self, request: ResendRequest) -> Sent:
        """Make a resend request of ours."""

        def make(message_id: MessageId) -> bytes:
            self.forge.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            part = self.forge.folder / RESEND_PART
            part.write_text(request.model_dump_json(indent=1) + "\n", encoding="utf-8")
            manifest = self.forge.manifest(message_id, [part], kind=Kind.RESEND_REQUEST)
            return self.forge.seal(self.forge.pack(STATUS_STREAM, manifest, [part]))

        return self.make(STATUS_STREAM, make)

    def listen(self, enough: Callable[[], bool]) -> bool:
        """Fetch what the node says until it is ``enough``; False when that did not come in time."""
        ends = time.monotonic() + self.seconds
        while True:
            self.fetch()
            if enough():
                return True
            if time.monotonic() >= ends:
                return False
            time.sleep(self.pause)

    def fetch(self) -> None:
        """Fetch every status message that is not here."""
        folder = self._folder(self.forge.receiver, STATUS_STREAM)
        here = {str(word.message_id) for word in self.words}
        for name in self.wire.names(folder):
            with suppress(ValueError):
                message_id = MessageId.parse(name.removesuffix(".tar.pgp"))
                if str(message_id) not in here and message_id.receiver == self.forge.sender:
                    target = self.journal.received / message_id.file_name
                    self.wire.get(folder, name, target)
                    self.words.append(self._read(target))

    def refetched(self, word: Word) -> str | None:
        """The hash of a status message as it lies at the exchange point now; None when it is not there."""
        folder, name = self._folder(self.forge.receiver, STATUS_STREAM), word.message_id.file_name
        if name not in self.wire.names(folder):
            return None
        target = self.forge.folder / name
        self.wire.get(folder, name, target)
        return package.sha256_of(target)

    def answers(self, sent: Sent) -> list[Word]:
        """The status messages that answer a message of ours."""
        return [word for word in self.words if word.answer is not None and word.answer.answers == str(sent)]

    def answered(self, sent: Sequence[Sent]) -> bool:
        """Whether each of ``sent`` has an answer."""
        said = {word.answer.answers for word in self.words if word.answer is not None}
        return all(str(each) in said for each in sent)

    def requests(self, stream: str, sequence: int) -> list[ResendRequest]:
        """The node's requests for message ``sequence`` of ``stream``."""
        asked = [word.request for word in self.words if word.request is not None]
        return [
            each
            for each in asked
            if each.stream == stream and each.from_sequence <= sequence <= (each.to_sequence or sequence)
        ]

    def _folder(self, sender: str, stream: str) -> str:
        return f"/{self.forge.agreement.id}/{sender}/{stream}"

    def _read(self, sealed: Path) -> Word:
        message_id = MessageId.parse(sealed.name.removesuffix(".tar.pgp"))
        room = self.journal.opened / str(message_id)
        try:
            by_hand.open_package(sealed, self.forge.keys, room, self.forge.agreement)
            content = (room / MANIFEST).read_bytes()
            manifest = Manifest.model_validate_json(content)
            bare = Word(message_id, manifest, package.sha256_of(room / MANIFEST))
            if manifest.schema_id != "status/1":
                return replace(bare, fault=f"its schema is {manifest.schema_id}, not status/1")
            if manifest.kind is Kind.RESEND_REQUEST:
                return replace(bare, request=_content(room / RESEND_PART, ResendRequest))
            if manifest.kind is Kind.STATUS:
                answer = _content(room / STATUS_PART, StatusMessage)
                return replace(bare, answer=answer, receipt_fault=self._receipt_fault(room, answer))
            if manifest.kind is Kind.CERTIFICATE or (manifest.kind is Kind.CASES and self.forge.agreement.cases.told):
                return bare
        except (Refused, ValidationError, OSError) as error:
            return Word(message_id, fault=_why(error))
        return replace(bare, fault=f"a message of kind {manifest.kind} in the stream status")

    def _receipt_fault(self, room: Path, answer: StatusMessage) -> str | None:
        signed = room / receipt.PART
        if not signed.exists():
            return "there is none"
        status_sha256 = package.sha256_of(room / STATUS_PART)
        try:
            receipt.take(signed.read_bytes(), answer, status_sha256=status_sha256, keys=self.forge.keys)
        except SignatureError as error:
            return str(error)
        return None


def _content(part: Path, model: type[Content]) -> Content:
    return model.model_validate_json(part.read_bytes())


def _why(error: Exception) -> str:
    """What is wrong, without quoting what came."""
    if isinstance(error, ValidationError):
        return "does not keep to its schema: " + ", ".join(
            sorted({".".join(map(str, e["loc"])) for e in error.errors()})
        )
    return f"{type(error).__name__}" if isinstance(error, OSError) else str(error)
