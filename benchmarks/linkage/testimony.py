"""What a witness adds: ``python -m benchmarks.linkage.testimony`` prints the tables of ``docs/linkage.md``.

A corridor is generated, with what its citizens told their own foreign ministry, and reconciled with and without that
witness, each in a process of its own. What the witness says is held against what is true of each placement.
"""

import argparse
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import pyarrow.parquet as pq

from amanah.demo import corridor as corridors
from amanah.demo.corridor import Corridor
from amanah.demo.corridor.pairs import Pair
from amanah.demo.corridor.registrations import reference
from amanah.demo.corridor.views import PlacementView
from benchmarks.linkage.running import PROGRAM, Run, median_of, run
from schemas.agreement import FOLDER, load

WITNESS = "peduli_wni"
ABOUT_WHOLE_RECORDS = ("knows", "joins")
DECIDES = ("ours", "theirs")
OF_VALUES = ("field", "stage")


class Said(NamedTuple):
    """One row of the table: about which kind of discrepancy it says what, and whether that is true."""

    about: str
    says: str
    true: bool


def main() -> None:
    """Generate, reconcile both ways, print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--records", type=int, default=100_000)
    asked.add_argument("--seed", type=int, default=7)
    asked.add_argument("--noise", default="real")
    asked.add_argument("--times", type=int, default=3)
    given = asked.parse_args()
    agreement = load(FOLDER / "idn-sau.yaml")
    made = corridors.generate(records=given.records, seed=given.seed, noise=given.noise, agreement=agreement)
    with TemporaryDirectory() as folder:
        corridors.write(made, Path(folder))
        without, beside = _reconciled(Path(folder), made.window.months[-1], given.times)
        print(f"{given.records:,} records, seed {given.seed}, noise {given.noise}")
        print(f"CPU seconds (medians of {given.times}): {without.cpu:.1f} without, {beside.cpu:.1f} with the witness")
        print(f"Peak MB: {without.peak:,} without, {beside.peak:,} with the witness\n")
        heard = beside.said["witnesses"][WITNESS]
        print(f"Its records: {heard['records']:,}; linked {heard['linked']}; unsure {heard['unsure']}\n")
        print("\n".join(_table(Counter(_said(made, Path(folder))))))


def _reconciled(folder: Path, period: str, times: int) -> tuple[Run, Run]:
    """Medians without and with the witness, in turn."""
    command: list[str | Path] = [PROGRAM, "reconcile", folder / "ours.parquet", folder / "theirs.parquet"]
    command += ["--period", period, "--out", folder / "out", "--json"]
    witness = ["--witness", f"{WITNESS}={folder / 'abroad.parquet'}"]
    rounds = [(run(command), run([*command, *witness])) for _ in range(times)]
    without, beside = zip(*rounds, strict=True)
    return median_of(without), median_of(beside)


def _said(made: Corridor, folder: Path) -> Iterator[Said]:
    """What the witness says of every discrepancy that it was asked about."""
    of_record = {view.ref: pair for pair in made.pairs for view in pair.views}
    of_registration = {reference(pair.truth): pair for pair in made.pairs}
    discrepancies = {row["id"]: row for row in pq.read_table(folder / "out" / "discrepancies.parquet").to_pylist()}
    registers = {
        ref: record
        for whose in DECIDES
        for record in pq.read_table(folder / f"{whose}.parquet").to_pylist()
        if (ref := record["record_ref"]) in of_record
    }
    for told in pq.read_table(folder / "out" / "testimony.parquet").to_pylist():
        found = discrepancies[told["id"]]
        about = found["field"] if found["class"] in OF_VALUES else found["class"]
        pair = of_record[found["ours_ref"] or found["theirs_ref"]]
        if told["says"] in ABOUT_WHOLE_RECORDS:
            yield Said(about, told["says"], of_registration.get(told["witness_ref"]) is pair)
        elif told["says"] in DECIDES and found["class"] not in OF_VALUES:
            its_own = of_record[found[f"{told['says']}_ref"]]
            yield Said(about, told["says"], of_registration.get(told["witness_ref"]) is its_own)
        elif told["says"] in DECIDES:
            yield Said(about, told["says"], _holds(made, pair, found, told["says"], registers))
        else:
            yield Said(about, told["says"], true=False)  # nothing that could be


def _holds(
    made: Corridor, pair: Pair, found: Mapping[str, Any], says: str, registers: Mapping[str, Mapping[str, Any]]
) -> bool:
    """Whether the side that the witness agrees with has what is true at the end, and the other side has not."""
    honest = PlacementView(party=made.origin, ref="", placement=pair.truth).as_of(made.window.end)
    field = found["field"]
    true = {whose: registers[found[f"{whose}_ref"]][field] == honest[field] for whose in DECIDES}
    other = DECIDES[1 - DECIDES.index(says)]
    return true[says] and not true[other]


def _table(said: Mapping[Said, int]) -> Iterator[str]:
    yield "| about | discrepancies | it speaks | names one side, or knows the worker | of these true |"
    yield "|---|---|---|---|---|"
    everything = [(about, *_counts(said, about)) for about in sorted({one.about for one in said})]
    everything.append(("all", *(sum(column) for column in list(zip(*everything, strict=True))[1:])))
    for about, asked, speaks, tells, true in everything:
        yield f"| `{about}` | {asked:,} | {speaks:,} ({speaks / asked:.0%}) | {tells:,} | {true:,} |"


def _counts(said: Mapping[Said, int], about: str) -> tuple[int, int, int, int]:
    here = {one: count for one, count in said.items() if one.about == about}
    telling = {one: count for one, count in here.items() if one.says in (*DECIDES, *ABOUT_WHOLE_RECORDS)}
    return (
        sum(here.values()),
        sum(count for one, count in here.items() if one.says != "silent"),
        sum(telling.values()),
        sum(count for one, count in telling.items() if one.true),
    )


if __name__ == "__main__":
    main()
