"""Splink 5 on two files of placements: ``python splink_link.py OURS THEIRS OUT`` links all records, one to one.

Tuned as well as we could: near misses of both numbers, names with term frequencies, and the chances of the numbers set
by hand (numbers that are drawn by lot show Splink no near miss to learn from). Employer and start hang together, which
independent fields cannot say. A pair is linked from a probability of one half, where each is the other's best.
"""

import json
import logging
import sys

import duckdb
import splink.comparison_level_library as cll
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

NUMBERS = ("contract_no", "passport_no", "visa_no", "residence_no")
M, U = (0.97, 0.02, 0.01), (1e-7, 1e-6, 0.9999989)  # same, one character apart, different


def number(column: str) -> cl.CustomComparison:
    """A number that identifies, with chances set by hand."""
    levels = [
        cll.NullLevel(column),
        cll.ExactMatchLevel(column).configure(m_probability=M[0], u_probability=U[0]),
        cll.DamerauLevenshteinLevel(column, 1).configure(m_probability=M[1], u_probability=U[1]),
        cll.ElseLevel().configure(m_probability=M[2], u_probability=U[2]),
    ]
    fixed = [
        level.configure(fix_m_probability=True, fix_u_probability=True) if place else level
        for place, level in enumerate(levels)
    ]
    return cl.CustomComparison(output_column_name=column, comparison_levels=fixed)


def main() -> None:
    """Train, predict, keep each record's best, write."""
    ours, theirs, out = sys.argv[1:]
    logging.disable(logging.CRITICAL)
    con = duckdb.connect()
    held = {row[0] for row in con.execute(f"DESCRIBE FROM read_parquet('{ours}')").fetchall()}
    numbers = [each for each in NUMBERS if each in held]
    for name, path in (("ours", ours), ("theirs", theirs)):
        con.execute(f"CREATE TABLE {name} AS FROM read_parquet('{path}')")
    records = con.execute("SELECT count(*) FROM theirs").fetchall()[0][0]
    settings = SettingsCreator(
        link_type="link_only",
        unique_id_column_name="record_ref",
        probability_two_random_records_match=1 / records,
        comparisons=[
            *map(number, numbers),
            cl.NameComparison("name_latin").configure(term_frequency_adjustments=True),
            cl.DateOfBirthComparison("birth_date", input_is_string=False),
            cl.ExactMatch("employer_ref").configure(term_frequency_adjustments=True),
            cl.AbsoluteDateDifferenceAtThresholds(
                "contract_start", input_is_string=False, metrics=["day", "day"], thresholds=[1, 21]
            ),
            cl.ExactMatch("occupation_isco"),
            cl.ExactMatch("area"),
        ],
        blocking_rules_to_generate_predictions=[
            *map(block_on, numbers),
            block_on("name_latin", "birth_date"),
            block_on("birth_date", "employer_ref"),
            block_on("name_latin", "employer_ref"),
            block_on("birth_date", "split_part(name_latin, ' ', 1)"),
            block_on("birth_date", "split_part(name_latin, ' ', 2)"),
            block_on("employer_ref", "split_part(name_latin, ' ', 1)"),
            block_on("employer_ref", "contract_start"),
        ],
        retain_matching_columns=False,
    )
    api = DuckDBAPI(connection=con)
    linker = Linker([api.register("ours"), api.register("theirs")], settings)
    linker.training.estimate_u_using_random_sampling(max_pairs=2e6, seed=1)
    for rule in (block_on("employer_ref", "contract_start"), block_on("name_latin")):
        linker.training.estimate_parameters_using_expectation_maximisation(rule, max_pairs=2e6)
    found = linker.inference.predict(threshold_match_probability=0.5)
    con.execute(
        "COPY (WITH found AS (\n"
        "  SELECT record_ref_l, record_ref_r, source_dataset_l, match_weight, match_probability FROM "
        f"{found.physical_name}),\n"
        "pair AS (SELECT CASE WHEN record_ref_l LIKE 'IDN%' THEN record_ref_l ELSE record_ref_r END AS ours_ref,\n"
        "  CASE WHEN record_ref_l LIKE 'IDN%' THEN record_ref_r ELSE record_ref_l END AS theirs_ref,\n"
        "  match_probability AS score, match_weight FROM found)\n"
        "SELECT ours_ref, theirs_ref, score FROM pair\n"
        "QUALIFY row_number() OVER (PARTITION BY ours_ref ORDER BY match_weight DESC, theirs_ref) = 1\n"
        "  AND row_number() OVER (PARTITION BY theirs_ref ORDER BY match_weight DESC, ours_ref) = 1\n"
        f") TO '{out}' (FORMAT parquet)"
    )
    linked = con.execute(f"SELECT count(*) FROM read_parquet('{out}')").fetchall()[0][0]
    print(json.dumps({"linked": linked}))


main()
