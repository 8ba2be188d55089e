"""The keys of a party: OpenPGP certificates pinned by fingerprint, each with the days on which it counts."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any

from pydantic import Field

from schemas.clause import Clause, Day
from schemas.clause_view import Clauses, as_day
from schemas.located_yaml import Fault, Location

FINGERPRINT = r"^([0-9A-F]{40}|[0-9A-F]{64})$"
V4_LENGTH = 40  # hex digits; a longer one is of OpenPGP version 6, which GnuPG 2.2 does not know
_DAY = timedelta(days=1)


class PinnedKey(Clause):
    """One key of a party. Two may count at the same time: that is how a key is replaced without a gap."""

    fingerprint: Annotated[str, Field(pattern=FINGERPRINT)] = Field(
        description="of its primary key: 40 or 64 hex digits in capitals, no spaces, in quotes"
    )
    not_before: Day = Field(description="first day, UTC, on which it may sign")
    not_after: Day = Field(description="last day, UTC, on which it may sign")
    revoked_on: Day | None = Field(
        default=None, description="day, UTC, from which nothing that arrives with its signature is believed"
    )

    @property
    def begins(self) -> datetime:
        """The first moment of its term."""
        return _midnight(self.not_before)

    @property
    def ends(self) -> datetime:
        """The first moment after its term."""
        return _midnight(self.not_after) + _DAY

    @property
    def revoked_at(self) -> datetime | None:
        """The moment from which it is revoked, if it is."""
        return _midnight(self.revoked_on) if self.revoked_on is not None else None

    def counts_at(self, moment: datetime) -> bool:
        """Whether it may be used at ``moment``: in its term and not revoked."""
        revoked = self.revoked_at is not None and moment >= self.revoked_at
        return self.begins <= moment < self.ends and not revoked


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)


def key_faults(clauses: Clauses) -> Iterator[Fault]:
    """What contradicts itself in the ``keys`` of the parties; and live data without any."""
    live, readable_by_gpg = clauses.text("environment") == "live", clauses.text("package", "seal") == "gnupg"
    first: dict[str, Location] = {}
    for party in clauses.parties:
        keys = list(_keys(clauses, party))
        if live and not keys:
            yield Fault(
                ("parties", party),
                "has no keys; live data travels only between keys that the agreement names: add keys with fingerprint, "
                "not_before and not_after",
            )
        for where, key in keys:
            yield from _term_faults(where, key)
            fingerprint = key.get("fingerprint")
            if not isinstance(fingerprint, str):
                continue
            if fingerprint in first:
                yield Fault((*where, "fingerprint"), f"is also that of {'.'.join(map(str, first[fingerprint]))}")
            first.setdefault(fingerprint, where)
            if readable_by_gpg and len(fingerprint) > V4_LENGTH:
                yield Fault(
                    (*where, "fingerprint"),
                    "is of an OpenPGP version 6 key, which package.seal gnupg cannot use; "
                    "make the key with gpg, or agree on aead",
                )


def _keys(clauses: Clauses, party: str) -> Iterator[tuple[Location, dict[str, Any]]]:
    found = clauses.at("parties", party, "keys")
    for place, item in enumerate(found if isinstance(found, list | tuple) else ()):
        if isinstance(item, dict):
            yield ("parties", party, "keys", place), item


def _term_faults(where: Location, key: dict[str, Any]) -> Iterator[Fault]:
    begins, ends = as_day(key.get("not_before")), as_day(key.get("not_after"))
    if begins is not None and ends is not None and ends < begins:
        yield Fault((*where, "not_after"), "lies before not_before")
