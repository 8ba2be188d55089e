"""Packages made by hand, as a partner's software makes them: right, or wrong in one thing.

Files in, files out: no node, no database. What is wrong with a package is said by its maker (:mod:`.faults`).
"""

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from amanah.exchange import package, parts
from amanah.exchange.parts import Statement
from amanah.exchange.seal import Keys, seal
from schemas.agreement import Agreement
from schemas.envelope import STATUS_STREAM, Action, Counts, Manifest, MessageId, canonical_time
from schemas.streams import Stream

MANIFEST_FILE = "manifest.json"


@dataclass
class Forge:
    """Makes the messages of ``sender`` in ``folder``.

    Attributes:
        period: the month that messages speak of.
        before: per stream, the SHA-256 of the last manifest, which the next one names.
        created_at: what manifests say; now if not given.
    """

    agreement: Agreement
    sender: str
    keys: Keys
    folder: Path
    period: str
    before: dict[str, str | None] = field(default_factory=dict)
    created_at: datetime | None = None
    software: str = "made by hand"

    @property
    def receiver(self) -> str:
        """The other party."""
        return self.agreement.other(self.sender)

    def message_id(self, stream: str, sequence: int) -> MessageId:
        """The id of our message ``sequence`` of ``stream``."""
        return MessageId(self.sender, self.receiver, stream, sequence)

    def granted(self, stream: str) -> tuple[str, ...]:
        """The fields that a part of ours holds."""
        return self.agreement.granted(stream, sender=self.sender)

    def part(
        self,
        stream: str,
        statements: Sequence[Statement],
        *,
        fields: Sequence[str] | None = None,
        major: Stream | None = None,
    ) -> list[Path]:
        """Write ``statements`` into a part as agreed; none for none.

        With other columns where ``fields`` are given; as they are, in another major of the stream, where ``major`` is.
        """
        if not statements:
            return []
        path = self._room() / f"{stream}.{self.agreement.package.parts}"
        form, granted = self.agreement.written_form(stream), fields or self.granted(stream)
        if major is not None:
            parts.write(path, statements, major, tuple(granted))
        else:
            parts.write(path, [each.in_form(form) for each in statements], form.stream, form.fields(granted))
        return [path]

    def manifest(
        self, name: MessageId, content: Sequence[Path], counted: Counts | None = None, /, **says: object
    ) -> Manifest:
        """The right manifest of ``content``; ``says`` replaces what it says."""
        counts = counted or Counts()
        word = name.stream == STATUS_STREAM
        right = {
            "message_id": str(name),
            "kind": "records" if content else "nil",
            "environment": self.agreement.environment,
            "schema_id": "status/1" if word else self.agreement.written_form(name.stream).stream.schema_id,
            "agreement_sha256": self.agreement.sha256,
            "period": self.period,
            "created_at": canonical_time(self.created_at or datetime.now(UTC)),
            "counts": counts,
            "parts": [package.describe(path, records=counts.total) for path in content],
            "previous_manifest_sha256": self.before.get(name.stream),
            "legal_ground": self.agreement.legal_ground,
            "software": self.software,
        }
        return Manifest.model_validate(right | says)

    def tar(
        self,
        name: MessageId,
        statements: Sequence[Statement] = (),
        /,
        *,
        fields: Sequence[str] | None = None,
        tampered: Mapping[str, bytes] | None = None,
        major: Stream | None = None,
        **says: object,
    ) -> Path:
        """Write one message's tar.

        Args:
            name: its message id.
            statements: its records; a ``nil`` message without them.
            fields: the columns of the part, if not those agreed.
            major: the major of the stream that the records are in, if not the agreed one.
            tampered: what replaces the content of parts after they were described.
            says: what the manifest says, if not what is right.
        """
        content = self.part(name.stream, statements, fields=fields, major=major)
        spoken = {"schema_id": major.schema_id} if major is not None else {}
        manifest = self.manifest(name, content, parts.count(statements), **(spoken | says))
        for path in content:
            path.write_bytes((tampered or {}).get(path.name, path.read_bytes()))
        return self.pack(name.stream, manifest, content)

    def pack(self, stream: str, manifest: Manifest, content: Sequence[Path]) -> Path:
        """Write the tar of ``manifest`` and ``content``; the next manifest of ``stream`` will name this one."""
        tar = self._room() / "package.tar"
        self.before[stream] = package.write(tar, manifest, content)
        return tar

    def seal(self, tar: Path, *, keys: Keys | None = None) -> bytes:
        """The sealed package of ``tar``."""
        sealed = self._room() / "sealed"
        seal(tar, sealed, keys or self.keys)
        return sealed.read_bytes()

    def clear(self) -> None:
        """Remove what was written in the clear."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _room(self) -> Path:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self.folder


Make = Callable[[Forge, MessageId, Sequence[Statement]], bytes]


def new(record: Mapping[str, object], revision: int = 1) -> Statement:
    """The record is sent for the first time."""
    return Statement(Action.NEW, str(record["record_ref"]), revision, dict(record))


def correct(record: Mapping[str, object], revision: int) -> Statement:
    """The record has changed."""
    return Statement(Action.CORRECT, str(record["record_ref"]), revision, dict(record))


def withdraw(record_ref: str, revision: int) -> Statement:
    """The record should not be there."""
    return Statement(Action.WITHDRAW, record_ref, revision)
