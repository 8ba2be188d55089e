"""What somebody sees who runs the demonstration: it ends well, Airflow did the work, both sides say the same."""

import stat
from email import message_from_bytes, policy

import pytest
from demonstrations import LANGUAGES, LAST_MONTH, PARTIES, QUARTER, VERBS, Demonstration

from amanah.demo import ministry
from amanah.exchange import ledger
from amanah.store.database import Database

pytestmark = pytest.mark.slow

MONTHS_BY_AIRFLOW = ["2026-07", "2026-08", "2026-09"]
MIRRORED = {"missing_here": "missing_there", "missing_there": "missing_here"}


def keys_of(demonstration: Demonstration, dag_id: str) -> list[str]:
    return sorted(run["partition_key"] for run in demonstration.runs[dag_id])


def test_every_pipeline_of_both_nodes_is_in_airflow(demonstration: Demonstration) -> None:
    expected = {f"idn-sau.{party.lower()}.{verb}" for party in PARTIES for verb in VERBS}

    assert demonstration.runs.keys() == expected
    assert demonstration.import_errors == {}


def test_every_run_of_every_pipeline_succeeded(demonstration: Demonstration) -> None:
    states = {dag_id: {run["state"] for run in runs} for dag_id, runs in demonstration.runs.items()}

    assert set().union(*states.values()) == {"success"}, states


@pytest.mark.parametrize("party", PARTIES)
def test_reconciliation_and_evaluation_were_started_by_their_assets(demonstration: Demonstration, party: str) -> None:
    prefix = f"idn-sau.{party.lower()}"
    by_itself = demonstration.runs[f"{prefix}.reconcile"] + demonstration.runs[f"{prefix}.evaluate"]

    assert keys_of(demonstration, f"{prefix}.publish") == MONTHS_BY_AIRFLOW
    assert keys_of(demonstration, f"{prefix}.reconcile") == MONTHS_BY_AIRFLOW
    assert keys_of(demonstration, f"{prefix}.evaluate") == [QUARTER]
    assert {run["run_type"] for run in by_itself} == {"asset_triggered"}


@pytest.mark.parametrize("party", PARTIES)
def test_every_package_was_answered_and_accepted(demonstration: Demonstration, party: str) -> None:
    query = (
        "SELECT direction, stream = 'status', state, count(*) FROM message "
        "WHERE kind <> 'certificate' AND (period IS NULL OR period <= %(month)s) GROUP BY 1, 2, 3"
    )
    states = demonstration.ask(party, query, month=LAST_MONTH)

    assert sorted(states) == [
        ("in", False, "answered", 18),
        ("in", True, "settled", 27),  # answers, and each month a word on the cases
        ("out", False, "accepted", 18),
        ("out", True, "stored", 27),
    ]


@pytest.mark.parametrize("party", PARTIES)
def test_both_sides_certify_that_they_held_the_same(demonstration: Demonstration, party: str) -> None:
    """Of every month but the last, whose certificates wait for the next delivery."""
    alarms = "SELECT count(*) FROM ledger WHERE event = 'alarm' AND detail ->> 'reason' LIKE 'certificates%%'"
    certified = "SELECT count(DISTINCT detail ->> 'period') FROM ledger WHERE event = 'certified'"

    assert demonstration.ask(party, alarms) == [(0,)]
    [(months,)] = demonstration.ask(party, certified)
    assert months >= 8


@pytest.mark.parametrize("party", PARTIES)
def test_the_ledger_of_messages_is_intact(demonstration: Demonstration, party: str) -> None:
    database = Database(
        demonstration.database_url(f"node_{party.lower()}").replace("postgresql:", "postgresql+psycopg:")
    )
    with database.engine.connect() as connection:
        assert ledger.first_broken_entry(connection) is None
    database.engine.dispose()


def test_both_nodes_find_the_same_discrepancies_in_the_same_months(demonstration: Demonstration) -> None:
    query = "SELECT id, opened_in, closed_in, class, reason, field, ours_ref, theirs_ref, ours, theirs FROM discrepancy"
    idn = set(demonstration.ask("IDN", query))
    sau = set(demonstration.ask("SAU", query))

    as_idn_says = {
        (number, opened, closed, MIRRORED.get(klass, klass), reason, name, theirs_ref, ours_ref, theirs, ours)
        for number, opened, closed, klass, reason, name, ours_ref, theirs_ref, ours, theirs in sau
    }
    assert len(idn) > 100
    assert as_idn_says == idn


def test_both_nodes_link_the_same_records(demonstration: Demonstration) -> None:
    query = "SELECT stream, {} , opened_in, closed_in, grade FROM link ORDER BY 1, 2, 3, 4"
    idn = demonstration.ask("IDN", query.format("ours_ref, theirs_ref"))
    sau = demonstration.ask("SAU", query.format("theirs_ref, ours_ref"))

    assert len(idn) > 300
    assert sau == idn


@pytest.mark.parametrize("party", PARTIES)
def test_each_node_holds_what_the_other_one_sent(demonstration: Demonstration, party: str) -> None:
    query = "SELECT holder, record_ref, fingerprint FROM {} WHERE known_in <= %(month)s ORDER BY 1, 2, revision"
    other = next(name for name in PARTIES if name != party)
    for stream in demonstration.agreement.streams:
        ours = demonstration.ask(party, query.format(stream), month=LAST_MONTH)
        theirs = demonstration.ask(other, query.format(stream), month=LAST_MONTH)
        sent = [row for row in ours if row[0] == party]
        assert {ref for _, ref, _ in sent} == {ref for holder, ref, _ in theirs if holder == party}


@pytest.mark.parametrize("party", PARTIES)
def test_each_mail_left_once_and_a_desk_has_one_digest_a_month_at_most(
    demonstration: Demonstration, party: str
) -> None:
    engineer = demonstration.agreement.parties[party].engineer
    mails = [
        message_from_bytes(f.read_bytes(), policy=policy.default) for f in demonstration.folder.glob("mails/*.eml")
    ]
    arrived = [mail["Message-ID"] for mail in mails if mail["From"] == engineer and mail["To"] != engineer]
    sent = demonstration.ask(party, "SELECT message_id, official, day, kind FROM mail WHERE state = 'sent'")
    digests = [(official, day) for _, official, day, kind in sent if kind == "digest"]

    assert sorted(arrived) == sorted(message_id for message_id, _, _, kind in sent if kind != "notice")
    assert len(set(digests)) == len(digests) > 0
    assert {kind for _, _, _, kind in sent} >= {"digest", "protection", "missed", "weekly"}
    assert demonstration.ask(party, "SELECT count(*) FROM mail WHERE state <> 'sent'") == [(0,)]


@pytest.mark.parametrize("party", PARTIES)
def test_desks_are_written_to_in_their_language(demonstration: Demonstration, party: str) -> None:
    known = demonstration.agreement.parties[party]
    mails = [
        message_from_bytes(f.read_bytes(), policy=policy.default) for f in demonstration.folder.glob("mails/*.eml")
    ]
    languages = {
        desk: {mail["Content-Language"] for mail in mails if mail["To"] == desk}
        for desk in (known.routes[0].official, known.routes[-1].official)
    }

    assert list(languages.values()) == [{known.languages[0]}, {"en"}]


def test_the_summary_says_where_to_look(demonstration: Demonstration) -> None:
    lines = demonstration.output.splitlines()
    named = [line.split("  ")[-1].strip() for line in lines if "evaluation  " in line or "Data Docs   " in line]

    assert len(named) == sum(len(LANGUAGES) + len(ministry.mappings(party)) for party in PARTIES)
    assert [path for path in named if not (demonstration.folder / path).is_file()] == []
    assert f"{demonstration.address}  user admin, password " in demonstration.output


def test_the_summary_counts_what_the_databases_hold(demonstration: Demonstration) -> None:
    query = "SELECT count(*) FROM link WHERE closed_in IS NULL"
    counted = [demonstration.ask(party, query)[0][0] for party in PARTIES]
    line = next(line for line in demonstration.output.splitlines() if line.startswith("links"))

    assert line.split() == ["links", *(f"{count:,}" for count in counted)]


def test_the_foreign_ministry_is_heard_at_home_and_nowhere_else(demonstration: Demonstration) -> None:
    says = dict(demonstration.ask("IDN", "SELECT says, count(*) FROM testimony WHERE closed_in IS NULL GROUP BY 1"))
    about_a_value, about_the_missing = {"ours", "theirs", "both", "neither"}, {"knows", "joins"}

    assert says.keys() & about_a_value
    assert says.keys() & about_the_missing
    for table in ("testimony", "witnessed", "witness_record"):
        assert demonstration.ask("SAU", f"SELECT count(*) FROM {table}") == [(0,)]
    assert demonstration.ask("IDN", "SELECT count(*) FROM placement WHERE record_ref LIKE 'IDN-P-ABR-%%'") == [(0,)]


@pytest.mark.parametrize("party", PARTIES)
def test_its_metrics_say_what_the_database_says(demonstration: Demonstration, party: str) -> None:
    lines = (demonstration.folder / "metrics.prom").read_text(encoding="utf-8").splitlines()
    kept = dict(line.rsplit(" ", 1) for line in lines)
    labels = f'corridor="idn-sau",party="{party}",stream="placement"'

    counts = demonstration.ask(
        party, "SELECT grade, count(*) FROM link WHERE closed_in IS NULL AND stream = 'placement' GROUP BY 1"
    )
    told = {grade: int(kept[f'airflow_amanah_links{{{labels},grade="{grade}"}}']) for grade, _ in counts}
    assert told == dict(counts)


def test_nothing_is_written_outside_the_folder(demonstration: Demonstration) -> None:
    assert list(demonstration.place.home.rglob("*")) == []
    assert list(demonstration.place.temporary.rglob("*")) == []


def test_no_other_user_can_look_into_the_folder(demonstration: Demonstration) -> None:
    assert stat.S_IMODE(demonstration.folder.stat().st_mode) == 0o700


def test_a_second_demonstration_in_the_same_folder_is_refused(demonstration: Demonstration) -> None:
    second = demonstration.place.amanah("run", "--records", "100")

    assert second.returncode == 1
    assert second.stdout.splitlines()[-1].endswith("stop them first (make down)")
