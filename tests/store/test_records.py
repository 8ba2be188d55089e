"""Records over time: any earlier month can be asked again and gives the answer it gave then."""

from datetime import date
from decimal import Decimal

import pytest
from builders import a_complaint, a_placement, a_revision

from amanah.store import records
from schemas.forms import arrow_schema
from schemas.streams import STREAMS

pytestmark = pytest.mark.slow


@pytest.fixture
def learn(database):
    """Let the store come to know revisions in a month."""

    def add(month, *revisions, stream="placement", holder="IDN"):
        with database.engine.begin() as connection:
            records.add(connection, stream, revisions, holder=holder, known_in=month, origin="test")

    return add


@pytest.fixture
def stages(database):
    """Stage by reference of the current records, as a month knew them."""

    def ask(month, *, holder="IDN"):
        table = records.current(database, "placement", holder=holder, as_of=month)
        return dict(zip(table["record_ref"].to_pylist(), table["stage"].to_pylist(), strict=True))

    return ask


def test_a_month_knows_what_was_known_then(learn, stages):
    learn("2026-06", a_revision(a_placement("IDN-P-1", stage="departed")))
    learn("2026-07", a_revision(a_placement("IDN-P-1", stage="arrived"), 2), a_revision(a_placement("IDN-P-2")))
    learn("2026-09", a_revision(a_placement("IDN-P-1", stage="returned"), 3))

    assert stages("2026-05") == {}
    assert stages("2026-06") == {"IDN-P-1": "departed"}
    assert stages("2026-07") == stages("2026-08") == {"IDN-P-1": "arrived", "IDN-P-2": "arrived"}
    assert stages("2026-09") == {"IDN-P-1": "returned", "IDN-P-2": "arrived"}


def test_a_withdrawn_record_is_gone_from_its_month_on_and_may_return(learn, stages, database):
    learn("2026-06", a_revision(a_placement()))
    learn("2026-07", a_revision({"record_ref": "IDN-P-1"}, 2, withdrawn=True))
    learn("2026-08", a_revision(a_placement(stage="completed"), 3))

    assert [stages(month) for month in ("2026-06", "2026-07", "2026-08")] == [
        {"IDN-P-1": "arrived"},
        {},
        {"IDN-P-1": "completed"},
    ]
    with database.engine.connect() as connection:
        counts = [
            records.count_current(connection, "placement", holder="IDN", as_of=month)
            for month in ("2026-05", "2026-06", "2026-07", "2026-08")
        ]
    assert counts == [0, 1, 0, 1]


def test_the_two_sides_records_are_kept_apart(learn, stages):
    learn("2026-07", a_revision(a_placement("IDN-P-1")))
    learn("2026-07", a_revision(a_placement("SAU-P-1", stage="completed")), holder="SAU")

    assert stages("2026-07") == {"IDN-P-1": "arrived"}
    assert stages("2026-07", holder="SAU") == {"SAU-P-1": "completed"}


@pytest.mark.parametrize(
    ("stream", "record"),
    [
        (
            "placement",
            a_placement(name_arabic="سيتي", previous_passport_nos=["X1", "X2"], wage_amount=Decimal("0.10")),
        ),
        ("placement", dict.fromkeys(STREAMS["placement"].fields) | {"record_ref": "IDN-P-1", "stage": "requested"}),
        ("complaint", a_complaint(placement_ref="IDN-P-1", received_on=date(2026, 7, 31))),
    ],
)
def test_what_goes_in_comes_out_in_the_types_of_the_contract(learn, database, stream, record):
    learn("2026-07", a_revision(record, stream=stream), stream=stream)

    table = records.current(database, stream, holder="IDN", as_of="2026-07")

    assert table.select(STREAMS[stream].fields).to_pylist() == [record]
    assert table.select(STREAMS[stream].fields).schema == arrow_schema(STREAMS[stream])


def test_history_shows_every_revision_and_which_is_current(learn, database):
    learn("2026-06", a_revision(a_placement()))
    learn("2026-07", a_revision(a_placement(stage="completed"), 2))

    shown = records.history(database, "placement", holder="IDN", as_of="2026-07").to_pylist()

    assert [(row["revision"], row["known_in"], row["first_known"], row["is_current"]) for row in shown] == [
        (1, "2026-06", "2026-06", False),
        (2, "2026-07", "2026-06", True),
    ]


def test_the_newest_revision_is_found_for_the_references_asked_for(learn, database):
    learn("2026-06", a_revision(a_placement("IDN-P-1")), a_revision(a_placement("IDN-P-2")))
    learn("2026-07", a_revision({"record_ref": "IDN-P-1"}, 2, withdrawn=True))

    with database.engine.connect() as connection:
        newest = records.latest(connection, "placement", holder="IDN", refs=["IDN-P-1", "IDN-P-9"])

    assert {ref: (held.revision, held.withdrawn) for ref, held in newest.items()} == {"IDN-P-1": (2, True)}
