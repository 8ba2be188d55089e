import pytest

from amanah.sources import SourceConnection, SourceError, SourceUnavailable, open_source

HEADER = "no,changed,subject,received,state"


@pytest.fixture
def lay(tmp_path):
    """Lay a file into the drop."""

    def write(*lines, name="cases_2026-07.csv", encoding="utf-8"):
        (tmp_path / name).write_text("\n".join(lines) + "\n", encoding=encoding)

    return write


@pytest.fixture
def read(tmp_path, a_mapping, at):
    def rows(since=None, until=None, **changed):
        return list(
            open_source(a_mapping("csv", **changed), SourceConnection(url=str(tmp_path))).read(since, until or at(31))
        )

    return rows


def refs(rows):
    return [row.values["record_ref"] for row in rows]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_utf8_is_read_with_and_without_byte_order_mark(lay, read, encoding):
    lay("no,changed,subject,received,state,catatan", "1,2026-07-02,أجور,2026-07-01,1,—", encoding=encoding)
    [row] = read(
        ignored=["catatan"],
        fields={
            "record_ref": "no",
            "kind": {"column": "subject", "codes": {"أجور": "wages_unpaid"}},
            "received_on": {"column": "received", "transform": "date_iso"},
            "stage": {"column": "state", "codes": {"1": "received"}},
        },
    )
    assert row.values["kind"] == "wages_unpaid"
    assert row.position == "cases_2026-07.csv line 2"


def test_a_window_takes_its_first_moment_and_not_its_last(lay, read, at):
    lay(
        HEADER,
        "1,2026-07-01T23:59:59Z,GAJI,2026-07-01,1",
        "2,2026-07-02T00:00:00Z,GAJI,2026-07-01,1",
        "3,2026-07-02T23:59:59Z,GAJI,2026-07-01,1",
        "4,2026-07-03T00:00:00Z,GAJI,2026-07-01,1",
    )
    assert refs(read(at(2), at(3))) == ["IDN-C-2", "IDN-C-3"]
    assert refs(read(None, at(3))) == ["IDN-C-1", "IDN-C-2", "IDN-C-3"]


def test_rows_of_all_months_come_in_order_of_change_then_key(lay, read):
    lay(HEADER, "2,2026-07-09,GAJI,2026-07-01,1", "1,2026-07-09,GAJI,2026-07-01,1")
    lay(HEADER, "3,2026-07-04,GAJI,2026-07-01,1", name="cases_2026-06.csv")
    assert refs(read()) == ["IDN-C-3", "IDN-C-1", "IDN-C-2"]


def test_a_time_without_zone_is_local_time_of_the_office(lay, read, at):
    lay(HEADER, "1,2026-07-02T02:00:00,GAJI,2026-07-01,1")
    [row] = read(time_zone="Asia/Riyadh")
    assert row.updated_at == at(1, 23)


def test_a_file_on_its_way_in_does_not_count(lay, read):
    lay(HEADER, "1,2026-07-02,GAJI,2026-07-01,1")
    lay(HEADER, "2,2026-0", name="cases_2026-08.csv.part")
    assert refs(read()) == ["IDN-C-1"]


def test_a_header_alone_is_a_month_without_rows(lay, read):
    lay(HEADER)
    assert read() == []


def test_an_empty_or_missing_drop_is_unavailable_not_empty(read, tmp_path, a_mapping, at):
    with pytest.raises(SourceUnavailable, match=str(tmp_path)):
        read()
    missing = SourceConnection(url=str(tmp_path / "missing"))
    with pytest.raises(SourceUnavailable, match="missing"):
        next(open_source(a_mapping("csv"), missing).read(None, at(1)))


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (
            ["no,changed,subject,state", "1,2026-07-02,GAJI,1"],
            r"missing column\(s\) received; expected are no, changed",
        ),
        ([HEADER + ",remarks"], r"column\(s\) remarks are not mapped"),
        ([HEADER + ",no"], "names a column twice"),
        ([""], "missing column"),
        ([HEADER, "1,2026-07-02,GAJI,2026-07-01"], "line 2: 4 cells, the header has 5"),
        ([HEADER, "1,yesterday,GAJI,2026-07-01,1"], "line 2, column changed: expected a time"),
        ([HEADER, '1,2026-07-02,"GAJI"x,2026-07-01,1'], "not well-formed CSV"),
    ],
)
def test_a_file_that_does_not_fit_is_refused(lay, read, lines, said):
    lay(*lines)
    with pytest.raises(SourceError, match=said):
        read()


def test_another_encoding_is_refused(lay, read):
    lay(HEADER, "1,2026-07-02,GAJI,2026-07-01,é", encoding="latin-1")
    with pytest.raises(SourceError, match="not UTF-8"):
        read()


def test_a_file_under_a_wrong_name_is_refused_rather_than_overlooked(lay, read):
    lay(HEADER, "1,2026-07-02,GAJI,2026-07-01,1", name="Cases July.csv")
    with pytest.raises(SourceError, match=r"Cases July\.csv .* should be named cases_\{month\}.csv"):
        read()


def test_a_window_needs_zones_and_a_beginning_before_its_end(read, at):
    with pytest.raises(ValueError, match="time zone"):
        read(None, at(3).replace(tzinfo=None))
    with pytest.raises(ValueError, match="before until"):
        read(at(3), at(3))
