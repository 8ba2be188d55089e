"""When are two placements one? When a key points from one record to one other, and nothing speaks against it."""


def test_the_same_contract_number_links(corridor, shows):
    outcome = corridor.placements(
        ours="""
            record_ref | contract_no
            IDN-P-1    | KK-2026/001
        """,
        theirs="""
            record_ref | contract_no
            SAU-P-9    | KK-2026/001
        """,
    )
    assert shows(
        outcome.links,
        """
            ours_ref | theirs_ref | grade   | why
            IDN-P-1  | SAU-P-9    | certain | same contract number
        """,
    )
    assert outcome.discrepancies.num_rows == 0


def test_blanks_dashes_and_capitals_do_not_matter_in_a_number(corridor, shows):
    outcome = corridor.placements(
        ours="""
            record_ref | passport_no
            IDN-P-1    | C 123-4567
        """,
        theirs="""
            record_ref | passport_no
            SAU-P-9    | c1234567
        """,
    )
    assert shows(outcome.links, "ours_ref | theirs_ref | why\nIDN-P-1 | SAU-P-9 | same passport")


def test_a_passport_renewed_abroad_links_through_the_earlier_number(corridor, shows):
    """We still hold the passport that the worker left with; they hold the new one and list ours as earlier."""
    outcome = corridor.placements(
        ours="""
            record_ref | contract_no | passport_no | previous_passport_nos
            IDN-P-1    | KK-1        | C1111111    |
            IDN-P-2    | KK-2        | C2222222    | B9999999;B8888888
        """,
        theirs="""
            record_ref | contract_no | passport_no | previous_passport_nos
            SAU-P-1    | KK-1        | E5555555    | C1111111
            SAU-P-2    |             | B8888888    |
        """,
    )
    assert shows(
        outcome.links,
        """
            ours_ref | theirs_ref | why
            IDN-P-1  | SAU-P-1    | same contract number; same passport (ours is their earlier passport)
            IDN-P-2  | SAU-P-2    | same passport (theirs is our earlier passport)
        """,
    )


def test_two_earlier_passports_do_not_link(corridor):
    outcome = corridor.placements(
        ours="""
            record_ref | passport_no | previous_passport_nos
            IDN-P-1    | C1111111    | A0000001
        """,
        theirs="""
            record_ref | passport_no | previous_passport_nos
            SAU-P-9    | E5555555    | A0000001
        """,
    )
    assert outcome.links.num_rows == 0
    assert outcome.summary["alone"] == {"ours": 1, "theirs": 1}


def test_nothing_links_on_what_is_not_available(corridor):
    outcome = corridor.placements(
        ours="record_ref | contract_no | visa_no\nIDN-P-1 | | V-1",
        theirs="record_ref | contract_no | visa_no\nSAU-P-9 | - | V-2",
    )
    assert outcome.links.num_rows == 0


def test_the_summary_counts_links_by_key(corridor):
    outcome = corridor.placements(
        ours="record_ref | contract_no | visa_no\nIDN-P-1 | K-1 | V-1\nIDN-P-2 | K-2 |",
        theirs="record_ref | contract_no | visa_no\nSAU-P-1 | K-1 | V-1\nSAU-P-2 | K-2 | V-2",
    )
    assert outcome.summary["linked"] == 2
    assert outcome.summary["linked_by_key"] == {"contract_no": 2, "passport_no": 0, "visa_no": 1, "residence_no": 0}
