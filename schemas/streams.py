"""The streams: which kinds of record travel, under which name and version."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, get_args, get_origin

from schemas.complaint import Complaint
from schemas.fields import Classification, Purpose
from schemas.placement import Placement
from schemas.record import Record
from schemas.rules import Rule
from schemas.values import InList

MONTH = "month"  # the period of an amount that does not say its own, by the contract's words


@dataclass(frozen=True)
class Stream:
    """One stream of records: ``name``, major ``version`` and the model each record keeps to."""

    name: str
    version: int
    model: type[Record]

    @property
    def schema_id(self) -> str:
        """The name a manifest gives, such as ``placement/1``."""
        return f"{self.name}/{self.version}"

    @property
    def fields(self) -> tuple[str, ...]:
        """All field names, in the model's order."""
        return tuple(self.model.model_fields)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules between the fields of one record."""
        return self.model.rules

    def python_type(self, field: str) -> Any:
        """The type of a value of ``field`` when present: ``str``, ``date``, ``Decimal``, ``int`` or a list of one."""
        present = _present(self.model.model_fields[field].annotation)
        if get_origin(present) is list:
            return list[_plain(get_args(present)[0])]  # type: ignore[misc] # the item's type is known at run time only
        return present

    def description(self, field: str) -> str:
        """What ``field`` holds, in English."""
        return str(self.model.model_fields[field].description)

    def classification(self, field: str) -> Classification:
        """How sensitive ``field`` is."""
        return Classification(str(self._extra(field)["classification"]))

    def purposes(self, field: str) -> tuple[Purpose, ...]:
        """What ``field`` may be used for, the first of them what it is mainly there for."""
        return tuple(Purpose(name) for name in self._extra(field)["purposes"])

    def unit(self, field: str) -> str | None:
        """What a number counts; None for what is no number."""
        return self._extra(field).get("unit")

    def period_of(self, field: str) -> str | None:
        """The field that says for which period an amount is; it is for a ``MONTH`` where that is absent."""
        per = (self.unit(field) or "").partition(" per ")[2]
        return per if per in self.fields else None

    def may_leave(self, field: str) -> bool:
        """Whether an agreement may let ``field`` travel at all."""
        return bool(self._extra(field).get("leaves", True))

    def code_list(self, field: str) -> str | None:
        """The name of the code list that the values of ``field``, or its items, are from; None if of none."""
        info = self.model.model_fields[field]
        markers = [*info.metadata, *_metadata(info.annotation)]
        return next((marker.name for marker in markers if isinstance(marker, InList)), None)

    def is_required(self, field: str) -> bool:
        """Whether every record must carry ``field``."""
        return self.model.model_fields[field].is_required()

    def _extra(self, field: str) -> dict[str, Any]:
        extra = self.model.model_fields[field].json_schema_extra
        if not isinstance(extra, dict):
            raise TypeError(f"{self.schema_id}.{field} is not described")
        return extra


def _present(annotation: Any) -> Any:
    """What an optional annotation holds when there is something."""
    options = [option for option in get_args(annotation) if option is not type(None)]
    optional = type(None) in get_args(annotation)
    return _plain(options[0] if optional else annotation)


def _plain(annotation: Any) -> Any:
    """The annotation without what is written beside it."""
    return _plain(get_args(annotation)[0]) if get_origin(annotation) is Annotated else annotation


def _metadata(annotation: Any) -> Iterator[Any]:
    """Everything written beside the annotation or any part of it."""
    yield from getattr(annotation, "__metadata__", ())
    for part in get_args(annotation):
        yield from _metadata(part)


STREAMS: dict[str, Stream] = {
    "placement": Stream("placement", 1, Placement),
    "complaint": Stream("complaint", 1, Complaint),
}
