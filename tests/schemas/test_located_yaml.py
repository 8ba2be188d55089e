"""YAML that knows its lines: whoever is told of a fault finds it at once."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from schemas.agreement import FOLDER
from schemas.located_yaml import UnreadableYaml, locate

TEXT = """\
title: {en: a, id: b}
parties:
  IDN:
    routes:
      - official: x
      - {official: y,
         areas: [p, q]}
2026-08-17: a holiday
"""


@pytest.mark.parametrize(
    ("location", "line"),
    [
        ((), 1),
        (("title", "id"), 1),
        (("parties",), 2),
        (("parties", "IDN", "routes", 0), 5),
        (("parties", "IDN", "routes", 1), 6),
        (("parties", "IDN", "routes", 1, "areas", 1), 7),
        (("parties", "IDN", "weekend"), 3),  # not there: the nearest entry around it
        (("speed", "limit"), 1),
    ],
)
def test_every_entry_has_its_line(location, line):
    assert locate(TEXT).line_of(location) == line


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.yaml")), ids=lambda file: file.name)
def test_the_data_is_what_the_safe_loader_gives(file):
    assert locate(file.read_bytes()).data == yaml.safe_load(file.read_bytes())


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.dates() | st.text(st.characters(codec="utf-8"), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abcd", min_size=1, max_size=3), inner),
    max_leaves=8,
)


@given(values)
def test_whatever_can_be_written_is_read_as_the_safe_loader_reads_it(value):
    written = yaml.safe_dump(value, allow_unicode=True)
    assert locate(written).data == yaml.safe_load(written)


@pytest.mark.parametrize(
    ("text", "path", "line", "said"),
    [
        ("a: 1\nb: 2\na: 3\n", "a", 3, "stands twice, on lines 1 and 3"),
        ("a:\n  - {b: 1, b: 2}\n", "a.0.b", 2, "stands twice, on lines 2 and 2"),
        ("a: 1\nb: 2026-02-31\n", "b", 2, "not a value that can be read"),
        ("a:\n  b: !!python/object/apply:os.getcwd []\n", "a.b", 2, "not a value that can be read"),
        ("a: !!set {b, c}\n", "a", 1, "not a value that can be read"),
        ("a:\n  <<: {b: 1}\n", "a", 2, "a key must be a plain word"),
        ("a:\n  ? [x]\n  : 1\n", "a", 2, "a key must be a plain word"),
        ("a: !secret x\n", "a", 1, "not a value that can be read"),
    ],
)
def test_what_a_signed_text_must_not_hold_is_a_fault_with_its_line(text, path, line, said):
    found = [(fault.path, fault.line, fault.text) for fault in locate(text).faults]

    assert found == [(path, line, said)]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: 1\nb: [\n", 3),
        ("a: &x 1\nb: *x\n", 2),
        ("a: b: c\n", 1),
        ("--- 1\n--- 2\n", 2),
        (b"a: \xff\n", 1),
        ("a: \x07KANARI\n", 1),
        ("[" * 700 + "]" * 700, 1),
    ],
)
def test_what_is_no_yaml_is_refused_with_the_line_and_without_the_text(text, line):
    with pytest.raises(UnreadableYaml, match=f"^line {line}: not readable as YAML: ") as caught:
        locate(text)

    assert "KANARI" not in str(caught.value)


def test_an_empty_text_is_no_data():
    assert locate("# nothing yet\n").data is None
