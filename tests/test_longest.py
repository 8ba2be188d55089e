"""The order in which workers take the files names files that there are."""

from pathlib import Path

from longest import LONGEST, rank

HERE = Path(__file__).parent


def test_every_file_that_is_to_come_first_is_there():
    assert [file for file in LONGEST if not (HERE / file).is_file()] == []
    assert len(set(LONGEST)) == len(LONGEST)


def test_what_is_not_named_comes_last():
    assert sorted(["schemas/test_tables.py", LONGEST[1], LONGEST[0]], key=rank) == [
        LONGEST[0],
        LONGEST[1],
        "schemas/test_tables.py",
    ]
