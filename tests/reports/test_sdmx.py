"""The SDMX files of an edition, read back with pysdmx: every number of ``publish.json``, valid by their structure."""

from pathlib import Path
from typing import get_args

import pandas as pd
import pytest
from frozen import Frozen, a_quarter
from pysdmx.io import get_datasets, read_sdmx
from pysdmx.model import Role
from written import write

from reports.figure import Mark, Unit
from reports.sdmx.components import COMPONENTS, STATUS, UNITS

DOCUMENTATION = Path(__file__).parents[2] / "docs" / "evaluation.md"
KEY = ["FREQ", "REF_AREA", "INDICATOR", "ROW", "COLUMN", "TIME_PERIOD"]


@pytest.fixture(scope="module", params=[a_quarter, Frozen], ids=["a quarter", "nothing"])
def made(request, tmp_path_factory):
    return write(request.param(), tmp_path_factory.mktemp("sdmx"))


def read(made):
    """The one dataset of the edition; pysdmx checks the structure against SDMX's own JSON Schema."""
    folder = made.edition.publish.parent
    [dataset] = get_datasets(folder / "publish.sdmx.csv", folder / "publish.sdmx.json")
    return dataset


def observed(made):
    return read(made).data.to_dict("records")


def cells(made):
    """Every cell of ``publish.json``: those of the edition's quarter, then those of earlier ones as known now.

    The trends of earlier ones are within those of the quarter.
    """
    for figures in [made.publication.figures, *(each.figures for each in made.publication.earlier)]:
        for figure in figures:
            if figure.form == "trend" and figures is not made.publication.figures:
                assert all(row in made.publication.figure(figure.id).rows for row in figure.rows)
                continue
            for row in [*(row.cells for row in figure.rows), *([figure.total] if figure.total else [])]:
                yield from zip(row, figure.columns, strict=True)


def number(value):
    """A number of the file; ``None`` where there is none, as pysdmx reads it."""
    return None if pd.isna(value) or value == "" else float(value)


def test_it_has_the_numbers_of_publish_json_and_no_other(made):
    found = [
        next((n for n in map(number, (o["OBS_VALUE"], o["LOWER_BOUND"], o["UPPER_BOUND"])) if n is not None), None)
        for o in observed(made)
    ]

    assert found == [cell.value for cell, _ in cells(made)]


def test_every_value_of_a_coded_column_is_in_its_list(made):
    for component in read(made).structure.components:
        if component.local_codes:
            codes = {code.id for code in component.local_codes}
            assert {row[component.id] for row in observed(made)} <= codes, component.id


def test_no_two_observations_have_one_key(made):
    keys = [tuple(row[name] for name in KEY) for row in observed(made)]

    assert len(set(keys)) == len(keys)


def test_the_structure_has_the_columns_of_the_file_in_their_roles(made):
    components = read(made).structure.components

    assert [each.id for each in components.dimensions] == KEY
    assert [each.id for each in components.measures] == ["OBS_VALUE"]
    assert {each.id for each in components if each.role == Role.ATTRIBUTE} == {
        each.id for each in COMPONENTS if each.role == "attribute"
    }


def test_the_structure_names_the_indicators_in_every_language(written):
    message = (written.edition.publish.parent / "publish.sdmx.json").read_text(encoding="utf-8")
    indicators = next(each for each in read_sdmx(message).structures if each.id == "CL_INDICATOR")

    assert {code.id for code in indicators.items} >= {
        figure.id.replace(".", "-") for figure in written.publication.figures
    }
    for name in (
        "Complaints received, by quarter",
        "Pengaduan yang diterima, per triwulan",
        "الشكاوى الواردة، بحسب الربع",
    ):
        assert name in message


def test_a_quarter_of_a_trend_and_a_month_of_the_calendar_are_its_time(written):
    found = {tuple(row[name] for name in KEY): row for row in observed(written)}

    assert found["Q", "IDN-SAU", "F1", "_T", "IDN", "2026-Q2"]["OBS_VALUE"] == 100
    assert found["M", "IDN-SAU", "X1", "SAU/complaint", "_Z", "2026-08"]["STATES"] == "rejected accepted"


def test_what_is_small_or_unknown_has_no_value_and_says_which(written):
    found = {tuple(row[name] for name in KEY[2:]): row for row in observed(written)}
    small = found["P1", "_T", "open", "2026-Q3"]
    unknown = found["X1", "SAU/complaint", "_Z", "2026-09"]

    assert (number(small["OBS_VALUE"]), small["OBS_STATUS"], small["CONF_STATUS"]) == (None, "Q", "C")
    assert (number(unknown["OBS_VALUE"]), unknown["OBS_STATUS"], unknown["CONF_STATUS"]) == (None, "O", "F")


def test_values_of_the_quarter_are_provisional_while_something_is_missing(edition_of):
    def provisional(frozen):
        return {row["TIME_PERIOD"] for row in observed(edition_of(frozen)) if row["OBS_STATUS"] == "P"}

    frozen = a_quarter()
    assert provisional(frozen) == {"2026-Q3", "2026-07", "2026-08", "2026-09"}

    frozen.missing.clear()
    assert provisional(frozen) == set()


def test_a_figure_of_the_quarter_before_has_the_time_of_that_quarter(written):
    before = [(row["INDICATOR"], row["OBS_VALUE"]) for row in observed(written) if row["TIME_PERIOD"] == "2026-Q2"]

    assert ("F1-occupation", 100) in before
    assert {row["EDITION"] for row in observed(written)} == {"2026-Q3"}


def test_every_mark_and_unit_has_its_code():
    assert set(STATUS) == set(get_args(Mark))
    assert set(UNITS) == set(get_args(Unit))


def test_the_documentation_explains_every_column_and_every_mark():
    text = DOCUMENTATION.read_text(encoding="utf-8")

    for component in COMPONENTS:
        assert f"`{component.id}`" in text
    for mark, (status, confidential) in STATUS.items():
        assert f"| `{mark}` | `{status}` | `{confidential}` |" in text
