"""What Airflow's API server serves of ours, behind Airflow's sign-in: the nodes' pages, the editions and the Data Docs.

Who opens worklist, case, corridor and messages is decided by each node's file of people, whatever Airflow lets them
do; the files are for those whom Airflow lets look at its jobs.
"""

import html
import logging
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlencode

import yaml
from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.resource_details import AccessView
from airflow.api_fastapi.core_api.security import GetUserDep, requires_access_view
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request
from fastapi.exception_handlers import http_exception_handler
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException as StarletteHTTPException

from amanah.airflow.elsewhere import PREFIX, InAirflow
from amanah.airflow.open_nodes import OpenNodes
from amanah.airflow.plans import node_files
from amanah.pages.app import router

log = logging.getLogger(__name__)

_SITE = "*/gx/uncommitted/data_docs/local_site"
# The folder of a node's store, the pages in it that are linked, and which parts of their paths say what they are.
_SHELVES: Mapping[str, tuple[tuple[str, tuple[int, ...]], ...]] = {
    "editions": (("*/*/*.html", (0, 1)),),
    "data_docs": ((f"{_SITE}/index.html", (0,)), (f"{_SITE}/validations/*/*/*/*.html", (0, 7))),
}

# These pages stand beside Airflow's own: a script in them would act for whoever is signed in.
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
        "frame-ancestors 'self'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def build_app() -> FastAPI:
    """The application that Airflow's API server mounts; whoever is not signed in gets nothing of it."""
    app = FastAPI(title="Amanah", docs_url=None, redoc_url=None, openapi_url=None)
    app.exception_handler(StarletteHTTPException)(_refused)
    app.include_router(router(OpenNodes(), _signed_in, InAirflow()))
    app.include_router(_files())  # after the pages: its last route takes every path
    return app


def entries() -> list[dict[str, str]]:
    """What stands in Airflow's menu: the pages of each node, and the files of all."""
    made = [_entry("Editions and Data Docs", f"{PREFIX}/") | {"url_route": "amanah"}]
    for party in _parties():
        made += [
            _entry(f"{page.capitalize()} {party}", f"{PREFIX}/{party}/{page}") for page in ("worklist", "corridor")
        ]
    return made


def _entry(name: str, path: str) -> dict[str, str]:
    """An entry that opens a page of its own, so that its address can be kept and sent."""
    return {"name": name, "href": path.removeprefix("/"), "destination": "nav", "category": "browse"}


def _parties() -> list[str]:
    """The parties whose nodes are here. A file that cannot be read keeps nothing else from being served."""
    try:
        return list(_stores())
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        log.warning("the menu has no pages of nodes: %s", type(error).__name__)
        return []


def _signed_in(user: GetUserDep) -> str:
    """The name by which the file of people knows who has signed in to Airflow."""
    return str(user.get_name())


async def _refused(request: Request, error: StarletteHTTPException) -> Response:
    """A person who is not signed in is sent to Airflow's sign-in and from there back; a program is told why not."""
    asks_for_page = request.method == "GET" and "text/html" in request.headers.get("accept", "")
    if error.status_code != 401 or not asks_for_page:  # noqa: PLR2004
        return await http_exception_handler(request, error)
    back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(f"{get_auth_manager().get_url_login()}?{urlencode({'next': back})}", headers=_HEADERS)


def _files() -> APIRouter:
    routes = APIRouter(dependencies=[Depends(requires_access_view(AccessView.JOBS))])

    @routes.get("/", response_class=HTMLResponse)
    def overview() -> HTMLResponse:
        """List what there is to open."""
        return HTMLResponse(_overview(), headers=_HEADERS)

    @routes.get("/{party}/{shelf}/{path:path}")
    def file(party: str, shelf: str, path: str) -> FileResponse:
        """Serve one file of a shelf."""
        return FileResponse(_find(party, shelf, path), headers=_HEADERS)

    return routes


def _stores() -> dict[str, Path]:
    stores = {}
    for file in node_files():
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        stores[content["party"]] = file.parent / content["store"]
    return stores


def _find(party: str, shelf: str, path: str) -> Path:
    store = _stores().get(party)
    if store is None or shelf not in _SHELVES:
        raise HTTPException(404)
    root = (store / shelf).resolve()
    found = (root / path).resolve()
    if not found.is_relative_to(root) or not found.is_file():
        raise HTTPException(404)
    return found


def _overview() -> str:
    sections = []
    for party, store in _stores().items():
        links = "".join(
            _link(party, shelf, page.relative_to(store / shelf), telling)
            for shelf, patterns in _SHELVES.items()
            for pattern, telling in patterns
            for page in sorted((store / shelf).glob(pattern))
        )
        sections.append(f"<h2>{html.escape(party)}</h2><ul>{links or '<li>nothing yet</li>'}</ul>")
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Amanah</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        "<style>body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}</style></head>"
        f"<body><main><h1>Editions and Data Docs</h1>{''.join(sections)}</main></body></html>"
    )


def _link(party: str, shelf: str, path: Path, telling: tuple[int, ...]) -> str:
    what = " ".join(path.parts[part] for part in telling)
    href = html.escape(f"{party}/{shelf}/{path.as_posix()}")
    return f'<li><a href="{href}">{shelf.replace("_", " ")}: {html.escape(what)}</a></li>'
