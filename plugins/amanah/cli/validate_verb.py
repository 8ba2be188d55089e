"""``amanah validate``: every record of a file against the contract and the agreement."""

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from amanah.cli.checked import a_stream
from amanah.cli.file_options import FIRST_CORRIDOR, AgreementFile
from amanah.cli.output import AsJson, show
from amanah.cli.progress import counting
from schemas import agreement as agreements
from schemas.cautions import caution_checks


def validate(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Parquet, or CSV in UTF-8.")],
    stream: Annotated[str, typer.Option(callback=a_stream, help="placement or complaint.")],
    out: Annotated[
        Path | None, typer.Option(file_okay=False, help="Folder to write into; only the counts are shown if not given.")
    ] = None,
    agreement: AgreementFile = FIRST_CORRIDOR,
    as_json: AsJson = False,  # noqa: FBT002 - typer's way to say a flag
) -> None:
    """Check every record of FILE: accepted.parquet, quarantine.parquet with all reasons, and warnings.parquet.

    FILE has the contract's columns; absent ones are "not available". The exit status is 1 when a record is refused.
    """
    from amanah.quality import bulk  # other verbs need none of it

    agreed = agreements.load(agreement)
    checked = agreed.checked_stream(stream)
    try:
        with counting("records read") as heard:
            outcome = bulk.validate(file, checked, checks=caution_checks(agreed, checked), out=out, heard=heard)
    except bulk.UnusableFolder as error:
        raise typer.BadParameter(str(error), param_hint="--out") from None
    counts = {name: getattr(outcome, name) for name in ("stream", "read", "accepted", "quarantined")}
    if as_json:
        show({**counts, "reasons": _rows(outcome.reasons), "warnings": _rows(outcome.warnings)}, as_json=True)
    else:
        show({**counts, "reasons": _lines(outcome.reasons), "warnings": _lines(outcome.warnings)}, as_json=False)
    if outcome.quarantined:
        raise typer.Exit(1)


def _rows(found: Counter[tuple[str, str]]) -> list[dict[str, str | int]]:
    return [{"field": field, "code": code, "records": count} for (field, code), count in _by_count(found)]


def _lines(found: Counter[tuple[str, str]]) -> dict[str, int]:
    return {f"{field or 'the record'} {code}": count for (field, code), count in _by_count(found)}


def _by_count(found: Counter[tuple[str, str]]) -> list[tuple[tuple[str, str], int]]:
    return sorted(found.items(), key=lambda item: (-item[1], item[0]))
