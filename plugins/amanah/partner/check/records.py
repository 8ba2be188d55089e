"""The records that a check sends: synthetic ones, valid under the agreement, under references of this run only."""

from collections.abc import Iterator, Mapping

from pydantic import ValidationError

from amanah.demo import corridor
from amanah.exchange import parts
from schemas.agreement import Agreement

Record = dict[str, object]
_PLACEMENTS = (60, 600, 6_000)  # a side; of other streams there are fewer
_ENOUGH = 40  # records that a course needs


def synthetic(agreement: Agreement, sender: str, stream: str, *, run: str) -> Iterator[Record]:
    """Valid records of ``sender``, each under a reference that no other run uses; nobody in them exists."""
    model, fields = agreement.record_model(stream), agreement.granted(stream, sender=sender)
    for number, found in enumerate(_generated(agreement, sender, stream), start=1):
        record = parts.narrowed(found, fields)
        if "placement_ref" in record:
            record["placement_ref"] = None  # the placements it would speak of are not sent
        record["record_ref"] = reference(str(found["record_ref"]), f"{run}-{number}")
        if _is_valid(record, model):
            yield record


def _generated(agreement: Agreement, sender: str, stream: str) -> list[Record]:
    found: list[Record] = []
    for placements in _PLACEMENTS:
        made = corridor.generate(records=placements, seed=7, noise="none", agreement=agreement)
        found = made.current(sender, stream).to_pylist()
        if len(found) >= _ENOUGH:
            break
    return found


def reference(like: str, name: str) -> str:
    """A reference of the same party and kind as ``like``, such as ``IDN-P-000123``, that is called ``name``."""
    party, kind, _ = like.split("-", 2)
    return f"{party}-{kind}-{name}"


def _is_valid(record: Mapping[str, object], model: type) -> bool:
    try:
        model.model_validate(record)  # type: ignore[attr-defined]  # a Record's subclass, made for the agreement
    except ValidationError:
        return False
    return True
