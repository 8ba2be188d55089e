"""Two linked records give different values. Small differences that the agreement tolerates are none."""

import pytest


def difference(corridor, fields, ours, theirs):
    """The discrepancies between two linked placements that differ only in ``fields``."""
    return corridor.placements(
        ours=f"record_ref | contract_no | {fields}\nIDN-P-1 | KK-1 | {ours}",
        theirs=f"record_ref | contract_no | {fields}\nSAU-P-9 | KK-1 | {theirs}",
    ).discrepancies


@pytest.mark.parametrize(
    ("field", "ours", "theirs"),
    [
        ("wage_amount | wage_currency", "1500.00 | SAR", "1501.00 | SAR"),  # within 1
        ("contract_start", "2026-03-01", "2026-03-08"),  # within 7 days
        ("contract_start", "2026-03-08", "2026-03-01"),
        ("name_latin", "SITI", "Siti binti Ahmad"),  # the visa adds the father
        ("name_latin", "NUR A'ISYAH AL-HAKIM", "Nur Aisyah Al Hakim"),
        ("name_latin", "SITI AMINAH", "AMINAH, SITI"),
        ("name_latin", "SITI AMINAH", "..."),  # no word in it: not available
        ("employer_ref", "", "E-77"),  # not available is no disagreement
        ("wage_amount | wage_currency", "|", "1200 | SAR"),
    ],
)
def test_what_is_tolerated(corridor, field, ours, theirs):
    assert difference(corridor, field, ours, theirs).num_rows == 0


@pytest.mark.parametrize(
    ("field", "ours", "theirs", "reason", "severity"),
    [
        ("contract_start", "2026-03-01", "2026-03-09", "dates_apart", "low"),
        ("name_latin", "SITI AMINAH", "SITI RAHAYU", "names_differ", "low"),  # one shared word is not enough
        ("employer_ref", "E-77", "E-78", "differs", "high"),
        ("occupation_isco", "9111", "5311", "differs", "medium"),
        ("birth_date", "1990-03-04", "1990-04-03", "differs", "medium"),
    ],
)
def test_what_is_not(corridor, shows, field, ours, theirs, reason, severity):
    assert shows(
        difference(corridor, field, ours, theirs),
        f"""
            class | reason   | severity   | ours_ref | theirs_ref | field   | ours   | theirs
            field | {reason} | {severity} | IDN-P-1  | SAU-P-9    | {field} | {ours} | {theirs}
        """,
    )


def test_a_wage_is_shown_with_its_currency(corridor, shows):
    assert shows(
        difference(corridor, "wage_amount | wage_currency", "1500 | SAR", "1200.5 | SAR"),
        """
            class | reason         | severity | field       | ours        | theirs
            field | amounts_differ | high     | wage_amount | 1500.00 SAR | 1200.50 SAR
        """,
    )


def test_the_same_figure_in_another_currency_is_another_wage(corridor, shows):
    assert shows(
        difference(corridor, "wage_amount | wage_currency", "1500 | SAR", "1500 | USD"),
        """
            reason         | field         | ours        | theirs
            amounts_differ | wage_amount   | 1500.00 SAR | 1500.00 USD
            differs        | wage_currency | SAR         | USD
        """,
    )


def test_a_field_that_may_travel_only_one_way_is_never_used(corridor, agreement):
    """Were the contract number granted one way only, it could not link, even where a caller holds both."""
    terms = agreement.streams["placement"]
    one_way = terms.fields["contract_no"].model_copy(update={"directions": ("IDN>SAU",)})
    terms = terms.model_copy(update={"fields": {**terms.fields, "contract_no": one_way}})
    narrower = agreement.model_copy(update={"streams": {**agreement.streams, "placement": terms}})
    corridor = type(corridor)(narrower, corridor.folder)
    outcome = corridor.placements(
        ours="record_ref | contract_no\nIDN-P-1 | KK-1", theirs="record_ref | contract_no\nSAU-P-9 | KK-1"
    )
    assert outcome.links.num_rows == 0
