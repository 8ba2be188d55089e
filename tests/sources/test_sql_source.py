from datetime import date

import pytest
import sqlalchemy as sa
from case_desk import refs
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.dialects import mssql, mysql, oracle, postgresql, sqlite

from amanah.sources import SourceConnection, SourceError, SourceUnavailable, open_source
from amanah.sources.keyset import Window, page
from amanah.sources.sql import has_zone

PASSWORD = "not-to-be-seen"


def cases(**changed):
    columns = {"no": sa.Text, "changed": sa.DateTime, "subject": sa.Text, "received": sa.Date, "state": sa.Integer}
    return sa.Table("cases", sa.MetaData(), *(sa.Column(name, kind) for name, kind in (columns | changed).items()))


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / 'desk.db'}"


@pytest.fixture
def fill(url):
    """Make the table and put rows of (no, moment) into it."""

    def make(*rows, table=None):
        table = cases() if table is None else table
        engine = sa.create_engine(url)
        with engine.begin() as connection:
            table.metadata.drop_all(connection)
            table.metadata.create_all(connection)
            for no, moment in rows:
                row = {"no": no, "changed": moment, "subject": "GAJI", "received": date(2026, 7, 1), "state": 1}
                connection.execute(table.insert().values(row))
        engine.dispose()

    return make


@pytest.fixture
def read(url, a_mapping, at):
    def rows(since=None, until=None, **changed):
        return list(open_source(a_mapping("sql", **changed), SourceConnection(url=url)).read(since, until or at(31)))

    return rows


def test_typed_columns_become_contract_values(fill, read, at):
    fill(("1", at(2)))
    [row] = read()
    assert row.values["received_on"].isoformat() == "2026-07-01"
    assert row.values["stage"] == "received"
    assert row.raw["state"] == "1"
    assert row.position == "cases row 1"


def test_a_window_takes_its_first_moment_and_not_its_last(fill, read, at):
    fill(("1", at(1, 23)), ("2", at(2)), ("3", at(2, 23)), ("4", at(3)))
    assert refs(read(at(2), at(3))) == ["IDN-C-2", "IDN-C-3"]
    assert refs(read(None, at(3))) == ["IDN-C-1", "IDN-C-2", "IDN-C-3"]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(days=st.lists(st.integers(1, 4), max_size=12), page_size=st.integers(1, 5))
def test_every_row_comes_once_and_in_order_whatever_the_page_size(fill, read, at, days, page_size):
    fill(*((f"{number:02}", at(day)) for number, day in enumerate(days)))
    rows = read(page_size=page_size)
    marks = [(row.updated_at, row.values["record_ref"]) for row in rows]
    assert marks == sorted((at(day), f"IDN-C-{number:02}") for number, day in enumerate(days))


def test_a_time_without_zone_is_local_time_of_the_ministry(fill, read, at):
    fill(("1", at(2, 6).replace(tzinfo=None)), ("2", at(2, 7).replace(tzinfo=None)))
    rows = read(at(2), at(3), time_zone="Asia/Jakarta")
    assert [(row.values["record_ref"], row.updated_at) for row in rows] == [("IDN-C-2", at(2))]


def test_ignored_columns_stay_in_the_database(fill, read, at):
    fill(("1", at(2)), table=cases(remarks=sa.Text))
    [row] = read(ignored=["remarks"])
    assert "remarks" not in row.raw


def test_columns_that_do_not_fit_are_named(fill, read):
    fill(table=cases(remarks=sa.Text))
    with pytest.raises(SourceError, match=r"table cases: column\(s\) remarks are not mapped"):
        read()
    with pytest.raises(SourceError, match=r"missing column\(s\) fall_nr; expected are fall_nr, changed"):
        read(key="fall_nr", ignored=["remarks"])


def test_a_missing_table_is_named(fill, read):
    fill()
    with pytest.raises(SourceError, match="no table or view dossiers"):
        read(table="dossiers")


def test_text_in_place_of_a_time_column_is_refused(fill, read):
    fill(table=cases(changed=sa.Text))
    with pytest.raises(SourceError, match="column changed must be a date-time column, not TEXT"):
        read()


@pytest.mark.parametrize("row", [("1", None), (None, "moment")])
def test_rows_that_no_window_would_find_are_not_overlooked(fill, read, at, row):
    no, moment = row
    fill((no, moment and at(2)), ("2", at(2)))
    with pytest.raises(SourceError, match="rows without changed or no"):
        read()


def test_a_time_finer_than_its_driver_shows_is_refused_because_pages_would_repeat(fill, read, url, at):
    fill(("1", at(2)), ("2", at(3)))
    engine = sa.create_engine(url)
    with engine.begin() as connection:  # half a microsecond more than Python keeps
        connection.execute(sa.text("UPDATE cases SET changed = '2026-07-02 00:00:00.0000005' WHERE no = '1'"))
    engine.dispose()
    with pytest.raises(SourceError, match="column changed is finer than its driver shows"):
        read(page_size=1)


@pytest.mark.parametrize("page_size", [1, 5])
def test_a_key_that_is_not_unique_is_refused_because_paging_would_lose_rows(fill, read, at, page_size):
    fill(("1", at(2)), ("1", at(2)))
    with pytest.raises(SourceError, match="column no is not unique in cases"):
        read(page_size=page_size)


def test_a_url_that_is_none_is_refused_without_repeating_it(a_mapping, at):
    source = open_source(a_mapping("sql"), SourceConnection(url=PASSWORD))
    with pytest.raises(SourceError, match="not an SQLAlchemy URL") as refusal:
        next(source.read(None, at(1)))
    assert PASSWORD not in str(refusal.value)


def test_a_database_that_is_down_is_unavailable_and_its_password_stays_secret(a_mapping, at):
    connection = SourceConnection(url=f"postgresql+psycopg://node:{PASSWORD}@127.0.0.1:1/desk")
    with pytest.raises(SourceUnavailable, match="does not answer") as refusal:
        next(open_source(a_mapping("sql"), connection).read(None, at(1)))
    assert PASSWORD not in f"{refusal.value} {refusal.value.__cause__} {connection!r}"


def test_a_driver_that_is_not_there_is_named(a_mapping, at):
    for url, driver in [
        (f"mysql+pymysql://node:{PASSWORD}@db/x", "mysql.pymysql"),
        (f"db9://node:{PASSWORD}@db", "db9"),
    ]:
        with pytest.raises(SourceError, match=f"the driver for {driver} is not installed") as refusal:
            next(open_source(a_mapping("sql"), SourceConnection(url=url)).read(None, at(1)))
        assert PASSWORD not in str(refusal.value)


@pytest.mark.parametrize(
    ("dialect", "bounded"),
    [
        (postgresql, "LIMIT"),
        (sqlite, "LIMIT"),
        (mysql, "LIMIT"),
        (oracle, "FETCH FIRST"),
        (mssql, "TOP"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.__name__.rpartition(".")[2],
)
def test_a_page_is_bounded_and_begins_after_the_last_row_in_every_dialect(at, dialect, bounded):
    table = sa.table("cases", sa.column("changed", sa.DateTime), sa.column("no", sa.Text), schema="desk")
    after = (at(2), "17")
    query = page(table, updated_at="changed", key="no", window=Window(at(1), at(3)), after=after, limit=500)
    text = str(query.compile(dialect=dialect.dialect())).replace("\n", " ")
    assert bounded in text
    assert text.count(">=") == 1
    assert text.index("ORDER BY desk.cases.changed, desk.cases.no") > text.index("OR desk.cases.no >")


@pytest.mark.parametrize(
    ("kind", "zoned"),
    [
        (sa.DateTime(), False),
        (postgresql.TIMESTAMP(timezone=True), True),
        (mssql.DATETIMEOFFSET(), True),
        (mssql.DATETIME2(), False),
        (oracle.TIMESTAMP(timezone=True), True),
        (oracle.DATE(), False),
        (mysql.DATETIME(), False),
    ],
    ids=lambda value: value if isinstance(value, bool) else str(value.__class__.__name__),
)
def test_which_columns_keep_an_offset_is_known_for_every_dialect(kind, zoned):
    assert isinstance(kind, sa.DateTime)
    assert has_zone(kind) is zoned


@pytest.mark.slow
def test_postgresql_is_read_in_pages_of_short_transactions_and_never_written(postgres, a_mapping, at):
    name = "case_desk_pages"
    postgres.create_database(name)
    url = postgres.url(name)
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(
            sa.text(
                "CREATE TABLE cases (no uuid PRIMARY KEY DEFAULT gen_random_uuid(), "
                "changed timestamptz NOT NULL, subject text, received date, state numeric)"
            )
        )
        connection.execute(
            sa.text(
                "INSERT INTO cases (changed, subject, received, state) SELECT "
                "timestamptz '2026-07-02 00:00Z' + (n % 7) * interval '1 hour', 'GAJI', '2026-07-01', 1 "
                "FROM generate_series(1, 1000) n"
            )
        )
    engine.dispose()
    rows = list(open_source(a_mapping("sql", page_size=64), SourceConnection(url=url)).read(at(1), at(3)))
    assert len(set(refs(rows))) == 1000
    assert [row.updated_at for row in rows] == sorted(row.updated_at for row in rows)
    assert rows[0].values["stage"] == "received"


@pytest.mark.slow
def test_a_row_changed_at_infinity_is_not_overlooked(postgres, a_mapping, at):
    postgres.create_database("case_desk_infinity")
    url = postgres.url("case_desk_infinity")
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE cases AS SELECT 'X' AS no, timestamptz 'infinity' AS changed, 'GAJI' AS subject, "
            "date '2026-07-01' AS received, 1 AS state"
        )
    engine.dispose()
    with pytest.raises(SourceError, match="rows whose changed is infinity"):
        list(open_source(a_mapping("sql"), SourceConnection(url=url)).read(at(1), at(3)))


def test_a_key_that_is_not_exact_is_refused(fill, read):
    fill(table=cases(no=sa.Float))
    with pytest.raises(SourceError, match="column no must be text or a whole number, not FLOAT"):
        read()


@pytest.fixture
def stored(url, fill, at):
    """Rows whose cells hold the very text given, as other programs than ours write it into SQLite."""

    def make(column, *texts):
        fill(*((str(number), at(2)) for number, _ in enumerate(texts)))
        engine = sa.create_engine(url)
        with engine.begin() as connection:
            for number, text in enumerate(texts):
                connection.execute(
                    sa.text(f"UPDATE cases SET {column} = :text WHERE no = :no"), {"text": text, "no": str(number)}
                )
        engine.dispose()

    return make


@pytest.mark.parametrize("text", ["2026-07-02", "2026-07-02 00:00", "2026-07-02 00:00:00", "2026-07-02T00:00:00.000"])
def test_sqlite_rows_of_one_moment_are_all_found_however_the_moment_is_written(stored, read, at, text):
    stored("changed", text, "2026-07-02 00:00:00.000000", text, "2026-07-02 00:00:00", text)
    assert len(read(at(2), at(3), page_size=2)) == 5


@pytest.mark.parametrize("text", ["2026-07-02T00:00:00Z", "2026-07-02 00:00:00+03:00", 1782950400, "SITI A1234567"])
def test_sqlite_times_that_cannot_be_compared_are_refused_without_repeating_them(stored, read, text):
    stored("changed", "2026-07-02 00:00:00", text)
    with pytest.raises(SourceError, match="column changed of cases holds times in other forms") as refusal:
        read()
    assert str(text) not in str(refusal.value)


def test_a_sqlite_date_that_is_none_is_a_problem_of_its_row(stored, read):
    stored("received", "2026-07-01", "SITI A1234567", "01/07/2026")
    rows = read()
    assert [len(row.problems) for row in rows] == [0, 1, 1]


def test_a_value_against_its_columns_type_is_not_repeated(fill, url, read, at):
    fill(("1", at(2)), table=cases(received=sa.DateTime))
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE cases SET received = 'SITI A1234567'"))
    engine.dispose()
    with pytest.raises(SourceError, match="cases holds a value that its column's type does not allow") as refusal:
        read()
    assert "SITI" not in str(refusal.value)
