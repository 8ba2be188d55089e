"""docs/sources.md says what is so."""

import re
from pathlib import Path

import pytest

from amanah.sources import load
from amanah.sources.transforms import FAMILIES, TRANSFORMS, named

TEXT = (Path(__file__).parents[2] / "docs" / "sources.md").read_text(encoding="utf-8")
EXAMPLES = [block for block in re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL) if "\nkind:" in block]
TABLE = dict(re.findall(r"^\| `([a-z0-9_]+:?)` \| .* \| (yes|no) \|$", TEXT, re.MULTILINE))


def test_every_transform_is_in_the_table_and_no_other():
    assert set(TABLE) == {*TRANSFORMS, *FAMILIES}


@pytest.mark.parametrize("name", TRANSFORMS)
def test_every_one_of_them_can_be_written_back_as_it_says(name):
    assert TABLE[name] == "yes"
    assert named(name).write is not named("partial:date_iso").write


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda text: re.search(r"kind: (\w+)", text)[1])
def test_the_examples_are_mappings(tmp_path, example):
    path = tmp_path / "example.yaml"
    path.write_text(example, encoding="utf-8")
    assert load(path).fields


def test_there_is_one_of_each_kind():
    assert [re.search(r"kind: (\w+)", text)[1] for text in EXAMPLES] == ["sql", "rest", "xlsx"]
