"""The batch check: what is not as expected stops the batch, says how far off and what to do, and shows no value."""

import json
import logging
from datetime import date
from decimal import Decimal

import pyarrow as pa
import pytest
from builders import CANARIES, a_complaint, a_placement, with_canaries

from amanah.quality import expectations
from amanah.quality.batch import Batch
from amanah.quality.checkpoint import run
from amanah.store.profiles import Profile
from schemas.agreement import FOLDER
from schemas.forms import arrow_schema
from schemas.streams import STREAMS

pytestmark = pytest.mark.slow


def placements(count, **values):
    return [a_placement(f"IDN-P-{number}", **values) for number in range(count)]


def test_a_good_batch_passes_what_the_corridor_expects(judge):
    expected = expectations.load(FOLDER / "idn-sau.yaml")["placement"]

    verdict = judge(*placements(20, stage_date=date(2026, 7, 30)), **expected.model_dump(exclude={"file"}))

    assert (verdict.errors, verdict.warnings) == ((), ())
    assert (verdict.data_docs / "index.html").exists()


@pytest.mark.parametrize(
    ("demands", "records", "says"),
    [
        (
            {"rows_at_least": 3},
            placements(1),
            "rows_at_least: expected at least 3 records; found: the batch has 1 record.",
        ),
        (
            {"present": {"birth_date": 0.8}},
            [*placements(3), *placements(1, birth_date=None)],
            "expected birth_date in 80 % of the records, or said not to apply; found: 1 of 4 (25 %) have none.",
        ),
        (
            {"unique": {"passport_no": 0.5}},
            [*placements(1), *placements(2, passport_no="X1"), *placements(2, passport_no=None)],
            "expected 50 % of passport_no in one record only; found: 2 of 3 (66.7 %) stand in more than one record.",
        ),
        (
            {"unique_together": [["passport_no", "contract_start"]]},
            [*placements(3, passport_no="X1"), *placements(1, passport_no="X1", contract_start=None)],
            "found: 3 of 3 (100 %) share their passport_no and contract_start with another record.",
        ),
        (
            {"within": {"wage_amount": [0, 1000]}},
            [*placements(1), *placements(1, wage_amount=Decimal(900))],
            "within.wage_amount: expected wage_amount from 0 to 1,000; found: 1 of 2 (50 %) lie outside.",
        ),
        (
            {"within": {"wage_amount": [1000, 2000]}},
            [*placements(1), *placements(1, wage_amount=Decimal(900))],
            "expected wage_amount from 1,000 to 2,000; found: 1 of 2 (50 %) lie outside.",
        ),
        (
            {"median_between": {"wage_amount": {"SAR": [2000, 3000]}}},
            placements(3),
            "expected the median wage_amount from 2,000 to 3,000 SAR; found: 10 % below.",
        ),
        (
            {"in_list": {"area": "area"}},
            [*placements(1), *placements(2, area="SA-99"), *placements(1, area=None)],
            "in_list.area: expected area from the code list 'area'; found: 2 of 3 (66.7 %) are other codes.",
        ),
        (
            {"newest_within_days": {"stage_date": 20}},
            [*placements(1, stage_date=date(2026, 7, 1)), *placements(1, stage_date=date(2026, 6, 1))],
            "stage_date at most 20 days before the end of 2026-07; found: the newest is 30 days before it.",
        ),
        ({"newest_within_days": {"stage_date": 20}}, placements(1, stage_date=None), "found: no record has a date."),
        (
            {"not_after_month": {"stage_date": 0.8}},
            [*placements(3, stage_date=date(2026, 7, 31)), *placements(1, stage_date=date(2026, 8, 1))],
            "expected 80 % of stage_date not after the end of 2026-07; found: 1 of 4 (25 %) lie after it.",
        ),
        (
            {"not_among": {"passport_no": "previous_passport_nos"}},
            [
                *placements(2, passport_no="X1", previous_passport_nos=["X2", "X1"]),
                *placements(1, passport_no="X1", previous_passport_nos=["X2"]),
                *placements(1, passport_no=None, previous_passport_nos=["X1"]),
            ],
            "found: 2 of 3 (66.7 %) stand there too.",
        ),
    ],
)
def test_what_is_not_as_expected_is_said_with_how_far_off_it_is(judge, demands, records, says):
    enough = {"records_at_least": 1}
    failed, warned = (judge(*records, **{part: demands}, compare_with=enough) for part in ("error", "warning"))

    [error], [warning] = failed.errors, warned.warnings
    assert says in error
    assert says in warning
    assert (failed.warnings, warned.errors) == ((), ())


def test_just_enough_is_enough(judge):
    demands = {
        "rows_at_least": 4,
        "present": {"birth_date": 0.75},
        "unique": {"passport_no": 0.5},
        "within": {"wage_amount": [1800, 1800]},
        "newest_within_days": {"stage_date": 30},
        "not_after_month": {"stage_date": 0.75},
    }
    records = [
        a_placement("IDN-P-1", passport_no="X1", birth_date=None, stage_date=date(2026, 8, 1)),
        a_placement("IDN-P-2", passport_no="X1", stage_date=date(2026, 7, 31)),
        a_placement("IDN-P-3"),
        a_placement("IDN-P-4"),
    ]

    assert judge(*records, error=demands, compare_with={"records_at_least": 4}).errors == ()


def test_the_age_of_a_few_late_corrections_says_nothing(judge):
    records, demands = placements(4), {"newest_within_days": {"stage_date": 1}}

    assert judge(*records, error=demands, compare_with={"records_at_least": 5}).errors == ()
    assert len(judge(*records, error=demands, compare_with={"records_at_least": 4}).errors) == 1


def test_an_error_says_how_to_let_it_pass_and_a_warning_what_to_ask(judge):
    failed, warned = judge(error={"rows_at_least": 1}), judge(warning={"rows_at_least": 1})

    [error], [warning] = failed.errors, warned.warnings
    assert warning.endswith("Ask the source whether it has delivered the month, then run extract again.")
    assert error == (
        f"{warning} If it is right as it is, confirm rows_at_least for siskop2mi 2026-07 under placement.confirmed "
        "in the expectations file, or with `amanah node confirm`, then run validate again."
    )


def test_a_batch_that_somebody_confirmed_is_let_through_with_a_warning(judge):
    confirmed = [{"source": "siskop2mi", "period": "2026-07", "checks": ["rows_at_least"], "because": "office closed"}]
    demands = {"rows_at_least": 1, "refused_share_at_most": 0.1}

    july = judge(refused=5, error=demands, confirmed=confirmed)
    august = judge(period="2026-08", error=demands, confirmed=confirmed)

    assert [text.split(":")[0] for text in july.warnings] == ["rows_at_least"]
    assert "(confirmed)" in july.warnings[0]
    assert [text.split(":")[0] for text in july.errors] == ["refused_share_at_most"]
    assert [text.split(":")[0] for text in august.errors] == ["rows_at_least"]


def test_what_stops_a_batch_is_not_said_again_as_a_warning(judge):
    verdict = judge(error={"rows_at_least": 1}, warning={"rows_at_least": 2})

    assert (len(verdict.errors), verdict.warnings) == (1, ())


def test_a_field_that_does_not_apply_is_not_missing(judge):
    demands = {"present": {"contract_no": 1}}

    assert judge(*placements(2, contract_no=None, not_applicable=["contract_no"]), error=demands).errors == ()
    assert len(judge(*placements(2, contract_no=None, not_applicable=["visa_no"]), error=demands).errors) == 1


def test_too_many_refused_records_stop_a_batch_and_the_reasons_are_said(judge):
    demands = {"refused_share_at_most": 0.05, "refused_always_allowed": 2}

    assert judge(*placements(1), refused=2, error=demands).errors == ()
    assert judge(*placements(57), refused=3, error=demands).errors == ()
    [error] = judge(*placements(27), refused=3, reasons={"sex not_in_list": 2, "area no": 1}, error=demands).errors
    assert "found: 3 of 30 records (10 %); most often sex not_in_list (2), area no (1)." in error


def test_references_that_lead_nowhere_are_counted(judge):
    complaints = [a_complaint(f"IDN-C-{number}", placement_ref=f"IDN-P-{number}") for number in range(4)]
    complaints.append(a_complaint("IDN-C-9"))

    def said(share, *known):
        demands = {"known": {"placement_ref": share}}
        return judge(*complaints, stream="complaint", known={"placement_ref": known}, error=demands).errors

    assert said(0.5, "IDN-P-0", "IDN-P-1") == ()
    [error] = said(0.75, "IDN-P-0", "IDN-P-1")
    assert "found: 2 of 4 (50 %) lead nowhere." in error


def test_every_earlier_record_must_be_known(judge):
    records = placements(1, earlier_record_refs=["IDN-P-8", "IDN-P-9"])
    demands = {"known": {"earlier_record_refs": 1}}

    assert judge(*records, known={"earlier_record_refs": ["IDN-P-8", "IDN-P-9"]}, error=demands).errors == ()
    assert len(judge(*records, known={"earlier_record_refs": ["IDN-P-8"]}, error=demands).errors) == 1


def test_wages_are_judged_by_currency_where_there_are_enough(judge):
    records = [*placements(5), *placements(5, wage_currency="IDR", wage_amount=Decimal(7_000_000))]
    records += placements(2, wage_currency="USD", wage_amount=Decimal(1))
    ranges = {"SAR": [1000, 1500], "IDR": [6_000_000, 8_000_000], "USD": [400, 500]}
    demands = {"median_between": {"wage_amount": ranges}}

    [error] = judge(*records, error=demands, compare_with={"records_at_least": 5}).errors

    assert error.startswith("median_between.wage_amount.SAR: expected the median wage_amount from 1,000 to 1,500 SAR")
    assert "found: 20 % above." in error


def test_an_empty_batch_is_judged_too(judge):
    expected = expectations.load(FOLDER / "idn-sau.yaml")["complaint"]

    verdict = judge(stream="complaint", **expected.model_dump(exclude={"file"}))

    assert (verdict.errors, verdict.warnings) == ((), ())
    assert verdict.profile.records == 0


def test_an_arrow_table_is_judged_as_the_same_records_are(judge, tmp_path):
    expected = expectations.load(FOLDER / "idn-sau.yaml")["placement"]
    stream = STREAMS["placement"]
    records = [*placements(3), *placements(2, birth_date=None, passport_no=None, not_applicable=["passport_no"])]
    table = pa.Table.from_pylist(records, schema=arrow_schema(stream, stream.fields))

    verdict = run(Batch(stream, "siskop2mi", "2026-07", table), expected, tmp_path / "arrow")
    same = run(Batch(stream, "siskop2mi", "2026-07", records), expected, tmp_path / "rows")

    assert (verdict.errors, verdict.warnings, verdict.profile) == (same.errors, same.warnings, same.profile)
    assert verdict.errors


def test_what_cannot_be_judged_stops_the_batch_and_quotes_nothing(judge, tmp_path, caplog):
    verdict = judge(with_canaries(), warning={"within": {"name_latin": [0, 10]}})  # a name is no number

    [error] = verdict.errors
    assert error.startswith("within.name_latin: ")
    assert "found: it could not be judged (TypeError)." in error
    assert "KANARI" not in written(tmp_path) + str(verdict) + caplog.text


def written(folder):
    return "".join(path.read_text(errors="replace") for path in folder.rglob("*") if path.is_file())


EVERYTHING_WRONG = {
    "rows_at_least": 5,
    "unique": {"passport_no": 1, "name_latin": 1, "birth_date": 1, "employer_name": 1},
    "unique_together": [["passport_no", "name_latin"]],
    "within": {"wage_amount": [0, 10]},
    "median_between": {"wage_amount": {"SAR": [0, 10]}},
    "in_list": {"name_latin": "area"},
    "known": {"record_ref": 1},
    "not_among": {"passport_no": "previous_passport_nos"},
    "newest_within_days": {"birth_date": 1},
    "present": {"visa_no": 1},
}


def test_no_value_of_a_record_is_said_logged_or_written(judge, tmp_path, caplog):
    records = [with_canaries(ref, previous_passport_nos=["QZ9990001"]) for ref in ("IDN-P-KANARI1", "IDN-P-KANARI2")]
    caplog.set_level(logging.DEBUG)

    verdict = judge(*records, error=EVERYTHING_WRONG, compare_with={"records_at_least": 1})

    names = [text.split(":")[0].split(".")[0] for text in verdict.errors]
    assert sorted(names) == sorted([*EVERYTHING_WRONG, *["unique"] * 3])
    assert verdict.data_docs.is_relative_to(tmp_path)
    assert not [canary for canary in CANARIES if canary in written(tmp_path) + str(verdict) + caplog.text]


def test_what_is_written_is_whether_each_check_passed_and_no_result(judge, tmp_path):
    judge(*[with_canaries(ref, previous_passport_nos=["QZ9990001"]) for ref in ("A", "B")], error=EVERYTHING_WRONG)

    [kept] = tmp_path.rglob("validations/**/batch.json")
    result = json.loads(kept.read_text())

    assert result["meta"]["result_format"] == {"result_format": "BOOLEAN_ONLY"}
    assert {str(each["result"]) for each in result["results"]} == {"{}"}
    assert {each["success"] for each in result["results"]} == {False}
    assert {each["exception_info"]["exception_traceback"] for each in result["results"]} == {None}


def test_a_month_judged_again_leaves_the_page_of_the_first_time_too(judge):
    refused = judge(error={"rows_at_least": 1})
    mended = judge(*placements(1), error={"rows_at_least": 1})

    pages = sorted((mended.data_docs / "validations").rglob("batch.html"))
    assert refused.data_docs == mended.data_docs
    assert ["Refused" in page.read_text(encoding="utf-8") for page in pages] == [True, False]


@pytest.mark.parametrize("written", ["*.yml", "*.json", "*.html", ".ge_store_backend_id"])
def test_files_half_written_when_the_process_was_killed_stop_no_later_batch(judge, written, caplog):
    site = judge(*placements(1), period="2026-06").data_docs
    for file in site.parents[2].rglob(written):
        whole = file.read_bytes()
        file.write_bytes(whole[: len(whole) // 2])

    judge(*placements(1), period="2026-07")

    pages = [page.read_text(encoding="utf-8") for page in site.rglob("*.html")]
    assert all(page.endswith("</html>") for page in pages)
    assert "2026-07" in (site / "index.html").read_text(encoding="utf-8")
    assert "Invalid store configuration" not in caplog.text
    assert "Validation result not found" not in caplog.text


class TestNearALimit:
    """What fails reads as failing: the share found and its limit are never the same words."""

    @pytest.mark.parametrize(
        ("accepted", "refused", "found"),
        [(1907, 101, "101 of 2,008 records (5.03 %)"), (1899, 101, "101 of 2,000 records (5.1 %)")],
    )
    def test_of_a_refused_share(self, judge, accepted, refused, found):
        [error] = judge(*placements(accepted), refused=refused, error={"refused_share_at_most": 0.05}).errors

        assert "expected at most 5 % of what was read refused by the schema" in error
        assert f"found: {found}." in error

    def test_of_what_is_not_given(self, judge):
        records = [*placements(1598), *placements(402, birth_date=None)]

        [error] = judge(*records, error={"present": {"birth_date": 0.7993}}).errors

        assert "expected birth_date in 79.93 % of the records" in error
        assert "found: 402 of 2,000 (20.1 %) have none." in error

    def test_of_what_nothing_is_allowed_of(self, judge):
        records = [*placements(2999), *placements(1, area="SA-99")]

        [error] = judge(*records, error={"in_list": {"area": "area"}}).errors

        assert "found: 1 of 3,000 (0.03 %) are other codes." in error

    @pytest.mark.parametrize(
        ("amount", "found"),
        [("1999.4", "0.03 % below"), ("3001", "0.03 % above"), ("75000000", "25,000 times as much")],
    )
    def test_of_a_median(self, judge, amount, found):
        demands = {"median_between": {"wage_amount": {"SAR": [2000, 3000]}}}

        [error] = judge(
            *placements(3, wage_amount=Decimal(amount)), error=demands, compare_with={"records_at_least": 1}
        ).errors

        assert f"found: {found}." in error


def test_a_batch_of_which_all_was_refused_says_that_first(judge):
    demands = {"rows_at_least": 1, "refused_share_at_most": 0.05}

    errors = judge(refused=400, reasons={"sex unknown_code": 400}, error=demands).errors

    assert [text.split(":")[0] for text in errors] == ["refused_share_at_most", "rows_at_least"]
    assert "found: 400 of 400 records (100 %); most often sex unknown_code (400)." in errors[0]
    assert "found: 0 accepted of 400 read. Mend what the schema refused" in errors[1]


RANGES = {"median_between": {"wage_amount": {"SAR": [1000, 2000]}}, "median_shift": {"wage_amount": 0.1}}


class TestWagesThatNothingJudges:
    def test_are_pointed_out_with_their_currency(self, judge):
        records = [*placements(5), *placements(6, wage_currency="IDR", wage_amount=Decimal(7_000_000))]
        records += placements(4, wage_currency="USD", wage_amount=Decimal(1))

        verdict = judge(*records, error=RANGES, compare_with={"records_at_least": 5})

        [warning] = verdict.warnings
        assert verdict.errors == ()
        assert warning.startswith("unjudged_currency.wage_amount.IDR: expected no wage_amount in IDR, ")
        assert "found: 6 of 15 (40 %) are, and their amounts were not judged." in warning
        assert "Give IDR a range under median_between.wage_amount in the expectations file" in warning

    def test_are_not_while_earlier_batches_tell_what_is_usual(self, judge):
        records = placements(6, wage_currency="IDR", wage_amount=Decimal(7_000_000))
        history = [Profile(6, medians={"wage_amount": {"IDR": (6, Decimal(7_000_000))}})] * 3

        verdict = judge(*records, error=RANGES, history=history, compare_with={"records_at_least": 5})

        assert (verdict.errors, verdict.warnings) == ((), ())
