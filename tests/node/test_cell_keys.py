"""Cell keys are the same on both nodes, and nobody without their secret can work them out."""

import pyarrow as pa
import pytest

from amanah.node.cell_keys import keyed, noise_key
from amanah.node.settings import SettingsError
from reports.snapshot import CELL_KEY
from schemas import agreement as agreements

SECRET = b"drawn at random for a test, 32 characters"
TABLE = pa.table({"record_ref": [f"IDN-P-{number}" for number in range(500)]})


def keys(secret, name="placement IDN"):
    return keyed(TABLE, name, ["record_ref"], secret)[CELL_KEY].to_pylist()


def test_both_sides_give_a_record_the_same_key_and_each_record_its_own():
    assert keys(SECRET) == keys(SECRET)
    assert len(set(keys(SECRET))) == TABLE.num_rows


def test_another_secret_and_another_table_give_other_keys():
    assert not set(keys(SECRET)) & set(keys(SECRET + b"!"))
    assert not set(keys(SECRET)) & set(keys(SECRET, "placement SAU"))


def test_keys_are_spread_evenly_over_their_range():
    fifths = [sum(key * 5 // 2**32 == part for key in keys(SECRET)) for part in range(5)]

    assert min(fifths) > 70


def test_without_noise_there_is_nothing_to_make_it_from():
    assert set(keys(None)) == {0}


def test_a_node_without_the_secret_says_where_it_belongs(a_node):
    rounded = agreements.load(agreements.FOLDER / "idn-sau.yaml")
    noisy = rounded.model_copy(update={"report": rounded.report.model_copy(update={"disclosure": "noise"})})
    settings = a_node("IDN").settings

    assert noise_key(settings, rounded) is None
    with pytest.raises(SettingsError, match=r"noise_key: not there.*env:NAME"):
        noise_key(settings, noisy)
