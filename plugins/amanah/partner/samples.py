"""Samples: a test agreement, worthless keys, a package of each kind, and what is inside each, byte for byte.

Keys are made at that moment. Committed ones would be in every copy of this repository and, some day, in somebody's
node; and what a partner compares does not depend on them: the sealed bytes differ each time anyway, what is inside is
the same on every machine, but for the receipts' signatures and the hash of the package that an answer gives.
"""

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import yaml

from amanah.exchange import package, parts, receipt
from amanah.exchange.certificate import paper
from amanah.exchange.certificate.tree import BRANCH, Tree
from amanah.exchange.codes import MEANING, Code
from amanah.exchange.package import MANIFEST
from amanah.exchange.parts import Statement
from amanah.exchange.seal import Keys, generate
from amanah.exchange.words import CASES_PART, CERTIFICATE_PART, RESEND_PART, STATUS_PART
from amanah.partner.forge import Forge, correct, new, withdraw
from amanah.store.fingerprint import fingerprint
from schemas import agreement as agreements
from schemas.agreement import Agreement
from schemas.envelope import (
    STATUS_STREAM,
    Cases,
    CaseView,
    Certificate,
    Counts,
    FileError,
    HeldTree,
    Kind,
    MessageId,
    PairDecision,
    RecordError,
    ResendRequest,
    StatusMessage,
    Verdict,
)
from schemas.examples import RECORDS

Form = Literal["parquet", "ndjson", "csv"]
FORMS: tuple[Form, ...] = ("csv", "ndjson", "parquet")
SENDER, RECEIVER = "IDN", "SAU"
MONTH, MADE, DECIDED = "2026-08", datetime(2026, 9, 1, 2, tzinfo=UTC), datetime(2026, 9, 1, 3, tzinfo=UTC)
SOFTWARE = "example 1.0"

README = """\
Samples of the exchange protocol; docs/protocol.md and docs/partner.md of Amanah explain them.

keys/                     secret keys and certificates of IDN and SAU, WORTHLESS: made for these samples only
<form>/agreement.yaml     the test agreement; its parts are in that form
<form>/packages/          sealed, as they travel; IDN's keys sign and SAU's open, and the other way round
<form>/opened/<message>/  what is inside each: manifest.json and the parts

Open one:     gpg --import keys/SAU.key.pgp keys/IDN.cert.pgp
              gpg --decrypt csv/packages/IDN-SAU-placement-000001.tar.pgp | tar -xO manifest.json
Compare:      with csv/opened/IDN-SAU-placement-000001/manifest.json; they are equal byte for byte

What each message is:
"""


@dataclass(frozen=True)
class Sample:
    """One message: what it shows, and the folder of what is inside."""

    message_id: MessageId
    shows: str
    opened: Path


Seal = Callable[[Forge, Path], bytes]


def write(out: Path, source: Path, forms: Sequence[Form] = FORMS) -> Mapping[Form, list[Sample]]:
    """Write the samples into the new or empty folder ``out``, under test agreements made of ``source``.

    Raises ``FileExistsError`` when ``out`` holds something else.
    """
    if out.exists() and any(out.iterdir()):
        raise FileExistsError(f"{out} holds other files; name a new or an empty folder")
    out.mkdir(parents=True, exist_ok=True)
    keys = _keys(out / "keys")
    made = {form: write_form(out / form, source, form, keys) for form in forms}
    lines = [f"{sample.message_id}  {sample.shows}\n" for sample in next(iter(made.values()))]
    (out / "README.txt").write_text(README + "".join(lines), encoding="utf-8")
    return made


def write_form(
    folder: Path, source: Path, form: Form, keys: Mapping[str, Keys], seal: Seal = Forge.seal
) -> list[Sample]:
    """Write the samples with parts in ``form``; ``seal`` makes a package of a tar."""
    folder.mkdir(parents=True)
    agreement = test_agreement(source, folder / "agreement.yaml", form)
    return list(_Samples(folder, agreement, keys, seal).all())


def test_agreement(source: Path, target: Path, form: Form) -> Agreement:
    """Write ``source`` as an agreement for tests with parts in ``form``, which names no keys; return it."""
    clauses: dict[str, Any] = yaml.safe_load(source.read_text(encoding="utf-8"))
    clauses["environment"] = "test"
    clauses["package"] = {"parts": form, "seal": "gnupg"}
    for party in clauses["parties"].values():
        party.pop("keys", None)
    target.write_text(yaml.safe_dump(clauses, allow_unicode=True, sort_keys=False, width=120), encoding="utf-8")
    return agreements.load(target)


def _keys(folder: Path) -> dict[str, Keys]:
    folder.mkdir(mode=0o700)
    for party in (SENDER, RECEIVER):
        generate(f"{party} sample, WORTHLESS", folder / f"{party}.key.pgp", folder / f"{party}.cert.pgp")
    return {
        ours: Keys(folder / f"{ours}.key.pgp", folder / f"{theirs}.cert.pgp")
        for ours, theirs in ((SENDER, RECEIVER), (RECEIVER, SENDER))
    }


@dataclass
class _Samples:
    """Makes the messages of both sides, one after the other."""

    folder: Path
    agreement: Agreement
    keys: Mapping[str, Keys]
    seal: Seal
    forges: dict[str, Forge] = field(init=False)
    numbers: dict[tuple[str, str], int] = field(default_factory=dict)
    sealed: dict[str, tuple[str, str]] = field(default_factory=dict)  # of package and manifest, the SHA-256

    def __post_init__(self) -> None:
        self.forges = {
            party: Forge(
                self.agreement, party, self.keys[party], self.folder / f".making-{party}", MONTH,
                created_at=MADE if party == SENDER else DECIDED, software=SOFTWARE,
            )
            for party in (SENDER, RECEIVER)
        }  # fmt: skip

    def all(self) -> Iterator[Sample]:
        """Every sample, each answer behind what it answers."""
        first, second = RECORDS["placement"]
        changed = {**first, "stage": "completed", "stage_date": first["stage_date"]}
        unknown = {**second, "record_ref": "IDN-P-000999"}
        one = self._records("placement", "two records", [new(first), new(second)])
        yield one
        yield self._answer(one, "accepted", applied=Counts(new=2))
        two = self._records(
            "placement", "a correction, a withdrawal, and a correction of what SAU does not hold",
            [correct(changed, 2), withdraw(str(second["record_ref"]), 2), correct(unknown, 2)],
        )  # fmt: skip
        yield two
        refused = RecordError(
            code=Code.UNKNOWN_RECORD, record_ref="IDN-P-000999", field=None, message=MEANING[Code.UNKNOWN_RECORD]
        )
        yield self._answer(
            two, "accepted, one record refused", applied=Counts(correct=1, withdraw=1), records=[refused]
        )
        yield self._records("placement", "nothing to say for the month", [])
        yield self._records("placement", "a snapshot: all that SAU should hold", [new(changed, 2)], kind=Kind.SNAPSHOT)
        wrong = self._records(
            "complaint", "two records, and a manifest that counts three", [new(each) for each in RECORDS["complaint"]],
            counts=Counts(new=3),
        )  # fmt: skip
        yield wrong
        error = FileError(code=Code.COUNTS_DIFFER, message=f"{Code.COUNTS_DIFFER.value} {MEANING[Code.COUNTS_DIFFER]}")
        yield self._answer(wrong, "rejected as a whole", files=[error])
        request = ResendRequest(stream="placement", from_sequence=3, to_sequence=4, asked_at=MADE)
        yield self._word(SENDER, Kind.RESEND_REQUEST, "asks SAU for two messages again", {RESEND_PART: _text(request)})
        yield self._cases()
        yield self._certificate({str(changed["record_ref"]): (changed, 2)})
        for forge in self.forges.values():
            forge.clear()

    def _records(self, stream: str, shows: str, statements: Sequence[Statement], **says: Any) -> Sample:
        forge, message_id = self._next(SENDER, stream)
        content = forge.part(stream, statements)
        manifest = forge.manifest(message_id, content, parts.count(statements), **says)
        return self._keep(forge, message_id, shows, forge.pack(stream, manifest, content), content)

    def _answer(
        self,
        answered: Sample,
        shows: str,
        *,
        applied: Counts | None = None,
        files: Sequence[FileError] = (),
        records: Sequence[RecordError] = (),
    ) -> Sample:
        package_sha256, manifest_sha256 = self.sealed[str(answered.message_id)]
        answer = StatusMessage(
            answers=str(answered.message_id),
            manifest_sha256=manifest_sha256,
            package_sha256=package_sha256,
            verdict=Verdict.REJECTED if files else Verdict.ACCEPTED,
            file_errors=tuple(files),
            record_errors=tuple(records),
            applied=applied or Counts(),
            decided_at=DECIDED,
        )
        status = _text(answer)
        digest = package.sha256_of_text(status)
        given = receipt.give(answer, status_sha256=digest, keys=self.keys[RECEIVER])
        said = {STATUS_PART: status, receipt.PART: given}
        return self._word(RECEIVER, Kind.STATUS, f"answers {answered.message_id}: {shows}", said)

    def _certificate(self, placements: Mapping[str, tuple[Mapping[str, Any], int]]) -> Sample:
        """What IDN holds that SAU holds of it at the end of the month; IDN does not reconcile here."""
        nothing = Tree(0, {})
        held = {(stream, party): nothing for stream in self.agreement.streams for party in (SENDER, RECEIVER)}
        held["placement", SENDER] = _tree(placements, self.agreement.granted("placement", sender=SENDER))
        certificate = Certificate(
            period=MONTH,
            agreement_sha256=self.agreement.sha256,
            trees=tuple(
                HeldTree(stream=stream, holder=party, records=tree.records, root=tree.root)
                for (stream, party), tree in sorted(held.items())
            ),
            links={},
            discrepancies={},
        )
        said = {CERTIFICATE_PART: _text(certificate), paper.PART: paper.sign(certificate, self.keys[SENDER])}
        return self._word(SENDER, Kind.CERTIFICATE, "certifies what SAU holds of IDN at the end of the month", said)

    def _cases(self) -> Sample:
        """What IDN's officials did with two cases in the month; one of them parted two records."""
        one, two = "5f0c2e9a71b3d846", "c81d4470fe2a9b35"
        done = [
            CaseView(number=one, state="in_progress", resolution=None, action="take", acted_on=DECIDED.date()),
            CaseView(
                number=two,
                state="resolved",
                resolution="not_same_person",
                action="resolve",
                acted_on=DECIDED.date(),
            ),
        ]
        parted = PairDecision(number=two, stream="placement", first_ref="IDN-P-000001", second_ref="SAU-P-000001")
        told = Cases(period=MONTH, cases=tuple(done), decisions=(parted,))
        shows = "tells SAU what IDN's officials did with cases, and which records they parted"
        return self._word(SENDER, Kind.CASES, shows, {CASES_PART: _text(told)})

    def _word(self, party: str, kind: Kind, shows: str, said: Mapping[str, str]) -> Sample:
        forge, message_id = self._next(party, STATUS_STREAM)
        content = [self._file(forge, name, text) for name, text in said.items()]
        manifest = forge.manifest(message_id, content, kind=kind)
        return self._keep(forge, message_id, shows, forge.pack(STATUS_STREAM, manifest, content), content)

    def _file(self, forge: Forge, name: str, text: str) -> Path:
        forge.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = forge.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def _next(self, party: str, stream: str) -> tuple[Forge, MessageId]:
        number = self.numbers[party, stream] = self.numbers.get((party, stream), 0) + 1
        return self.forges[party], self.forges[party].message_id(stream, number)

    def _keep(self, forge: Forge, message_id: MessageId, shows: str, tar: Path, content: Sequence[Path]) -> Sample:
        packages, opened = self.folder / "packages", self.folder / "opened" / str(message_id)
        for folder in (packages, opened):
            folder.mkdir(parents=True, exist_ok=True)
        for path in content:
            shutil.copyfile(path, opened / path.name)
        (opened / MANIFEST).write_text(package.manifest_text(tar), encoding="utf-8")
        sealed = packages / message_id.file_name
        sealed.write_bytes(self.seal(forge, tar))
        self.sealed[str(message_id)] = package.sha256_of(sealed), package.sha256_of(opened / MANIFEST)
        return Sample(message_id, shows, opened)


def _text(word: Any) -> str:
    return f"{word.model_dump_json(indent=1)}\n"


def _tree(records: Mapping[str, tuple[Mapping[str, Any], int]], fields: Sequence[str]) -> Tree:
    """The tree over ``records``: reference -> values and revision. Here no two lie in one branch."""
    branches = {}
    for ref, (values, revision) in records.items():
        looks = fingerprint(parts.narrowed(values, fields), fields)
        branches[package.sha256_of_text(ref)[:BRANCH]] = package.sha256_of_text(f"{ref} {revision} {looks}\n")
    return Tree(len(records), branches)
