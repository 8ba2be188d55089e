"""Linking files that have nothing to do with placements, by a specification alone."""

import csv
from collections import Counter
from itertools import product

import numpy as np
import pytest

from amanah.reconcile import ReconcileError
from amanah.reconcile.any_tables import TableSpec, link_table, link_tables

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


MEMBERS = (
    ("m1", "4711-22", "Anna", "Petrowa", "19800305", "Springfield", "12.50"),
    ("m5", "4711-23", "Anna", "Petrova", "1980-05-03", "Springfeild", "12.5"),
    ("m4", "", "Anna", "Petrova", "1980-03-05", "Springfield", ""),
    ("m2", "", "Bo", "Li", "1975-12-01", "Shelbyville", ""),
    ("m6", "1234-56", "Dan", "Smith", "1960-07-07", "Brockway", "7"),
    ("m3", "9900-11", "Carla", "Gomez", "1990-01-01", "Ogdenville", "3"),
    ("m7", "9900-11", "Carla", "Gomez", "", "Ogdenville", "3"),
)


def test_of_one_file_records_of_one_person_are_one_cluster(written, spec):
    links, clusters = link_table(written("members.csv", *MEMBERS), spec)
    assert dict(zip(*clusters.to_pydict().values(), strict=True)) == {
        "m1": "m1", "m4": "m1", "m5": "m1", "m2": "m2", "m3": "m3", "m7": "m3", "m6": "m6",
    }  # fmt: skip
    found = {(row["ours_ref"], row["theirs_ref"]): row for row in links.to_pylist()}
    assert set(found) == {("m1", "m4"), ("m1", "m5"), ("m4", "m5"), ("m3", "m7")}
    assert found["m1", "m5"]["why"].startswith("card differs in one character; ")
    assert {row["grade"] for row in found.values()} <= {"certain", "probable"}


def test_of_one_file_the_order_of_its_rows_changes_nothing(written, spec):
    some, other = (
        link_table(written(name, *rows), spec) for name, rows in (("a.csv", MEMBERS), ("b.csv", MEMBERS[::-1]))
    )
    assert some == other


def test_of_one_file_in_which_nobody_shares_anything_everybody_is_alone(written, spec):
    links, clusters = link_table(written("few.csv", MEMBERS[0], MEMBERS[3], MEMBERS[4]), spec)
    assert links.num_rows == 0
    assert clusters["ref"] == clusters["cluster"]


HOUSEHOLD = """
ref: no
roles: {card: identifier, phone: identifier, first: person_name, last: person_name, born: birth_date, street: place}
"""


def households(count, *, seed):
    """Households of four under one telephone and family name; half of their members stand there two or three times."""
    draw = np.random.default_rng(seed)
    words = ["".join(part) for part in product(("mar", "sul", "har", "tin", "yan", "dew"), ("ti", "no", "as", "ika"))]
    for house in range(count):
        last, phone = draw.choice(words), f"08{draw.integers(10**6, 10**7)}"
        street = f"{draw.choice(words)} {draw.choice(words)} {draw.integers(1, 90)}"
        for member in range(4):
            first, card = draw.choice(words), f"{draw.integers(10**7, 10**8)}"
            born = f"{draw.integers(1950, 2005)}-{draw.integers(1, 13):02}-{draw.integers(1, 29):02}"
            for copy in range(draw.choice([1, 2, 3], p=[0.5, 0.3, 0.2])):
                spelled = first[:-1] if copy and draw.random() < 0.3 else first
                known = card if draw.random() < 0.4 else ""
                yield f"{house}.{member}.{copy}", known, phone, spelled, last, born, street


def test_of_one_file_a_household_is_not_one_person(tmp_path):
    (tmp_path / "spec.yaml").write_text(HOUSEHOLD)
    with (tmp_path / "people.csv").open("w", newline="") as file:
        header = ("no", "card", "phone", "first", "last", "born", "street")
        csv.writer(file).writerows([header, *households(300, seed=1)])
    links, clusters = link_table(tmp_path / "people.csv", TableSpec.load(tmp_path / "spec.yaml"))
    person = {ref: ref.rsplit(".", 1)[0] for ref in clusters["ref"].to_pylist()}
    wrong = [row for row in clusters.to_pylist() if person[row["ref"]] != person[row["cluster"]]]
    assert len(wrong) < len(person) / 100
    pairs = [(person[row["ours_ref"]], person[row["theirs_ref"]]) for row in links.to_pylist()]
    copies = Counter(person.values()).values()
    assert sum(one == other for one, other in pairs) > 0.95 * sum(count * (count - 1) // 2 for count in copies)


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
