"""How a mapping leads from page to page, against a server that keeps a table and counts."""

import pytest
from case_desk import a_case, refs

from amanah.sources import SourceConnection, SourceError, SourceUnavailable, open_source
from amanah.sources.paging import MOST_IDLE


@pytest.fixture
def read(ministry, a_mapping, at):
    def rows(since=None, until=None, page_size=1000, **rest):
        mapping = a_mapping("rest", rest=rest, page_size=page_size)
        return list(open_source(mapping, SourceConnection(url=ministry.url)).read(since, until or at(31)))

    return rows


def some(*numbers):
    return (200, {}, {"records": [a_case(str(number)) for number in numbers]})


def asked(ministry, name):
    return [query.get(name) for _, query, _ in ministry.asked]


def test_records_and_marks_may_stand_anywhere_in_the_answer(ministry, read):
    ministry.will_answer(
        (200, {}, {"data": {"items": [a_case("1")]}, "meta": {"cursor": "m1"}}),
        (200, {}, {"data": {"items": [a_case("2")]}, "meta": {"cursor": ""}}),
    )
    rows = read(records="data.items", paging={"next": "meta.cursor", "parameter": "cursor"})
    assert refs(rows) == ["IDN-C-1", "IDN-C-2"]
    assert asked(ministry, "cursor") == [None, "m1"]


def test_parameters_have_the_names_that_the_system_gives_them(ministry, read, at):
    ministry.will_answer(some(1))
    read(at(1), at(3), parameters={"since": "from", "until": "to", "limit": "size", "always": {"country": "IDN"}})
    [(_, query, _)] = ministry.asked
    assert query == {"from": "2026-07-01T00:00:00Z", "to": "2026-07-03T00:00:00Z", "size": "1000", "country": "IDN"}


def test_a_system_that_cannot_be_told_the_window_is_read_and_cut_to_it(ministry, read, at):
    moments = [at(1), at(2), at(2, 12), at(3), at(4)]
    records = [a_case(str(number), moment.isoformat()) for number, moment in enumerate(moments)]
    ministry.will_answer((200, {}, {"records": records}))
    rows = read(at(2), at(3), parameters={"since": "", "until": "", "limit": ""})
    assert refs(rows) == ["IDN-C-1", "IDN-C-2"]
    assert ministry.asked[0][1] == {}


def test_numbered_pages_end_with_an_empty_one_however_few_the_server_gives(ministry, read):
    ministry.will_answer(some(1, 2), some(3, 4), some(5), some())
    assert len(read(page_size=100, paging={"style": "page", "parameter": "p", "first": 0})) == 5
    assert asked(ministry, "p") == ["0", "1", "2", "3"]


@pytest.mark.parametrize("cap", [1, 2, 3, 7])
@pytest.mark.parametrize("count", [0, 1, 2, 6, 7])
def test_offsets_find_every_row_however_few_the_server_gives(a_mapping, at, ministry, count, cap):
    class Table(list):
        """Answers the question at hand, as a table of ``count`` rows would that gives ``cap`` at a time."""

        def __len__(self):
            return 1

        def __getitem__(self, _):
            start = int(ministry.asked[-1][1].get("offset", 0))
            return some(*range(count)[start : start + cap])

    ministry.answers = Table()
    mapping = a_mapping("rest", rest={"paging": {"style": "offset"}})
    rows = list(open_source(mapping, SourceConnection(url=ministry.url)).read(None, at(31)))
    assert refs(rows) == [f"IDN-C-{number}" for number in range(count)]


def test_rows_that_move_between_two_offsets_are_noticed(ministry, read):
    ministry.will_answer(some(1, 2, 3), some(4, 5), some())  # the first row has gone: 4 is where 3 was
    with pytest.raises(SourceUnavailable, match="moved from page to page"):
        read(paging={"style": "offset"})


@pytest.mark.parametrize("style", ["page", "offset"])
def test_a_server_that_gives_the_first_page_for_ever_is_noticed(ministry, read, style):
    ministry.will_answer(some(1))
    with pytest.raises(SourceError, match="same page again and again"):
        read(paging={"style": style})


def test_links_are_followed_on_the_same_host(ministry, read):
    _, _, body = some(1)
    ministry.will_answer(
        (200, {"Link": '</cases?cursor=2>; rel="next", </cases>; rel="first"'}, body),
        (200, {"Link": f'<{ministry.url}/cases?cursor=3>; rel="next"'}, some(2)[2]),
        some(3),
    )
    assert refs(read(paging={"style": "link"})) == ["IDN-C-1", "IDN-C-2", "IDN-C-3"]
    assert asked(ministry, "cursor") == [None, "2", "3"]


@pytest.mark.parametrize("link", ["https://127.0.0.1/cases", "http://127.0.0.1:1/cases", "//elsewhere.example/cases"])
def test_a_link_to_another_host_would_take_the_token_there_and_is_refused(ministry, read, link):
    ministry.will_answer((200, {"Link": f'<{link}>; rel="next"'}, some(1)[2]))
    with pytest.raises(SourceError, match="leads to another host"):
        read(paging={"style": "link"})
    assert len(ministry.asked) == 1


def test_a_single_page_is_asked_for_without_a_limit(ministry, read):
    ministry.will_answer(some(1, 2))
    assert len(read(paging={"style": "single"})) == 2
    assert asked(ministry, "limit") == [None]


@pytest.mark.parametrize("records", [(), (1,)])
def test_ever_new_marks_without_new_rows_come_to_an_end(ministry, read, records):
    """A server whose cursor never ends: each mark is another, the page is not."""

    class Endless(list):
        def __len__(self):
            return 1

        def __getitem__(self, _):
            status, headers, body = some(*records)
            return status, headers, body | {"next": f"m{len(ministry.asked)}"}

    ministry.answers = Endless()
    with pytest.raises(SourceError, match="pages without end"):
        read(paging={"style": "cursor"})
    assert len(ministry.asked) <= MOST_IDLE + 2
