"""A visit to the pages about the exchange: the corridor at a glance, and the messages with their whole lives."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from fastapi import Request
from fastapi.responses import Response
from starlette.datastructures import FormData

from amanah.exchange.codes import HTTPS, MEANING
from amanah.exchange.ledger.search import Life, Wanted
from amanah.node import Node, exchanged
from amanah.node.corridor import look_at
from amanah.node.exchanged import NoSuchMessage
from amanah.pages.elsewhere import Elsewhere
from amanah.pages.permitted import Unusable
from amanah.pages.text import visible
from amanah.pages.visit import Visit
from amanah.pages.visitors import Right
from amanah.periods import checked_period
from schemas.envelope import STATUS_STREAM

ASKED = ("message", "code", "period", "sender", "since", "until")
CODES = {int(code): meaning for code, meaning in MEANING.items() if code not in HTTPS}
_LONGEST = 100  # characters of a reference
_DAY = timedelta(days=1)


class ExchangeVisit(Visit):
    """One request of one visitor about the exchange of one node."""

    def __init__(self, request: Request, party: str, node: Node | None, name: str, elsewhere: Elsewhere) -> None:
        super().__init__(request, party, node, name)
        self._elsewhere = elsewhere

    def corridor(self) -> Response:
        """How the corridor stands."""
        self._permitted.needs(Right.SEE_CORRIDOR)
        node = self._its_node
        now = datetime.now(UTC)
        seen = look_at(node, now=now)
        view = {
            "now": now,
            "corridor": node.agreement.id,
            "partner": node.agreement.other(node.us),
            "seen": seen,
            "docs": {source: self._elsewhere.data_docs(node, source) for source in seen.quarantine},
            "runs": lambda verb, period=None: self._elsewhere.runs(node, verb, period),
        }
        return self._page("corridor", "/corridor", {**view, **self._said()})

    def messages(self) -> Response:
        """The messages that fit what the address asks for, the newest first."""
        self._permitted.needs(Right.SEE_MESSAGES)
        asked = {name: self._request.query_params.get(name, "").strip() for name in ASKED}
        try:
            wanted = _wanted(asked)
        except ValueError:
            return self._found(asked, [], more=False, fault="messages.unusable", status=400)
        return self._found(asked, *exchanged.found(self._its_node, wanted))

    def record(self, form: FormData) -> Response:
        """The messages that spoke of one record: asked for in a form, as addresses are kept in logs."""
        self._permitted.needs(Right.SEE_MESSAGES)
        reference = str(form.get("record", "")).strip()
        if not 0 < len(reference) <= _LONGEST:
            raise Unusable("no reference")
        who = self._visitor
        lives, more = exchanged.of_record(self._its_node, reference, by=who.name, role=who.role.value)
        return self._found(dict.fromkeys(ASKED, ""), lives, more=more, of_record=True)

    def message(self, message_id: str) -> Response:
        """One message whole."""
        self._permitted.needs(Right.SEE_MESSAGES)
        node = self._its_node
        try:
            known = exchanged.whole(node, message_id)
        except NoSuchMessage:
            return self._notice("no_message", 404)
        verb, period = _verb(known.life, known.stream)
        view = {
            "message": known,
            "now": datetime.now(UTC),
            "run": self._elsewhere.runs(node, verb, period),
            "codes": [(code, CODES.get(code, ""), count) for code, count in known.life.codes.items()],
        }
        return self._page("message", f"/messages/{message_id}", {**view, **self._said()})

    def _found(
        self,
        asked: Mapping[str, str],
        lives: list[Life],
        more: bool,  # noqa: FBT001 - as the search gives it
        *,
        of_record: bool = False,
        fault: str | None = None,
        status: int = 200,
    ) -> Response:
        words = self._words()
        parties = list(self._its_node.agreement.parties)
        view = {
            "asked": asked,
            "language": self._asked,
            "lives": lives,
            "more": more,
            "of_record": of_record,
            "fault": words(fault) if fault else None,
            "senders": [(party, party) for party in parties],
            "codes": [(str(code), f"{code} {meaning}") for code, meaning in CODES.items()],
        }
        return self._page("messages", "/messages", {**view, **self._said()}, status)

    def _said(self) -> dict[str, Any]:
        """What the templates say in the visitor's language."""
        words = self._words()
        return {"event": lambda name: words.known(f"events.{name.replace(' ', '_')}", name), "visible": visible}


def _wanted(asked: Mapping[str, str]) -> Wanted:
    """What the address asks for. Raises ``ValueError`` for what is no code, month or day."""
    return Wanted(
        message=asked["message"] or None,
        code=int(asked["code"]) if asked["code"] else None,
        period=checked_period(asked["period"]) if asked["period"] else None,
        sender=asked["sender"] or None,
        since=_midnight(asked["since"]) if asked["since"] else None,
        until=_midnight(asked["until"]) + _DAY if asked["until"] else None,
    )


def _midnight(day: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), datetime.min.time(), tzinfo=UTC)


def _verb(life: Life, stream: str) -> tuple[str, str | None]:
    """Which pipeline made or took a message, and of which month its run was."""
    if life.direction == "in" or stream == STATUS_STREAM:
        return "collect", None
    return "publish", life.period
