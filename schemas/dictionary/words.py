"""The words of one language: what a value looks like, what a rule demands, what stands around them on the page."""

import dataclasses
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter

from schemas import mrz, placement
from schemas.dictionary import called
from schemas.forms import PLAIN_TEXT, json_schema
from schemas.rules import InOrder, Rule
from schemas.streams import Stream
from schemas.values import Amount

FOLDER = Path(__file__).parent / "words"

_PATTERNS = {
    placement.PLACEMENT_REF: "placement_ref",
    placement.PLACEMENT_REF.replace("-P-", "-C-"): "complaint_ref",
    placement.PERSON_REF: "person_ref",
    placement.DOCUMENT_NO: "document_no",
    placement.COUNTRY: "three_letters",
    placement.AREA: "area",
    placement.OCCUPATION: "four_digits",
    mrz.LINE: "machine_readable",
    TypeAdapter(Amount).json_schema()["pattern"]: "amount",
}


class LanguageError(ValueError):
    """There is no dictionary in a language; the text names those there are."""


class Words:
    """Speaks one language about the contract."""

    def __init__(self, language: str) -> None:
        """Raise ``LanguageError`` when there are no words in ``language``."""
        known = {path.stem: path for path in sorted(FOLDER.glob("*.yaml"))}
        if language not in known:
            raise LanguageError(f"no data dictionary in {language!r}; there is one in {', '.join(known)}")
        self.language = language
        self.text: Mapping[str, Any] = yaml.safe_load(known[language].read_text(encoding="utf-8"))

    def label(self, stream: Stream, field: str) -> str:
        """What ``field`` is called."""
        return called.label(stream, field, self.language)

    def demand(self, stream: Stream, rule: Rule) -> str:
        """What ``rule`` demands, with the fields' names for people."""
        parameters = dataclasses.asdict(rule)  # type: ignore[call-overload] # every rule is a dataclass
        fields = {name: self._quoted(stream, value) for name, value in parameters.items() if value in stream.fields}
        return str(self.text["rules"][_kind(rule)]).format_map(fields)

    def value(self, stream: Stream, field: str) -> str:
        """What a value of ``field`` looks like."""
        return self._form(value_schema(stream, field))

    def unit(self, stream: Stream, field: str) -> str | None:
        """What a number in ``field`` counts; None for what is no number."""
        unit = stream.unit(field)
        return None if unit is None else str(self.text["units"][unit])

    def _quoted(self, stream: Stream, field: str) -> str:
        return str(self.text["quoted"]).format(text=self.label(stream, field))

    def _form(self, form: Mapping[str, Any]) -> str:
        said: Mapping[str, str] = self.text["value"]
        if form["type"] == "array":
            return said["list"].format(most=form["maxItems"], item=self._form(form["items"]))
        if form["type"] == "integer":
            return said["whole"].format(least=form["minimum"], most=form["maximum"])
        if "enum" in form:
            return said["code"]
        if form.get("format") == "date":
            return said["date"]
        if form["pattern"] != PLAIN_TEXT:
            return said[_PATTERNS[form["pattern"]]]
        return said["at_most"].format(most=form["maxLength"]) if "maxLength" in form else said["text"]


def value_schema(stream: Stream, field: str) -> Mapping[str, Any]:
    """The published JSON Schema of a value of ``field`` when there is one."""
    published = _published(stream)[field]
    [present] = [form for form in published.get("anyOf", [published]) if form["type"] != "null"]
    return present  # type: ignore[no-any-return] # JSON has no types


@cache
def _published(stream: Stream) -> Mapping[str, Any]:
    properties: Mapping[str, Any] = json_schema(stream.model, stream.schema_id)["properties"]
    return properties


def exact_form(stream: Stream, field: str) -> str | None:
    """The regular expression of a value, or of a list's items, where it says more than the words."""
    form = value_schema(stream, field)
    pattern = form.get("items", form).get("pattern")
    return pattern if pattern in _PATTERNS else None


def _kind(rule: Rule) -> str:
    kind = re.sub(r"(?<!^)(?=[A-Z])", "_", type(rule).__name__).lower()
    return f"{kind}_strictly" if isinstance(rule, InOrder) and rule.strictly else kind
