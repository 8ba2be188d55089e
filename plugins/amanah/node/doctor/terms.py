"""The agreement: whether it can be read, its term, and the assessments without which nothing may leave."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from amanah.node.doctor.finding import Finding, State, ending
from schemas.agreement import Agreement


def look_at(agreement: Agreement, us: str, now: datetime) -> Iterator[Finding]:
    """What ends in ``agreement``, for the party ``us``."""
    if us not in agreement.parties:
        parties = ", ".join(agreement.parties)
        yield Finding("agreement", State.FAILED, f"{us} is none of its parties, {parties}", "set party in node.yaml")
        return
    about = f"{agreement.id}, {agreement.environment} data, seal {agreement.package.seal}"
    yield Finding("agreement", State.OK, f"{about}, sha256 {agreement.sha256}")
    if now < _start(agreement.in_force_from):
        yield Finding("agreement term", State.WARNING, f"begins on {agreement.in_force_from}", "nothing leaves before")
    else:
        yield ending(
            "agreement term", "in force", _end(agreement.in_force_until), now, "sign its renewal with the partner"
        )
    for paper in agreement.assessments:
        do = "have it reviewed, and both sides sign the agreement with the new review_by; until then nothing may leave"
        yield ending(f"assessment {paper.id}", f"{paper.kind} of {paper.party} stands", _end(paper.review_by), now, do)


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)


def _end(day: date) -> datetime:
    return _start(day) + timedelta(days=1)
