"""A batch beside the batches before it: volume, drift of codes and of what is given, wages; silence while too few."""

from decimal import Decimal

import pytest
from builders import a_placement

from amanah.store.profiles import Profile

pytestmark = pytest.mark.slow

ENOUGH = {"months": 6, "at_least": 3, "records_at_least": 20}


def placements(count, **values):
    return [a_placement(f"IDN-P-{number}", **values) for number in range(count)]


def months(*records, **about):
    return [Profile(count, **about) for count in records]


def names(texts):
    return [text.split(":")[0] for text in texts]


VOLUME = {"volume": {"at_least": 0.5, "at_most": 2, "always_allowed": 3}}
HELD = {"counts": {"area": {"SA-01": 50, "SA-02": 50}}, "presence": {"visa_no": 50}}


class TestVolume:
    @pytest.fixture
    def said(self, judge):
        def said(count, *before, **how):
            how.setdefault("error", VOLUME)
            return judge(*placements(count), history=months(*before), compare_with=ENOUGH, **how).errors

        return said

    @pytest.mark.parametrize("count", [20, 80])
    def test_at_the_limits_is_enough(self, said, count):
        assert said(count, 40, 40, 1000, 3, 41) == ()

    @pytest.mark.parametrize(("count", "share"), [(19, "47.5 %"), (81, "202.5 %")])
    def test_beyond_them_stops_and_says_how_far_off(self, said, count, share):
        [error] = said(count, 40, 40, 1000, 3, 41)

        assert "expected 20 to 80 records: 0.5 to 2 times the median of the 5 batches before, 40;" in error
        assert f"found: the batch has {count} records, {share} of the median." in error

    def test_a_few_records_more_or_fewer_say_nothing_about_a_tiny_source(self, said):
        assert said(0, 3, 3, 3) == said(6, 3, 3, 3) == ()
        assert names(said(7, 3, 3, 3)) == ["volume"]

    def test_two_months_are_no_history(self, said):
        assert said(1, 1000, 1000) == ()

    def test_only_the_newest_months_count(self, said):
        assert said(40, *[40] * 6, *[9000] * 20) == ()


class TestDrift:
    def test_shares_as_before_pass(self, judge):
        records = placements(100, area="SA-01") + placements(100, area="SA-02")

        demands = {"drift": {"area": 0.0}}
        assert judge(*records, history=months(100, 100, 100, **HELD), compare_with=ENOUGH, error=demands).errors == ()

    def test_other_shares_stop_and_say_how_far_off(self, judge):
        records = placements(20, area="SA-01") + placements(180, area="SA-03")

        [error] = judge(
            *records, history=months(100, 100, 100, **HELD), compare_with=ENOUGH, error={"drift": {"area": 0.2}}
        ).errors

        assert "drift.area: expected area spread as in the 3 batches before: at most 20 % of the records" in error
        assert "found: 90 % of 200 records would." in error

    def test_the_allowance_is_on_top_of_what_chance_explains(self, judge):
        records = placements(130, area="SA-01") + placements(70, area="SA-02")  # 15 % have moved
        history = months(1000, 1000, 1000, counts={"area": {"SA-01": 500, "SA-02": 500}})

        def stopped(share):
            return names(judge(*records, history=history, compare_with=ENOUGH, error={"drift": {"area": share}}).errors)

        assert stopped(0.0) == []  # 200 records: chance alone explains 16 %
        many = {"area": {"SA-01": 500, "SA-02": 9500}}
        history = months(10000, 10000, 10000, counts=many)
        assert stopped(0.4) == ["drift.area"]  # 60 % have moved

    def test_few_records_alarm_nobody(self, judge):
        records = placements(19, area="SA-03")

        verdict = judge(
            *records, history=months(100, 100, 100, **HELD), compare_with=ENOUGH, error={"drift": {"area": 0.0}}
        )

        assert verdict.errors == ()
        assert "drift.area" in page_of(verdict)

    def test_a_field_that_is_no_longer_given_is_drift_too(self, judge):
        held = months(100, 100, 100, **HELD)
        demands = {"presence_drift": {"visa_no": 0.2}}

        [error] = judge(*placements(200), history=held, compare_with=ENOUGH, error=demands).errors
        half = [*placements(100), *placements(100, visa_no="V-1")]

        assert "presence_drift.visa_no: expected visa_no given as often as in the 3 batches before" in error
        assert "found: 50 % of 200 records would." in error
        assert judge(*half, history=held, compare_with=ENOUGH, error=demands).errors == ()


class TestWages:
    @pytest.fixture
    def said(self, judge):
        def said(records, *usual):
            held = [Profile(100, medians={"wage_amount": {"SAR": (100, Decimal(amount))}}) for amount in usual]
            demands = {"median_shift": {"wage_amount": 0.1}}
            return judge(*records, history=held, compare_with=ENOUGH, error=demands).errors

        return said

    @pytest.mark.parametrize(("amount", "word"), [(1300, "27.8 % lower"), (2000, "11.1 % higher")])
    def test_a_median_that_has_moved_stops_and_no_wage_is_said(self, said, amount, word):
        [error] = said(placements(20, wage_amount=Decimal(amount)), 1800, 1800, 9000)

        assert error.startswith("median_shift.wage_amount.SAR: expected the median wage_amount in SAR within 10 %")
        assert f"found: {word}." in error
        assert "1,800" not in error
        assert str(amount) not in error

    def test_a_tenth_up_or_down_passes(self, said):
        for amount in (1620, 1980):
            assert said(placements(20, wage_amount=Decimal(amount)), 1800, 1800, 1800) == ()

    def test_another_currency_is_not_compared(self, said):
        assert said(placements(20, wage_currency="IDR", wage_amount=Decimal(7_000_000)), 1800, 1800, 1800) == ()

    def test_few_wages_are_not_compared(self, said):
        assert said(placements(19, wage_amount=Decimal(1)), 1800, 1800, 1800) == ()


def test_what_later_batches_are_held_against_is_counts(judge):
    records = [*placements(20, area="SA-01", visa_no="V-1"), *placements(2, area=None, wage_currency="USD")]
    demands = {
        "drift": {"area": 1},
        "presence_drift": {"visa_no": 1},
        "median_shift": {"wage_amount": 1},
    }

    assert judge(*records, warning=demands, compare_with=ENOUGH).profile == Profile(
        22, {"area": {"SA-01": 20}}, {"visa_no": 20}, {"wage_amount": {"SAR": (20, Decimal("1800.0"))}}
    )


def page_of(verdict):
    [page] = (verdict.data_docs / "validations").rglob("batch.html")
    return page.read_text(encoding="utf-8").partition("Not judged")[2]


def test_what_could_not_be_judged_is_named_in_the_data_docs(judge):
    demands = {
        "volume": {"at_least": 0.5, "at_most": 2},
        "drift": {"area": 0.2},
        "median_shift": {"wage_amount": 0.2},
        "median_between": {"wage_amount": {"SAR": [1000, 2000]}},
    }

    page = page_of(judge(*placements(20), warning=demands, compare_with=ENOUGH))

    assert all(name in page for name in ("volume", "drift.area", "median_shift.wage_amount"))
    assert "median_between.wage_amount" not in page


class TestNearALimit:
    """What fails reads as failing: what was found and its limit are never the same words."""

    def test_of_a_median_that_moved(self, judge):
        held = months(100, 100, 100, medians={"wage_amount": {"SAR": (100, Decimal(1800))}})
        records = placements(20, wage_amount=Decimal("1980.5"))

        [error] = judge(
            *records, history=held, compare_with=ENOUGH, error={"median_shift": {"wage_amount": 0.1}}
        ).errors

        assert "within 10 % of that of the 3 batches before; found: 10.03 % higher." in error

    def test_of_a_median_in_another_unit(self, judge):
        held = months(100, 100, 100, medians={"wage_amount": {"SAR": (100, Decimal(1800))}})
        records = placements(20, wage_amount=Decimal(45_000_000))

        [error] = judge(
            *records, history=held, compare_with=ENOUGH, error={"median_shift": {"wage_amount": 0.1}}
        ).errors

        assert "found: 25,000 times as much." in error

    def test_of_a_drop_to_nothing_that_the_schema_caused(self, judge):
        [error] = judge(refused=400, history=months(400, 400, 400), compare_with=ENOUGH, error=VOLUME).errors

        assert "found: 0 accepted of 400 read, 0 % of the median." in error
