"""Discrepancies that may mean a person in danger. They are always of high severity."""

import pytest

NONE = "record_ref | placement_ref | kind | received_on | stage"
LINKED = "ours_ref | theirs_ref\nIDN-P-1 | SAU-P-9"


def placements(ours, theirs):
    return (
        f"record_ref | stage | area\nIDN-P-1 | {ours} |",
        f"record_ref | stage | area\nSAU-P-9 | {theirs} | SA-02",
        LINKED,
    )


def complaint(side, placement, kind="wages_unpaid", stage="received"):
    return f"{NONE}\n{side}-C-1 | {placement} | {kind} | 2026-09-01 | {stage}"


@pytest.mark.parametrize(
    "complaints",
    [(complaint("IDN", "IDN-P-1"), NONE), (NONE, complaint("SAU", "SAU-P-9"))],
    ids=["complaint with us", "complaint with them"],
)
def test_reported_as_absconding_while_a_wage_complaint_is_open(corridor, shows, complaints):
    assert shows(
        corridor.protection(placements("residence_issued", "absconding_reported"), complaints),
        """
            class      | reason                         | severity | ours_ref | theirs_ref | theirs              | area
            protection | absconding_with_open_complaint | high     | IDN-P-1  | SAU-P-9    | absconding_reported | SA-02
        """,
    )


def test_it_counts_once_however_many_complaints_there_are(corridor):
    complaints = (complaint("IDN", "IDN-P-1"), complaint("SAU", "SAU-P-9", kind="documents_withheld"))
    assert corridor.protection(placements("absconding_reported", "absconding_reported"), complaints).num_rows == 1


@pytest.mark.parametrize(
    "ours",
    [
        complaint("IDN", "IDN-P-1", stage="resolved"),
        complaint("IDN", "IDN-P-1", kind="sick"),
        complaint("IDN", "IDN-P-2"),
        NONE,
    ],
    ids=["no longer open", "not about wages", "about another worker", "no complaint"],
)
def test_what_is_not_a_danger_of_this_kind(corridor, ours):
    assert corridor.protection(placements("residence_issued", "absconding_reported"), (ours, NONE)).num_rows == 0


def test_a_placement_that_only_one_side_has_is_protected_as_well(corridor, shows):
    found = corridor.protection(
        (
            "record_ref | stage\nIDN-P-5 | absconding_reported",
            "record_ref | stage",
            LINKED,
        ),
        (complaint("IDN", "IDN-P-5"), NONE),
    )
    assert shows(found, "reason | ours_ref | theirs_ref\nabsconding_with_open_complaint | IDN-P-5 |")


@pytest.mark.parametrize(("ours", "theirs"), [("died", "arrived"), ("completed", "died")])
def test_a_death_that_one_side_does_not_know_of(corridor, shows, ours, theirs):
    assert shows(
        corridor.protection(placements(ours, theirs), (NONE, NONE)),
        f"""
            class      | reason        | severity | ours_ref | theirs_ref | field | ours   | theirs
            protection | unknown_death | high     | IDN-P-1  | SAU-P-9    | stage | {ours} | {theirs}
        """,
    )


def test_a_death_both_sides_know_of(corridor):
    assert corridor.protection(placements("died", "died"), (NONE, NONE)).num_rows == 0


def test_a_worker_in_danger_in_two_ways_is_two_discrepancies(corridor):
    found = corridor.protection(placements("absconding_reported", "died"), (complaint("IDN", "IDN-P-1"), NONE))

    assert sorted(found["reason"].to_pylist()) == ["absconding_with_open_complaint", "unknown_death"]
    assert len(set(found["id"].to_pylist())) == 2
