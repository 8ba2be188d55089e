"""Finding the records in which two certificates differ, and sending those anew.

The holder of the records begins with the hashes of its 256 branches; each step answers with what lies below where the
two differ, so four messages find a record among any number. What the partner really holds is then believed, and the
next message of the stream says what it should hold instead.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection, select, update

from amanah.exchange import ledger
from amanah.exchange.building import build_difference
from amanah.exchange.certificate.tree import HeldOf, Tree, grow, records_of
from amanah.exchange.codes import Code, Refused
from amanah.exchange.endpoint import Endpoint
from amanah.exchange.words import DIFFERENCE_PART
from amanah.store import records, unsent
from amanah.store.many import one_of
from amanah.store.tables import sent_record
from schemas.envelope import Action, Branch, BranchRecords, Difference, HeldRecord

MOST = 64  # branches followed in one step: where more differ, a snapshot says it in fewer words


def begin(connection: Connection, endpoint: Endpoint, period: str, *, ours: str, theirs: str) -> None:
    """Send the first hashes of each tree over our own records whose line in the two certificates differs."""
    apart = set(ours.splitlines()) - set(theirs.splitlines())
    here = _Here(connection, endpoint, period)
    branches = [
        here.branch(stream, endpoint.us, "")
        for stream in endpoint.agreement.streams
        if any(line.startswith(f"held {stream} {endpoint.us} ") for line in apart)
    ]
    if branches:
        build_difference(connection, endpoint, Difference(period=period, branches=tuple(branches)))


def take(connection: Connection, endpoint: Endpoint, said: Difference, *, carried_by: str) -> None:
    """Answer one step with the next, or, at its end, mend what the partner holds of our records."""
    told = [(each.stream, each.holder) for each in said.branches] + [
        (each.stream, each.holder) for each in said.records
    ]
    agreement = endpoint.agreement
    if any(stream not in agreement.streams or holder not in agreement.parties for stream, holder in told):
        raise Refused(Code.PART_DIFFERS, f"{DIFFERENCE_PART} names a stream or a party that is not agreed")
    here = _Here(connection, endpoint, said.period)
    branches = [here.branch(each.stream, each.holder, name) for each in said.branches for name in here.below(each)]
    records_ = [here.records(each.stream, each.holder, name) for each in said.branches for name in here.leaves(each)]
    records_ += [ours for each in said.records if (ours := here.instead_of(each)) is not None]
    mended = sum(_mend(here, each) for each in said.records if each.holder == endpoint.us)
    ledger.append(connection, carried_by, "difference", period=said.period, branches=len(said.branches), mended=mended)
    if len(branches) > MOST or len(records_) > MOST:
        reason = f"more than {MOST} branches differ at {said.period}: publish a snapshot of the stream"
        ledger.append(connection, carried_by, "alarm", reason=reason)
    if branches or records_:
        step = Difference(period=said.period, branches=tuple(branches[:MOST]), records=tuple(records_[:MOST]))
        build_difference(connection, endpoint, step)


@dataclass
class _Here:
    """What we hold at the end of ``period``; each tree is grown once."""

    connection: Connection
    endpoint: Endpoint
    period: str
    _grown: dict[HeldOf, Tree] = field(default_factory=dict)

    def branch(self, stream: str, holder: str, prefix: str) -> Branch:
        """The hashes below ``prefix``."""
        return Branch(stream=stream, holder=holder, prefix=prefix, hashes=self._tree(stream, holder).below(prefix))

    def records(self, stream: str, holder: str, branch: str) -> BranchRecords:
        """The records in ``branch``."""
        held = HeldOf(stream, holder, self.period)
        lines = records_of(self.connection, self.endpoint, held, branch).values()
        return BranchRecords(stream=stream, holder=holder, branch=branch, records=tuple(map(_record, lines)))

    def below(self, theirs: Branch) -> list[str]:
        """The branches, below the top, in which we hold something else."""
        return [] if theirs.prefix else self._apart(theirs)

    def leaves(self, theirs: Branch) -> list[str]:
        """The branches of records in which we hold something else."""
        return self._apart(theirs) if theirs.prefix else []

    def instead_of(self, theirs: BranchRecords) -> BranchRecords | None:
        """What we hold, where the holder of the records has said that we should hold something else."""
        if theirs.holder == self.endpoint.us:
            return None
        ours = self.records(theirs.stream, theirs.holder, theirs.branch)
        return ours if ours.records != theirs.records else None

    def _apart(self, theirs: Branch) -> list[str]:
        ours = self._tree(theirs.stream, theirs.holder).below(theirs.prefix)
        names = sorted({*ours, *theirs.hashes})
        apart = [theirs.prefix + name for name in names if ours.get(name) != theirs.hashes.get(name)]
        return apart[: MOST + 1]

    def _tree(self, stream: str, holder: str) -> Tree:
        held = HeldOf(stream, holder, self.period)
        if held not in self._grown:
            self._grown[held] = grow(self.connection, self.endpoint, held)
        return self._grown[held]


def _record(line: str) -> HeldRecord:
    ref, revision, fingerprint = line.rsplit(" ", 2)
    return HeldRecord(record_ref=ref, revision=int(revision), fingerprint=fingerprint)


def _mend(here: _Here, theirs: BranchRecords) -> int:
    """Believe what the partner holds of our records, and note as unsent what it holds otherwise; how many."""
    ours = {each.record_ref: each for each in here.records(theirs.stream, theirs.holder, theirs.branch).records}
    there = {each.record_ref: each for each in theirs.records}
    apart = {ref for ref in {*ours, *there} if ours.get(ref) != there.get(ref)}
    apart -= _said_since(here.connection, theirs.stream, apart, ours)
    _believe(here.connection, theirs.stream, {ref: there.get(ref) for ref in apart}, us=here.endpoint.us)
    return len(apart)


def _said_since(connection: Connection, stream: str, refs: Collection[str], ours: Mapping[str, HeldRecord]) -> set[str]:
    """Records of which a later message has said more: the certificate is older than that."""
    said = select(sent_record.c.record_ref, sent_record.c.revision).where(
        sent_record.c.stream == stream, sent_record.c.record_ref == one_of(refs), ~sent_record.c.rejected
    )
    return {ref for ref, revision in connection.execute(said) if ref in ours and revision > ours[ref].revision}


def _believe(connection: Connection, stream: str, there: Mapping[str, HeldRecord | None], *, us: str) -> None:
    """``there`` is what the partner holds of each record, None for nothing."""
    absent = [ref for ref, held in there.items() if held is None]
    other = {ref: held.revision for ref, held in there.items() if held is not None}

    nothing = sent_record.c.record_ref == one_of(absent)
    something = sent_record.c.record_ref == one_of(other)
    this = update(sent_record).where(sent_record.c.stream == stream)
    not_withdrawn = something & (sent_record.c.action == Action.WITHDRAW)
    connection.execute(this.where(nothing | not_withdrawn).values(rejected=True))
    connection.execute(this.where(something, ~sent_record.c.rejected).values(revision=0, fingerprint=""))
    records.raise_above(connection, stream, other, us=us)
    unsent.note_newest(connection, stream, list(there), us=us)
