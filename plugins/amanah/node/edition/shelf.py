"""What stands on the shelf: drafts and published versions, and the page of one for somebody who may look at it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from amanah.cases import looks
from amanah.node.edition.editions import NoSuchVersion
from amanah.node.node import Node
from amanah.periods import checked_quarter
from amanah.store.tables import edition


@dataclass(frozen=True)
class Listed:
    """One draft (``version`` and ``published_at`` are None), or one published version."""

    quarter: str
    version: int | None
    published_at: datetime | None


def listed(node: Node) -> list[Listed]:
    """The drafts and the published versions, the newest quarter first."""
    drafts = [Listed(each.name, None, None) for each in (node.store / "drafts").glob("*-Q*")]
    with node.database.engine.connect() as connection:
        query = select(edition.c.quarter, edition.c.version, edition.c.finished_at)
        published = [Listed(*row) for row in connection.execute(query)]
    return sorted(drafts + published, key=lambda each: (each.quarter, each.version or 0), reverse=True)


def page(node: Node, quarter: str, version: int | None, *, language: str, by: str, role: str) -> bytes:
    """The page of a published version, or of the draft where ``version`` is None. That ``by`` looked is kept.

    In the first language of the report where there is none in ``language``. Raises ``NoSuchVersion``.
    """
    try:
        quarter = checked_quarter(quarter)
    except ValueError:
        raise NoSuchVersion("no such quarter") from None
    folder = node.editions.drafts(quarter) if version is None else node.editions.folder(quarter, version)
    languages = node.agreement.report.languages
    spoken = language if language in languages else languages[0]
    found = sorted(folder.glob(f"*.{spoken}.html"))
    if not found:
        raise NoSuchVersion(f"{quarter}: nothing is there yet")
    with node.database.engine.begin() as connection:
        what = "draft" if version is None else f"version {version}"
        looks.note(connection, "-", by=by, role=role, why=f"evaluation of {quarter}, {what}")
    return found[0].read_bytes()
