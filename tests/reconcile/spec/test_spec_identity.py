"""Two records may be one worker or two, and the keys do not settle it. A person decides; nothing is picked."""


def test_keys_that_point_to_different_records_link_neither(corridor, shows):
    outcome = corridor.placements(
        ours="""
            record_ref | contract_no | passport_no | area
            IDN-P-1    | KK-1        | C1111111    | SA-02
        """,
        theirs="""
            record_ref | contract_no | passport_no | area
            SAU-P-7    | KK-1        | C7777777    |
            SAU-P-8    | KK-8        | C1111111    |
        """,
    )
    assert outcome.links.num_rows == 0
    assert shows(
        outcome.discrepancies,
        """
            class    | reason        | severity | ours_ref | theirs_ref | field       | area
            identity | keys_disagree | high     | IDN-P-1  | SAU-P-7    | contract_no | SA-02
            identity | keys_disagree | high     | IDN-P-1  | SAU-P-8    | passport_no | SA-02
        """,
    )
    assert outcome.summary["ambiguous"] == {"ours": 1, "theirs": 2}


def test_one_number_but_another_name_and_another_birth_date_is_not_the_same_worker(corridor, shows):
    outcome = corridor.placements(
        ours="""
            record_ref | contract_no | name_latin   | birth_date
            IDN-P-1    | KK-1        | SITI AMINAH  | 1990-03-04
        """,
        theirs="""
            record_ref | contract_no | name_latin   | birth_date
            SAU-P-7    | KK-1        | DEWI LESTARI | 1988-11-30
        """,
    )
    assert outcome.links.num_rows == 0
    assert shows(
        outcome.discrepancies,
        """
            class    | reason       | severity | ours_ref | theirs_ref | field
            identity | other_person | high     | IDN-P-1  | SAU-P-7    | contract_no
        """,
    )


def test_another_name_alone_or_another_birth_date_alone_is_a_difference_of_one_worker(corridor, shows):
    outcome = corridor.placements(
        ours="""
            record_ref | contract_no | name_latin   | birth_date
            IDN-P-1    | KK-1        | SITI AMINAH  | 1990-03-04
            IDN-P-2    | KK-2        | SITI AMINAH  | 1990-03-04
            IDN-P-3    | KK-3        |              | 1990-03-04
        """,
        theirs="""
            record_ref | contract_no | name_latin   | birth_date
            SAU-P-1    | KK-1        | DEWI LESTARI | 1990-03-04
            SAU-P-2    | KK-2        | SITI AMINAH  | 1990-04-03
            SAU-P-3    | KK-3        | DEWI LESTARI | 1990-04-03
        """,
    )
    assert outcome.links.num_rows == 3
    assert shows(
        outcome.discrepancies,
        """
            class | reason       | ours_ref | field
            field | names_differ | IDN-P-1  | name_latin
            field | differs      | IDN-P-2  | birth_date
            field | differs      | IDN-P-3  | birth_date
        """,
    )


def test_a_record_of_another_person_does_not_stand_in_the_way_of_the_right_one(corridor, shows):
    outcome = corridor.placements(
        ours="""
            record_ref | contract_no | passport_no | name_latin   | birth_date
            IDN-P-1    | KK-1        | C1111111    | SITI AMINAH  | 1990-03-04
        """,
        theirs="""
            record_ref | contract_no | passport_no | name_latin   | birth_date
            SAU-P-7    | KK-1        |             | DEWI LESTARI | 1988-11-30
            SAU-P-8    |             | C1111111    | SITI AMINAH  | 1990-03-04
        """,
    )
    assert shows(outcome.links, "ours_ref | theirs_ref\nIDN-P-1 | SAU-P-8")
    assert shows(
        outcome.discrepancies,
        """
            class        | reason       | theirs_ref
            identity     | other_person | SAU-P-7
            missing_here | age_unknown  | SAU-P-7
        """,
    )
