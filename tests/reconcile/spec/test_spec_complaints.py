"""Two complaints are one when they are about the same placement, of the same kind, and received within ten days."""

LINKED = """
    ours_ref | theirs_ref
    IDN-P-1  | SAU-P-9
"""


def test_same_worker_same_kind_a_few_days_apart(corridor, shows):
    outcome = corridor.complaints(
        ours="""
            record_ref | placement_ref | kind         | received_on | stage     | urgency
            IDN-C-1    | IDN-P-1       | wages_unpaid | 2026-09-01  | received  | urgent
        """,
        theirs="""
            record_ref | placement_ref | kind         | received_on | stage     | urgency
            SAU-C-7    | SAU-P-9       | wages_unpaid | 2026-09-04  | resolved  | routine
        """,
        placement_links=LINKED,
    )
    assert shows(
        outcome.links,
        """
            ours_ref | theirs_ref | why
            IDN-C-1  | SAU-C-7    | same worker (placement linked); same kind; received 3 days apart
        """,
    )
    assert shows(
        outcome.discrepancies,
        """
            class | reason        | severity | field   | ours     | theirs
            stage | stages_differ | medium   | stage   | received | resolved
            field | differs       | medium   | urgency | urgent   | routine
        """,
    )


def test_another_kind_another_worker_or_too_many_days_do_not_link(corridor, shows):
    outcome = corridor.complaints(
        ours="""
            record_ref | placement_ref | kind         | received_on | first_known
            IDN-C-1    | IDN-P-1       | wages_unpaid | 2026-08-01  | 2026-08
            IDN-C-2    | IDN-P-2       | sick         | 2026-08-01  | 2026-07
        """,
        theirs="""
            record_ref | placement_ref | kind         | received_on | first_known
            SAU-C-7    | SAU-P-9       | wages_unpaid | 2026-08-12  | 2026-09
            SAU-C-8    | SAU-P-9       | sick         | 2026-08-01  | 2026-09
        """,
        placement_links=LINKED,
    )
    assert outcome.links.num_rows == 0
    assert shows(
        outcome.discrepancies,
        """
            class         | reason      | severity | ours_ref | theirs_ref
            missing_there | late        | medium   | IDN-C-1  |
            missing_there | lost        | high     | IDN-C-2  |
            missing_here  | not_yet_due | low      |          | SAU-C-7
            missing_here  | not_yet_due | low      |          | SAU-C-8
        """,
    )


def test_a_complaint_of_a_worker_outside_the_system_is_expected_to_be_missing(corridor, shows):
    outcome = corridor.complaints(
        ours="""
            record_ref | placement_ref | kind         | received_on | first_known
            IDN-C-1    |               | wages_unpaid | 2026-01-01  | 2026-01
        """,
        theirs="record_ref | placement_ref | kind | received_on\nSAU-C-7 | | wages_unpaid | 2026-01-01",
        placement_links=LINKED,
    )
    assert shows(
        outcome.discrepancies,
        """
            class         | reason         | severity
            missing_there | non_procedural | low
            missing_here  | non_procedural | low
        """,
    )


def test_of_several_the_nearest_link_and_then_who_is_left(corridor, shows):
    outcome = corridor.complaints(
        ours="""
            record_ref | placement_ref | kind | received_on
            IDN-C-1    | IDN-P-1       | sick | 2026-09-01
            IDN-C-2    | IDN-P-1       | sick | 2026-09-04
        """,
        theirs="""
            record_ref | placement_ref | kind | received_on
            SAU-C-1    | SAU-P-9       | sick | 2026-09-02
            SAU-C-2    | SAU-P-9       | sick | 2026-09-09
        """,
        placement_links=LINKED,
    )
    assert shows(outcome.links, "ours_ref | theirs_ref\nIDN-C-1 | SAU-C-1\nIDN-C-2 | SAU-C-2")


def test_two_equally_near_link_nobody(corridor, shows):
    outcome = corridor.complaints(
        ours="record_ref | placement_ref | kind | received_on\nIDN-C-1 | IDN-P-1 | sick | 2026-09-05",
        theirs="""
            record_ref | placement_ref | kind | received_on
            SAU-C-1    | SAU-P-9       | sick | 2026-09-03
            SAU-C-2    | SAU-P-9       | sick | 2026-09-07
        """,
        placement_links=LINKED,
    )
    assert outcome.links.num_rows == 0
    assert shows(
        outcome.discrepancies,
        """
            class    | reason       | severity | ours_ref | theirs_ref | field
            identity | equally_near | medium   | IDN-C-1  | SAU-C-1    | received_on
            identity | equally_near | medium   | IDN-C-1  | SAU-C-2    | received_on
        """,
    )
    assert outcome.summary["ambiguous"] == {"ours": 1, "theirs": 2}
