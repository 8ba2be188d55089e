"""The batch check: what is not what is expected stops the batch, says how far off it is, and shows no value."""

import pytest
from builders import CANARIES, a_placement, with_canaries

from amanah.quality import expectations
from amanah.quality.checkpoint import Batch, run
from amanah.quality.expectations import Demands, Expectations
from schemas.agreement import FOLDER
from schemas.streams import STREAMS

pytestmark = pytest.mark.slow

FIELDS = STREAMS["placement"].fields


@pytest.fixture
def judge(tmp_path):
    """Judge a batch of placements by demands."""

    def verdict(*records, refused=0, **expected):
        batch = Batch("siskop2mi", "2026-07", FIELDS, list(records), refused)
        return run(batch, Expectations(**expected), tmp_path)

    return verdict


def test_a_good_batch_passes_what_the_corridor_expects(judge):
    expected = expectations.load(FOLDER / "idn-sau.yaml")["placement"]

    verdict = judge(*(a_placement(f"IDN-P-{n}") for n in range(20)), error=expected.error, warning=expected.warning)

    assert (verdict.errors, verdict.warnings) == ((), ())
    assert (verdict.data_docs / "index.html").exists()


@pytest.mark.parametrize(
    ("demands", "records", "says"),
    [
        ({"rows_at_least": 3}, [a_placement()], ["row_count", "min_value 3", "the batch has 1 rows"]),
        (
            {"present": {"birth_date": 0.8}},
            [a_placement(), a_placement("IDN-P-2", birth_date=None)],
            ["birth_date", "mostly 0.8", "1 of 2 rows have a value"],
        ),
        (
            {"unique": ["passport_no"]},
            [a_placement("IDN-P-1", passport_no="X1"), a_placement("IDN-P-2", passport_no="X1")],
            ["passport_no", "2 of 2 rows have a value, 1 different"],
        ),
        ({"within": {"wage_amount": [0, 1000]}}, [a_placement()], ["wage_amount", "max_value 1000"]),
        ({"mean_between": {"wage_amount": [1, 2]}}, [a_placement()], ["mean", "wage_amount", "max_value 2"]),
        ({"in_list": {"area": "area"}}, [a_placement(area="SA-14")], ["in_set", "area"]),
    ],
)
def test_what_is_not_as_expected_is_said_with_how_far_off_it_is(judge, demands, records, says):
    failed, warned = judge(*records, error=demands), judge(*records, warning=demands)

    [error] = failed.errors
    assert all(word in error for word in says), error
    assert (failed.warnings, warned.errors, warned.warnings) == ((), (), (error,))


def test_too_many_refused_records_stop_a_batch(judge):
    demands = Demands(refused_share_at_most=0.05, refused_always_allowed=2)

    assert judge(a_placement(), refused=2, error=demands).errors == ()
    assert judge(*(a_placement(f"IDN-P-{n}") for n in range(57)), refused=3, error=demands).errors == ()
    assert judge(*(a_placement(f"IDN-P-{n}") for n in range(27)), refused=3, error=demands).errors == (
        "refused by the schema: 3 of 30 records, at most 5.0% expected; see the quarantine",
    )


def test_an_empty_batch_is_judged_too(judge):
    assert judge(error={"rows_at_least": 0, "unique": ["record_ref"]}).errors == ()


def test_no_value_of_a_record_is_in_the_verdict_or_on_disk(judge, tmp_path):
    records = [with_canaries(), with_canaries("IDN-P-2")]
    demands = {
        "rows_at_least": 5,
        "unique": ["passport_no", "name_latin", "birth_date", "employer_name"],
        "within": {"wage_amount": [0, 10]},
        "mean_between": {"wage_amount": [0, 10]},
        "in_list": {"name_latin": "area"},
    }

    verdict = judge(*records, error=demands)

    assert len(verdict.errors) == 8
    written = "".join(path.read_text(errors="replace") for path in tmp_path.rglob("*") if path.is_file())
    assert verdict.data_docs.is_relative_to(tmp_path)
    assert not [canary for canary in CANARIES if canary in written + str(verdict)]
