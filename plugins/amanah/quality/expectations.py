"""What is expected of a whole batch, as data: thresholds in YAML beside the agreement, one set per stream."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pydantic import Field, ValidationError

from amanah.quality.demands import Demands, Part
from schemas.located_yaml import Fault, LocatedYaml, UnreadableYaml, describe, locate
from schemas.streams import STREAMS, Stream


class ExpectationsError(ValueError):
    """The file of expectations cannot be used; the text names the file and every fault in it."""


class Comparison(Part):
    """Which batches a batch is compared with: the newest ones before its month, of the same source."""

    months: int = Field(default=6, ge=1, description="at most so many batches")
    at_least: int = Field(default=3, ge=1, description="with fewer, nothing is compared")
    records_at_least: int = Field(default=100, ge=1, description="fewer say nothing about shares, medians and age")


class Confirmation(Part):
    """A batch that is unusual and right: its ``checks`` warn instead of stopping it."""

    source: str
    period: str = Field(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$")
    checks: tuple[str, ...] = Field(min_length=1)
    because: str = Field(min_length=1, description="who confirmed it, and what happened")


class Expectations(Part):
    """What one stream's batches must (``error``) and should (``warning``) look like."""

    compare_with: Comparison = Comparison()
    error: Demands = Demands()
    warning: Demands = Demands()
    confirmed: tuple[Confirmation, ...] = ()
    sources: Mapping[str, "Expectations"] = Field(
        default={}, description="source -> what is expected of its batches instead, such as one that only fills records"
    )
    file: str = Field(default="the expectations file", description="where they stand; set when they are loaded")

    def of(self, source: str) -> "Expectations":
        """What is expected of the batches of ``source``: its own, or those of the stream."""
        own = self.sources.get(source)
        return self if own is None else own.model_copy(update={"file": self.file})

    def fields_of(self, *demands: str) -> tuple[str, ...]:
        """The fields that any of ``demands`` names in either severity, each once."""
        severities = (self.error, self.warning)
        return tuple(dict.fromkeys(f for part in severities for demand in demands for f in part.fields_of(demand)))

    def confirmed_too(self, source: str, more: Sequence[Confirmation]) -> "Expectations":
        """What is expected of the batches of ``source``, with ``more`` confirmed than the file has."""
        own = self.of(source)
        return own.model_copy(update={"confirmed": (*own.confirmed, *more)})

    def faults(self, stream: Stream) -> Iterator[tuple[tuple[str, ...], str]]:
        """Where the thresholds name fields that ``stream`` does not have or that do not fit."""
        for severity, demands in (("error", self.error), ("warning", self.warning)):
            for where, text in demands.faults(stream):
                yield (severity, *where), text
        for source, own in self.sources.items():
            for place, text in own.faults(stream):
                yield ("sources", source, *place), text

    def confirmation(self, source: str, period: str, check: str) -> Confirmation | None:
        """What was said about this ``check`` of this batch, if anything."""
        asked = (source, period)
        return next((c for c in self.confirmed if (c.source, c.period) == asked and check in c.checks), None)


def file_beside(agreement_file: Path) -> Path:
    """Where the expectations of an agreement are: ``idn-sau.yaml`` has ``idn-sau.expectations.yaml``."""
    return agreement_file.with_suffix(".expectations.yaml")


def load(agreement_file: Path) -> dict[str, Expectations]:
    """Load the expectations of every stream beside the agreement.

    Raises ``ExpectationsError`` when the file is absent - a batch is never waved through for lack of thresholds - or
    with every fault in it, by line.
    """
    path = file_beside(agreement_file)
    document = _read(path)
    content = document.data if isinstance(document.data, dict) else {}
    loaded: dict[str, Expectations] = {}
    faults = [*document.faults]
    faults += [Fault((name,), f"no such stream; there are {', '.join(STREAMS)}") for name in content.keys() - STREAMS]
    for name, stream in STREAMS.items():
        if name not in content:
            faults.append(Fault((name,), "missing; say what is expected of its batches"))
            continue
        try:
            found = Expectations.model_validate(content[name])
        except ValidationError as error:
            faults += [Fault((name, *e["loc"]), e["msg"]) for e in error.errors()]
        else:
            faults += [Fault((name, *where), text) for where, text in found.faults(stream)]
            loaded[name] = found.model_copy(update={"file": path.name})
    if faults:
        raise ExpectationsError(describe(path, faults, document))
    return loaded


def _read(path: Path) -> LocatedYaml:
    try:
        return locate(path.read_bytes())
    except FileNotFoundError:
        raise ExpectationsError(
            f"{path}: not there; every agreement needs the expectations of its batches beside it, see docs/quality.md"
        ) from None
    except UnreadableYaml as error:
        raise ExpectationsError(f"{path}, {error}") from None
