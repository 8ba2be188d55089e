"""Both sides know the placement but see it at different stages."""

import dataclasses

import pytest


def stages(corridor, ours, theirs):
    return corridor.placements(
        ours=f"record_ref | contract_no | stage | stage_date\nIDN-P-1 | KK-1 | {ours}",
        theirs=f"record_ref | contract_no | stage | stage_date\nSAU-P-9 | KK-1 | {theirs}",
    ).discrepancies


def test_one_step_behind_is_tolerated_when_the_other_side_took_it_this_month(corridor):
    assert stages(corridor, "departed | 2026-08-30", "arrived | 2026-09-02").num_rows == 0
    assert stages(corridor, "arrived | 2026-09-02", "departed | 2026-08-30").num_rows == 0


@pytest.mark.parametrize(
    ("ours", "theirs", "reason"),
    [
        ("departed | 2026-08-01", "arrived | 2026-08-02", "one_side_behind"),  # a month ago
        ("departed | 2026-08-01", "arrived |", "one_side_behind"),  # when, is not available
        ("visa_issued | 2026-08-30", "arrived | 2026-09-02", "one_side_behind"),  # two steps
        ("residence_issued | 2026-08-30", "transferred | 2026-09-02", "stages_differ"),  # an outcome, not a step
        ("returned | 2026-09-02", "died | 2026-09-02", "stages_differ"),
    ],
)
def test_any_other_difference_is_reported(corridor, shows, ours, theirs, reason):
    ours_stage, theirs_stage = (side.split(" |")[0] for side in (ours, theirs))
    assert shows(
        stages(corridor, ours, theirs),
        f"""
            class | reason   | severity | ours_ref | theirs_ref | field | ours         | theirs
            stage | {reason} | medium   | IDN-P-1  | SAU-P-9    | stage | {ours_stage} | {theirs_stage}
        """,
    )


def test_without_a_period_no_lag_is_tolerated(corridor):
    assert stages(dataclasses.replace(corridor, period=None), "departed |", "arrived | 2026-09-02").num_rows == 1
