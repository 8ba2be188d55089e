import gzip
import json

import pytest
from case_desk import a_case, a_page, refs
from pydantic import SecretStr

from amanah.sources import SourceConnection, SourceError, SourceUnavailable, open_source, rest_client
from amanah.sources.rest_client import LARGEST_ANSWER

TOKEN = "a-token-not-to-be-seen"


@pytest.fixture
def read(ministry, a_mapping, at):
    def rows(since=None, until=None, timeout_seconds=5, **changed):
        connection = SourceConnection(url=ministry.url, token=SecretStr(TOKEN), timeout_seconds=timeout_seconds)
        return list(open_source(a_mapping("rest", **changed), connection).read(since, until or at(31)))

    return rows


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


def test_a_server_that_does_not_answer_in_time_is_unavailable(ministry, read):
    ministry.will_answer(None)
    with pytest.raises(SourceUnavailable, match="does not answer"):
        read(timeout_seconds=0.05)


def test_a_server_that_is_not_there_is_unavailable(a_mapping, at):
    with pytest.raises(SourceUnavailable, match="does not answer"):
        next(open_source(a_mapping("rest"), SourceConnection(url="http://127.0.0.1:1")).read(None, at(1)))


@pytest.mark.parametrize(
    ("status", "error"), [(500, SourceUnavailable), (408, SourceUnavailable), (401, SourceError), (404, SourceError)]
)
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
        ({"records": [a_case("1", state={"code": "1"})], "next": None}, r"missing column\(s\) state"),
        (b'{"records": ' + b"[" * 200_000, "nested beyond reading"),
        (b'\xff\xfe{"records": []}', "not JSON"),
        ({"records": [a_case("1", a={"b": {"c": {"d": {"e": {"f": {"g": {"h": {}}}}}}}})]}, "objects within"),
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


def test_a_number_that_is_none_is_a_problem_of_its_record_and_not_of_the_others(ministry, read):
    body = json.dumps({"records": [a_case("1", state=float("nan")), a_case("2")], "next": None}).encode()
    ministry.will_answer((200, {}, body))
    first, second = read()
    assert [(p.field, p.column, p.code) for p in first.problems] == [("stage", "state", "damaged")]
    assert "NaN or Infinity" in first.problems[0].message
    assert second.values["stage"] == "received"


def test_half_a_character_is_a_problem_that_names_its_column(ministry, read):
    body = json.dumps({"records": [a_case("1", subject="\ud800")], "next": None}).encode()
    ministry.will_answer((200, {}, body))
    [row] = read()
    assert [(p.column, p.code) for p in row.problems] == [("subject", "unreadable")]


def test_columns_within_objects_are_named_by_their_path(ministry, read):
    fields = {
        "record_ref": {"column": "no", "transform": "prefix:IDN-C-"},
        "kind": {"column": "complaint.kind.code", "codes": {"GAJI": "wages_unpaid"}},
        "received_on": {"column": "complaint.received", "transform": "date_iso"},
        "stage": {"constant": "received"},
    }
    known = {"no": "1", "changed": "2026-07-02T00:00:00Z", "officer": {"name": "x", "room": 3}}
    told = known | {"complaint": {"kind": {"code": "GAJI", "label": "x"}, "received": "2026-07-01"}}
    ministry.will_answer((200, {}, {"records": [told, known | {"complaint": None}]}))
    with pytest.raises(SourceError, match=r"column\(s\) complaint.kind.label are not mapped"):
        read(fields=fields, ignored=["officer"])
    first, second = read(fields=fields, ignored=["officer", "complaint"])
    assert first.values["kind"] == "wages_unpaid"
    assert (second.values["kind"], second.values["received_on"], second.problems) == (None, None, ())


def test_an_answer_without_bounds_is_refused_before_it_fills_the_memory(ministry, read):
    packed = gzip.compress(b" " * (LARGEST_ANSWER + 1), compresslevel=1)
    ministry.will_answer((200, {"Content-Encoding": "gzip"}, packed))
    with pytest.raises(SourceError, match="more than 67,108,864 bytes"):
        read()


@pytest.mark.parametrize("packing", ["gzip, gzip", "br", "deflate"])
def test_an_answer_packed_in_a_way_that_was_not_asked_for_is_not_unpacked(ministry, read, packing):
    """Packed twice, a thousandth of it is a thousand times the memory, before anybody can count."""
    ministry.will_answer((200, {"Content-Encoding": packing}, gzip.compress(gzip.compress(b" " * 10_000_000))))
    with pytest.raises(SourceError, match="packed in a way that was not asked for"):
        read()


def test_a_packed_answer_is_unpacked_and_one_cut_off_is_not_taken_for_whole(ministry, read):
    packed = gzip.compress(json.dumps({"records": [a_case("1")], "next": None}).encode())
    ministry.will_answer((200, {"Content-Encoding": "gzip"}, packed))
    assert refs(read()) == ["IDN-C-1"]
    ministry.will_answer((200, {"Content-Encoding": "gzip"}, packed[:-9]))
    with pytest.raises(SourceUnavailable, match="does not answer"):
        read()


def test_a_server_that_drips_is_given_up(ministry, read, monkeypatch):
    """Each byte comes in time, the answer never."""
    monkeypatch.setattr(rest_client, "LONGEST_ANSWER", 0)
    ministry.will_answer(a_page(a_case("1")))
    with pytest.raises(SourceUnavailable, match="for one answer"):
        read()


def test_a_name_given_twice_is_refused_because_one_value_would_be_lost(ministry, read):
    body = json.dumps({"records": [a_case("1")], "next": None}).replace('"no": "1"', '"no": "1", "no": "2"')
    ministry.will_answer((200, {}, body.encode()))
    with pytest.raises(SourceError, match="has one name twice"):
        read()
    ministry.will_answer(a_page(a_case("1") | {"a.b": "1", "a": {"b": "2"}}))
    with pytest.raises(SourceError, match="two columns have the same path"):
        read(ignored=["a.b"])


def test_a_redirection_is_not_followed_with_the_token(ministry, read):
    ministry.will_answer((302, {"Location": "http://127.0.0.1:1/elsewhere"}, b""))
    with pytest.raises(SourceError, match="answers 302"):
        read()
    assert len(ministry.asked) == 1


@pytest.mark.parametrize("url", ["http://ministry.example/api", "ministry.example/api"])
def test_nothing_travels_in_the_clear(a_mapping, at, url):
    connection = SourceConnection(url=url, token=SecretStr(TOKEN))
    with pytest.raises(SourceError, match="do not travel in the clear; use https"):
        next(open_source(a_mapping("rest"), connection).read(None, at(1)))


def test_a_token_with_a_line_break_is_refused_without_repeating_it(ministry, a_mapping, at):
    connection = SourceConnection(url=ministry.url, token=SecretStr(TOKEN + "\n"))
    with pytest.raises(SourceError, match="line break") as refusal:
        next(open_source(a_mapping("rest"), connection).read(None, at(1)))
    assert TOKEN not in str(refusal.value)
