import os
import stat

import pytest
from case_desk import a_case, refs

from amanah.sources import SourceConnection, SourceError, open_source
from amanah.sources.answers import KEPT_FOR

UNCHANGED = (304, {}, b"")


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "kept"


@pytest.fixture
def read(ministry, a_mapping, at, folder):
    def rows(until=None):
        connection = SourceConnection(url=ministry.url, kept_answers=folder)
        return list(open_source(a_mapping("rest"), connection).read(None, until or at(31)))

    return rows


def tagged(tag, *numbers, after=None):
    return (200, {"ETag": tag}, {"records": [a_case(str(number)) for number in numbers], "next": after})


def test_what_has_not_changed_is_not_sent_again(ministry, read):
    ministry.will_answer(tagged('"a"', 1, after="m1"), tagged('"b"', 2), UNCHANGED)
    first = read()
    assert read() == first
    assert refs(first) == ["IDN-C-1", "IDN-C-2"]
    assert ministry.tags == [None, None, '"a"', '"b"']


def test_what_has_changed_takes_the_place_of_what_was_kept(ministry, read):
    ministry.will_answer(tagged('"a"', 1), tagged('"b"', 1, 2), UNCHANGED)
    read()
    assert len(read()) == 2
    assert len(read()) == 2
    assert ministry.tags == [None, '"a"', '"b"']


def test_another_window_is_another_question(ministry, read, at):
    ministry.will_answer(tagged('"a"', 1))
    read(at(30))
    read(at(31))
    assert ministry.tags == [None, None]


def test_what_is_kept_is_for_the_node_alone_and_named_by_nothing_of_it(ministry, read, folder):
    ministry.will_answer(tagged('"a"', 1))
    read()
    [path] = (folder / "case_desk").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert len(path.stem) == 64


def test_a_damaged_answer_is_asked_for_again(ministry, read, folder):
    ministry.will_answer(tagged('"a"', 1))
    read()
    [path] = (folder / "case_desk").iterdir()
    path.write_bytes(path.read_bytes()[:-3])
    assert len(read()) == 1
    assert ministry.tags == [None, None]


def test_after_a_week_it_is_removed(ministry, read, folder, at):
    ministry.will_answer(tagged('"a"', 1))
    read()
    [path] = (folder / "case_desk").iterdir()
    then = path.stat().st_mtime - KEPT_FOR - 60
    os.utime(path, (then, then))
    read(at(30))
    assert not path.exists()


def test_nothing_is_kept_without_a_tag_or_a_folder(ministry, read, folder, a_mapping, at):
    ministry.will_answer((200, {}, {"records": [a_case("1")]}))
    read()
    assert list((folder / "case_desk").iterdir()) == []
    ministry.will_answer(tagged('"a"', 1))
    source = open_source(a_mapping("rest"), SourceConnection(url=ministry.url))
    assert list(source.read(None, at(31))) == list(source.read(None, at(31)))
    assert ministry.tags == [None, None, None]


def test_unchanged_without_anything_kept_is_no_answer(ministry, read):
    ministry.will_answer(UNCHANGED)
    with pytest.raises(SourceError, match="answers 304"):
        read()


def test_a_tag_that_cannot_be_sent_back_is_not_kept(ministry, read):
    ministry.will_answer(tagged('"\u00e9"', 1))
    assert read() == read()
    assert ministry.tags == [None, None]


def test_unchanged_with_another_tag_is_not_believed(ministry, read):
    """The system says 304, and by the tag beside it that it means something else than what is kept."""
    ministry.will_answer(tagged('"a"', 1), (304, {"ETag": '"b"'}, b""), tagged('"b"', 1, 2))
    read()
    assert refs(read()) == ["IDN-C-1", "IDN-C-2"]
    assert ministry.tags == [None, '"a"', None]
