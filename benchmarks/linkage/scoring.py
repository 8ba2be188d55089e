"""How much of what was linked is right, how much of what is right was linked, and whom wrong links take for whom."""

from dataclasses import dataclass
from pathlib import Path

import duckdb

KEYLESS = "keyless"
ALL = "all"
_KINDS = {  # the first that holds says how the two people of a wrong link hang together
    "same worker, other placement": "o.person = t.person",
    "near-twin": "o.twin = t.twin",
    "brother or sister": "o.family = t.family",
    "hired together": "o.crew = t.crew",
}


@dataclass(frozen=True)
class Rates:
    """Pairs to find, pairs found, and links that are wrong."""

    to_find: int
    found: int
    wrong: int

    @property
    def precision(self) -> float:
        """Share of the links that are right; 1 where there is none."""
        return self.found / (self.found + self.wrong) if self.found + self.wrong else 1.0

    @property
    def recall(self) -> float:
        """Share of the pairs that were found; 1 where there is none to find."""
        return self.found / self.to_find if self.to_find else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of the two."""
        whole = self.to_find + self.found + self.wrong
        return 2 * self.found / whole if whole else 1.0


@dataclass(frozen=True)
class Scored:
    """``groups``: rates of all pairs, of those without one right key (`KEYLESS`), and of each way they were made.

    A wrong link counts in every group that one of its two records has a pair in. ``wrong`` counts the wrong links by
    how the two people hang together.
    """

    groups: dict[str, Rates]
    wrong: dict[str, int]


def score(links: Path, truth: Path) -> Scored:
    """Score the pairs in ``links`` (Parquet: ours_ref, theirs_ref; ``grade`` ``possible`` is no link).

    Pairs that are free to be linked or not, because a record stands twice, count neither way.
    """
    with duckdb.connect() as db:
        _load(db, links, truth)
        groups = [ALL, KEYLESS, *(row[0] for row in db.execute("SELECT DISTINCT made FROM pair ORDER BY 1").fetchall())]
        return Scored({group: _rates(db, group) for group in groups}, _wrong_kinds(db))


def differing_fields(out: Path, truth: Path) -> dict[str, int]:
    """How many pairs under one contract number were found to differ in each field, of those that reconciling names."""
    with duckdb.connect() as db:
        return dict(
            db.execute(
                f"SELECT field, count(*) FROM read_parquet('{out}/discrepancies.parquet')\n"
                f"JOIN read_parquet('{truth}') USING (ours_ref, theirs_ref)\n"
                "WHERE class = 'field' AND made = 'clean' GROUP BY field ORDER BY field"
            ).fetchall()
        )


def judged(links: Path, truth: Path) -> str:
    """SQL that gives the pairs of ``links`` with ``holds``, whether they are pairs in truth; free ones are left out."""
    return (
        f"SELECT l.*, t.ours_ref IS NOT NULL AS holds FROM read_parquet('{links}') l\n"
        f"LEFT JOIN read_parquet('{truth}') t USING (ours_ref, theirs_ref) WHERE t.free IS NOT TRUE"
    )


def _load(db: duckdb.DuckDBPyConnection, links: Path, truth: Path) -> None:
    db.execute(f"CREATE TABLE truth AS FROM read_parquet('{truth}')")
    columns = [row[0] for row in db.execute(f"DESCRIBE FROM read_parquet('{links}')").fetchall()]
    graded = "WHERE grade <> 'possible'" if "grade" in columns else ""
    db.execute(f"CREATE TABLE linked AS SELECT ours_ref, theirs_ref, holds FROM ({judged(links, truth)}) {graded}")
    db.execute(
        "CREATE TABLE pair AS SELECT ours_ref, theirs_ref, made, keyed FROM truth\n"
        "WHERE ours_ref IS NOT NULL AND theirs_ref IS NOT NULL AND NOT free"
    )


def _rates(db: duckdb.DuckDBPyConnection, group: str) -> Rates:
    among = {ALL: "true", KEYLESS: "NOT keyed"}.get(group, "made = $group")
    wanted = {"group": group} if "$" in among else {}
    found, to_find = db.execute(
        f"SELECT count(holds), count(*) FROM (FROM pair WHERE {among}) LEFT JOIN linked USING (ours_ref, theirs_ref)",
        wanted,
    ).fetchall()[0]
    of_group = (
        "" if group == ALL else "AND (ours_ref IN (SELECT ours_ref FROM g) OR theirs_ref IN (SELECT theirs_ref FROM g))"
    )
    wrong = db.execute(
        f"WITH g AS (FROM pair WHERE {among}) SELECT count(*) FROM linked WHERE NOT holds {of_group}", wanted
    ).fetchall()[0][0]
    return Rates(to_find, found, wrong)


def _wrong_kinds(db: duckdb.DuckDBPyConnection) -> dict[str, int]:
    kinds = " ".join(f"WHEN {holds} THEN '{kind}'" for kind, holds in _KINDS.items())
    return dict(
        db.execute(
            f"SELECT CASE {kinds} ELSE 'stranger' END AS kind, count(*) FROM linked l\n"
            "JOIN truth o ON o.ours_ref = l.ours_ref AND o.made <> 'copy'\n"
            "JOIN truth t ON t.theirs_ref = l.theirs_ref AND t.made <> 'copy'\n"
            "WHERE NOT holds GROUP BY kind ORDER BY kind"
        ).fetchall()
    )
