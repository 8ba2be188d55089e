import json
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import SecretStr

from amanah.sources import SourceConnection, SourceError, SourceUnavailable, open_source
from amanah.sources.patience import LONGEST_WAIT, seconds_to_wait

TOKEN = "a-token-not-to-be-seen"


class Ministry(ThreadingHTTPServer):
    """A real server that gives prepared answers, the last one for ever, and remembers what it was asked."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers = []
        self.asked = []
        self.released = threading.Event()

    def will_answer(self, *answers):
        """Each answer is (status, headers, body); a body that is not bytes goes out as JSON; None never answers."""
        self.answers = list(answers)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        ministry = self.server
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        ministry.asked.append((parts.path, query, self.headers.get("Authorization")))
        answer = ministry.answers.pop(0) if len(ministry.answers) > 1 else ministry.answers[0]
        if answer is None:
            ministry.released.wait()
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


@pytest.fixture
def read(ministry, a_mapping, at):
    def rows(since=None, until=None, timeout_seconds=5, **changed):
        connection = SourceConnection(url=ministry.url, token=SecretStr(TOKEN), timeout_seconds=timeout_seconds)
        return list(open_source(a_mapping("rest", **changed), connection).read(since, until or at(31)))

    return rows


def a_case(no, changed="2026-07-02T00:00:00Z", **columns):
    return {"no": no, "changed": changed, "subject": "GAJI", "received": "2026-07-01", "state": 1} | columns


def a_page(*records, after=None):
    return (200, {}, {"records": list(records), "next": after})


def refs(rows):
    return [row.values["record_ref"] for row in rows]


def test_pages_are_followed_to_the_last(ministry, read, at):
    ministry.will_answer(a_page(a_case("1"), a_case("2"), after="m1"), a_page(a_case("3")))
    rows = read(at(1), at(3), page_size=2)
    assert refs(rows) == ["IDN-C-1", "IDN-C-2", "IDN-C-3"]
    assert rows[2].position == "case_desk page 2 record 1"
    window = {"since": "2026-07-01T00:00:00Z", "until": "2026-07-03T00:00:00Z", "limit": "2"}
    assert ministry.asked == [
        ("/cases", window, f"Bearer {TOKEN}"),
        ("/cases", window | {"after": "m1"}, f"Bearer {TOKEN}"),
    ]


def test_json_numbers_keep_their_digits(ministry, read):
    body = json.dumps({"records": [a_case("1")], "next": None}).replace('"state": 1', '"state": 1.10').encode()
    ministry.will_answer((200, {}, body))
    assert read()[0].raw["state"] == "1.10"


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_server_is_asked_again_when_it_says(ministry, read, status):
    ministry.will_answer((status, {"Retry-After": "0"}, b""), (status, {"Retry-After": "0"}, b""), a_page(a_case("1")))
    assert refs(read()) == ["IDN-C-1"]
    assert len(ministry.asked) == 3


def test_patience_ends(ministry, read):
    ministry.will_answer((429, {"Retry-After": "0"}, b""))
    with pytest.raises(SourceUnavailable, match=r"127\.0\.0\.1/cases answers 429"):
        read()
    assert len(ministry.asked) == 5


def test_a_server_that_asks_for_hours_is_left_to_a_later_run(ministry, read):
    ministry.will_answer((503, {"Retry-After": "7200"}, b""))
    with pytest.raises(SourceUnavailable, match="longer than we wait"):
        read()
    assert len(ministry.asked) == 1


@pytest.mark.parametrize(
    ("header", "attempt", "seconds"),
    [
        ("7", 1, 7),
        ("Wed, 01 Jul 2026 00:00:30 GMT", 1, 30),
        ("Tue, 30 Jun 2026 23:00:00 GMT", 1, 0),
        (None, 1, 1),
        (None, 4, 8),
        ("soon", 2, 2),
        (str(int(LONGEST_WAIT) + 1), 1, None),
    ],
)
def test_how_long_is_waited(header, attempt, seconds):
    assert seconds_to_wait(header, attempt=attempt, now=datetime(2026, 7, 1, tzinfo=UTC)) == seconds


def test_a_server_that_does_not_answer_in_time_is_unavailable(ministry, read):
    ministry.will_answer(None)
    with pytest.raises(SourceUnavailable, match="does not answer"):
        read(timeout_seconds=0.05)


def test_a_server_that_is_not_there_is_unavailable(a_mapping, at):
    with pytest.raises(SourceUnavailable, match="does not answer"):
        next(open_source(a_mapping("rest"), SourceConnection(url="http://127.0.0.1:1")).read(None, at(1)))


@pytest.mark.parametrize(("status", "error"), [(500, SourceUnavailable), (401, SourceError), (404, SourceError)])
def test_other_refusals_are_not_repeated(ministry, read, status, error):
    ministry.will_answer((status, {}, b""))
    with pytest.raises(error, match=str(status)) as refusal:
        read()
    assert len(ministry.asked) == 1
    assert TOKEN not in str(refusal.value)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"<html>", "not JSON"),
        ({"rows": []}, "expected"),
        ({"records": [1], "next": None}, "JSON object"),
        ({"records": [], "next": {"page": 2}}, "'next' to be text"),
        ({"records": [{"no": "1"}], "next": None}, r"record 1: missing column\(s\) changed, subject"),
        ({"records": [a_case("1", agent="x")], "next": None}, r"column\(s\) agent are not mapped"),
        ({"records": [a_case("1", state=["1"])], "next": None}, "column state: a value of type list"),
        ({"records": [a_case("1", "2026-07-31T00:00:00Z")], "next": None}, "outside the window"),
        ({"records": [a_case("1"), a_case("2", "2026-07-01T00:00:00Z")], "next": None}, "not ordered by time"),
        ({"records": [], "next": "m1"}, "same page again"),
    ],
)
def test_an_answer_that_does_not_fit_is_refused(ministry, read, body, said):
    ministry.will_answer((200, {}, body))
    with pytest.raises(SourceError, match=said):
        read()


def test_what_is_asked_is_not_logged(ministry, read, caplog):
    caplog.set_level("INFO")
    ministry.will_answer(a_page(a_case("1"), after="mark-of-a-record"), a_page())
    read()
    assert "mark-of-a-record" not in caplog.text
