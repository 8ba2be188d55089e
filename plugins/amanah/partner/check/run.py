"""One check from beginning to end: over each wire the course, a gap, a replay, a request; then the node as a whole."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import httpx

from amanah.exchange import sftp
from amanah.exchange.api import client as api
from amanah.exchange.transport import Transport
from amanah.partner.check import course, https, judging
from amanah.partner.check.conversation import Conversation
from amanah.partner.check.finding import Finding
from amanah.partner.check.journal import Journal
from amanah.partner.check.replays import Replays
from amanah.partner.check.talk import gap, replays, resend
from amanah.partner.forge import Forge
from amanah.partner.settings import PartnerSettings
from amanah.settings_file import SettingsError
from schemas.agreement import Agreement

Say = Callable[[str], None]


@dataclass(frozen=True)
class Patience:
    """How long the node may take for an answer, and how often it is looked for, in seconds."""

    seconds: float = 600
    pause: float = 5


def check(
    settings: PartnerSettings,
    folder: Path,
    *,
    wires: Sequence[str] = (),
    large: bool = False,
    patience: Patience = Patience(),
    say: Say = lambda _: None,
) -> list[Finding]:
    """Check the node on the other side; ``folder`` is the memory of this and later checks.

    Args:
        settings: who we are and where the exchange point is.
        folder: kept; a second check goes on with its numbers.
        wires: those to use; all that ``settings`` know if empty.
        large: also send a message with more refused records than an answer may hold.
        patience: how long to wait.
        say: told what is going on.

    Raises:
        SettingsError: nothing was sent: the agreement is not for tests, or the folder is another one's.
        ConnectionError: the exchange point cannot be reached.
        TimeoutError: the node answered nothing at all.
    """
    agreement = settings.agreed()
    known = _openers(settings)
    unknown = [name for name in wires if name not in known]
    if unknown:
        raise SettingsError(f"partner.yaml has no {unknown[0]}: where is the exchange point?")
    journal = Journal(folder, corridor=agreement.id, party=settings.party, agreement_sha256=agreement.sha256)
    keys = settings.keyring(agreement)
    findings: list[Finding] = []
    for name in wires or known:
        forge = Forge(
            agreement, settings.party, keys, folder / ".making", _month(agreement), journal.before,
            software="amanah partner check",
        )  # fmt: skip
        try:
            with known[name]() as wire:
                conversation = Conversation(wire, forge, journal, patience.seconds, patience.pause)
                findings += _over(name, conversation, Replays(settings, name), large=large, say=say)
            if name == "api" and settings.api is not None:
                say("api: requests that must be refused")
                taken = conversation.forge.message_id(_stream(agreement), journal.next_number(_stream(agreement)) - 1)
                findings += https.findings(settings.api, forge, taken)
        except httpx.HTTPError as error:
            raise ConnectionError(f"the exchange point was lost ({type(error).__name__}); try again") from error
        finally:
            forge.clear()
    return findings


def _openers(settings: PartnerSettings) -> dict[str, Callable[[], AbstractContextManager[Transport]]]:
    found: dict[str, Callable[[], AbstractContextManager[Transport]]] = {}
    if settings.sftp is not None:
        found["sftp"] = partial(sftp.connect, settings.sftp)
    if settings.api is not None:
        found["api"] = partial(api.connect, settings.api)
    return found


def _over(name: str, conversation: Conversation, again: Replays, *, large: bool, say: Say) -> Iterator[Finding]:
    forge, journal = conversation.forge, conversation.journal
    stream = _stream(forge.agreement)
    if name == "sftp":  # over HTTPS nobody can list what is their own
        conversation.check_it_is_ours()
    journal.begin()
    conversation.put_what_waits()
    tried = course.make(conversation, stream, course.steps(forge, stream, run=f"CHECK{journal.run}", large=large))
    sent = [each.sent for each in tried if each.sent is not None]
    say(f"{name}: {len(sent)} messages, {sent[0]} to {sent[-1]}")
    conversation.put(*sent)
    say(f"{name}: waiting for the answers, {conversation.seconds:.0f} s at most")
    conversation.listen(lambda: conversation.answered(sent))
    if not any(conversation.answers(each) for each in sent):
        raise TimeoutError(
            f"{name}: none of {len(sent)} messages was answered within {conversation.seconds:.0f} s: does the node "
            "collect from this exchange point, and does it know our certificate? --wait gives it longer"
        )
    yield from (judging.finding(each, conversation, name) for each in tried)
    for talk, what in ((gap, "a gap"), (replays, "replays"), (resend, "a resend request")):
        say(f"{name}: {what}")
        done = talk(conversation, stream, name, again)
        yield from done.findings
        sent += done.sent
    yield from judging.of_every_answer(conversation, sent, name)
    yield from judging.of_their_stream(conversation, name)


def _stream(agreement: Agreement) -> str:
    """The stream that is tried: the first that goes on after a refusal, of which there are many."""
    for name, terms in agreement.streams.items():
        if terms.after_refusal == "go_on":
            return name
    raise SettingsError(
        f"agreement {agreement.id}: every stream holds after a refusal, so a check would wait for a person after the "
        "first; use a test agreement in which one says after_refusal: go_on"
    )


def _month(agreement: Agreement) -> str:
    """The last month that is over and that the agreement covers, or the one that has begun."""
    now = datetime.now(UTC)
    for month in (now.replace(day=1) - timedelta(days=1), now):
        if agreement.covers(f"{month:%Y-%m}"):
            return f"{month:%Y-%m}"
    raise SettingsError(
        f"agreement {agreement.id} is in force from {agreement.in_force_from} until {agreement.in_force_until}, which "
        "is neither now nor last month"
    )
