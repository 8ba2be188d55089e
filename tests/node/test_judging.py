"""A batch beside what the node knows: its earlier batches, and the records that references lead to."""

import shutil
from datetime import date
from decimal import Decimal

import pytest
import yaml
from builders import a_complaint, a_placement, a_revision

from amanah.node.judging import to_judge
from amanah.quality import expectations
from amanah.quality.checkpoint import BatchRefused
from amanah.quality.contract import Checked, Failure
from amanah.quality.expectations import Expectations
from amanah.store import profiles, records
from schemas.agreement import FOLDER
from schemas.streams import STREAMS

pytestmark = pytest.mark.slow

MONTHS = ("2026-04", "2026-05", "2026-06")


@pytest.fixture
def corridor_files(tmp_path):
    """The corridor's agreement and expectations, to be changed."""
    agreement = tmp_path / "idn-sau.yaml"
    for file in (agreement, expectations.file_beside(agreement)):
        shutil.copy(FOLDER / file.name, file)
    return agreement


@pytest.fixture
def placements(office):
    return office("IDN", "placement")


@pytest.fixture
def node(a_node, corridor_files, placements):
    return a_node("IDN", agreement=corridor_files, sources={placements.name: placements.settings})


def load(node, placements, month, count):
    number = int(month[5:]) * 1000
    day = date(2026, int(month[5:]), 3)
    placements.lay(
        month, *(a_placement(f"IDN-P-{number + n}", stage_date=day, contract_start=day) for n in range(count))
    )
    node.extract(placements.name, month)
    return node.validate(placements.name, month)


def test_a_month_with_far_too_few_records_is_refused_until_somebody_confirms_it(node, placements, corridor_files):
    for month in MONTHS:
        assert load(node, placements, month, 40).warnings == ()

    with pytest.raises(BatchRefused) as refused:
        load(node, placements, "2026-07", 2)
    assert "  volume: expected 8 to 200 records: 0.2 to 5 times the median of the 3 batches before, 40;" in str(
        refused.value
    )
    assert "found: the batch has 2 records, 5 % of the median." in str(refused.value)
    assert "confirm volume for placement_office 2026-07 under placement.confirmed in idn-sau.expectations.yaml" in str(
        refused.value
    )

    file = expectations.file_beside(corridor_files)
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    content["placement"]["confirmed"] = [
        {"source": placements.name, "period": "2026-07", "checks": ["volume"], "because": "the office was closed"}
    ]
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    result = node.validate(placements.name, "2026-07")

    assert result.accepted == 2
    assert [warning.split(":")[0] for warning in result.warnings] == ["volume"]


def test_two_months_are_not_enough_to_say_what_is_usual(node, placements):
    for month in MONTHS[:2]:
        load(node, placements, month, 40)

    assert load(node, placements, "2026-07", 2).accepted == 2


def test_a_batch_that_was_refused_is_no_history(node, placements):
    for month in MONTHS:
        load(node, placements, month, 40)
    for month in ("2026-07", "2026-08"):
        with pytest.raises(BatchRefused, match=r"median of the 3 batches before, 40;"):
            load(node, placements, month, 2)


def test_what_a_loaded_batch_looked_like_is_kept_for_the_next(node, placements):
    load(node, placements, MONTHS[0], 100)

    with node.database.engine.connect() as connection:
        [kept] = profiles.before(connection, placements.name, MONTHS[1], months=6)
    assert (kept.records, kept.counts["area"], kept.presence["contract_no"]) == (100, {"SA-01": 100}, 100)
    assert kept.medians == {"wage_amount": {"SAR": (100, Decimal(1800))}}


@pytest.fixture
def judged(database, agreement):
    """The batch that records of a stream become in July 2026."""

    def judged(stream, *accepted, known=(), failures=()):
        expected = Expectations.model_validate({"warning": {"known": dict.fromkeys(known, 1)}})
        with database.engine.connect() as connection:
            return to_judge(
                connection,
                Checked(list(accepted), list(failures)),
                agreement=agreement,
                expectations=expected,
                us="IDN",
                stream=STREAMS[stream],
                source="office",
                period="2026-07",
            )

    return judged


def hold(database, *refs, holder="IDN", month="2026-06"):
    with database.engine.begin() as connection:
        revisions = [a_revision(a_placement(ref)) for ref in refs]
        records.add(connection, "placement", revisions, holder=holder, known_in=month, origin="office")


def test_a_complaint_may_refer_to_any_placement_of_ours_known_by_then(judged, database):
    hold(database, "IDN-P-1", "IDN-P-2")
    hold(database, "IDN-P-3", month="2026-08")
    hold(database, "IDN-P-4", holder="SAU")
    complaints = [a_complaint(f"IDN-C-{n}", placement_ref=f"IDN-P-{n}") for n in range(1, 6)]

    batch = judged("complaint", *complaints, a_complaint("IDN-C-9"), known=["placement_ref"])

    assert batch.known == {"placement_ref": {"IDN-P-1", "IDN-P-2"}}


def test_an_earlier_record_may_be_in_the_same_batch(judged, database):
    hold(database, "IDN-P-1")
    now = a_placement("IDN-P-3", earlier_record_refs=["IDN-P-1", "IDN-P-2", "IDN-P-9"])

    batch = judged("placement", now, a_placement("IDN-P-2"), known=["earlier_record_refs"])

    assert batch.known["earlier_record_refs"] == {"IDN-P-1", "IDN-P-2", "IDN-P-3"}


def test_why_records_were_refused_is_counted_by_field_and_code(judged):
    def failure(position, field, code):
        return Failure(position, None, field, code, "no matter", {"nama": "KANARI"})

    batch = judged(
        "placement",
        failures=[
            failure("row 1", "sex", "unknown_code"),
            failure("row 1", None, "a_rule"),
            failure("row 2", "sex", "x"),
        ],
    )

    assert batch.refused == 2
    assert batch.reasons == {"sex unknown_code": 1, "record a_rule": 1, "sex x": 1}
