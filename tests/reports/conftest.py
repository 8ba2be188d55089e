"""A written edition of a plausible quarter, made once."""

from pathlib import Path
from typing import NamedTuple

import pytest
from frozen import AGREEMENT, a_quarter

from reports import Edition, evaluate
from reports.publication import Publication


class Written(NamedTuple):
    """One edition: the snapshot it came from, its files, its numbers and its English page."""

    snapshot: Path
    edition: Edition
    publication: Publication
    html: str


def write(frozen, folder: Path) -> Written:
    snapshot = frozen.write(folder / "snapshot")
    edition = evaluate(snapshot, AGREEMENT, folder / "out", AGREEMENT.report.languages)
    publication = Publication.model_validate_json(edition.publish.read_bytes())
    return Written(snapshot, edition, publication, edition.pages["en"].read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def written(tmp_path_factory) -> Written:
    return write(a_quarter(), tmp_path_factory.mktemp("evaluation"))


@pytest.fixture
def edition_of(tmp_path):
    """Write the edition of a snapshot in the making."""
    return lambda frozen: write(frozen, tmp_path)
