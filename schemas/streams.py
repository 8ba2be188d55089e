"""The streams: which kinds of record travel, under which name and version."""

from dataclasses import dataclass
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from schemas.complaint import Complaint
from schemas.fields import Classification
from schemas.placement import Placement


@dataclass(frozen=True)
class Stream:
    """One stream of records: ``name``, major ``version`` and the model each record keeps to."""

    name: str
    version: int
    model: type[BaseModel]

    @property
    def schema_id(self) -> str:
        """The name a manifest gives, such as ``placement/1``."""
        return f"{self.name}/{self.version}"

    @property
    def fields(self) -> tuple[str, ...]:
        """All field names, in the model's order."""
        return tuple(self.model.model_fields)

    def python_type(self, field: str) -> Any:
        """The type of a value of ``field`` when it is present: ``str``, ``date``, ``Decimal`` or ``list[str]``."""
        annotation = self.model.model_fields[field].annotation
        present = [arg for arg in get_args(annotation) if arg is not type(None)]
        if get_origin(annotation) is list or not present:
            return annotation
        return list[str] if get_origin(present[0]) is list else present[0]

    def classification(self, field: str) -> Classification:
        """How sensitive ``field`` is."""
        extra = self.model.model_fields[field].json_schema_extra
        if not isinstance(extra, dict):
            raise TypeError(f"{self.schema_id}.{field} has no classification")
        return Classification(str(extra["classification"]))


STREAMS: dict[str, Stream] = {
    "placement": Stream("placement", 1, Placement),
    "complaint": Stream("complaint", 1, Complaint),
}
