"""What an SDMX observation of ours consists of: the components of the data structure, and codes of SDMX's own lists.

The order is that of the columns of the CSV file.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from reports.figure import Mark

AGENCY = "AMANAH"
VERSION = "1.0.0"  # of the structure: the major rises when a component goes or means something else
DATAFLOW = "EVALUATION"
TOTAL, POOLED, NOT_APPLICABLE = "_T", "_O", "_Z"  # as SDMX's guidelines write them in any dimension

Role = Literal["dimension", "time", "measure", "attribute"]


@dataclass(frozen=True)
class Component:
    """One column. ``codes``: the list that its values are from, where there is one; else its values are ``kind``."""

    id: str
    role: Role
    name: str
    codes: str | None = None
    kind: str = "String"
    required: bool = False


COMPONENTS = (
    Component("FREQ", "dimension", "Frequency", codes="CL_FREQ"),
    Component("REF_AREA", "dimension", "Corridor: the two countries"),
    Component("INDICATOR", "dimension", "Indicator", codes="CL_INDICATOR"),
    Component("ROW", "dimension", "Row: category, side or source; _T all, _O small categories taken together"),
    Component("COLUMN", "dimension", "Column: side, or part of a ratio", codes="CL_COLUMN"),
    Component("TIME_PERIOD", "time", "Quarter or month", kind="ObservationalTimePeriod"),
    Component("OBS_VALUE", "measure", "Observed value", kind="Double"),
    Component("UNIT_MEASURE", "attribute", "Unit of measure", codes="CL_UNIT_MEASURE", required=True),
    Component("OBS_STATUS", "attribute", "Observation status", codes="CL_OBS_STATUS", required=True),
    Component("CONF_STATUS", "attribute", "Confidentiality status", codes="CL_CONF_STATUS", required=True),
    Component("LOWER_BOUND", "attribute", "The value is more than this", kind="Double"),
    Component("UPPER_BOUND", "attribute", "The value is less than this", kind="Double"),
    Component("STATES", "attribute", "What became of a month's packages, oldest first"),
    Component("EDITION", "attribute", "Quarter of the edition that says so", required=True),
)

FREQUENCIES = {"Q": "Quarterly", "M": "Monthly"}
# Those of SDMX's cross-domain lists CL_OBS_STATUS and CL_CONF_STATUS that occur here, under their own names.
OBS_STATUS = {
    "A": "Normal value",
    "M": "Missing value; data cannot exist",
    "O": "Missing value",
    "P": "Provisional value",
    "Q": "Missing value; suppressed",
}
CONF_STATUS = {
    "F": "Free",
    "C": "Confidential statistical information",
    "D": "Secondary confidentiality set by the sender, not for publication",
}
UNITS = {
    "count": "Number",
    "percent": "Per cent",
    "rate": "Per 1,000",
    "days": "Days",
    "ratio": "Ratio",
    "state": "No number: what happened",
    "standing": "No number: above, within or below the limits",
}

# What each mark of a cell becomes: its OBS_STATUS and CONF_STATUS. A cell without a mark is A, or P while something
# is missing from the edition.
STATUS: Mapping[Mark, tuple[str, str]] = {
    "confidential": ("Q", "C"),
    "withheld": ("Q", "D"),
    "more_than": ("Q", "C"),
    "less_than": ("Q", "C"),
    "not_available": ("O", "F"),
    "not_applicable": ("M", "F"),
}


def code_of(text: str) -> str:
    """``text`` as SDMX allows a code to be written: ``F1.area`` is ``F1-area``, as in the page's addresses."""
    return re.sub(r"[^A-Za-z0-9_@$-]", "-", text)
