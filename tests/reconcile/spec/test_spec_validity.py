"""A paper that was valid at no time of the other record's placement cannot have served for it, whatever its number."""

import pytest

HEADER = (
    "record_ref | visa_no | visa_issued_on | visa_expires_on | passport_no | passport_expires_on"
    " | previous_passport_nos | previous_passport_expiries | contract_start | contract_end | employer_ref"
    " | name_latin | birth_date"
)


def record(ref, **said):
    """A line under HEADER; what is not said is not available."""
    return " | ".join([ref, *(said.get(column.strip(), "") for column in HEADER.split("|")[1:])])


def found(corridor, ours, theirs):
    sides = (
        "\n".join([HEADER, *(record(f"{party}-{n}", **row) for n, row in enumerate(rows, 1))])
        for party, rows in (("IDN-P", ours), ("SAU-P", theirs))
    )
    return corridor.placements(*sides)


NOW = {"contract_start": "2026-03-01", "contract_end": "2028-03-01"}
LONG_AGO = {"contract_start": "2019-03-01", "contract_end": "2021-03-01"}
VISA_NOW = {"visa_no": "6001", "visa_issued_on": "2026-01-10", "visa_expires_on": "2026-04-10"}
VISA_THEN = {"visa_no": "6001", "visa_issued_on": "2019-01-10", "visa_expires_on": "2019-04-10"}


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ({**NOW, **VISA_NOW}, {**LONG_AGO, **VISA_THEN}),
        ({**NOW, **VISA_NOW}, {**LONG_AGO, "visa_no": "6001"}),  # ours was issued after their placement had ended
        ({**NOW, "visa_no": "6001"}, {**LONG_AGO, **VISA_THEN}),  # theirs ended before our placement began
        ({**NOW, "visa_no": "6001"}, VISA_THEN),  # issued when a placement began of which nothing else is known
    ],
)
def test_a_visa_number_given_again_years_later_does_not_link(corridor, shows, ours, theirs):
    outcome = found(corridor, [{**ours, "name_latin": "SITI AMINAH"}], [{**theirs, "name_latin": "DEWI LESTARI"}])

    assert outcome.links.num_rows == 0
    assert shows(
        outcome.discrepancies,
        """
            class    | reason         | severity | ours_ref | theirs_ref | field
            identity | not_valid_then | medium   | IDN-P-1  | SAU-P-1    | visa_no
        """,
    )
    assert outcome.summary["ambiguous"] == {"ours": 1, "theirs": 1}  # told once, and not as missing too


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ({**NOW, **VISA_NOW}, {"visa_no": "6001"}),  # when is not known
        ({**VISA_NOW}, {"visa_no": "6001", "contract_start": "2026-03-01"}),
        ({**NOW, **VISA_NOW}, {**NOW, **VISA_NOW, "visa_expires_on": "2026-04-09"}),  # a day off
        ({**NOW, **VISA_NOW}, {**NOW, **VISA_NOW, "visa_issued_on": "2026-10-01"}),  # day and month swapped
        (
            {**NOW, "passport_no": "C1", "passport_expires_on": "2025-06-01"},
            {**NOW, "passport_no": "C1"},
        ),  # renewed then
        (  # a wrong date: its own placement would have been without a passport
            {**NOW, "passport_no": "C1", "passport_expires_on": "2016-09-01"},
            {**NOW, "passport_no": "C1", "passport_expires_on": "2026-09-01"},
        ),
    ],
)
def test_what_is_unknown_near_or_wrong_by_itself_is_no_objection(corridor, ours, theirs):
    assert found(corridor, [ours], [theirs]).links.num_rows == 1


def test_an_earlier_passport_links_by_its_own_last_day(corridor, shows):
    """The last days stand in the order of the numbers: C1 served for their placement, C2 had ended long before it."""
    ours = {
        **NOW,
        "passport_no": "C3",
        "previous_passport_nos": "C1;C2",
        "previous_passport_expiries": "2026-04-01;2019-05-01",
    }

    by_the_first = found(corridor, [ours], [{**NOW, "passport_no": "C1", "name_latin": "SITI"}])
    by_the_second = found(corridor, [ours], [{**NOW, "passport_no": "C2", "name_latin": "SITI"}])

    assert shows(by_the_first.links, "why \n same passport (theirs is our earlier passport)")
    assert by_the_second.links.num_rows == 0
    assert shows(by_the_second.discrepancies, "reason | field \n not_valid_then | passport_no")


def test_a_record_that_only_an_old_paper_points_at_does_not_stand_in_the_way_of_the_right_one(corridor, shows):
    outcome = found(
        corridor,
        [{**NOW, **VISA_NOW, "passport_no": "C1"}],
        [{**LONG_AGO, **VISA_THEN}, {**NOW, "passport_no": "C1"}],
    )

    assert shows(outcome.links, "ours_ref | theirs_ref | why \n IDN-P-1 | SAU-P-2 | same passport")
    assert shows(
        outcome.discrepancies,
        """
            class        | reason         | ours_ref | theirs_ref
            identity     | not_valid_then | IDN-P-1  | SAU-P-1
            missing_here | age_unknown    |          | SAU-P-1
        """,
    )


def test_one_paper_that_served_is_enough(corridor, shows):
    outcome = found(corridor, [{**NOW, **VISA_NOW, "passport_no": "C1"}], [{**NOW, **VISA_THEN, "passport_no": "C1"}])

    assert shows(outcome.links, "grade | why \n certain | same passport; same visa")


def test_all_else_may_speak_for_one_worker(corridor):
    """The dates were wrong: name, birth, employer and the days of the contract say who it is."""
    who = {"name_latin": "SITI NURHALIZAH KARTIKA", "birth_date": "1990-03-04", "employer_ref": "E-77", **NOW}
    others = [
        {"name_latin": f"{name} {family}", "birth_date": f"19{80 + n}-0{1 + n % 9}-1{n % 9}", "passport_no": f"Z{n}",
         "employer_ref": f"E-{n}", "contract_start": "2026-03-01", "contract_end": "2028-03-01"}
        for n, (name, family) in enumerate((x, y) for x in ("BUDI", "DEWI", "RINA") for y in ("SANTOSO", "LESTARI"))
    ]  # fmt: skip
    outcome = found(
        corridor,
        [*others, {**who, **VISA_NOW}],
        [*others, {**who, **VISA_THEN}],
    )

    assert outcome.links.num_rows == len(others) + 1
    assert "identity" not in outcome.summary["discrepancies"]


def test_an_earlier_link_goes_on(corridor, shows):
    ours, theirs = {**NOW, **VISA_NOW}, {**LONG_AGO, **VISA_THEN}
    before = found(corridor, [{"visa_no": "6001"}], [{"visa_no": "6001"}])
    header, one, other = HEADER, record("IDN-P-1", **ours), record("SAU-P-1", **theirs)

    outcome = corridor.placements(f"{header}\n{one}", f"{header}\n{other}", earlier=before.links)

    assert shows(outcome.links, "why \n linked before: same visa")
    assert "identity" not in outcome.summary["discrepancies"]


def test_without_the_clause_a_number_is_a_number(corridor):
    terms = corridor.agreement.streams["placement"]
    linkage = terms.linkage.model_copy(update={"validity": None})
    streams = {**corridor.agreement.streams, "placement": terms.model_copy(update={"linkage": linkage})}
    corridor = type(corridor)(corridor.agreement.model_copy(update={"streams": streams}), corridor.folder)

    assert found(corridor, [{**NOW, **VISA_NOW}], [{**LONG_AGO, **VISA_THEN}]).links.num_rows == 1
