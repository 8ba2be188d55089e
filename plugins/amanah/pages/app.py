"""The pages as routes: who has signed in is told by whoever serves them.

Every page of a node stands below ``/<party>``. A GET changes nothing and shows nothing personal.
"""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from amanah.node import Node
from amanah.pages.edition_visit import EditionVisit
from amanah.pages.elsewhere import Elsewhere, Nowhere
from amanah.pages.exchange_visit import ExchangeVisit
from amanah.pages.guard import HEADERS
from amanah.pages.render import FOLDER
from amanah.pages.visit import Visit
from amanah.pages.witness_visit import WitnessVisit

Nodes = Callable[[str], Node | None]
SignedIn = Callable[..., Any]
_NOWHERE = Nowhere()


def router(nodes: Nodes, signed_in: SignedIn, elsewhere: Elsewhere = _NOWHERE) -> APIRouter:
    """The routes of the pages of ``nodes``, which gives a party's node, or None.

    ``signed_in`` is a FastAPI dependency that gives the name of who has signed in, or refuses. ``elsewhere`` knows
    what else there is to open.
    """
    routes = APIRouter()

    def visit(request: Request, party: str, name: str = Depends(signed_in)) -> Visit:
        return Visit(request, party, nodes(party), name)

    def exchange_visit(request: Request, party: str, name: str = Depends(signed_in)) -> ExchangeVisit:
        return ExchangeVisit(request, party, nodes(party), name, elsewhere)

    @routes.get("/{party}/style.css")
    def style(_name: str = Depends(signed_in)) -> Response:
        """The one style sheet."""
        return Response((FOLDER / "style.css").read_bytes(), media_type="text/css", headers=dict(HEADERS))

    def edition_visit(request: Request, party: str, name: str = Depends(signed_in)) -> EditionVisit:
        return EditionVisit(request, party, nodes(party), name)

    def witness_visit(request: Request, party: str, name: str = Depends(signed_in)) -> WitnessVisit:
        return WitnessVisit(request, party, nodes(party), name)

    _add_cases(routes, visit)
    _add_witnesses(routes, witness_visit)
    _add_editions(routes, edition_visit)
    _add_exchange(routes, exchange_visit)
    return routes


def _add_cases(routes: APIRouter, visit: Callable[..., Visit]) -> None:
    @routes.get("/{party}/worklist")
    def worklist(here: Visit = Depends(visit)) -> Response:  # noqa: B008 - FastAPI's way
        """The cases of the visitor's desks."""
        return here.safely(here.worklist)

    @routes.get("/{party}/worklist.{form}")
    def worklist_file(form: str, here: Visit = Depends(visit)) -> Response:  # noqa: B008
        """The same list for a spreadsheet."""
        return here.safely(lambda: here.file(form))

    @routes.post("/{party}/search")
    async def search(here: Visit = Depends(visit)) -> Response:  # noqa: B008
        """The cases of a worker, by a document's number: in a form, as addresses are kept in logs."""
        return await here.posted(here.searched)

    @routes.post("/{party}/act")
    async def act_on_all(here: Visit = Depends(visit)) -> Response:  # noqa: B008
        """Do the same to several cases."""
        return await here.posted(here.done_to_all)

    @routes.get("/{party}/case/{number}")
    def case(number: str, here: Visit = Depends(visit)) -> Response:  # noqa: B008
        """One case, without anything personal."""
        return here.safely(lambda: here.case(number))

    @routes.post("/{party}/case/{number}/look")
    async def look(number: str, here: Visit = Depends(visit)) -> Response:  # noqa: B008
        """One case with both records."""
        return await here.posted(lambda form: here.looked(number, form))

    @routes.post("/{party}/case/{number}/act")
    async def act(number: str, here: Visit = Depends(visit)) -> Response:  # noqa: B008
        """Do something with one case."""
        return await here.posted(lambda form: here.done(number, form))


def _add_witnesses(routes: APIRouter, visit: Callable[..., WitnessVisit]) -> None:
    @routes.get("/{party}/witnessed")
    def witnessed(here: WitnessVisit = Depends(visit)) -> Response:  # noqa: B008 - FastAPI's way
        """How many people only a witness knows."""
        return here.safely(here.witnessed)

    @routes.post("/{party}/witnessed")
    async def people(here: WitnessVisit = Depends(visit)) -> Response:  # noqa: B008
        """Who they are."""
        return await here.posted(here.looked_at_people)


def _add_editions(routes: APIRouter, visit: Callable[..., EditionVisit]) -> None:
    @routes.get("/{party}/editions")
    def editions(here: EditionVisit = Depends(visit)) -> Response:  # noqa: B008 - FastAPI's way
        """The drafts and the editions there are."""
        return here.safely(here.editions)

    @routes.get("/{party}/draft/{quarter}")
    def draft(quarter: str, here: EditionVisit = Depends(visit)) -> Response:  # noqa: B008
        """The draft of a quarter, before anybody has approved it."""
        return here.safely(lambda: here.draft(quarter))

    @routes.get("/{party}/edition/{quarter}/v{version}")
    def edition(quarter: str, version: int, here: EditionVisit = Depends(visit)) -> Response:  # noqa: B008
        """One published version."""
        return here.safely(lambda: here.edition(quarter, version))


def _add_exchange(routes: APIRouter, visit: Callable[..., ExchangeVisit]) -> None:
    @routes.get("/{party}/corridor")
    def corridor(here: ExchangeVisit = Depends(visit)) -> Response:  # noqa: B008
        """How the corridor stands."""
        return here.safely(here.corridor)

    @routes.get("/{party}/messages")
    def messages(here: ExchangeVisit = Depends(visit)) -> Response:  # noqa: B008
        """The messages that fit."""
        return here.safely(here.messages)

    @routes.post("/{party}/messages")
    async def record(here: ExchangeVisit = Depends(visit)) -> Response:  # noqa: B008
        """The messages that spoke of one record: in a form, as addresses are kept in logs."""
        return await here.posted(here.record)

    @routes.get("/{party}/messages/{message_id}")
    def message(message_id: str, here: ExchangeVisit = Depends(visit)) -> Response:  # noqa: B008
        """One message whole."""
        return here.safely(lambda: here.message(message_id))
