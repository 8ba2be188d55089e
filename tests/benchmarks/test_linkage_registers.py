"""Made-up registers: the same for the same seed, in the contract's words, and their truth is true."""

from collections import Counter

import duckdb
import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError

from benchmarks.linkage import registers
from benchmarks.linkage.generate import KINDS, generator
from schemas.streams import STREAMS

ROWS, PART_ROWS = 9_000, 3_000


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A call that asks SQL of the registers of a kind.

    Tables are ``ours``, ``theirs``, ``truth``, and ``pair``: truth's pairs with both records as ``o`` and ``t``.
    """
    connections = {}
    for kind in KINDS:
        folder = tmp_path_factory.mktemp(kind)
        paths = registers.write(generator(kind, ROWS, 5), ROWS, folder, part_rows=PART_ROWS)
        connections[kind] = duckdb.connect()
        for name, path in paths.items():
            connections[kind].execute(f"CREATE TABLE {name} AS FROM read_parquet('{path}')")
        connections[kind].execute(
            "CREATE TABLE pair AS SELECT truth.*, o, t FROM truth\n"
            "JOIN ours o ON o.record_ref = ours_ref JOIN theirs t ON t.record_ref = theirs_ref"
        )
    return lambda kind, question: connections[kind].execute(question).fetchall()


@pytest.mark.parametrize("kind", KINDS)
def test_a_seed_makes_the_same_files_again_and_another_seed_others(kind, tmp_path):
    def written(seed, name):
        paths = registers.write(generator(kind, 600, seed), 600, tmp_path / name)
        return {file: pq.read_table(path) for file, path in paths.items()}

    once = written(1, "once")
    assert written(1, "again") == once
    assert all(other != once[file] for file, other in written(2, "other").items())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("side", ["ours", "theirs"])
def test_every_record_is_a_placement_as_the_contract_has_it(kind, side, made):
    columns = [row[0] for row in made(kind, f"DESCRIBE {side}")]
    faults = Counter()
    for row in made(kind, f"FROM {side} LIMIT 300"):
        try:
            STREAMS["placement"].model.model_validate(dict(zip(columns, row, strict=True)))
        except ValidationError as error:
            faults.update(str(each["loc"]) for each in error.errors())
    assert not faults


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("side", ["ours", "theirs"])
def test_truth_knows_every_record_and_no_other(kind, side, made):
    held = [ref for (ref,) in made(kind, f"SELECT record_ref FROM {side}")]
    known = [ref for (ref,) in made(kind, f"SELECT {side}_ref FROM truth WHERE {side}_ref IS NOT NULL AND NOT free")]
    twice = {ref for (ref,) in made(kind, f"SELECT {side}_ref FROM truth WHERE free")}
    assert len(held) == len(set(held))
    assert len(known) == len(set(known))
    assert set(held) == {*known, *twice}


@pytest.mark.parametrize("kind", KINDS)
def test_pairs_are_keyed_where_a_number_says_so_and_only_there(kind, made):
    held = {row[0] for row in made(kind, "DESCRIBE ours")}
    same = [f"o.{n} = t.{n}" for n in ("contract_no", "passport_no", "visa_no", "residence_no") if n in held]
    if "previous_passport_nos" in held:
        same.append("list_contains(o.previous_passport_nos, t.passport_no)")
        same.append("list_contains(t.previous_passport_nos, o.passport_no)")
    agreeing = " OR ".join(f"coalesce({each}, false)" for each in same)
    found = made(kind, f"SELECT keyed, {agreeing} AS agree, count(*) FROM pair GROUP BY ALL")
    counts = {(keyed, agree): count for keyed, agree, count in found}
    assert set(counts) == {(True, True), (False, False)}
    assert counts[False, False] > 20


def test_hard_registers_have_the_shares_that_they_promise(made):
    count = dict(made("hard", "SELECT made, count(*) FROM truth GROUP BY made"))
    assert count["clean"] == pytest.approx(0.97 * ROWS, rel=0.01)
    assert count["typo"] == pytest.approx(0.01 * ROWS, rel=0.4)
    assert count["missing"] == pytest.approx(0.02 * ROWS, rel=0.3)
    assert count["twin"] == pytest.approx(0.003 * ROWS, rel=0.4)
    fields = ("wage_amount", "employer_ref", "occupation_isco", "area", "contract_start", "birth_date")
    differs = " OR ".join(f"o.{field} <> t.{field}" for field in fields)
    ((differing,),) = made("hard", f"SELECT count(*) FROM pair WHERE made = 'clean' AND ({differs})")
    assert differing == pytest.approx(0.03 * count["clean"], rel=0.25)


def test_a_near_twin_has_name_employer_and_start_of_somebody_there_and_no_number_of_theirs(made):
    alike = " AND ".join(f"a.r.{name} = b.r.{name}" for name in ("name_latin", "employer_ref", "contract_start"))
    ((twins, of_number),) = made(
        "hard",
        "WITH record AS (SELECT twin, made, r FROM truth\n"
        "  JOIN (FROM ours UNION ALL FROM theirs) r ON r.record_ref IN (ours_ref, theirs_ref))\n"
        f"SELECT count(DISTINCT a.r.record_ref) FILTER ({alike}),\n"
        "  bool_or(a.r.contract_no = b.r.contract_no OR a.r.passport_no = b.r.passport_no)\n"
        "FROM record a JOIN record b USING (twin) WHERE a.made = 'twin' AND b.made <> 'twin'",
    )
    assert twins == made("hard", "SELECT count(*) FROM truth WHERE made = 'twin'")[0][0]
    assert not of_number


def test_without_repeats_no_contract_number_stands_twice(tmp_path):
    for repeats, expected in ((True, True), (False, False)):
        paths = registers.write(generator("hard", 2 * ROWS, 5, repeats=repeats), 2 * ROWS, tmp_path)
        twice = [
            len(numbers) != len(numbers.unique())
            for numbers in (pq.read_table(paths[side])["contract_no"] for side in ("ours", "theirs"))
        ]
        assert any(twice) is expected


def test_a_clerks_faults_hang_together(made):
    """Where the birth date is wrong, something else is wrong far more often than elsewhere."""
    wrong = "o.sex <> t.sex OR o.area <> t.area OR o.wage_amount <> t.wage_amount"
    share = dict(made("clerks", f"SELECT o.birth_date <> t.birth_date, avg(({wrong})::INT) FROM pair GROUP BY ALL"))
    assert share[True] > 1.5 * share[False]


def test_who_is_hired_together_has_one_employer_and_mostly_starts_on_one_day(made):
    hirings = made(
        "clerks",
        "SELECT count(*), avg((start = usual_start)::INT), avg((employer = usual_employer)::INT) FROM (\n"
        "  SELECT crew, o.contract_start AS start, mode(start) OVER (PARTITION BY crew) AS usual_start,\n"
        "    o.employer_ref AS employer, mode(employer) OVER (PARTITION BY crew) AS usual_employer\n"
        "  FROM pair WHERE crew IS NOT NULL) GROUP BY crew HAVING count(*) > 20",
    )
    assert len(hirings) > 5
    assert sum(people for people, _, _ in hirings) > 0.2 * ROWS
    for _, starts, employers in hirings:
        assert starts > 0.5
        assert employers > 0.5


def test_a_family_comes_through_one_agency_and_its_children_have_names_of_their_own(made):
    families = made(
        "clerks",
        "SELECT count(DISTINCT o.origin_agency_licence_no), count(DISTINCT person), count(DISTINCT o.name_latin)\n"
        "FROM pair GROUP BY family HAVING count(DISTINCT person) > 1",
    )
    assert {agencies for agencies, _, _ in families} == {1}
    assert sum(names for _, _, names in families) > 0.9 * sum(people for _, people, _ in families)


def test_some_offices_write_arabic_only_and_some_passports_are_known_as_earlier_ones(made):
    made_so = dict(made("clerks", "SELECT made, count(*) FROM pair GROUP BY made"))
    assert made("clerks", "SELECT count(*), count(t.name_arabic) FROM pair WHERE t.name_latin IS NULL") != [(0, 0)]
    assert made("clerks", "SELECT count(*) FROM pair WHERE coalesce(t.name_latin, t.name_arabic) IS NULL") == [(0,)]
    ((renewed,),) = made(
        "clerks",
        "SELECT count(*) FROM pair WHERE list_contains(o.previous_passport_nos, t.passport_no)\n"
        "  OR list_contains(t.previous_passport_nos, o.passport_no)",
    )
    assert 0.5 < renewed / made_so["renewed"] < 0.8
