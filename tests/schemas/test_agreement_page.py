"""docs/agreement.md: every clause is explained there, in the model's own words."""

import re
from pathlib import Path
from typing import Any, get_args

import pytest
from altered import altered, faults_of
from pydantic import BaseModel

from schemas.agreement import Agreement, load

PAGE = (Path(__file__).parents[2] / "docs" / "agreement.md").read_text(encoding="utf-8")


def clauses(annotation: Any) -> set[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return {annotation}.union(*(clauses(info.annotation) for info in annotation.model_fields.values()))
    return set().union(*(clauses(part) for part in get_args(annotation)))


ENTRIES = [
    (clause.__name__, info.alias or name, info.description)
    for clause in sorted(clauses(Agreement), key=lambda clause: clause.__name__)
    for name, info in clause.model_fields.items()
    if name != "sha256"
]


@pytest.mark.parametrize(("clause", "entry", "description"), ENTRIES)
def test_every_entry_is_explained(clause, entry, description):
    assert description, f"{clause}.{entry} has no description"
    assert re.search(rf"^\| `{entry}` \|.*\| {re.escape(description)} \|$", PAGE, re.MULTILINE), "run: make docs"


def test_the_fallback_that_the_page_shows_is_accepted(tmp_path):
    [shown] = re.findall(r"^(transport: {[^}]*})", PAGE, re.MULTILINE)
    file = tmp_path / "idn-sau.yaml"
    file.write_text(altered(("transport: {use: sftp}", shown)), encoding="utf-8")

    agreed = load(file).transport
    assert (agreed.use, agreed.fallback) == ("sftp", ("api",))


def test_the_fault_that_the_page_shows_is_the_one_that_is_told(tmp_path):
    text = altered(("      passport_no: {directions", "      passpot_no: {directions"))
    shown = {re.sub(r"line \d+", "line", line.strip()) for line in PAGE.splitlines() if "idn-sau.yaml line" in line}

    assert shown <= {re.sub(r"line \d+", "line", fault) for fault in faults_of(tmp_path, text)}
