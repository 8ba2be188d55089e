"""Unfinished uploads and the folder tree, as the service handles them: what a death between two steps can leave."""

import contextlib
import os
from pathlib import Path

import pytest
from served import CORRIDOR, SENT, sha256

from amanah.exchange.api.arrivals import Arrivals
from amanah.exchange.api.problem import Problem
from amanah.exchange.api.settings import Limits
from amanah.exchange.api.tree import Tree
from amanah.exchange.api.uploads import Uploads
from schemas.envelope import MessageId

CONTENT = b"sealed " * 100
MESSAGE = MessageId.parse(SENT)


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    (tmp_path / "root").mkdir()
    return Tree(tmp_path / "root", 0o640)


@pytest.fixture
def uploads(tree: Tree, tmp_path: Path) -> Uploads:
    return Uploads(tmp_path / "uploads", tree, Limits())


def part(tmp_path: Path) -> Path:
    return tmp_path / "uploads" / CORRIDOR / "IDN" / f"{SENT}.{sha256(CONTENT)}.part"


def store(uploads: Uploads) -> None:
    with uploads.open(CORRIDOR, MESSAGE, sha256(CONTENT), create=True) as upload:
        upload.append(CONTENT)
        upload.finish()
        assert uploads.admit(upload, CORRIDOR, MESSAGE)


def test_a_stored_package_is_never_touched_through_the_name_its_upload_had(uploads, tree, tmp_path):
    store(uploads)
    os.link(tree.path(CORRIDOR, MESSAGE), part(tmp_path))  # killed between the two names

    with uploads.open(CORRIDOR, MESSAGE, sha256(CONTENT), create=True) as again:
        again.start_over()
        again.append(b"other")

    assert tree.path(CORRIDOR, MESSAGE).read_bytes() == CONTENT


def test_what_a_stored_packages_upload_left_behind_is_no_upload(uploads, tree, tmp_path):
    store(uploads)
    os.link(tree.path(CORRIDOR, MESSAGE), part(tmp_path))

    assert not uploads.remove(CORRIDOR, MESSAGE, sha256(CONTENT))
    assert not part(tmp_path).exists()


def test_two_requests_never_write_the_same_upload(uploads):
    with (
        uploads.open(CORRIDOR, MESSAGE, sha256(CONTENT), create=True),
        pytest.raises(Problem, match="409 127"),
        uploads.open(CORRIDOR, MESSAGE, sha256(CONTENT), create=True),
    ):
        pass


def test_a_package_is_readable_for_those_whom_the_mode_names(uploads, tree):
    store(uploads)
    path = tree.path(CORRIDOR, MESSAGE)

    assert path.stat().st_mode & 0o777 == 0o640
    assert {folder.stat().st_mode & 0o777 for folder in path.parents[:3]} == {0o750}


def test_losing_the_order_of_arrival_loses_no_package(uploads, tree, tmp_path):
    store(uploads)
    asked = {"sender": "IDN", "receiver": "SAU", "streams": ("placement",), "stream": None, "limit": 10}
    marks = []
    for _ in range(2):
        arrivals = Arrivals(tmp_path / "arrivals.sqlite", tree)
        arrivals.prepare()
        page = arrivals.page(CORRIDOR, after=None, **asked)
        assert [each.message_id for each in page.arrivals] == [SENT]
        marks.append(page.mark)
        for file in tmp_path.glob("arrivals.sqlite*"):
            file.unlink()
    arrivals.prepare()

    with contextlib.suppress(LookupError):
        arrivals.page(CORRIDOR, after=marks[0], **asked)
        pytest.fail("a mark of a file that is lost was believed")
