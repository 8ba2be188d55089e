"""The evaluation's figures are the database's: counted again here, in other words, by SQL on each node's own tables.

What is published of a count is that count to the nearest 5, or nothing where it is small.
"""

import json
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pyarrow.parquet as pq
import pytest
from demonstrations import LAST_MONTH, PARTIES, QUARTER, Demonstration

pytestmark = pytest.mark.slow

FIRST_MONTH = "2026-07"
# The current revision of each record of a stream as known at the quarter's end.
CURRENT = """
    SELECT * FROM (
        SELECT DISTINCT ON (holder, record_ref) * FROM {stream}
        WHERE known_in <= %(last)s ORDER BY holder, record_ref, revision DESC
    ) AS newest WHERE NOT withdrawn
"""
ARRIVED = (
    "stage IN ('arrived', 'residence_issued', 'transferred', 'absconding_reported', 'completed', 'returned', 'died')"
)
ARRIVALS = f"""
    SELECT holder, count(*) FROM ({CURRENT.format(stream="placement")}) AS current JOIN LATERAL (
        SELECT stage_date FROM placement AS every
        WHERE every.holder = current.holder AND every.record_ref = current.record_ref AND known_in <= %(last)s
          AND NOT withdrawn AND {ARRIVED} AND stage_date IS NOT NULL ORDER BY revision LIMIT 1
    ) AS first ON true
    WHERE first.stage_date BETWEEN '2026-07-01' AND '2026-09-30' GROUP BY holder
"""
PLACEMENTS = f"SELECT holder, count(*) FROM ({CURRENT.format(stream='placement')}) AS current GROUP BY holder"
COMPLAINTS = f"""
    SELECT holder, count(*) FROM ({CURRENT.format(stream="complaint")}) AS current
    WHERE received_on BETWEEN '2026-07-01' AND '2026-09-30' GROUP BY holder
"""
MATCHED = """
    SELECT count(*) FROM link WHERE stream = 'placement' AND grade IN ('certain', 'probable')
      AND opened_in <= %(last)s AND (closed_in IS NULL OR closed_in > %(last)s)
"""
DISCREPANCIES = """
    SELECT count(*) FILTER (WHERE closed_in IS NULL OR closed_in > %(last)s),
           count(*) FILTER (WHERE opened_in >= %(first)s),
           count(*) FILTER (WHERE closed_in BETWEEN %(first)s AND %(last)s)
    FROM discrepancy WHERE opened_in <= %(last)s {more}
"""
BY_STREAM = """
    SELECT stream, count(*) FROM discrepancy
    WHERE opened_in <= %(last)s AND (closed_in IS NULL OR closed_in > %(last)s) GROUP BY stream
"""
# Of the packages whose answer was here when the quarter was frozen.
SENT = """
    SELECT sender || '/' || stream, sum(records) - sum(rejected_records), sum(records) FROM message
    WHERE stream <> 'status' AND period BETWEEN %(first)s AND %(last)s AND message_id = ANY(%(answered)s)
    GROUP BY sender, stream
"""
READ = """
    SELECT source || '/' || stream, sum(accepted), sum(read) FROM batch
    WHERE period BETWEEN %(first)s AND %(last)s GROUP BY source, stream
"""

Count = Callable[..., list[tuple[Any, ...]]]
Figures = dict[str, dict[str, Any]]


@pytest.fixture(params=PARTIES)
def party(request: pytest.FixtureRequest) -> str:
    """The node whose edition is looked at."""
    return str(request.param)


@pytest.fixture
def publication(demonstration: Demonstration, party: str) -> dict[str, Any]:
    return json.loads((demonstration.edition(party) / "publish.json").read_text(encoding="utf-8"))


@pytest.fixture
def figures(publication: dict[str, Any]) -> Figures:
    return {figure["id"]: figure for figure in publication["figures"]}


@pytest.fixture
def count(demonstration: Demonstration, party: str) -> Count:
    """Ask the node's own database about the quarter."""
    frozen = pq.read_table(demonstration.store(party) / "snapshots" / QUARTER / "v1" / "message.parquet").to_pylist()
    answered = [message["message_id"] for message in frozen if message["verdict"]]
    return lambda query: demonstration.ask(party, query, first=FIRST_MONTH, last=LAST_MONTH, answered=answered)


Told = Callable[[int], int | None]


@pytest.fixture
def told(publication: dict[str, Any]) -> Told:
    """What may be told of a count: to the nearest 5, or nothing when it is small."""
    assert publication["about"]["disclosure"] == "rounding"
    smallest = publication["about"]["smallest_count"]
    return lambda count: 5 * round(count / 5) if count == 0 or count >= smallest else None


def total(figure: dict[str, Any]) -> dict[str, int | None]:
    return {column["code"]: cell["value"] for column, cell in zip(figure["columns"], figure["total"], strict=True)}


def row(figure: dict[str, Any], code: str) -> dict[str, int | None]:
    cells = next(row["cells"] for row in figure["rows"] if row["code"] == code)
    return {column["code"]: cell["value"] for column, cell in zip(figure["columns"], cells, strict=True)}


def test_placements_and_matched_pairs(figures: Figures, count: Count, told: Told) -> None:
    [(matched,)] = count(MATCHED)
    counted = dict(count(PLACEMENTS)) | {"matched": matched}

    assert total(figures["F6"]) == {series: told(number) for series, number in counted.items()}


def test_arrivals_of_the_quarter(figures: Figures, count: Count, told: Told) -> None:
    arrivals = {side: told(number) for side, number in count(ARRIVALS)}
    published = [row(figures["F1"], QUARTER)]
    published += [total(figures[name]) for name in ("F1.occupation", "F1.area", "F1.sex")]

    assert all(arrivals.values())
    assert [{side: found[side] for side in PARTIES} for found in published] == [arrivals] * 4


def test_complaints_of_the_quarter(figures: Figures, count: Count, told: Told) -> None:
    complaints = {side: told(number) for side, number in count(COMPLAINTS)}

    assert {side: row(figures["R0"], QUARTER)[side] for side in PARTIES} == complaints
    assert {side: total(figures["R2"])[side] for side in PARTIES} == complaints


def test_disagreements(figures: Figures, count: Count, told: Told) -> None:
    columns = ("open", "opened", "closed")
    [every] = count(DISCREPANCIES.format(more=""))
    [dangers] = count(DISCREPANCIES.format(more="AND class = 'protection'"))

    assert total(figures["X5"]) == dict(zip(columns, map(told, every), strict=True))
    assert total(figures["P1"]) == dict(zip(columns, map(told, dangers), strict=True))


def test_disagreements_by_stream(figures: Figures, count: Count, told: Told) -> None:
    by_stream = {stream: told(number) for stream, number in count(BY_STREAM)}

    assert total(figures["X5.severity"]) == by_stream
    assert total(figures["X4"]) == by_stream


@pytest.mark.parametrize(("figure", "query"), [("X2.exchange", SENT), ("X2.source", READ)])
def test_records_sent_and_read(figures: Figures, count: Count, told: Told, figure: str, query: str) -> None:
    counted = {code: (int(good), int(every)) for code, good, every in count(query)}
    published = {found["code"]: [cell["value"] for cell in found["cells"][:2]] for found in figures[figure]["rows"]}

    assert published.keys() == counted.keys()
    for code, (good, every) in counted.items():
        assert published[code][1] == told(every)
        assert published[code][0] == (None if told(every) is None else told(good))


def test_every_total_is_the_sum_of_its_rows_but_for_the_rounding(figures: Figures) -> None:
    summed = [figure for figure in figures.values() if figure["total"]]

    for figure in summed:
        for place, cell in enumerate(figure["total"]):
            values = [found["cells"][place]["value"] for found in figure["rows"]]
            most = 2 * (len(values) + 1)
            assert cell["value"] is None or abs(cell["value"] - sum(values)) <= most, f"{figure['id']}, column {place}"
    assert len(summed) > 5


def test_the_page_says_what_was_published(
    publication: dict[str, Any], figures: Figures, demonstration: Demonstration, party: str
) -> None:
    page = Tables()
    page.feed(next(demonstration.edition(party).glob("*.en.html")).read_text(encoding="utf-8"))

    for figure in figures.values():
        if figure["form"] == "calendar":
            continue
        rows = [found["cells"] for found in figure["rows"]] + ([figure["total"]] if figure["total"] else [])
        printed = page.rows[f"{figure['id'].replace('.', '-')}-c"]
        assert len(printed) == len(rows), figure["id"]
        for cells, texts in zip(rows, printed, strict=True):
            plain = [text.strip().removesuffix("%").strip() for text in texts]
            exact = [(cell["value"], text) for cell, text in zip(cells, plain, strict=True) if not cell["mark"]]
            assert [text for _, text in exact] == [_as_printed(value) for value, _ in exact], figure["id"]


def test_a_person_approved_it_and_nothing_was_missing(
    demonstration: Demonstration, party: str, publication: dict[str, Any]
) -> None:
    assert demonstration.ask(party, "SELECT version, approved, by FROM edition_decision") == [(1, True, "admin")]
    assert publication["missing"] == []
    assert f"{party} approved    version 1 of {QUARTER} by admin" in demonstration.output


def test_the_edition_in_the_database_is_the_one_on_the_shelf(demonstration: Demonstration, party: str) -> None:
    [(quarter, version, files)] = demonstration.ask(party, "SELECT quarter, version, files FROM edition")

    assert (quarter, version) == (QUARTER, 1)
    beside = {"SHA256SUMS", f"SHA256SUMS.{party}.asc"}
    assert set(files) | beside == {file.name for file in demonstration.edition(party).iterdir()}


def _as_printed(value: float) -> str:
    return f"{value:,.1f}" if isinstance(value, float) else f"{value:,}"


_ENDS_A_CELL = ("td", "th", "tr", "thead", "tbody", "tfoot")


class Tables(HTMLParser):
    """The tables of a page: the cells of every row, by the id of the table's caption.

    A cell ends where the next one, or the next row or part of the table begins: the page leaves those end tags out.
    """

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[str, list[list[str]]] = {}
        self._caption = ""
        self._in_cell = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_cell = self._in_cell and tag not in _ENDS_A_CELL
        if tag == "caption":
            self._caption = dict(attrs).get("id") or ""
            self.rows[self._caption] = []
        elif tag == "tr" and self._caption:
            self.rows[self._caption].append([])
        elif tag == "td" and self._caption:
            self.rows[self._caption][-1].append("")
            self._in_cell = True

    def handle_endtag(self, tag: str) -> None:
        if tag == "table" and self._caption:
            self._in_cell = False
            self.rows[self._caption] = [cells for cells in self.rows[self._caption] if cells]
            self._caption = ""

    def handle_data(self, data: str) -> None:
        if self._in_cell:
            self.rows[self._caption][-1][-1] += data
