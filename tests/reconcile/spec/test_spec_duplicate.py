"""One number in several records of one side. It links nobody, and it never makes a count larger."""

import pyarrow.compute as pc

THREE_HOLD_ONE_PASSPORT = """
    record_ref | contract_no | passport_no | first_known
    IDN-P-1    | KK-1        | C1111111    | 2026-08
    IDN-P-2    | KK-2        | C1111111    | 2026-08
    IDN-P-3    |             | C1111111    | 2026-08
"""


def test_a_number_held_twice_is_reported_once_and_links_nobody(corridor, shows):
    outcome = corridor.placements(
        ours=THREE_HOLD_ONE_PASSPORT,
        theirs="""
            record_ref | contract_no | passport_no
            SAU-P-9    |             | C1111111
        """,
    )
    assert outcome.links.num_rows == 0
    assert shows(
        outcome.discrepancies,
        """
            class     | severity | ours_ref | theirs_ref | field       | ours                      | theirs
            duplicate | medium   | IDN-P-1  |            | passport_no | IDN-P-1; IDN-P-2; IDN-P-3 |
        """,
    )


def test_whose_partner_is_in_doubt_is_ambiguous_not_missing(corridor):
    outcome = corridor.placements(ours=THREE_HOLD_ONE_PASSPORT, theirs="record_ref | passport_no\nSAU-P-9 | C1111111")
    assert outcome.summary["ambiguous"] == {"ours": 3, "theirs": 1}
    assert outcome.summary["alone"] == {"ours": 0, "theirs": 0}


def test_other_keys_still_link_and_who_is_left_over_is_missing(corridor, shows):
    """Their one record is our first by its contract, so it cannot be the other two as well."""
    outcome = corridor.placements(
        ours=THREE_HOLD_ONE_PASSPORT,
        theirs="record_ref | contract_no | passport_no\nSAU-P-9 | KK-1 | C1111111",
    )
    assert shows(outcome.links, "ours_ref | theirs_ref | why\nIDN-P-1 | SAU-P-9 | same contract number")
    assert shows(
        outcome.discrepancies,
        """
            class         | ours_ref
            duplicate     | IDN-P-1
            missing_there | IDN-P-2
            missing_there | IDN-P-3
        """,
    )


def test_a_passport_that_is_current_in_one_record_and_earlier_in_another_is_held_twice(corridor, shows):
    outcome = corridor.placements(
        ours="""
            record_ref | passport_no | previous_passport_nos
            IDN-P-1    | C1111111    |
            IDN-P-2    | E5555555    | C1111111
        """,
        theirs="record_ref | passport_no\nSAU-P-9 | C1111111",
    )
    assert outcome.links.num_rows == 0
    assert shows(outcome.discrepancies, "class | ours\nduplicate | IDN-P-1; IDN-P-2")


def test_a_number_that_stands_twice_in_one_record_is_held_once(corridor, shows):
    outcome = corridor.placements(
        ours="record_ref | passport_no | previous_passport_nos\nIDN-P-1 | C1111111 | C1111111;c-1111111",
        theirs="record_ref | passport_no\nSAU-P-9 | C1111111",
    )
    assert shows(outcome.links, "ours_ref | theirs_ref\nIDN-P-1 | SAU-P-9")
    assert outcome.discrepancies.num_rows == 0


def test_a_default_that_stands_everywhere_is_one_discrepancy_with_the_first_twenty_named(corridor):
    many = "record_ref | contract_no | visa_no\n" + "\n".join(f"IDN-P-{n:03} | K-{n} | 0000" for n in range(300))
    outcome = corridor.placements(ours=many, theirs=many.replace("IDN", "SAU"))
    assert outcome.summary["linked"] == 300
    assert outcome.summary["discrepancies"] == {"duplicate": {"medium": 2}}
    assert all(len((row["ours"] or row["theirs"]).split("; ")) == 20 for row in outcome.discrepancies.to_pylist())


def test_two_groups_that_begin_with_the_same_record_are_two_discrepancies(corridor, shows):
    found = corridor.placements(
        ours="""
            record_ref | passport_no | previous_passport_nos
            IDN-P-1    | C1111111    | B0000001
            IDN-P-2    | C1111111    |
            IDN-P-3    | C3333333    | B0000001
        """,
        theirs="record_ref | passport_no",
    ).discrepancies.filter(pc.field("class") == "duplicate")
    assert shows(found, "ours_ref | ours\nIDN-P-1 | IDN-P-1; IDN-P-2\nIDN-P-1 | IDN-P-1; IDN-P-3")
    assert len(set(found["id"].to_pylist())) == 2
