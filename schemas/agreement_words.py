"""What pydantic says about a clause of the wrong form, in the words of whoever writes the YAML."""

from collections.abc import Iterator, Sequence

from pydantic_core import ErrorDetails

from schemas.located_yaml import Fault, Location

_SAID = {
    "missing": "is required and missing",
    "extra_forbidden": "no such entry here; see docs/agreement.md for those there are",
    "string_type": "expected a text; put it in quotes",
    "int_type": "expected a whole number, without quotes",
    "tuple_type": "expected a list",
    "dict_type": "expected a mapping",
    "mapping_type": "expected a mapping",
    "model_type": "expected a mapping",
}
_KEY = "[key]"  # pydantic's last step for a fault in the key of a mapping itself


def form_faults(errors: Sequence[ErrorDetails]) -> Iterator[Fault]:
    """One fault for each of ``errors``, none of which quotes a value; none for what only follows from another."""
    places = [tuple(error["loc"]) for error in errors]
    for error, place in zip(errors, places, strict=True):
        if error["type"] == "too_short":
            if not any(len(other) > len(place) and other[: len(place)] == place for other in places):
                yield Fault(place, "expected more entries than there are")
        else:
            yield Fault(_written(place), _SAID.get(error["type"], error["msg"]))


def _written(place: Location) -> Location:
    return place[:-1] if place and place[-1] == _KEY else place
