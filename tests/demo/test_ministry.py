import csv
import os
import shutil
import socket
import subprocess
import sys
import threading
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import get_origin

import httpx
import openpyxl
import pytest
import sqlalchemy as sa
import uvicorn
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from amanah.demo import corridor
from amanah.demo.corridor.faults import refusals
from amanah.demo.ministry import PARTIES, Systems, advance, connection_to, consolidation_path, mappings
from amanah.demo.ministry.rest import application
from amanah.demo.ministry.systems import ABROAD, CLIENT_ID, home
from amanah.demo.services.postgres import Postgres
from amanah.demo.services.processes import Supervisor
from amanah.node.consolidation import terms as consolidation
from amanah.sources import open_source
from schemas import agreement as agreements
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

    def advance(self, party, month=MONTH, abroad=(), **changes):
        advance(party, month, changes, self.systems, abroad)

    def play(self, corridor, month):
        """A month of a whole corridor."""
        for party in corridor.parties:
            abroad = corridor.abroad(month) if party == corridor.origin else []
            self.advance(party, month, abroad, **{s: corridor.changes(party, s, month) for s in STREAMS})

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
        "not_applicable": [],
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
        "not_applicable": [],
        "updated_at": datetime(2026, 7, 3, 9, 30, tzinfo=UTC),
    }
    return record | changed


def refs(rows):
    return [row.values["record_ref"] for row in rows]


DRAWN_OUT = "0;,'"  # nothing that a list separates its items by, nor a zero at the end or a quote at the front
REFS = {"siapkerja": r"[A-Z1-9]{1,20}-R", "siskop2mi": r"[A-Z0-9-]{0,31}[A-Z1-9]"}


def texts(mapping):
    """What may stand in a text: anything in a database or CSV file, what XML can carry in a workbook."""
    kept = {"categories": ("L", "N", "P", "S", "Zs")} if mapping.kind == "xlsx" else {}
    some = st.text(st.characters(codec="utf-8", exclude_characters=f"\x00{DRAWN_OUT}", **kept), min_size=1, max_size=20)
    return some.map(str.strip).filter(bool)


def dates_of(steps):
    bounds = (date(1930, 1, 1), date(2070, 1, 1)) if any("hijri" in s or "either" in s for s in steps) else ()
    return st.dates(*(bounds or ((date(1930, 1, 1), date(2170, 1, 1)) if "excel_date" in steps else ())))


def values_of(mapping, field):
    """What ``field`` may hold in this system."""
    rule = mapping.fields[field]
    steps = (rule.transform,) if isinstance(rule.transform, str) else rule.transform
    kind = STREAMS[mapping.stream].python_type(field)
    if rule.constant is not None:
        return st.just(rule.constant)
    if rule.codes is not None:
        codes = st.sampled_from(sorted(set(rule.codes.values())))
        return st.lists(codes, max_size=3) if get_origin(kind) is list else codes
    if steps[-1].startswith("calendar_of:"):
        return st.sampled_from(["gregorian", "umm_al_qura"])
    if steps[-1].startswith("prefix:"):
        refs = r"[0-9]{8}" if "pad:8" in steps else r"[0-9]{6}" if "pad:6" in steps else r"[A-Z0-9-]{1,32}"
        refs = REFS.get(mapping.name, refs) if field == "record_ref" else refs
        return st.from_regex(refs, fullmatch=True).map(steps[-1].removeprefix("prefix:").__add__)
    if kind is str and steps == ("digits",):
        return st.from_regex(r"[A-Z0-9]{3,12}", fullmatch=True)
    text, dates = texts(mapping), dates_of(steps)
    return {
        str: st.just("IDN") if steps == ("upper",) else text,
        date: dates,
        Decimal: st.decimals(0, Decimal("9999999999.999"), places=3),
        int: st.integers(0, 10_000),
        list[str]: st.lists(text, max_size=3),
        list[date]: st.lists(dates, max_size=3),
    }[kind]


@st.composite
def contract_records(draw, mapping):
    stream = STREAMS[mapping.stream]
    record = dict.fromkeys(stream.fields)
    for field, rule in mapping.fields.items():
        values = values_of(mapping, field)
        always = field == "record_ref" or rule.constant is not None
        record[field] = draw(values if always else st.none() | values)
    if any(str(rule.transform).count("calendar_of:") for rule in mapping.fields.values()):
        told = record["birth_date"] is not None
        record["birth_date_calendar"] = (record["birth_date_calendar"] or "gregorian") if told else None
    if mapping.not_applicable:
        absent = [f for f in mapping.fields if record[f] is None and stream.python_type(f) is str]
        absent = [f for f in absent if f != "birth_date_calendar"]
        chosen = set(draw(st.lists(st.sampled_from(absent), max_size=3))) if absent else set()
        record["not_applicable"] = [f for f in mapping.fields if f in chosen]
    moments = st.datetimes(datetime(2026, 7, 1), datetime(2026, 7, 31), timezones=st.just(UTC))  # noqa: DTZ001
    return record | {"updated_at": draw(moments)}


@pytest.mark.slow
@pytest.mark.parametrize("mapping", [each for party in PARTIES for each in mappings(party)], ids=lambda m: m.name)
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_every_system_gives_back_the_contract_records_it_took_in(world, mapping, data):
    world.forget()
    records = data.draw(st.lists(contract_records(mapping), max_size=2, unique_by=lambda record: record["record_ref"]))
    party = next(party for party in PARTIES if mapping in mappings(party))
    if mapping.name == ABROAD:
        world.advance(party, abroad=records, placement=[])
    else:
        records = [record for record in records if home(party, mapping.stream, record) == mapping]
        world.advance(party, **{mapping.stream: records})
    rows = world.by_system(party, mapping.stream)[mapping.name]
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
    world.advance(
        "SAU", placement=[a_placement(area="SA-04", household_ref="SAU-H-00000042", arrived_on=date(2026, 7, 2))]
    )
    drop = world.systems.drop_folder("eastern_office") / "eastern_office_2026-07.csv"
    title, header, line = csv.reader(drop.read_text(encoding="utf-8-sig").splitlines())
    row = dict(zip(header, line, strict=True))
    assert title == ["سجل / Register 2026-07"]
    assert (row["file_no"], row["updated"]) == ("000001", "2026-07-03T12:30:00")
    assert row["old_passports"] == "A7654321;A1111111"
    assert (row["birth_date"], row["sex"]) == ("٠٣/٠٢/١٩٩٠", "أنثى")
    assert row["wage"] == "١٥٠٠٫٠٠"
    assert row["arrived"] == "46205", "a day that a spreadsheet has made a number"
    assert row["household_no"] == "42", "a number that has lost its zeros"


def test_a_converted_birth_date_stands_there_as_it_was_before(world):
    born = a_placement(area="SA-04", birth_date_calendar="umm_al_qura")
    world.advance("SAU", placement=[born])
    drop = world.systems.drop_folder("eastern_office") / "eastern_office_2026-07.csv"
    assert "٠٨/٠٧/١٤١٠" in drop.read_text(encoding="utf-8-sig")
    [row] = world.by_system("SAU", "placement")["eastern_office"]
    assert (row.values["birth_date"], row.values["birth_date_calendar"]) == (date(1990, 2, 3), "umm_al_qura")


def test_the_embassys_workbook_is_headed_otherwise_every_other_month(world):
    for month, day in (("2026-07", 3), ("2026-08", 4)):
        moment = datetime(2026, int(month[-2:]), day, tzinfo=UTC)
        world.advance("IDN", month, complaint=[a_complaint(channel="in_person", updated_at=moment)])
    folder = world.systems.drop_folder("kbri_riyadh")
    heads = {}
    for path in sorted(folder.iterdir()):
        [_, head, *_] = openpyxl.load_workbook(path)["Pengaduan"].iter_rows(values_only=True)
        heads[path.name] = head[:4]
    assert heads == {
        "kbri_riyadh_2026-07.xlsx": ("No. Urut", "diperbarui", "No. Registrasi", "nomor_pekerja"),
        "kbri_riyadh_2026-08.xlsx": ("no_urut", "diperbarui", "no_registrasi", "nomor_pekerja"),
    }
    assert len(world.by_system("IDN", "complaint")["kbri_riyadh"]) == 2


def test_what_looks_like_a_formula_in_a_workbook_is_text(world):
    told = a_complaint(channel="in_person", office_ref="=HYPERLINK(1)", worker_passport_no="A1234567")
    world.advance("IDN", complaint=[told])
    [row] = world.by_system("IDN", "complaint")["kbri_riyadh"]
    assert row.problems == ()
    assert (row.values["office_ref"], row.values["worker_passport_no"]) == ("=HYPERLINK(1)", "A1234567")


def test_what_does_not_apply_and_an_empty_list_are_not_what_is_unknown(world):
    told = a_placement("IDN", previous_passport_nos=[], not_applicable=["given_names_latin", "residence_no"])
    silent = a_placement("IDN", 2, previous_passport_nos=None)
    world.advance("IDN", placement=[told, silent])
    first, second = (row.values for row in world.by_system("IDN", "placement")["siskop2mi"])
    assert (first["previous_passport_nos"], first["not_applicable"]) == ([], ["residence_no", "given_names_latin"])
    assert (second["previous_passport_nos"], second["not_applicable"]) == (None, [])


def test_a_second_registration_lives_in_the_newer_register(world):
    world.advance("IDN", placement=[a_placement("IDN"), a_placement("IDN") | {"record_ref": "IDN-P-000001-R"}])
    found = world.by_system("IDN", "placement")
    assert {name: refs(rows) for name, rows in found.items()} == {
        "siskop2mi": ["IDN-P-000001"],
        "siapkerja": ["IDN-P-000001-R"],
        "peduli_wni": [],
    }


@pytest.mark.slow
def test_a_corridor_goes_through_its_ministries_and_comes_out_as_it_was_with_its_faults(world):
    agreement = agreements.load(agreements.FOLDER / "idn-sau.yaml")
    played = corridor.generate(records=400, seed=7, noise="high", months=("2026-07", "2026-08"), agreement=agreement)
    planted = {
        (row["record_ref"], row["month"], row["field"].partition(".")[0], row["code"])
        for row in played.faults.to_pylist()
    }
    found, told = set(), 0
    for month, since, until in (("2026-07", JULY, AUGUST), ("2026-08", AUGUST, SEPTEMBER)):
        world.play(played, month)
        for party, stream in STREAM_OF:
            rows = world.by_system(party, stream, since=since, until=until)
            told += len(rows.pop("peduli_wni", []))
            shown = {record["record_ref"]: record for record in played.changes(party, stream, month)}
            came = {row.values["record_ref"]: row for system in rows.values() for row in system}
            assert came.keys() == shown.keys()
            for ref, row in came.items():
                wrong = [(problem.field, problem.code) for problem in row.problems]
                wrong = wrong or refusals(agreement.record_model(stream), row.values)
                found |= {(ref, month, field.partition(".")[0], code) for field, code in wrong}
                if not wrong:
                    assert {f: row.values.get(f) for f in STREAMS[stream].fields} == {
                        f: shown[ref][f] for f in STREAMS[stream].fields
                    }
    assert found == planted != set()
    assert told


def test_citizens_abroad_are_told_of_by_valid_rows_also_those_whom_nobody_placed(world):
    agreement = agreements.load(agreements.FOLDER / "idn-sau.yaml")
    played = corridor.generate(records=400, seed=7, noise="high", agreement=agreement)
    for month in played.window.months:
        world.advance("IDN", month, played.abroad(month), placement=[])
    rows = world.by_system("IDN", "placement", until=datetime(2026, 10, 1, tzinfo=UTC))["peduli_wni"]
    ours = {row["passport_no"] for row in played.current("IDN", "placement").to_pylist()}
    assert all(row.problems == () and refusals(STREAMS["placement"].model, row.values) == [] for row in rows)
    assert len({row.values["record_ref"] for row in rows}) == len(rows) > 20
    assert {row.values["stage"] for row in rows} == {"arrived"}
    strangers = {pair.truth.values["passport_no"] for pair in played.pairs if not pair.truth.registered}
    assert strangers & {row.values["passport_no"] for row in rows}
    assert not strangers & ours
    assert any(row.values["residence_no"] for row in rows)


def test_a_party_says_how_its_systems_make_one_record():
    terms = consolidation.load(consolidation_path("IDN"))["placement"]
    assert set(terms.ranks) == {mapping.name for mapping in mappings("IDN") if mapping.stream == "placement"}
    assert [name for name in terms.ranks if not terms.is_register(name)] == ["peduli_wni"]
    assert consolidation_path("SAU") is None


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
        ("/siapkerja/records?until=2026-08-01T00:00:00Z", None, 401),
        ("/siapkerja/records?until=2026-08-01T00:00:00Z", "another", 401),
        ("/musaned/records?until=2026-08-01T00:00:00Z", TOKEN, 401),
        ("/elsewhere/records?until=2026-08-01T00:00:00Z", TOKEN, 404),
        ("/siapkerja/records", TOKEN, 422),
        ("/siapkerja/records?until=2026-08-01T00:00:00Z&after=x", TOKEN, 422),
        ("/siapkerja/records?until=2026-08-01T00:00:00Z", TOKEN, 503),
    ],
)
def test_the_rest_service_answers_only_a_well_put_question_of_its_bearer(world, path, token, status):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    assert httpx.get(world.rest_url + path, headers=headers).status_code == status


@pytest.mark.parametrize(
    ("client", "status"), [((CLIENT_ID, TOKEN), 200), ((CLIENT_ID, "x"), 401), (("x", TOKEN), 401), (None, 401)]
)
def test_a_token_is_given_for_the_clients_own_secret_only(world, client, status):
    form = {"grant_type": "client_credentials"}
    answer = httpx.post(f"{world.rest_url}/token", auth=client, data=form)
    assert (answer.status_code, "access_token" in answer.json()) == (status, status == 200)


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
            given = httpx.post(f"{url}/token", auth=(CLIENT_ID, TOKEN)).json()["access_token"]
            answer = httpx.get(
                f"{url}/musaned/records",
                params={"until": SEPTEMBER.isoformat()},
                headers={"Authorization": f"Bearer {given}"},
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
    [siskop2mi] = [mapping for mapping in mappings("IDN") if mapping.name == "siskop2mi"]
    assert world.read(siskop2mi, until=JULY) == []
    [row] = world.read(siskop2mi, since=JULY)
    assert row.values == {field: placement[field] for field in row.values}
    assert row.updated_at == JULY
    assert len(world.by_system("IDN", "complaint")["crisis_center"]) == 1
    assert len(world.by_system("SAU", "placement")["musaned"]) == 1
    assert world.by_system("SAU", "complaint")["mhrsd_disputes"][0].values["received_on"] == date(2026, 7, 1)
