"""Builders for the source tests: a mapping of the complaint stream over a small made-up system, and a REST server."""

import json
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from amanah.sources import Mapping

FIELDS = {
    "record_ref": {"column": "no", "transform": "prefix:IDN-C-"},
    "kind": {"column": "subject", "codes": {"GAJI": "wages_unpaid", "SAKIT": "sick"}},
    "received_on": {"column": "received", "transform": "date_iso"},
    "stage": {"column": "state", "codes": {"1": "received", "2": "resolved"}},
}
PLACES = {
    "sql": {"table": "cases"},
    "rest": {"endpoint": "/cases"},
    "csv": {"pattern": "cases_{month}.csv"},
    "xlsx": {"pattern": "cases_{month}.xlsx"},
}


@pytest.fixture(scope="session")
def a_mapping():
    """Build a mapping; keywords replace its entries, ``more_fields`` go beside those of every case."""

    def build(kind="csv", more_fields=None, **changed):
        entries = {
            "name": "case_desk",
            "kind": kind,
            "stream": "complaint",
            "key": "no",
            "updated_at": "changed",
            "fields": FIELDS | (more_fields or {}),
            **PLACES[kind],
        }
        return Mapping.model_validate(entries | changed)

    return build


@pytest.fixture(scope="session")
def at():
    """A moment of July 2026, UTC: ``at(3)`` is midnight of the third, ``at(3, 12)`` its noon."""
    return lambda day, hour=0, minute=0: datetime(2026, 7, day, hour, minute, tzinfo=UTC)


class Ministry(ThreadingHTTPServer):
    """A real server that gives prepared answers, the last one for ever, and remembers what it was asked.

    ``asked`` holds (path, query, Authorization) of each GET, ``tags`` its If-None-Match; ``posted`` the form and the
    Authorization of each POST.
    """

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers, self.tokens = [], []
        self.asked, self.tags, self.posted = [], [], []
        self.released = threading.Event()

    def will_answer(self, *answers):
        """Each answer is (status, headers, body); a body that is not bytes goes out as JSON; None never answers."""
        self.answers = list(answers)

    def will_grant(self, *answers):
        """The same for the token endpoint, which is every POST."""
        self.tokens = list(answers)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        ministry, parts = self.server, urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        ministry.asked.append((parts.path, query, self.headers.get("Authorization")))
        ministry.tags.append(self.headers.get("If-None-Match"))
        self._answer(ministry.answers)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        self.server.posted.append((form, self.headers.get("Authorization")))
        self._answer(self.server.tokens)

    def _answer(self, answers):
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if answer is None:
            self.server.released.wait()
            return
        status, headers, body = answer
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        """Keep the test output clean."""


@pytest.fixture
def ministry():
    server = Ministry()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.released.set()
    server.shutdown()
    thread.join()
    server.server_close()
