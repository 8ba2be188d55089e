import os
import shutil
import socket
import subprocess
import sys
import threading
from datetime import UTC, date, datetime
from decimal import Decimal

import httpx
import pytest
import sqlalchemy as sa
import uvicorn
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from amanah.demo.ministry import PARTIES, Systems, advance, connection_to, mappings
from amanah.demo.ministry.rest import application
from amanah.demo.services.postgres import Postgres
from amanah.demo.services.processes import Supervisor
from amanah.sources import open_source
from schemas.streams import STREAMS

TOKEN = "ministry-token"
MONTH = "2026-07"
JULY, AUGUST, SEPTEMBER = (datetime(2026, month, 1, tzinfo=UTC) for month in (7, 8, 9))
STREAM_OF = [(party, stream) for party in PARTIES for stream in STREAMS]


class World:
    """One party's systems and the real REST service over them."""

    def __init__(self, sql_url, folder):
        self.systems = Systems(sql_url, folder / "drop")
        listening = socket.create_server(("127.0.0.1", 0))
        self.rest_url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        self._server = uvicorn.Server(uvicorn.Config(application(sql_url, TOKEN), log_level="error"))
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [listening]})
        self._thread.start()

    def close(self):
        self._server.should_exit = True
        self._thread.join()

    def forget(self):
        """Back to ministries that nobody has advanced yet."""
        shutil.rmtree(self.systems.drop, ignore_errors=True)
        engine = sa.create_engine(self.systems.sql_url)
        with engine.begin() as connection:
            for name in sa.inspect(connection).get_table_names():
                connection.execute(sa.DDL(f"DROP TABLE {name}"))
        engine.dispose()

    def advance(self, party, month=MONTH, **changes):
        advance(party, month, changes, self.systems)

    def read(self, mapping, since=None, until=SEPTEMBER):
        token = SecretStr(TOKEN)
        connection = connection_to(mapping, self.systems, rest_url=self.rest_url, token=token)
        return list(open_source(mapping, connection).read(since, until))

    def by_system(self, party, stream, **window):
        return {each.name: self.read(each, **window) for each in mappings(party) if each.stream == stream}


@pytest.fixture(scope="module")
def shared_world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ministry")
    world = World(f"sqlite:///{folder / 'ministry.db'}", folder)
    yield world
    world.close()


@pytest.fixture
def world(shared_world):
    shared_world.forget()
    return shared_world


def a_placement(party="SAU", number=1, **changed):
    record = dict.fromkeys(STREAMS["placement"].fields) | {
        "record_ref": f"{party}-P-{number:06}",
        "passport_no": "B1234567",
        "previous_passport_nos": ["A7654321", "A1111111"],
        "name_latin": "SITI CONTOH",
        "birth_date": date(1990, 2, 3),
        "sex": "F",
        "occupation_isco": "9111",
        "area": "SA-01",
        "wage_amount": Decimal("1500.00"),
        "wage_currency": "SAR",
        "stage": "arrived",
        "updated_at": datetime(2026, 7, 3, 9, 30, tzinfo=UTC),
    }
    return record | changed


def a_complaint(party="IDN", number=1, **changed):
    record = dict.fromkeys(STREAMS["complaint"].fields) | {
        "record_ref": f"{party}-C-{number:06}",
        "kind": "wages_unpaid",
        "channel": "telephone",
        "received_on": date(2026, 7, 1),
        "stage": "received",
        "updated_at": datetime(2026, 7, 3, 9, 30, tzinfo=UTC),
    }
    return record | changed


def refs(rows):
    return [row.values["record_ref"] for row in rows]


words = st.text(st.characters(codec="utf-8", exclude_characters="\x00;"), min_size=1, max_size=20)
text = words.map(str.strip).filter(bool)
BY_TYPE = {
    str: text,
    date: st.dates(),
    Decimal: st.decimals(0, Decimal("9999999999.99"), places=2),
    list[str]: st.lists(text, min_size=1, max_size=3),
}


def values_of(mapping, field):
    """What ``field`` may hold in this system."""
    rule = mapping.fields[field]
    if rule.constant is not None:
        return st.just(rule.constant)
    if rule.codes is not None:
        return st.sampled_from(sorted(set(rule.codes.values())))
    if rule.transform == "upper":
        return st.just("IDN")
    if rule.transform.startswith("prefix:"):
        prefix = rule.transform.removeprefix("prefix:")
        return st.from_regex(r"[A-Z0-9-]{1,32}", fullmatch=True).map(prefix.__add__)
    return BY_TYPE[STREAMS[mapping.stream].python_type(field)]


@st.composite
def contract_records(draw, mapping):
    record = dict.fromkeys(STREAMS[mapping.stream].fields)
    for field, rule in mapping.fields.items():
        values = values_of(mapping, field)
        always = field == "record_ref" or rule.constant is not None
        record[field] = draw(values if always else st.none() | values)
    moments = st.datetimes(datetime(2026, 7, 1), datetime(2026, 7, 31), timezones=st.just(UTC))  # noqa: DTZ001
    return record | {"updated_at": draw(moments)}


@pytest.mark.slow
@pytest.mark.parametrize("mapping", [each for party in PARTIES for each in mappings(party)], ids=lambda m: m.name)
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_every_system_gives_back_the_contract_records_it_took_in(world, mapping, data):
    world.forget()
    records = data.draw(st.lists(contract_records(mapping), max_size=4, unique_by=lambda record: record["record_ref"]))
    party = next(party for party in PARTIES if mapping in mappings(party))
    world.advance(party, **{mapping.stream: records})
    rows = [row for found in world.by_system(party, mapping.stream).values() for row in found]
    mapped = {row.values["record_ref"]: row for row in rows}
    assert len(rows) == len(records)
    for record in records:
        row = mapped[record["record_ref"]]
        assert row.problems == ()
        assert row.updated_at == record["updated_at"]
        assert row.values == {field: record[field] for field in row.values}
        assert all(record[field] is None for field in record.keys() - row.values.keys() - {"updated_at"})


def test_a_record_lives_in_the_system_of_its_area_or_channel(world):
    world.advance("SAU", placement=[a_placement(number=1), a_placement(number=2, area="SA-04")])
    world.advance("IDN", complaint=[a_complaint(number=1), a_complaint(number=2, channel="in_person")])
    placements, complaints = world.by_system("SAU", "placement"), world.by_system("IDN", "complaint")
    assert {name: refs(rows) for name, rows in placements.items()} == {
        "musaned": ["SAU-P-000001"],
        "eastern_office": ["SAU-P-000002"],
    }
    assert {name: refs(rows) for name, rows in complaints.items()} == {
        "crisis_center": ["IDN-C-000001"],
        "kbri_riyadh": ["IDN-C-000002"],
    }


@pytest.mark.parametrize(("party", "stream"), STREAM_OF)
def test_a_month_without_changes_leaves_systems_that_answer_with_nothing(world, party, stream):
    world.advance(party, **{stream: []})
    assert all(rows == [] for rows in world.by_system(party, stream).values())


def test_advancing_twice_changes_nothing(world):
    changes = {"placement": [a_placement(number=1), a_placement(number=2, area="SA-04")]}
    world.advance("SAU", **changes)
    once = world.by_system("SAU", "placement")
    world.advance("SAU", **changes)
    assert world.by_system("SAU", "placement") == once


def test_a_second_delivery_of_a_month_corrects_its_file_and_keeps_the_rest(world):
    first, second = (a_placement(number=number, area="SA-04") for number in (1, 2))
    world.advance("SAU", placement=[first, second])
    world.advance("SAU", placement=[second | {"stage": "returned"}])
    rows = world.by_system("SAU", "placement")["eastern_office"]
    assert [(row.values["record_ref"], row.values["stage"]) for row in rows] == [
        ("SAU-P-000001", "arrived"),
        ("SAU-P-000002", "returned"),
    ]


def test_a_later_month_replaces_the_row_in_a_register_and_follows_it_in_a_drop(world):
    later = {"stage": "residence_issued", "updated_at": datetime(2026, 8, 5, tzinfo=UTC)}
    july = [a_placement(number=1), a_placement(number=2, area="SA-04")]
    world.advance("SAU", placement=july)
    world.advance("SAU", "2026-08", placement=[record | later for record in july])
    stages = {name: [row.values["stage"] for row in rows] for name, rows in world.by_system("SAU", "placement").items()}
    assert stages == {"musaned": ["residence_issued"], "eastern_office": ["arrived", "residence_issued"]}
    august = world.by_system("SAU", "placement", since=AUGUST)
    assert {name: len(rows) for name, rows in august.items()} == {"musaned": 1, "eastern_office": 1}


def test_an_earlier_month_told_again_does_not_turn_a_register_back(world):
    july = a_placement()
    world.advance("SAU", "2026-08", placement=[july | {"stage": "died", "updated_at": AUGUST}])
    world.advance("SAU", placement=[july])
    [row] = world.by_system("SAU", "placement")["musaned"]
    assert row.values["stage"] == "died"


def test_a_planted_unknown_code_reaches_the_source_as_a_problem(world):
    world.advance("SAU", placement=[a_placement(stage="teleported")])
    [row] = world.by_system("SAU", "placement")["musaned"]
    assert [(problem.field, problem.column, problem.code) for problem in row.problems] == [
        ("stage", "statusCode", "unknown_code")
    ]


def test_the_native_form_is_the_ministrys_own(world):
    world.advance("SAU", placement=[a_placement(area="SA-04")])
    drop = world.systems.drop_folder("eastern_office") / "eastern_office_2026-07.csv"
    header, line = drop.read_text(encoding="utf-8-sig").splitlines()
    assert header.startswith("file_no,updated,contract_no,passport_no,old_passports,")
    assert line.startswith("000001,2026-07-03T12:30:00,,B1234567,A7654321;A1111111,")
    assert "03/02/1990,أنثى" in line


@pytest.mark.parametrize(
    ("party", "month", "changes", "said"),
    [
        ("MYS", MONTH, {}, "no ministry for party 'MYS'"),
        ("IDN", "2026-7", {}, "not a month"),
        ("IDN", MONTH, {"visas": []}, "no system for stream.* visas"),
        (
            "IDN",
            MONTH,
            {"placement": [a_placement("IDN", name_arabic="سيتي")]},
            "siskop2mi has no column for name_arabic",
        ),
        ("IDN", MONTH, {"placement": [a_placement("SAU")]}, "siskop2mi cannot hold this record_ref: does not"),
        ("IDN", MONTH, {"placement": [a_placement("IDN", updated_at=None)]}, "needs updated_at"),
    ],
)
def test_what_a_ministry_cannot_take_in_is_refused(world, party, month, changes, said):
    with pytest.raises(ValueError, match=said):
        advance(party, month, changes, world.systems)


@pytest.mark.parametrize(
    ("path", "token", "status"),
    [
        ("/musaned/records?until=2026-08-01T00:00:00Z", None, 401),
        ("/musaned/records?until=2026-08-01T00:00:00Z", "another", 401),
        ("/elsewhere/records?until=2026-08-01T00:00:00Z", TOKEN, 404),
        ("/musaned/records", TOKEN, 422),
        ("/musaned/records?until=2026-08-01T00:00:00Z&after=x", TOKEN, 422),
        ("/musaned/records?until=2026-08-01T00:00:00Z", TOKEN, 503),
    ],
)
def test_the_rest_service_answers_only_a_well_put_question_of_its_bearer(world, path, token, status):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    assert httpx.get(world.rest_url + path, headers=headers).status_code == status


def test_the_rest_service_gives_pages(world):
    world.advance("SAU", placement=[a_placement(number=number) for number in range(5)])
    [musaned] = [each for each in mappings("SAU") if each.name == "musaned"]
    paged = musaned.model_copy(update={"page_size": 2})
    assert refs(world.read(paged)) == [f"SAU-P-{number:06}" for number in range(5)]


@pytest.mark.slow
def test_the_rest_service_runs_as_a_program(world):
    world.advance("SAU", placement=[a_placement()])
    argv = [sys.executable, "-m", "amanah.demo.ministry.rest", "--port", "0", "--database-env", "MINISTRY_DATABASE"]
    with subprocess.Popen(
        [*argv, "--token-env", "MINISTRY_TOKEN"],
        env=os.environ | {"MINISTRY_DATABASE": world.systems.sql_url, "MINISTRY_TOKEN": TOKEN},
        stdout=subprocess.PIPE,
        text=True,
    ) as service:
        try:
            url = service.stdout.readline().strip()
            answer = httpx.get(
                f"{url}/musaned/records",
                params={"until": SEPTEMBER.isoformat()},
                headers={"Authorization": f"Bearer {TOKEN}"},
            )
        finally:
            service.terminate()
    assert [record["requestNumber"] for record in answer.json()["records"]] == ["000001"]


@pytest.mark.slow
def test_postgresql_keeps_dates_and_amounts_as_such_and_gives_the_same(tmp_path):
    with Supervisor(tmp_path) as supervisor:
        postgres = Postgres(tmp_path)
        postgres.start(supervisor)
        postgres.create_database("ministry")
        url = postgres.url("ministry") + "?options=-c%20timezone%3DAmerica/New_York"
        world = World(url, tmp_path)
        try:
            _same_on_postgresql(world)
        finally:
            world.close()


def _same_on_postgresql(world):
    placement = a_placement("IDN", updated_at=JULY)
    world.advance("IDN", placement=[placement], complaint=[a_complaint()])
    world.advance("SAU", placement=[a_placement()], complaint=[a_complaint("SAU")])
    engine = sa.create_engine(world.systems.sql_url)
    columns = {column["name"]: column["type"] for column in sa.inspect(engine).get_columns("siskop2mi_kontrak")}
    engine.dispose()
    assert isinstance(columns["tgl_lahir"], sa.Date)
    assert isinstance(columns["gaji"], sa.Numeric)
    siskop2mi, *_ = mappings("IDN")
    assert world.read(siskop2mi, until=JULY) == []
    [row] = world.read(siskop2mi, since=JULY)
    assert row.values == {field: placement[field] for field in row.values}
    assert row.updated_at == JULY
    assert len(world.by_system("IDN", "complaint")["crisis_center"]) == 1
    assert len(world.by_system("SAU", "placement")["musaned"]) == 1
    assert world.by_system("SAU", "complaint")["mhrsd_disputes"][0].values["received_on"] == date(2026, 7, 1)
