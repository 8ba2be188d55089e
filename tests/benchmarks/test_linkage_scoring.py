"""Scoring links: what counts as found and as wrong, whom a wrong link takes for whom, and how sure a share is."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks.linkage import calibration, febrl
from benchmarks.linkage.calibration import Band
from benchmarks.linkage.registers import TRUTH
from benchmarks.linkage.scoring import ALL, KEYLESS, Rates, differing_fields, score


@pytest.fixture
def truth(tmp_path):
    """Five pairs and two records alone. Row: ours, theirs, made, keyed, free, person, twin, family, crew."""
    rows = [
        ("o1", "t1", "clean", True, False, 1, 1, 1, None),
        ("o2", "t2", "typo", False, False, 2, 2, 1, None),  # of the family of the first
        ("o3", "t3", "typo", False, False, 3, 3, 3, 7),
        ("o4", "t4", "clean", True, True, 4, 4, 4, 7),  # stands twice on our side
        ("o4b", "t4", "copy", True, True, 4, 9, 4, None),
        ("o5", None, "missing", False, False, 5, 5, 5, 7),
        (None, "t6", "twin", False, False, 6, 5, 6, None),  # near-twin of o5
        ("o7", "t7", "clean", True, False, 1, 7, 1, None),  # the first one's other placement
    ]
    path = tmp_path / "truth.parquet"
    pq.write_table(pa.Table.from_pylist([dict(zip(TRUTH.names, row, strict=True)) for row in rows], TRUTH), path)
    return path


@pytest.fixture
def linked(tmp_path):
    """Write links of (ours, theirs, grade, score)."""

    def write(*rows):
        path = tmp_path / "links.parquet"
        names = ("ours_ref", "theirs_ref", "grade", "score")
        pq.write_table(pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows]), path)
        return path

    return write


def test_all_found_and_nothing_wrong(truth, linked):
    links = linked(*((f"o{n}", f"t{n}", "certain", 1.0) for n in (1, 2, 3, 7)))
    scored = score(links, truth)
    assert scored.groups[ALL] == Rates(to_find=4, found=4, wrong=0)
    assert scored.groups[ALL].f1 == 1
    assert scored.wrong == {}


def test_what_is_missed_is_missed_in_its_own_group(truth, linked):
    scored = score(
        linked(("o1", "t1", "certain", 1.0), ("o2", "t2", "probable", 0.95), ("o7", "t7", "certain", 1.0)), truth
    )
    assert scored.groups[ALL].recall == 3 / 4
    assert scored.groups[KEYLESS] == scored.groups["typo"] == Rates(to_find=2, found=1, wrong=0)
    assert scored.groups["clean"] == Rates(to_find=2, found=2, wrong=0)


def test_what_is_only_possible_is_no_link(truth, linked):
    assert score(linked(("o1", "t1", "possible", 0.7), ("o2", "t3", "possible", 0.6)), truth).groups[ALL] == Rates(
        4, 0, 0
    )


def test_a_record_that_stands_twice_may_be_linked_or_not(truth, linked):
    for ours in ("o4", "o4b"):
        assert score(linked((ours, "t4", "certain", 1.0)), truth).groups[ALL] == Rates(4, 0, 0)


def test_a_wrong_link_says_whom_it_takes_for_whom(truth, linked):
    wrong = {
        ("o5", "t6"): "near-twin",
        ("o1", "t7"): "same worker, other placement",
        ("o2", "t1"): "brother or sister",
        ("o5", "t3"): "hired together",
        ("o3", "t6"): "stranger",
    }
    for (ours, theirs), kind in wrong.items():
        scored = score(linked((ours, theirs, "certain", 1.0)), truth)
        assert scored.wrong == {kind: 1}
        assert scored.groups[ALL] == Rates(4, 0, 1)


def test_a_wrong_link_counts_in_every_group_that_it_touches(truth, linked):
    scored = score(linked(("o2", "t1", "certain", 1.0)), truth)
    assert scored.groups["typo"].wrong == scored.groups["clean"].wrong == 1


def test_bands_hold_the_links_that_state_them_and_not_those_by_a_key(truth, linked, tmp_path):
    linked(("o1", "t1", "certain", 1.0), ("o2", "t2", "certain", 0.9995), ("o3", "t6", "probable", 0.95))
    found = {"ours_ref": ["o5"], "theirs_ref": ["t3"], "reason": ["possibly_one"]}
    pq.write_table(pa.table(found), tmp_path / "discrepancies.parquet")
    bands = [(band.least, band.pairs, band.right) for band in calibration.bands(tmp_path, truth)]
    assert bands == [(0.5, 1, 0), (0.9, 1, 0), (0.99, 0, 0), (0.999, 1, 1)]


def test_the_interval_is_wilsons():
    low, high = Band(0.9, 0.99, pairs=100, right=99, stated=0.95).interval()
    assert (low, high) == (pytest.approx(0.9455, abs=1e-4), pytest.approx(0.9982, abs=1e-4))


def test_a_pair_within_one_file_counts_once_in_whatever_order(tmp_path):
    (tmp_path / "f.csv").write_text("rec_id,name\nrec-1-org,a\nrec-1-dup-0,a\nrec-1-dup-1,a\nrec-2-org,b\n")
    (tmp_path / "l.csv").write_text(
        "ours_ref,theirs_ref\nrec-1-org,rec-1-dup-0\nrec-1-dup-0,rec-1-org\nrec-2-org,rec-1-dup-1\n"
    )
    assert febrl.rates(tmp_path / "l.csv", [tmp_path / "f.csv"]) == Rates(to_find=3, found=1, wrong=1)


def test_differing_fields_are_counted_in_pairs_under_one_number_alone(truth, tmp_path):
    rows = [
        ("o1", "t1", "field", "area"),
        ("o7", "t7", "field", "area"),
        ("o1", "t1", "field", "wage_amount"),
        ("o2", "t2", "field", "area"),  # a mistyped pair
        ("o5", None, "missing_there", None),
    ]
    names = ("ours_ref", "theirs_ref", "class", "field")
    found = pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows])
    pq.write_table(found, tmp_path / "discrepancies.parquet")
    assert differing_fields(tmp_path, truth) == {"area": 2, "wage_amount": 1}
