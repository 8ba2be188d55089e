"""The files of an edition: what they tell, what they must not, and that they are always the same."""

import csv
import hashlib
import html
import json
import os
import re
import subprocess
import sys
from decimal import Decimal

import duckdb
import pyarrow.parquet as pq
import pytest
from frozen import AGREEMENT, Frozen, a_quarter

from reports import SnapshotError, cubes, evaluate
from reports.page import TEMPLATES
from reports.snapshot import open_tables, read_terms
from reports.words import LanguageError, Words, load

COUNTS_IN_PAGE = re.compile(r'<(?:td|b|th) class="count[^"]*">([^<]*)(?=<)|<text class="value"[^>]*>([^<]*)</text>')


def a_sparse_quarter():
    """Small counts everywhere: 1 to 9 of each kind, stage, area, reason and side."""
    frozen = Frozen()
    for place in range(1, 10):
        numbers = range(place * 100, place * 100 + place)
        frozen.both("placement", numbers, area=f"SA-{place:02d}", occupation_isco=f"911{place}", sex="FMX"[place % 3])
        frozen.both("complaint", numbers, kind=["sick", "death", "overstay", "accident"][place % 4])
        frozen.discrepancies(place, reason=f"reason-{place}", severity=["low", "medium", "high"][place % 3])
        frozen.discrepancies(place % 4, **{"class": "protection", "reason": f"danger-{place}"})
    frozen.package("IDN", "placement", "2026-07", records=40, rejected_records=3)
    frozen.batch("siskop2mi", read=40, accepted=33, quarantined=7)
    return frozen


@pytest.mark.parametrize(
    ("amount", "shown"), [("1500.00", "1,500"), ("290.5", "290.50"), ("290.125", "290.125"), ("1290.125", "1,290.125")]
)
def test_an_amount_is_shown_to_its_last_part(written, amount, shown):
    assert Words(load("en"), written.publication.about).amount(Decimal(amount)) == shown


def test_the_files_carry_the_agreement_and_the_quarter_in_their_names(written):
    assert written.edition.quarter == "2026-Q3"
    assert written.edition.pages["en"].name == "evaluation-IDN-SAU-2026Q3.en.html"
    assert sorted(written.edition.sha256) == [
        *(f"evaluation-IDN-SAU-2026Q3.{language}.html" for language in ("ar", "en", "id")),
        *("publish.csv", "publish.json", "publish.sdmx.csv", "publish.sdmx.json", "queries.sql"),
    ]


@pytest.mark.parametrize("build", [a_quarter, a_sparse_quarter, Frozen])
def test_no_small_count_is_published_anywhere(edition_of, build):
    made = edition_of(build())

    for figure in made.publication.figures:
        units = [column.unit for column in figure.columns]
        for cells in [row.cells for row in figure.rows] + ([figure.total] if figure.total else []):
            told = [cell.value for cell, unit in zip(cells, units, strict=True) if unit == "count"]
            assert all(value is None or value == 0 or value >= 10 for value in told), figure.id
    printed = [html.unescape(a or b) for a, b in COUNTS_IN_PAGE.findall(made.html)]
    assert printed
    assert not [text for text in printed if re.fullmatch("[1-9]", text.strip())]
    with made.edition.annex.open(encoding="utf-8", newline="") as lines:
        assert not [row for row in csv.DictReader(lines) if row["unit"] == "count" and row["value"] in set("123456789")]


def test_the_exact_small_counts_leave_no_trace_in_the_drawing(edition_of):
    """Two snapshots that differ only in a hidden count give the same page, but for the files' fingerprints."""

    def page(number):
        frozen = Frozen()
        frozen.discrepancies(number, **{"class": "protection", "reason": "absconding"})
        return re.sub(r"[0-9a-f]{64}", "", edition_of(frozen).html)

    assert page(3) == page(8)


def test_the_csv_annex_holds_every_cell(written):
    with written.edition.annex.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))

    told = written.publication
    figures = [*told.figures, *(figure for each in told.earlier for figure in each.figures)]
    assert len(rows) == sum(len(f.columns) * (len(f.rows) + (f.total is not None)) for f in figures)
    assert {row["quarter"] for row in rows} == {"2026-Q3", "2026-Q2"}
    assert {"indicator": "F1.area", "row": "total", "column": "matched", "value": "150"}.items() <= next(
        row for row in rows if (row["indicator"], row["row"], row["column"]) == ("F1.area", "total", "matched")
    ).items()


def test_every_published_figure_stands_in_the_page(written):
    tables = re.findall(r'<table class="of-.*?</table>', written.html, flags=re.S)

    assert len(tables) == len(written.publication.figures)
    for figure, text in zip(written.publication.figures, tables, strict=True):
        printed = re.findall(r'<td class="count[^"]*">([^<]*)', text)
        counts = [
            cell.value
            for cells in [*(row.cells for row in figure.rows), *([figure.total] if figure.total else [])]
            for cell, column in zip(cells, figure.columns, strict=True)
            if column.unit == "count"
        ]
        assert [None if not p[0].isdigit() else int(p.replace(",", "")) for p in printed] == counts


def test_an_empty_quarter_renders(edition_of):
    made = edition_of(Frozen())

    assert "not available" in made.html
    assert "Nothing. Every package" in made.html


def test_what_is_missing_is_named(written):
    assert "the message of Saudi Arabia about complaints, September 2026" in written.html
    assert "This edition is provisional" in written.html


def test_the_same_snapshot_gives_the_same_bytes(written, tmp_path):
    """In another process too, whose sets are in another order."""
    program = (
        "import sys; from pathlib import Path; from reports import evaluate;"
        "from schemas.agreement import FOLDER, load;"
        "agreement = load(FOLDER / 'idn-sau.yaml');"
        "evaluate(Path(sys.argv[1]), agreement, Path(sys.argv[2]), agreement.report.languages)"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    subprocess.run([sys.executable, "-c", program, str(written.snapshot), str(tmp_path)], env=environment, check=True)

    again = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in tmp_path.iterdir()}
    assert again == written.edition.sha256


def test_hostile_text_is_shown_as_text_and_not_run(edition_of):
    frozen = a_quarter()
    frozen.placement("IDN", 999, employer_name="<script>alert(1)</script>", name_latin="<b>SITI</b>")
    frozen.batch('=HYPERLINK("evil")<svg onload=alert(3)>')
    made = edition_of(frozen)

    assert "<script" not in made.html
    assert "alert(1)" not in made.html
    assert "<svg onload" not in made.html
    with made.edition.annex.open(encoding="utf-8", newline="") as lines:
        assert not [cell for row in csv.reader(lines) for cell in row if cell.startswith("=")]


def test_no_personal_value_reaches_any_file(written):
    everything = "".join(path.read_text(encoding="utf-8") for path in written.edition.publish.parent.iterdir())

    for value in ("SITI AMINAH", "X0000001", "Al Amal", "IDN-P-00001", "IDN-C-00001"):
        assert value not in everything


def test_the_page_asks_for_nothing_and_runs_nothing(written):
    assert "default-src 'none'; style-src 'sha256-" in written.html
    assert not re.search(r"\s(src|srcset|style|on\w+)=|url\((?!\"data:font/)|@import|https?://", written.html)


def test_a_snapshot_of_another_agreement_text_is_refused(written, tmp_path):
    other = AGREEMENT.model_copy(update={"sha256": "0" * 64})

    with pytest.raises(SnapshotError, match="evaluate with the text it was frozen under"):
        evaluate(written.snapshot, other, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_missing_file_and_a_missing_column_are_named(tmp_path):
    folder = Frozen().write(tmp_path / "snapshot")
    batch = pq.read_table(folder / "batch.parquet")
    pq.write_table(batch.drop_columns(["quarantined"]), folder / "batch.parquet")
    with pytest.raises(SnapshotError, match=r"batch\.parquet: lacks the column\(s\) quarantined"):
        evaluate(folder, AGREEMENT, tmp_path / "out")

    (folder / "link.parquet").unlink()
    with pytest.raises(SnapshotError, match=r"link\.parquet: not there"):
        evaluate(folder, AGREEMENT, tmp_path / "out")


def test_pairs_that_are_counted_in_parts_give_the_same_edition(written, tmp_path, monkeypatch):
    monkeypatch.setattr(cubes, "PAIRS_AT_ONCE", 40)

    again = evaluate(written.snapshot, AGREEMENT, tmp_path / "out")

    assert again.restricted == written.edition.restricted
    assert again.sha256["publish.json"] == written.edition.sha256["publish.json"]


def test_what_does_not_fit_into_memory_is_not_put_on_the_disk(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = Frozen().write(tmp_path / "snapshot")

    with open_tables(folder, read_terms(folder, AGREEMENT)) as tables:
        tables.execute("SET memory_limit = '20MB'")
        with pytest.raises(duckdb.OutOfMemoryException):
            tables.execute("CREATE TABLE large AS SELECT md5(n::VARCHAR) FROM range(2000000) AS r(n)")

    assert [path.name for path in tmp_path.iterdir()] == ["snapshot"]


def test_a_record_linked_twice_is_refused(tmp_path):
    frozen = Frozen()
    ours = frozen.placement("IDN", 1)
    for number in (1, 2):
        frozen.link("placement", ours, frozen.placement("SAU", number))

    with pytest.raises(SnapshotError, match="more than one certain or probable link"):
        evaluate(frozen.write(tmp_path / "snapshot"), AGREEMENT, tmp_path / "out")


def test_a_language_without_words_is_refused_before_anything_is_written(written, tmp_path):
    with pytest.raises(LanguageError, match="there is one in ar, en, id"):
        evaluate(written.snapshot, AGREEMENT, tmp_path / "out", languages=("en", "fr"))
    assert not (tmp_path / "out").exists()


def test_publish_json_says_its_format(written):
    assert json.loads(written.edition.publish.read_text(encoding="utf-8"))["format"] == "amanah-publish/2"


def _luminance(colour):
    parts = (
        [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        if len(colour) == 7
        else [int(c * 2, 16) / 255 for c in colour[1:]]
    )
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one, other):
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [0, 1, 2], ids=["light", "dark", "print"])
def test_the_palette_keeps_its_contrast(scheme):
    """Axe cannot judge colours inside SVG, so the palette is measured here (WCAG 2.2: 4.5 for text, 3 for graphics)."""
    css = (TEMPLATES / "style.css").read_text(encoding="utf-8")
    palettes = [
        dict(re.findall(r"--([\w-]+): (#[0-9a-f]+)", block)) for block in re.findall(r":root \{(.*?)\}", css, re.S)
    ]
    palette = palettes[scheme]

    for name in ("ink", "quiet", "link", "mark", "agreed"):
        assert _contrast(palette[name], palette["paper"]) >= 4.5, name
    for ground in ("raised", "warn"):  # queries, and what is missing
        assert _contrast(palette["ink"], palette[ground]) >= 4.5, ground
    for name in ("side-a", "side-b", "agreed"):
        assert _contrast(palette[name], palette["paper"]) >= 3, name
