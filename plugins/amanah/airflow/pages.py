"""What engineers open from the Airflow UI: the editions and the Data Docs of this Airflow's nodes, behind its sign-in.

Nothing here changes anything; files are served from each node's own folders only.
"""

import html
from collections.abc import Mapping
from pathlib import Path

import yaml
from airflow.api_fastapi.auth.managers.models.resource_details import AccessView
from airflow.api_fastapi.core_api.security import requires_access_view
from fastapi import Depends, FastAPI, HTTPException
from fastapi.responses import FileResponse, HTMLResponse

from amanah.airflow.plans import node_files

_SITE = "*/gx/uncommitted/data_docs/local_site"
# The folder of a node's store, the pages in it that are linked, and which parts of their paths say what they are.
_SHELVES: Mapping[str, tuple[tuple[str, tuple[int, ...]], ...]] = {
    "editions": (("*/*.html", (0,)),),
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
    """The application that Airflow's API server mounts; every route needs a signed-in user who may look at jobs."""
    app = FastAPI(
        title="Amanah",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        dependencies=[Depends(requires_access_view(AccessView.JOBS))],
    )

    @app.get("/", response_class=HTMLResponse)
    def overview() -> HTMLResponse:
        """List what there is to open."""
        return HTMLResponse(_overview(), headers=_HEADERS)

    @app.get("/{party}/{shelf}/{path:path}")
    def file(party: str, shelf: str, path: str) -> FileResponse:
        """Serve one file of a shelf."""
        return FileResponse(_find(party, shelf, path), headers=_HEADERS)

    return app


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
