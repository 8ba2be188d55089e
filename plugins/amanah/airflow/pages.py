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

# The folder of a node's store, and the page a folder in it opens with.
_SHELVES: Mapping[str, str] = {"editions": "*/*.html", "data_docs": "*/gx/uncommitted/data_docs/local_site/index.html"}


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
    def overview() -> str:
        """List what there is to open."""
        return _overview()

    @app.get("/{party}/{shelf}/{path:path}")
    def file(party: str, shelf: str, path: str) -> FileResponse:
        """Serve one file of a shelf."""
        return FileResponse(_find(party, shelf, path))

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
        pages = [
            (shelf, page.relative_to(store / shelf).as_posix())
            for shelf, pattern in _SHELVES.items()
            for page in sorted((store / shelf).glob(pattern))
        ]
        links = "".join(
            f'<li><a href="{party}/{shelf}/{html.escape(path)}">{shelf.replace("_", " ")}: '
            f"{html.escape(path.split('/')[0])}</a></li>"
            for shelf, path in pages
        )
        sections.append(f"<h2>{html.escape(party)}</h2><ul>{links or '<li>nothing yet</li>'}</ul>")
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Amanah</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        "<style>body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}</style></head>"
        f"<body><main><h1>Editions and Data Docs</h1>{''.join(sections)}</main></body></html>"
    )
