"""Linking two files that have nothing to do with placements, by a specification alone."""

import csv

import pytest

from amanah.reconcile import ReconcileError
from amanah.reconcile.any_tables import TableSpec, link_tables

SPEC = """
ref: no
roles:
  card: identifier
  first: person_name
  last: person_name
  born: birth_date
  town: place
  fee: money
"""


@pytest.fixture
def written(tmp_path):
    """Write a CSV file of rows of (no, card, first, last, born, town, fee)."""

    def write(name, *rows):
        path = tmp_path / name
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([("no", "card", "first", "last", "born", "town", "fee"), *rows])
        return path

    return write


@pytest.fixture
def spec(tmp_path):
    (tmp_path / "spec.yaml").write_text(SPEC)
    return TableSpec.load(tmp_path / "spec.yaml")


def test_a_member_is_found_again_under_other_spelling_and_a_wrong_card(written, spec):
    left = written(
        "left.csv",
        ("l1", "4711-22", "Anna", "Petrowa", "19800305", "Springfield", "12.50"),
        ("l2", "", "Bo", "Li", "1975-12-01", "Shelbyville", ""),
        ("l3", "9900-11", "Carla", "Gomez", "1990-01-01", "Ogdenville", "3"),
    )
    right = written(
        "right.csv",
        ("r1", "4711-23", "Anna", "Petrova", "1980-05-03", "Springfeild", "12.5"),
        ("r3", "9900-11", "Carla", "Gomez", "", "Ogdenville", "3"),
        ("r4", "1234-56", "Dan", "Smith", "1960-07-07", "Brockway", "7"),
    )
    found = {(row["ours_ref"], row["theirs_ref"]): row for row in link_tables(left, right, spec).to_pylist()}
    assert set(found) == {("l1", "r1"), ("l3", "r3")}
    assert found["l1", "r1"]["why"].startswith("card differs in one character; ")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("ref: no\nroles: {card: number}\n", "roles.card"),
        ("roles: {card: identifier}\n", "ref: Field required"),
        ("ref: [\n", "not readable as YAML"),
    ],
)
def test_a_specification_that_cannot_be_used_says_why(tmp_path, content, said):
    path = tmp_path / "wrong.yaml"
    path.write_text(content)
    with pytest.raises(ReconcileError, match=said):
        TableSpec.load(path)


def test_a_column_that_is_not_there_is_named(written, spec, tmp_path):
    whole = written("left.csv", ("l1", "1", "A", "B", "1980-01-01", "X", "1"))
    (tmp_path / "short.csv").write_text("no,card\nr1,1\n")
    with pytest.raises(ReconcileError, match=r"short.csv: no column born, fee, first, last, town; it has card, no"):
        link_tables(whole, tmp_path / "short.csv", spec)


def test_records_must_be_named_once_each(written, spec):
    twice = written("twice.csv", *[("l1", "1", "A", "B", "1980-01-01", "X", "1")] * 2)
    with pytest.raises(ReconcileError, match="no must name each record, once; 1 do not"):
        link_tables(twice, twice, spec)
