"""No name, no number of a document, no birth date and no employer of any record leaves the protected store.

The protected store is the ministries' systems, the nodes' databases and their frozen snapshots. Everything else that
the demonstration writes is searched, whatever it is: a new kind of file is searched without anybody adding it here.
"""

from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import psycopg
import pytest
from bad_month import MONTH, PARTY, SOURCE, BadMonth
from demonstrations import PARTIES, Demonstration
from leaks import Detector, texts_of_database, texts_of_files

pytestmark = pytest.mark.slow

PROTECTED = ("ministry", "nodes/*/store/snapshots", "postgres/data")
# The batch that was refused waits there to be looked at; see test_staged_rows_are_gone_once_they_are_loaded.
WAITING = f"nodes/{PARTY}/store/staged/{SOURCE}-{MONTH}.ndjson"
CANARY = "Kenanga Wijayakusuma"


@pytest.fixture
def airflow_database(demonstration: Demonstration) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """Airflow's metadata; what a test writes there is undone."""
    with psycopg.connect(demonstration.database_url("airflow")) as connection:
        yield connection
        connection.rollback()


def test_no_file_holds_a_personal_value(demonstration: Demonstration, bad_month: BadMonth, detector: Detector) -> None:
    assert detector.report(texts_of_files(demonstration.folder, but=(*PROTECTED, WAITING))) == []


def test_no_table_of_airflow_holds_a_personal_value(
    bad_month: BadMonth, detector: Detector, airflow_database: psycopg.Connection[tuple[object, ...]]
) -> None:
    assert detector.report(texts_of_database(airflow_database)) == []


def test_what_a_person_sees_on_the_terminal_holds_no_personal_value(
    demonstration: Demonstration, detector: Detector
) -> None:
    assert detector.found(demonstration.output) == set()


@pytest.mark.parametrize("party", PARTIES)
def test_staged_rows_are_gone_once_they_are_loaded(
    demonstration: Demonstration, bad_month: BadMonth, party: str
) -> None:
    staged = {str(file.relative_to(demonstration.folder)) for file in demonstration.store(party).glob("staged/*")}

    assert staged == ({WAITING} if party == PARTY else set())


@pytest.mark.parametrize("party", PARTIES)
def test_packages_at_the_exchange_point_are_sealed(demonstration: Demonstration, party: str) -> None:
    packages = list(demonstration.folder.glob(f"exchange/files/idn-sau/{party}/*/*.tar.pgp"))

    [(sent,)] = demonstration.ask(party, "SELECT count(*) FROM message WHERE direction = 'out' AND state <> 'built'")
    assert len(packages) == sent >= 36
    for package in packages:
        content = package.read_bytes()
        assert content[0] & 0b1100_0000 == 0b1100_0000, f"{package.name} does not begin with an OpenPGP packet"
        assert not any(plain in content for plain in (b"manifest.json", b"PAR1", b"record_ref", b"ustar"))


class TestTheDetector:
    """The tests above are worth something only if a value would be found: here it is planted."""

    @pytest.mark.parametrize(
        "text",
        [
            "Done. Returned value was: {'name': 'Kenanga Wijayakusuma'}",
            "KENANGA WIJAYAKUSUMA",
            r"line one\nKenanga Wijayakusuma",
            r'{"name": "\u004benanga Wijayakusuma"}',
            "Kenanga&nbsp;Wijayakusuma",
            "https://host/?name=Kenanga%20Wijayakusuma",
            "Kenanga_Wijayakusuma.csv",
        ],
    )
    def test_finds_a_value_however_it_is_written(self, text: str) -> None:
        assert Detector([CANARY]).found(text) == {"kenanga wijayakusuma"}

    def test_does_not_mistake_a_part_of_a_word_for_a_name(self) -> None:
        assert Detector(["Siti"]).found("sensitive") == set()

    def test_finds_arabic_names_escaped_as_json_does(self) -> None:
        assert Detector(["فاطمة"]).found(r"\u0641\u0627\u0637\u0645\u0629") == {"فاطمة"}

    def test_finds_what_a_log_a_mail_and_a_file_name_hold(self, tmp_path: Path) -> None:
        mail = EmailMessage()
        mail.set_content(f"About {CANARY} — today", cte="base64")
        (tmp_path / "task.log").write_text(f'{{"event": "failed for {CANARY}"}}', encoding="utf-8")
        (tmp_path / "one.eml").write_bytes(mail.as_bytes())
        (tmp_path / f"{CANARY}.txt").touch()

        found = Detector([CANARY]).report(texts_of_files(tmp_path))

        assert [line.partition(":")[0] for line in found] == [
            f"the name of {CANARY}.txt",
            "one.eml, decoded",
            "task.log",
        ]

    @pytest.mark.parametrize(
        ("table", "column"),
        [
            ("xcom", "value"),
            ("rendered_task_instance_fields", "rendered_fields"),
            ("dag_run", "conf"),
            ("log", "extra"),
        ],
    )
    def test_finds_what_airflow_keeps(
        self,
        airflow_database: psycopg.Connection[tuple[object, ...]],
        detector: Detector,
        bad_month: BadMonth,
        table: str,
        column: str,
    ) -> None:
        name = min(bad_month.values)
        airflow_database.execute(f"UPDATE {table} SET {column} = to_json(%s::text)", [name])

        found = detector.report(texts_of_database(airflow_database))

        assert [line.partition(":")[0] for line in found] == [f"table {table}, column {column}"]

    def test_finds_the_records_where_they_belong(self, demonstration: Demonstration, detector: Detector) -> None:
        with psycopg.connect(demonstration.database_url("node_idn")) as connection:
            found = detector.report(texts_of_database(connection))

        places = {line.partition(":")[0] for line in found}
        named = {"name_latin", "name_arabic", "passport_no", "visa_no", "residence_no", "employer_name"}
        assert {f"table placement, column {column}" for column in named} <= places
        assert "table quarantine, column message" not in places
