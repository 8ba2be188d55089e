"""The mail to a member of the task force that an edition of the evaluation is there: once for each version."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import Connection

from amanah.cases import letter, outbox
from amanah.cases.words import Words
from schemas.agreement import Agreement
from schemas.agreement_terms import Member

KIND = "edition"


def queue(
    connection: Connection,
    agreement: Agreement,
    member: Member,
    *,
    sender: str,
    day: date,
    about: tuple[str, int],
    view: Mapping[str, object],
) -> bool:
    """Queue the mail to ``member`` about a quarter and version; False when it was queued before.

    ``view`` is what is told: ``quarter`` in words, ``sentences``, how much was ``missing``, ``link``, ``reason``.
    """
    quarter, version = about
    words = Words(member.language, html=False)
    subject = words("edition.subject", corridor=agreement.id, quarter=view["quarter"], version=version)
    title = agreement.title
    message = letter.write(
        KIND,
        {
            **view,
            "version": version,
            "title": title.get(member.language) or title["en"],
            "subject": subject,
        },
        sender=sender,
        to=member.mail,
        headers={"Subject": subject},
        about=(agreement.id, member.party, member.mail, quarter, str(version)),
        language=member.language,
    )
    return outbox.put(connection, message, KIND, day)
