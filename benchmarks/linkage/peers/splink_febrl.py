"""Splink 5 on FEBRL, tuned beyond its own demonstration: more fields, more blocks.

``python splink_febrl.py OUT LEFT RIGHT`` links two CSV files one to one, ``python splink_febrl.py OUT FILE`` finds the
pairs of one person in one file. A pair is linked from a probability of one half.
"""

import json
import logging
import sys

import duckdb
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on


def main() -> None:
    """Train, predict, write."""
    out, *paths = sys.argv[1:]
    logging.disable(logging.CRITICAL)
    con = duckdb.connect()
    for place, path in enumerate(paths):
        con.execute(f"CREATE TABLE f{place} AS SELECT COLUMNS(*)::VARCHAR FROM read_csv('{path}', all_varchar = true)")
    link = len(paths) > 1
    settings = SettingsCreator(
        link_type="link_only" if link else "dedupe_only",
        unique_id_column_name="rec_id",
        comparisons=[
            cl.NameComparison("given_name").configure(term_frequency_adjustments=True),
            cl.NameComparison("surname").configure(term_frequency_adjustments=True),
            cl.DateOfBirthComparison(
                "date_of_birth", input_is_string=True, datetime_format="%Y%m%d", invalid_dates_as_null=True
            ),
            cl.DamerauLevenshteinAtThresholds("soc_sec_id", [1, 2]),
            cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
            cl.DamerauLevenshteinAtThresholds("postcode", [1, 2]).configure(term_frequency_adjustments=True),
            cl.JaroWinklerAtThresholds("address_1", [0.9, 0.7]),
            cl.JaroWinklerAtThresholds("suburb", [0.9, 0.7]),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("given_name", "surname"),
            "l.given_name = r.surname AND l.surname = r.given_name",
            block_on("date_of_birth"),
            block_on("soc_sec_id"),
            block_on("state", "address_1"),
            block_on("street_number", "address_1"),
            block_on("postcode"),
            block_on("surname"),
            block_on("suburb"),
        ],
        retain_matching_columns=False,
    )
    api = DuckDBAPI(connection=con)
    tables = [api.register(f"f{place}") for place in range(len(paths))]
    linker = Linker(tables if link else tables[0], settings)
    certain = [block_on("soc_sec_id"), block_on("given_name", "surname", "date_of_birth")]
    linker.training.estimate_probability_two_random_records_match(certain, recall=0.8)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    for rule in (block_on("date_of_birth"), block_on("postcode")):
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    found = linker.inference.predict(threshold_match_probability=0.5)
    best = (
        "QUALIFY row_number() OVER (PARTITION BY ours_ref ORDER BY match_weight DESC, theirs_ref) = 1\n"
        "  AND row_number() OVER (PARTITION BY theirs_ref ORDER BY match_weight DESC, ours_ref) = 1"
    )
    con.execute(
        "COPY (SELECT rec_id_l AS ours_ref, rec_id_r AS theirs_ref, match_weight\n"
        f"FROM {found.physical_name} {best if link else ''}) TO '{out}' (HEADER)"
    )
    linked = con.execute(f"SELECT count(*) FROM read_csv('{out}')").fetchall()[0][0]
    print(json.dumps({"linked": linked}))


main()
