"""The REST service of the synthetic ministries, on 127.0.0.1, over the tables that ``advance`` fills.

Start it with ``python -m amanah.demo.ministry.rest --port N --database-env NAME --token-env NAME``.
"""

import argparse
import base64
import binascii
import json
import os
import secrets
import socket
import time
from datetime import UTC, datetime
from typing import Annotated, Any

import sqlalchemy as sa
import uvicorn
from fastapi import Depends, FastAPI, HTTPException, Query
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBasic, HTTPBasicCredentials, HTTPBearer
from pydantic import AwareDatetime

from amanah.demo.ministry.systems import CLIENT_ID, PARTIES, TOKEN_PATH, WITH_CLIENT_CREDENTIALS, mappings
from amanah.demo.ministry.tables import table
from amanah.sources import Mapping
from amanah.sources.keyset import Window, page
from amanah.sources.native import as_text, utc

MOST_PER_PAGE = 5000
TOKEN_SECONDS = 300


def application(database: str, token: str) -> FastAPI:
    """The service over the tables in ``database`` (an SQLAlchemy URL), for whoever bears ``token``.

    A system with client credentials takes instead what its token endpoint gave for ``token`` as the client's secret.
    """
    engine = sa.create_engine(database, hide_parameters=True)
    served = {mapping.name: mapping for party in PARTIES for mapping in mappings(party) if mapping.kind == "rest"}
    bearer, client, given = HTTPBearer(auto_error=False), HTTPBasic(), _Given()
    app = FastAPI(title="Synthetic ministries", docs_url=None, redoc_url=None)

    def known(system: str, shown: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]) -> None:
        credentials = shown.credentials if shown else ""
        if not (given.holds(credentials) if system in WITH_CLIENT_CREDENTIALS else _same(credentials, token)):
            raise HTTPException(401, "bearer token required", {"WWW-Authenticate": "Bearer"})

    @app.post(TOKEN_PATH)
    def client_credentials(shown: Annotated[HTTPBasicCredentials, Depends(client)]) -> JSONResponse:
        if not (_same(shown.username, CLIENT_ID) and _same(shown.password, token)):
            return JSONResponse({"error": "invalid_client"}, 401)
        return JSONResponse({"access_token": given.another(), "token_type": "bearer", "expires_in": TOKEN_SECONDS})

    @app.get("/{system}/records", dependencies=[Depends(known)])
    def records(
        system: str,
        until: AwareDatetime,
        since: AwareDatetime | None = None,
        after: str | None = None,
        limit: Annotated[int, Query(ge=1, le=MOST_PER_PAGE)] = 500,
    ) -> JSONResponse:
        if system not in served:
            raise HTTPException(404, f"no such system; there are {', '.join(served)}")
        window = Window(since.astimezone(UTC) if since else None, until.astimezone(UTC))
        return JSONResponse(_page(engine, served[system], window, after, limit))

    @app.exception_handler(sa.exc.DBAPIError)
    def database_away(*_: object) -> JSONResponse:
        return JSONResponse({"detail": "the database does not answer, or has no such table yet"}, 503)

    return app


def _same(given: str, wanted: str) -> bool:
    return secrets.compare_digest(given.encode(), wanted.encode())


class _Given:
    """The tokens given to clients, for as long as they last."""

    def __init__(self) -> None:
        self._ends: dict[str, float] = {}

    def another(self) -> str:
        """A new token."""
        token = secrets.token_urlsafe(24)
        self._ends[token] = time.monotonic() + TOKEN_SECONDS
        return token

    def holds(self, token: str) -> bool:
        """Whether ``token`` was given and still lasts."""
        return self._ends.get(token, 0) > time.monotonic()


def _page(engine: sa.Engine, mapping: Mapping, window: Window, after: str | None, limit: int) -> dict[str, Any]:
    source = table(mapping)
    start = None if after is None else _mark_read(after)
    query = page(source, updated_at=mapping.updated_at, key=mapping.key, window=window, after=start, limit=limit)
    with engine.connect() as connection:
        rows = connection.execute(query).mappings().all()
    last = rows[-1] if len(rows) == limit else None
    return {
        "records": [_as_json(row, mapping) for row in rows],
        "next": None if last is None else _mark(utc(last[mapping.updated_at], mapping.zone), last[mapping.key]),
    }


def _as_json(row: sa.RowMapping, mapping: Mapping) -> dict[str, str | None]:
    record = {name: as_text(value, name, mapping.name) for name, value in row.items()}
    return record | {mapping.updated_at: utc(row[mapping.updated_at], mapping.zone).isoformat()}


def _mark(moment: datetime, key: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([moment.isoformat(), key]).encode()).decode()


def _mark_read(mark: str) -> tuple[datetime, str]:
    try:
        moment, key = json.loads(base64.urlsafe_b64decode(mark))
        return datetime.fromisoformat(moment).astimezone(UTC), str(key)
    except (ValueError, TypeError, binascii.Error):
        raise HTTPException(422, "after: not a mark that this service gave") from None


def main() -> None:
    """Serve until stopped. The address is printed once connections are taken."""
    parser = argparse.ArgumentParser(
        prog="python -m amanah.demo.ministry.rest", description="Serve the synthetic ministries' records."
    )
    parser.add_argument("--port", type=int, required=True, help="port on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--database-env", required=True, help="environment variable that holds the database's URL")
    parser.add_argument("--token-env", required=True, help="environment variable that holds the bearer token")
    asked = parser.parse_args()
    for name in (asked.database_env, asked.token_env):
        if not os.environ.get(name):
            parser.error(f"environment variable {name} is not set")
    listening = socket.create_server(("127.0.0.1", asked.port))
    print(f"http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
    server = uvicorn.Server(
        uvicorn.Config(
            application(os.environ[asked.database_env], os.environ[asked.token_env]),
            access_log=False,
            log_level="warning",
        )
    )
    server.run(sockets=[listening])


if __name__ == "__main__":
    main()
