"""Amounts of different periods and currencies are one wage where the agreement says what one is worth in the other."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amanah.reconcile import reconcile
from schemas.agreement import FOLDER, Rate, load
from schemas.forms import arrow_schema
from schemas.streams import STREAMS

AGREEMENT = load(FOLDER / "idn-sau.yaml")
FIELDS = ("wage_amount", "wage_currency", "wage_period", "rest_days_per_week")


def told(corridor, ours, theirs):
    """What is said of the wage of one worker, whose two records differ in nothing else."""
    header = f"record_ref | contract_no | contract_start | {' | '.join(FIELDS)}"
    found = corridor.placements(
        f"{header}\nIDN-P-1 | KK-1 | 2026-01-01 | {ours}", f"{header}\nSAU-P-9 | KK-1 | 2026-01-01 | {theirs}"
    )
    return [
        (row["reason"], row["ours"], row["theirs"])
        for row in found.discrepancies.to_pylist()
        if row["field"] == "wage_amount"
    ]


def agreeing(corridor, *, rates=AGREEMENT.rates, **tolerance):
    """The corridor of an agreement with these rates, and this way to compare the wage."""
    terms = corridor.agreement.streams["placement"]
    wage = terms.linkage.compare["wage_amount"].model_copy(update=tolerance)
    linkage = terms.linkage.model_copy(update={"compare": {**terms.linkage.compare, "wage_amount": wage}})
    streams = {**corridor.agreement.streams, "placement": terms.model_copy(update={"linkage": linkage})}
    return type(corridor)(corridor.agreement.model_copy(update={"streams": streams, "rates": rates}), corridor.folder)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("1500 | SAR | month |", "1500 | SAR | hijri_month |"),  # the same wage by two names
        ("1500 | SAR | |", "1500 | SAR | hijri_month |"),  # the contract: for a month if the period is absent
        ("1300 | SAR | month |", "300 | SAR | week |"),  # 300 x 52/12
        ("1300 | SAR | hijri_month |", "299.8 | SAR | week |"),  # 1299.13
        ("1300 | SAR | month |", "50 | SAR | day | 1"),  # 50 x 6 x 52/12
        ("1300 | SAR | month |", "60 | SAR | day | 2"),  # 60 x 5 x 52/12
        ("1300 | SAR | month |", "50 | SAR | day |"),  # 26 days were agreed
        ("300 | SAR | week |", "50 | SAR | day | 1"),
        ("50 | SAR | day | 1", "50 | SAR | day |"),  # one period: as they stand
        ("1500 | SAR | month |", "400 | USD | month |"),  # 3.75
        ("1300 | SAR | month |", "80 | USD | week |"),
        ("| SAR | month |", "50 | SAR | day |"),
    ],
)
def test_one_wage_said_in_two_ways_is_no_discrepancy(corridor, ours, theirs):
    assert told(corridor, ours, theirs) == []
    assert told(corridor, theirs, ours) == []


@pytest.mark.parametrize(
    ("ours", "theirs", "shown"),
    [
        ("1500 | SAR | |", "1500 | SAR | week |", ("1500.00 SAR / month", "1500.00 SAR / week")),
        ("1300 | SAR | month |", "300.25 | SAR | week |", ("1300.00 SAR / month", "300.25 SAR / week")),  # 1301.08
        ("1300 | SAR | month |", "50 | SAR | day | 0", ("1300.00 SAR / month", "50.00 SAR / day")),
        ("300 | SAR | week |", "302 | SAR | week |", ("300.00 SAR", "302.00 SAR")),
        ("1500 | SAR | month |", "400.3 | USD | hijri_month |", ("1500.00 SAR", "400.30 USD")),  # 1501.125
        ("1500 | SAR | month |", "1500 | IDR | month |", ("1500.00 SAR", "1500.00 IDR")),  # no rate was agreed
    ],
)
def test_two_wages_are_told_as_they_were_written(corridor, ours, theirs, shown):
    assert told(corridor, ours, theirs) == [("amounts_differ", *shown)]
    assert told(corridor, theirs, ours) == [("amounts_differ", *reversed(shown))]


def test_the_currency_is_a_discrepancy_of_its_own_whatever_the_rate(corridor, shows):
    header = "record_ref | contract_no | wage_amount | wage_currency"
    found = corridor.placements(f"{header}\nIDN-P-1 | KK-1 | 1500 | SAR", f"{header}\nSAU-P-9 | KK-1 | 400 | USD")

    assert shows(found.discrepancies, "field | reason | ours | theirs \n wage_currency | differs | SAR | USD")


def test_what_nobody_can_convert_is_not_comparable(corridor):
    corridor = agreeing(corridor, periods={"week": Fraction(52, 12)})

    assert told(corridor, "1300 | SAR | month |", "50 | SAR | day | 1") == []
    assert told(corridor, "1300 | SAR | month |", "50 | SAR | day |") == [
        ("not_comparable", "1300.00 SAR / month", "50.00 SAR / day")
    ]
    assert told(corridor, "1300 | SAR | month |", "1300 | SAR | hijri_month |") == [
        ("not_comparable", "1300.00 SAR / month", "1300.00 SAR / hijri_month")
    ]


def test_an_agreement_that_names_no_periods_and_no_rates_means_what_it_meant(corridor):
    corridor = agreeing(corridor, periods={}, rates=())

    assert told(corridor, "1500 | SAR | month |", "1500 | SAR | week |") == []
    assert told(corridor, "1500 | SAR | month |", "400 | USD | month |") == [
        ("amounts_differ", "1500.00 SAR", "400.00 USD")
    ]


@pytest.mark.parametrize(("theirs", "agrees"), [("300.001", True), ("300.002", False), ("299.999", True)])
def test_nothing_is_rounded(corridor, theirs, agrees):
    corridor = agreeing(corridor, within=Decimal("0.005"))

    assert (told(corridor, "1300 | SAR | month |", f"{theirs} | SAR | week |") == []) == agrees


MONTHS = {"month": Fraction(1), None: Fraction(1), "hijri_month": Fraction(1), "week": Fraction(52, 12)}
AMOUNTS = ["300", "50", "1300", "1300.5", "1299", "80", "80.001", "346.667", "346.4", "13.333", "9999999999.999"]
WAGE = st.fixed_dictionaries(
    {
        "wage_amount": st.sampled_from([None, *map(Decimal, AMOUNTS)]),
        "wage_currency": st.sampled_from([None, "SAR", "USD", "IDR"]),
        "wage_period": st.sampled_from([None, "month", "hijri_month", "week", "day"]),
        "rest_days_per_week": st.sampled_from([None, 0, 1, 2, 7]),
    }
)


def monthly(wage):
    """The words of docs/agreement.md, one wage at a time."""
    rest = wage["rest_days_per_week"]
    worked = Fraction(26) if rest in (None, 7) else (7 - rest) * Fraction(52, 12)
    return Fraction(wage["wage_amount"]) * (worked if wage["wage_period"] == "day" else MONTHS[wage["wage_period"]])


def are_one(one, other):
    currencies = {one["wage_currency"], other["wage_currency"]} - {None}
    if None in (one["wage_amount"], other["wage_amount"]):
        return True
    if len(currencies) == 2 and currencies != {"SAR", "USD"}:
        return False
    kinds = {"month" if MONTHS.get(wage["wage_period"]) == 1 else wage["wage_period"] for wage in (one, other)}
    figures = [Fraction(wage["wage_amount"]) if len(kinds) == 1 else monthly(wage) for wage in (one, other)]
    if len(currencies) == 2:
        figures = [
            figure * (Fraction("3.75") if wage["wage_currency"] == "USD" else 1)
            for figure, wage in zip(figures, (one, other), strict=True)
        ]
    return abs(figures[0] - figures[1]) <= 1


@pytest.mark.slow
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(st.tuples(WAGE, WAGE), min_size=60, max_size=80))
def test_both_sides_find_what_the_words_say(pairs):
    tables = [
        pa.Table.from_pylist(
            [
                {"record_ref": f"{party}-P-{n}", "contract_no": f"K-{n}", "contract_start": date(2026, 1, 1), **pair[i]}
                for n, pair in enumerate(pairs)
            ],
            arrow_schema(STREAMS["placement"]),
        )
        for i, party in enumerate(("IDN", "SAU"))
    ]
    terms = {"stream": "placement", "agreement": AGREEMENT, "period": "2026-09"}
    here, there = reconcile(*tables, us="IDN", **terms), reconcile(*reversed(tables), us="SAU", **terms)

    of_wages = [
        {
            row["id"]: (row["reason"], row[ours], row[theirs], row[f"{ours}_ref"])
            for row in found.discrepancies.to_pylist()
            if row["field"] == "wage_amount"
        }
        for found, ours, theirs in ((here, "ours", "theirs"), (there, "theirs", "ours"))
    ]
    assert of_wages[0] == of_wages[1]
    assert {told[3] for told in of_wages[0].values()} == {
        f"IDN-P-{n}" for n, pair in enumerate(pairs) if not are_one(*pair)
    }


def test_rates_are_those_of_the_agreement_alone(corridor):
    dearer = Rate.model_validate({"one": "USD", "is": Decimal("3.8"), "of": "SAR"})

    assert told(agreeing(corridor, rates=(dearer,)), "1520 | SAR | month |", "400 | USD | month |") == []
    assert told(corridor, "1520 | SAR | month |", "400 | USD | month |") != []
