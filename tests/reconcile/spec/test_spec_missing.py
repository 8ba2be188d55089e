"""One side has a record, the other does not. How bad that is depends on how long it has been so."""

import dataclasses

import pytest

NOBODY = "record_ref | stage"


@pytest.mark.parametrize(
    ("first_known", "reason", "severity"),
    [
        ("2026-09", "not_yet_due", "low"),  # reported this month: the other side may report it in the next
        ("2026-08", "late", "medium"),
        ("2026-07", "late", "medium"),  # two months are allowed by the agreement
        ("2026-06", "lost", "high"),
        ("2025-12", "lost", "high"),
        ("", "age_unknown", "medium"),
    ],
)
def test_a_placement_that_they_do_not_have(corridor, shows, first_known, reason, severity):
    outcome = corridor.placements(
        ours=f"""
            record_ref | stage   | area  | first_known
            IDN-P-1    | arrived | SA-02 | {first_known}
        """,
        theirs=NOBODY,
    )
    assert shows(
        outcome.discrepancies,
        f"""
            class         | reason   | severity   | ours_ref | theirs_ref | field | ours | theirs | area
            missing_there | {reason} | {severity} | IDN-P-1  |            |       |      |        | SA-02
        """,
    )


def test_a_placement_that_we_do_not_have(corridor, shows):
    outcome = corridor.placements(
        ours=NOBODY,
        theirs="""
            record_ref | stage   | first_known
            SAU-P-9    | arrived | 2026-01
        """,
    )
    assert shows(
        outcome.discrepancies,
        """
            class        | reason | severity | ours_ref | theirs_ref
            missing_here | lost   | high     |          | SAU-P-9
        """,
    )


@pytest.mark.parametrize("stage", ["requested", "approved", "contract_endorsed"])
def test_before_the_visa_the_other_side_need_not_know_however_old_the_record_is(corridor, shows, stage):
    outcome = corridor.placements(
        ours=f"""
            record_ref | stage   | first_known
            IDN-P-1    | {stage} | 2026-01
        """,
        theirs=NOBODY,
    )
    assert shows(outcome.discrepancies, "reason | severity\nnot_yet_due | low")


def test_without_a_period_nothing_is_called_late_or_lost(corridor, shows):
    outcome = dataclasses.replace(corridor, period=None).placements(
        ours="record_ref | stage | first_known\nIDN-P-1 | arrived | 2026-01", theirs=NOBODY
    )
    assert shows(outcome.discrepancies, "class | reason | severity\nmissing_there | age_unknown | medium")
