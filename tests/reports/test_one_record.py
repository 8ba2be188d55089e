"""A quarter of one record: a housekeeper known to Indonesia alone. Every figure counted by hand, and told or withheld.

She asked on 3 June, had her visa on 21 July, left on 2 August and arrived on 3 August, under a contract of 15 July for
1,500 riyals a month; she paid nothing.
"""

import csv

import pytest
from frozen import Frozen
from written import write

ONE_OF_ONE = {"numerator": 1, "denominator": 1}
STATED = (
    *("sex", "occupation_isco", "area", "contract_start", "contract_end", "wage_amount", "wage_currency"),
    *("stage_date", "origin_agency_licence_no", "destination_agency_licence_no"),
)
COUNTED = {
    "F1": {"2026-Q1": {"IDN": 0}, "2026-Q2": {"IDN": 0}, "2026-Q3": {"IDN": 1}},
    "F1.occupation": {"5152": {"IDN": 1}, "total": {"IDN": 1}},
    "F1.area": {"SA-01": {"IDN": 1}, "total": {"IDN": 1}},
    "F1.sex": {"F": {"IDN": 1}, "total": {"IDN": 1}},
    "F6": {"arrived": {"IDN": 1}, "total": {"IDN": 1}},
    "F2": {"5152": {"IDN": 1}, "total": {"IDN": 1}},  # 59 of 92 days, rounded
    "F5": {"IDN": {"numerator": 0, "denominator": 0}},  # nobody arrived in the quarter before
    "T1": {"IDN": {"denominator": 1, "left_out": 0, "median": 61, "p90": 61}},
    "T2": {"IDN": {"denominator": 1, "left_out": 0, "median": 12, "p90": 12}},
    "W1": {"IDN": ONE_OF_ONE},
    "C1": {"IDN": {"denominator": 1, "left_out": 0, "median": 0, "p90": 0}},
    "C1.none": {"IDN": ONE_OF_ONE},
    "S2.contract": {"IDN": ONE_OF_ONE},
    "P1": {"total": {"open": 0, "opened": 0, "closed": 0}},
    "X3": {"IDN/placement": {"numerator": 0, "denominator": 1}},
    "X6": {f"IDN/{field}": ONE_OF_ONE for field in STATED},
    "X5": {"total": {"open": 0, "opened": 0, "closed": 0}},
    "X5.severity": {"total": {"placement": 0, "complaint": 0}},
    "X4": {"total": {"placement": 0, "complaint": 0}},
}
TOLD = {  # of all that, only what is nothing and gives nobody away
    *(("F1", "2026-Q1", "IDN"), ("F1", "2026-Q2", "IDN")),
    *(("F5", "IDN", "numerator"), ("F5", "IDN", "denominator")),
    *((figure, "IDN", "left_out") for figure in ("T1", "T2", "C1")),
    *((figure, "total", column) for figure in ("P1", "X5") for column in ("open", "opened", "closed")),
    *((figure, "total", column) for figure in ("X5.severity", "X4") for column in ("placement", "complaint")),
}


@pytest.fixture(scope="module")
def one(tmp_path_factory):
    frozen = Frozen()
    frozen.placement("IDN", 1)
    return write(frozen, tmp_path_factory.mktemp("one"))


def test_every_figure_is_counted_as_by_hand(one):
    counted = {}
    for line in csv.DictReader(one.edition.restricted.splitlines()):
        if line["value"]:
            cells = counted.setdefault(line["indicator"], {}).setdefault(line["row"], {})
            cells[line["column"]] = float(line["value"])

    assert counted == COUNTED


def test_it_is_told_as_nothing_or_withheld(one):
    told = {}
    for figure in one.publication.figures:
        rows = [(row.code, row.cells) for row in figure.rows] + ([("total", figure.total)] if figure.total else [])
        for row, cells in rows:
            told |= {(figure.id, row, column.code): cell for column, cell in zip(figure.columns, cells, strict=True)}

    assert {place: cell.value for place, cell in told.items() if cell.value is not None} == dict.fromkeys(TOLD, 0)
    counted = {
        (figure, row, column) for figure in COUNTED for row, cells in COUNTED[figure].items() for column in cells
    }
    assert {told[place].mark for place in counted - TOLD} == {"confidential"}
    ratios = {(figure, row, column) for figure, row, column in told if column == "share" and row.startswith("IDN")}
    assert {cell.mark for place, cell in told.items() if place not in counted | ratios} == {"not_available"}
