"""What an edition needs beside the records: the key of its noise, members' certificates, decisions, a place."""

from collections.abc import Callable, Iterator
from datetime import datetime

from amanah.exchange.seal import keyring
from amanah.exchange.seal.keyring import KeyFault, Keys
from amanah.node.cell_keys import noise_key
from amanah.node.doctor.finding import Finding, State
from amanah.node.doctor.keys import one
from amanah.node.edition import annex, place
from amanah.node.settings import NodeSettings
from amanah.settings_file import SettingsError
from reports import meeting
from reports.quarter import Quarter
from schemas.agreement import Agreement


def look_at(settings: NodeSettings, agreement: Agreement, us: str, now: datetime) -> Iterator[Finding]:
    """What ``evaluate`` would find missing, before it does; nothing is written."""
    if agreement.report.disclosure == "noise":
        yield _tried("noise key", "there", lambda: noise_key(settings, agreement))
    yield from _members(settings, agreement, us, now)
    if (decisions := settings.decisions) is not None:
        terms = {"parties": agreement.parties, "languages": agreement.report.languages}
        quarter = str(Quarter.of(now.date()))  # any: the whole file is looked at
        yield _tried("decisions", f"{decisions.name} can be used", lambda: meeting.load(decisions, quarter, **terms))
    if settings.published is not None:
        to = settings.published.to
        yield _tried("published place", f"{to}, not tried", lambda: place.opened(to))


def _members(settings: NodeSettings, agreement: Agreement, us: str, now: datetime) -> Iterator[Finding]:
    try:
        annex.readers(agreement, settings.members)
    except SettingsError as fault:
        yield Finding("members", State.FAILED, str(fault), "take them out of node.yaml, or have both sides name them")
    for member in agreement.report.members:
        if member.party != us:
            continue
        check, file = f"member {member.mail}", settings.members.get(member.mail)
        if file is None:
            yield Finding(check, State.OK, "has no certificate in node.yaml, so the restricted annex is not for them")
            continue
        try:
            for key in keyring.partners(Keys(ours=(), partner=(file,))):
                yield one(check, key, now, others=[])
        except KeyFault as fault:
            yield Finding(check, State.FAILED, str(fault), "ask them for their certificate again")


def _tried(check: str, said: str, attempt: Callable[[], object]) -> Finding:
    try:
        attempt()
    except (SettingsError, meeting.MeetingError) as fault:
        return Finding(check, State.FAILED, str(fault), "mend it before the quarter's end")
    return Finding(check, State.OK, said)
