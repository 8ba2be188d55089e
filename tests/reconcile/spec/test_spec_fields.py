"""Two linked records give different values. Small differences that the agreement tolerates are none."""

import pytest

from schemas.agreement import Tolerance


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


def agreeing_by(corridor, field, **tolerance):
    """The corridor of an agreement that compares ``field`` by that tolerance."""
    terms = corridor.agreement.streams["placement"]
    compare = {**terms.linkage.compare, field: Tolerance(**tolerance)}
    grant = terms.fields["area"]
    terms = terms.model_copy(
        update={
            "linkage": terms.linkage.model_copy(update={"compare": compare}),
            "fields": {**terms.fields, field: terms.fields.get(field, grant)},
        }
    )
    streams = {**corridor.agreement.streams, "placement": terms}
    return type(corridor)(corridor.agreement.model_copy(update={"streams": streams}), corridor.folder)


@pytest.mark.parametrize(
    ("ours", "theirs", "agrees"),
    [
        ("2026-09-03", "2026-09-06", True),  # Thursday; Friday to Sunday are closed here or there
        ("2026-09-03", "2026-09-07", True),
        ("2026-09-07", "2026-09-03", True),
        ("2026-09-03", "2026-09-08", False),  # Monday and Tuesday
        ("2026-08-14", "2026-08-18", True),  # the 17th is Independence Day
        ("2024-09-03", "2026-09-08", False),
        ("", "2026-09-08", True),
    ],
)
def test_days_on_which_one_side_is_closed_do_not_count(corridor, ours, theirs, agrees):
    corridor = agreeing_by(corridor, "contract_start", rule="working_days", within=1)

    assert (difference(corridor, "contract_start", ours, theirs).num_rows == 0) == agrees


@pytest.mark.parametrize(
    ("ours", "theirs", "agrees"),
    [
        ("5152", "5152", True),
        ("5150", "5152", True),  # its minor group
        ("5152", "5000", True),
        ("5152", "5311", False),
        ("5151", "5152", False),
    ],
)
def test_a_code_agrees_with_its_parents(corridor, ours, theirs, agrees):
    corridor = agreeing_by(corridor, "occupation_isco", rule="code")

    assert (difference(corridor, "occupation_isco", ours, theirs).num_rows == 0) == agrees


@pytest.mark.parametrize(
    ("ours", "theirs", "agrees"),
    [
        ("Al-Rajhi Manpower Co.", "MANPOWER AL RAJHI", True),
        ("PT. Sumber Jaya", "Sumber  Jaya, PT", True),
        ("Sumber Jaya", "Sumber Makmur", False),
        ("شركة الراجحي", "Al-Rajhi Manpower Co.", True),  # by the agreement's aliases
        ("شركة الراجحي", "PT. Sumber Jaya", False),
        ("PT", "CV", False),  # nothing but legal forms: the words themselves are compared
    ],
)
def test_an_organisation_is_known_by_its_words_and_its_other_names(corridor, ours, theirs, agrees):
    aliases = [["Al Rajhi Manpower", "الراجحي"]]
    corridor = agreeing_by(corridor, "employer_name", rule="organisation", aliases=aliases)

    assert (difference(corridor, "employer_name", f'"{ours}"', f'"{theirs}"').num_rows == 0) == agrees
