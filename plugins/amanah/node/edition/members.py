"""Telling the members of the task force that an edition is there."""

from dataclasses import dataclass
from datetime import date

from amanah.cases import edition as letter
from amanah.cases import outbox
from amanah.cases.mail_server import MailSettings
from amanah.exchange.endpoint import Endpoint
from amanah.node.edition.editions import Editions, NoSuchVersion
from amanah.node.settings import NodeSettings
from reports.publication import Publication
from reports.summary import summarize


@dataclass(frozen=True)
class ToldMembers:
    """How many members were mailed for the first time, and how many mails left, wait or were refused; counts only."""

    members: int
    sent: int
    later: int
    refused: int


def tell(editions: Editions, quarter: str, version: int, mail: MailSettings, day: date) -> ToldMembers:
    """Mail each member of our delegation the summary of a published version, once, with the link to it.

    Raises ``NoSuchVersion`` when it is not published, ``MailServerUnavailable`` when no mail can leave now; what was
    queued leaves with the next mail then.
    """
    endpoint = editions.endpoint
    file = editions.folder(quarter, version) / "publish.json"
    if not file.exists():
        raise NoSuchVersion(f"version {version} of {quarter} is not published; publish it first")
    publication = Publication.model_validate_json(file.read_bytes())
    with endpoint.database.engine.begin() as connection:
        queued = [
            letter.queue(
                connection,
                endpoint.agreement,
                member,
                sender=mail.sender,
                day=day,
                about=(quarter, version),
                view={
                    **vars(summarize(publication, member.language)),
                    "link": _link(endpoint, editions.settings, quarter, version, member.language),
                },
            )
            for member in endpoint.agreement.report.members
            if member.party == endpoint.us
        ]
    sent = outbox.send(endpoint.database, mail)
    return ToldMembers(sum(queued), sent.sent, sent.later, sent.refused)


def _link(endpoint: Endpoint, settings: NodeSettings, quarter: str, version: int, language: str) -> str | None:
    """Where a member finds the edition: at the published place, else on our pages; None where there is neither."""
    corridor = endpoint.agreement.id
    if settings.published is not None and settings.published.address is not None:
        name = f"evaluation-{corridor.upper()}-{quarter.replace('-', '')}.{language}.html"
        return f"{settings.published.address.rstrip('/')}/{corridor}/{quarter}/v{version}/{name}"
    if settings.pages is not None:
        return f"{settings.pages.rstrip('/')}/{endpoint.us}/edition/{quarter}/v{version}?lang={language}"
    return None
