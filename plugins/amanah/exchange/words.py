"""The words from node to node that the stream ``status`` carries: one part each, and never answered."""

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from amanah.exchange.codes import Code, Refused

STATUS_PART = "status.json"
RESEND_PART = "resend.json"
CERTIFICATE_PART = "certificate.json"
DIFFERENCE_PART = "difference.json"
CASES_PART = "cases.json"

Word = TypeVar("Word", bound=BaseModel)


def read(room: Path, part: str, model: type[Word]) -> Word:
    """Read the word in ``part``. Raises ``Refused`` when it is not there or not of its form."""
    try:
        return model.model_validate_json((room / part).read_bytes())
    except (ValidationError, FileNotFoundError):
        raise Refused(Code.PART_DIFFERS, f"{part} is missing or does not keep to its schema") from None
