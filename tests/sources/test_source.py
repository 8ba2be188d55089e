"""What every kind of source has in common."""

import pytest
from case_desk import HEADER

from amanah.sources import SourceConnection, SourceUnavailable, TooFewRows, open_source


@pytest.fixture
def taken(tmp_path, a_mapping, at):
    """The rows that were given before the reading ended or failed."""

    def read(rows, expected, since, until):
        lines = [HEADER, *(f"{n},2026-07-03,GAJI,2026-07-01,1" for n in range(rows))]
        (tmp_path / "cases_2026-07.csv").write_text("\n".join(lines), encoding="utf-8")
        mapping = a_mapping("csv", expect_at_least=expected)
        return list(open_source(mapping, SourceConnection(url=str(tmp_path))).read(since, until))

    return read


@pytest.mark.parametrize("rows", [0, 2])
def test_fewer_rows_than_in_a_usual_month_are_not_available_rather_than_few(taken, at, rows):
    with pytest.raises(TooFewRows, match=rf"case_desk: {rows} row\(s\) in the window, a usual month has 3 or more"):
        taken(rows, 3, at(1), at(31))
    with pytest.raises(SourceUnavailable):
        taken(rows, 3, None, at(31))


def test_as_many_are_enough(taken, at):
    assert len(taken(3, 3, at(1), at(31))) == 3


def test_in_a_window_shorter_than_a_month_and_without_expectation_few_rows_mean_nothing(taken, at):
    assert taken(0, 3, at(3), at(30)) == []
    assert taken(0, None, None, at(30)) == []
