"""What people decided stands, and what was certain once goes on until something speaks against it."""

import pyarrow as pa
import pytest

from amanah.reconcile import ReconcileError, read_decisions

TORN = {
    "ours": """
        record_ref | contract_no | passport_no
        IDN-P-1    | KK-1        | C1111111
    """,
    "theirs": """
        record_ref | contract_no | passport_no
        SAU-P-7    | KK-1        | C7777777
        SAU-P-8    | KK-8        | C1111111
    """,
}


def test_a_person_says_which_of_two_it_is(corridor, shows):
    found = corridor.placements(
        **TORN,
        decisions="""
            ours_ref | theirs_ref | decision
            IDN-P-1  | SAU-P-8    | same
        """,
    )

    assert shows(
        found.links,
        """
            ours_ref | theirs_ref | grade   | score | why
            IDN-P-1  | SAU-P-8    | certain | 1.0   | decided by a person; same passport
        """,
    )
    assert shows(
        found.discrepancies,
        """
            class        | ours_ref | theirs_ref
            missing_here |          | SAU-P-7
        """,
    )


def test_a_person_says_which_of_two_it_is_not_and_the_other_is_left(corridor, shows):
    found = corridor.placements(
        **TORN,
        decisions="""
            ours_ref | theirs_ref | decision
            IDN-P-1  | SAU-P-7    | other
        """,
    )

    assert shows(
        found.links,
        """
            ours_ref | theirs_ref | why
            IDN-P-1  | SAU-P-8    | same passport
        """,
    )


def test_who_is_not_the_same_is_missing_and_no_case_for_a_person_again(corridor, shows):
    one_number = {
        "ours": """
            record_ref | contract_no | name_latin   | birth_date
            IDN-P-1    | KK-1        | SITI AMINAH  | 1990-03-04
        """,
        "theirs": """
            record_ref | contract_no | name_latin   | birth_date
            SAU-P-7    | KK-1        | DEWI LESTARI | 1988-11-30
        """,
    }
    decision = """
        ours_ref | theirs_ref | decision
        IDN-P-1  | SAU-P-7    | other
    """

    assert corridor.placements(**one_number).discrepancies["class"].to_pylist() == ["identity"]
    assert shows(
        corridor.placements(**one_number, decisions=decision).discrepancies,
        """
            class         | ours_ref | theirs_ref
            missing_there | IDN-P-1  |
            missing_here  |          | SAU-P-7
        """,
    )


def test_no_likelihood_links_who_a_person_has_parted(corridor):
    twins = {
        side: f"""
            record_ref | passport_no | name_latin           | birth_date | employer_ref | contract_start
            {party}-P-1 | {passport}   | NURHALIZA SUKMAWATI | 1990-03-04 | E-77         | 2026-03-01
        """
        for side, party, passport in (("ours", "IDN", "C1111111"), ("theirs", "SAU", "C1111117"))
    }
    decision = """
        ours_ref | theirs_ref | decision
        IDN-P-1  | SAU-P-1    | other
    """

    assert corridor.placements(**twins).links.num_rows == 1
    parted = corridor.placements(**twins, decisions=decision)
    assert parted.links.num_rows == 0
    assert sorted(parted.discrepancies["class"].to_pylist()) == ["missing_here", "missing_there"]


def test_pairs_alike_in_everything_obey_a_decision_too(corridor):
    alike = {
        side: f"""
            record_ref  | contract_no | passport_no
            {party}-P-1 | KK-1        | C1111111
        """
        for side, party in (("ours", "IDN"), ("theirs", "SAU"))
    }
    decision = """
        ours_ref | theirs_ref | decision
        IDN-P-1  | SAU-P-1    | other
    """

    assert corridor.placements(**alike, decisions=decision).links.num_rows == 0


def test_complaints_are_decided_on_as_well(corridor, shows):
    found = corridor.complaints(
        ours="""
            record_ref | placement_ref | kind         | received_on | stage
            IDN-C-1    | IDN-P-1       | wages_unpaid | 2026-09-01  | received
        """,
        theirs="""
            record_ref | placement_ref | kind         | received_on | stage
            SAU-C-1    | SAU-P-1       | wages_unpaid | 2026-09-01  | received
            SAU-C-2    | SAU-P-1       | wages_unpaid | 2026-09-03  | received
        """,
        placement_links="""
            ours_ref | theirs_ref
            IDN-P-1  | SAU-P-1
        """,
        decisions="""
            ours_ref | theirs_ref | decision
            IDN-C-1  | SAU-C-1    | other
            IDN-C-1  | SAU-C-2    | same
        """,
    )

    assert shows(
        found.links,
        """
            ours_ref | theirs_ref | why
            IDN-C-1  | SAU-C-2    | decided by a person
        """,
    )


BEFORE = pa.table(
    {
        "ours_ref": ["IDN-P-1", "IDN-P-2", "IDN-P-9"],
        "theirs_ref": ["SAU-P-1", "SAU-P-2", "SAU-P-9"],
        "grade": ["certain", "probable", "certain"],
        "score": [1.0, 0.95, 1.0],
        "why": ["same passport", "names almost the same", "same visa"],
    }
)


def renewed(name="SITI AMINAH", birth="1990-03-04"):
    return {
        "ours": """
            record_ref | passport_no | name_latin  | birth_date
            IDN-P-1    | C1111111    | SITI AMINAH | 1990-03-04
            IDN-P-2    | C2222222    | RINA        |
        """,
        "theirs": f"""
            record_ref | passport_no | name_latin | birth_date
            SAU-P-1    | X7654321    | {name}     | {birth}
            SAU-P-2    | X8654329    | MURNI      |
        """,
    }


def test_who_was_certain_before_stays_linked_after_all_papers_were_renewed(corridor, shows):
    found = corridor.placements(**renewed(), earlier=BEFORE)

    assert shows(
        found.links,
        """
            ours_ref | theirs_ref | grade   | why
            IDN-P-1  | SAU-P-1    | certain | linked before: same passport
        """,
    )
    again = corridor.placements(**renewed(), earlier=found.links)
    assert again.links.to_pylist() == found.links.to_pylist()


@pytest.mark.parametrize(("name", "birth", "linked"), [("DEWI", "1971-01-02", 0), ("DEWI", "1990-03-04", 1)])
def test_it_ends_when_name_and_birth_date_both_differ(corridor, name, birth, linked):
    assert corridor.placements(**renewed(name, birth), earlier=BEFORE).links.num_rows == linked


def test_it_ends_when_a_number_points_elsewhere_or_a_person_says_so(corridor):
    elsewhere = renewed() | {
        "theirs": """
            record_ref | passport_no | name_latin   | birth_date
            SAU-P-1    | X7654321    | SITI AMINAH  | 1990-03-04
            SAU-P-2    | C1111111    | SITI AMINAH  | 1990-03-04
        """
    }
    decision = """
        ours_ref | theirs_ref | decision
        IDN-P-1  | SAU-P-1    | other
    """

    moved = corridor.placements(**elsewhere, earlier=BEFORE).links.to_pylist()
    assert [(row["ours_ref"], row["theirs_ref"]) for row in moved] == [("IDN-P-1", "SAU-P-2")]
    assert corridor.placements(**renewed(), earlier=BEFORE, decisions=decision).links.num_rows == 0


def test_decisions_that_contradict_each_other_are_refused_before_anything_is_linked(corridor):
    decisions = """
        ours_ref | theirs_ref | decision
        IDN-P-1  | SAU-P-7    | same
        IDN-P-1  | SAU-P-8    | same
    """

    with pytest.raises(ReconcileError, match="contradict each other about 1 record"):
        corridor.placements(**TORN, decisions=decisions)


def test_decisions_come_from_a_file_and_a_wrong_word_is_named_by_its_record(tmp_path):
    file = tmp_path / "decisions.csv"
    file.write_text("ours_ref,theirs_ref,decision\nIDN-P-1,SAU-P-1,same\nIDN-P-2,SAU-P-2,maybe\n", encoding="utf-8")

    with pytest.raises(ReconcileError, match=r"decisions\.csv: decision: record 2 is neither same nor other"):
        read_decisions(file)
