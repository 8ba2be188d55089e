"""The pages as routes: who has signed in is told by whoever serves them.

Every page of a node stands below ``/<party>``. A GET changes nothing and shows nothing personal.
"""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from amanah.node import Node
from amanah.pages.guard import HEADERS
from amanah.pages.render import FOLDER
from amanah.pages.visit import Visit

Nodes = Callable[[str], Node | None]
SignedIn = Callable[..., Any]


def router(nodes: Nodes, signed_in: SignedIn) -> APIRouter:
    """The routes of the pages of ``nodes``, which gives a party's node, or None.

    ``signed_in`` is a FastAPI dependency that gives the name of who has signed in, or refuses.
    """
    routes = APIRouter()

    def visit(request: Request, party: str, name: str = Depends(signed_in)) -> Visit:
        return Visit(request, party, nodes(party), name)

    @routes.get("/{party}/style.css")
    def style(_name: str = Depends(signed_in)) -> Response:
        """The one style sheet."""
        return Response((FOLDER / "style.css").read_bytes(), media_type="text/css", headers=dict(HEADERS))

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

    return routes
