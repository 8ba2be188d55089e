"""Serving the pages without Airflow: on this machine only, for one person, who enters by a link with a key in it.

Whoever may start this has the node's settings already. The key is made anew each time and ends with the process.
"""

import hmac
import secrets

import uvicorn
from fastapi import Cookie, FastAPI, HTTPException
from fastapi.responses import RedirectResponse, Response

from amanah.node import Node
from amanah.pages.app import router
from amanah.pages.guard import HEADERS
from amanah.pages.visitors import first_page

HOST = "127.0.0.1"
_COOKIE = "amanah_pages"


def make_app(node: Node, name: str, key: str) -> FastAPI:
    """The application for the person who signs in as ``name``, with ``key``."""
    app = FastAPI(title="Amanah", docs_url=None, redoc_url=None, openapi_url=None)

    def signed_in(given: str = Cookie("", alias=_COOKIE)) -> str:
        if not hmac.compare_digest(given.encode(), key.encode()):
            raise HTTPException(401, "enter by the link that amanah pages printed", headers=dict(HEADERS))
        return name

    @app.get("/enter/{given}")
    def enter(given: str) -> Response:
        """Take the key from the link, so that it does not stay in the address."""
        if not hmac.compare_digest(given.encode(), key.encode()):
            raise HTTPException(404, headers=dict(HEADERS))
        known = node.people.people.get(name)
        page = first_page(known.role) if known is not None else "worklist"
        answer = RedirectResponse(f"/{node.us}/{page}", 303, headers=dict(HEADERS))
        answer.set_cookie(_COOKIE, key, httponly=True, samesite="strict")
        return answer

    app.include_router(router({node.us: node}.get, signed_in))
    return app


def new_key() -> str:
    """A key that nobody guesses."""
    return secrets.token_urlsafe(32)


def link(port: int, key: str) -> str:
    """The address by which the person enters."""
    return f"http://{HOST}:{port}/enter/{key}"


def serve(node: Node, name: str, *, port: int, key: str) -> None:
    """Serve until the process is told to end."""
    uvicorn.run(make_app(node, name, key), host=HOST, port=port, access_log=False, log_level="warning")
