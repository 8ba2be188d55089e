"""A passport is a person's, who may be placed more than once: it tells who somebody is, not which placement it is."""


def test_two_placements_of_one_worker_find_their_own(corridor, shows):
    found = corridor.placements(
        ours="""
            record_ref | contract_no | passport_no | contract_start
            IDN-P-1    |             | C1111111    | 2024-01-10
            IDN-P-2    |             | C1111111    | 2026-02-01
        """,
        theirs="""
            record_ref | contract_no | passport_no | contract_start
            SAU-P-2    |             | C1111111    | 2026-02-08
            SAU-P-1    |             | C1111111    | 2024-01-10
        """,
    )

    assert shows(
        found.links,
        """
            ours_ref | theirs_ref | why
            IDN-P-1  | SAU-P-1    | same passport
            IDN-P-2  | SAU-P-2    | same passport
        """,
    )
    assert found.discrepancies.num_rows == 0


def test_each_side_may_lack_another_placement_of_one_worker(corridor, shows):
    """Linked by the passport, the employer of 2024 would be accused of what happened in 2026."""
    found = corridor.placements(
        ours="""
            record_ref | passport_no | name_latin  | birth_date | contract_start | employer_ref
            IDN-P-1    | C1111111    | SITI AMINAH | 1990-03-04 | 2024-01-10     | E-1
        """,
        theirs="""
            record_ref | passport_no | name_latin  | birth_date | contract_start | employer_ref
            SAU-P-2    | C1111111    | SITI AMINAH | 1990-03-04 | 2026-02-01     | E-2
        """,
    )

    assert found.links.num_rows == 0
    assert shows(
        found.discrepancies,
        """
            class         | ours_ref | theirs_ref
            missing_there | IDN-P-1  |
            missing_here  |          | SAU-P-2
        """,
    )


def test_one_contract_is_one_placement_whenever_it_began(corridor, shows):
    found = corridor.placements(
        ours="""
            record_ref | contract_no | passport_no | contract_start
            IDN-P-1    | KK-1        | C1111111    | 2025-01-10
        """,
        theirs="""
            record_ref | contract_no | passport_no | contract_start
            SAU-P-1    | KK-1        | C1111111    | 2026-02-01
        """,
    )

    assert shows(
        found.links,
        """
            ours_ref | theirs_ref | why
            IDN-P-1  | SAU-P-1    | same contract number
        """,
    )
    assert shows(
        found.discrepancies,
        """
            class | field
            field | contract_start
        """,
    )


def test_where_it_is_not_known_when_one_began_nothing_is_picked(corridor):
    found = corridor.placements(
        ours="""
            record_ref | passport_no | contract_start
            IDN-P-1    | C1111111    | 2024-01-10
            IDN-P-2    | C1111111    |
        """,
        theirs="""
            record_ref | passport_no | contract_start
            SAU-P-1    | C1111111    | 2024-01-10
        """,
    )

    assert found.links.num_rows == 0


def test_a_passport_that_two_records_of_one_placement_hold_is_a_duplicate(corridor, shows):
    found = corridor.placements(
        ours="""
            record_ref | passport_no | contract_start
            IDN-P-1    | C1111111    | 2024-01-10
            IDN-P-2    | C1111111    | 2024-02-01
            IDN-P-3    | C1111111    | 2026-01-01
        """,
        theirs="""
            record_ref | passport_no | contract_start
            SAU-P-3    | C1111111    | 2026-01-01
        """,
    )

    assert shows(
        found.discrepancies,
        """
            class         | ours_ref | ours
            duplicate     | IDN-P-1  | IDN-P-1; IDN-P-2
            missing_there | IDN-P-1  |
            missing_there | IDN-P-2  |
        """,
    )
    assert shows(
        found.links,
        """
            ours_ref | theirs_ref
            IDN-P-3  | SAU-P-3
        """,
    )
