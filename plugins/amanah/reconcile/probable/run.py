"""The whole of it: from the records that are left to probable links."""
# ruff: noqa: S608 - SQL is made of column names of the specification; no value of a record enters a statement

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from amanah.reconcile.engine import Engine
from amanah.reconcile.probable.blocking import bits_of, block, enough_bits
from amanah.reconcile.probable.clustering import together
from amanah.reconcile.probable.comparison import FAMILIES, Papers, Telling, compare
from amanah.reconcile.probable.components import Places, hanging_together
from amanah.reconcile.probable.estimation import Learned, LearnedWithin, Pattern, learn, learn_within
from amanah.reconcile.probable.matching import claim_of, posterior
from amanah.reconcile.probable.parameters import Parameters
from amanah.reconcile.probable.reading import read
from amanah.reconcile.probable.traits import Traits
from amanah.reconcile.probable.wording import why
from schemas.agreement_stream import Role

CERTAIN, PROBABLE, POSSIBLE = 0.99, 0.9, 0.5  # least probability of each grade
_WORTH_WEIGHING = 0.001  # a pair less likely than this takes nothing from another


def link_rest(
    engine: Engine,
    traits: Traits,
    free: Mapping[str, str],
    everyone: Mapping[str, str] | None = None,
    *,
    apart: str | None = None,
    by: Parameters | None = None,
) -> Parameters:
    """Make ``probable`` (a_ref, b_ref, score, grade, why): one to one, each with at least the probability ``POSSIBLE``.

    Args:
        engine: holds what ``free`` reads.
        traits: what of the records is compared.
        free: SQL for the rows of side ``a`` and of side ``b`` that have no link yet.
        everyone: SQL for all rows of both sides, where those are more.
        apart: SQL for pairs (a_ref, b_ref) that are known not to be one.
        by: parameters learned earlier; without them they are learned from these very records.

    Returns:
        The parameters by which pairs were judged.
    """
    names = read(engine, traits, free, everyone or free, alone=None if by is None else by.alone)
    enough = enough_bits(engine) if by is None else by.enough
    bits = bits_of(engine, traits.circumstances) if by is None else by.bits
    words = names.writings.tell(names.bearers) if by is None else by.words
    by_circumstance = {each: bits[each.name] for each in traits.circumstances}
    telling = [each for each, told in by_circumstance.items() if told >= enough]
    block(engine, traits.identifiers, telling, strangers=by is None)
    if apart is not None:
        engine.execute(
            "DELETE FROM pair USING trait x, trait y WHERE kind = 'across' AND x.no = a_no AND y.no = b_no\n"
            f"  AND (x.ref, y.ref) IN (SELECT (a_ref, b_ref) FROM {apart})"
        )
    tell = Telling(by_circumstance, words, enough)
    compare(engine, traits.identifiers, tell, names.writings, strangers=by is None)
    if by is None:
        alone = engine.table("SELECT bearer FROM bears_alone ORDER BY bearer")["bearer"].to_pylist()
        learned = learn(_patterns(engine))
        by = Parameters(bits, enough, words, tuple(alone), learned, _claim(engine, learned))
    engine.register("weighed", weighed(engine, by.learned, by.claim))
    engine.execute(_stated(traits))
    return by


def link_within(engine: Engine, traits: Traits, table: str) -> None:
    """Make ``probable`` (a_ref, b_ref, score, grade, why) of the pairs in ``table``, and ``cluster`` (ref, cluster).

    A pair has at least the probability ``POSSIBLE``; its smaller reference stands first. Clusters join what is at least
    ``PROBABLE``; each record is in one, and it bears the smallest reference in it.
    """
    names = read(engine, traits, {"a": table}, {"a": table})
    bits, enough, records = bits_of(engine, traits.circumstances), enough_bits(engine), engine.count("trait")
    tell = Telling({each: bits[each.name] for each in traits.circumstances}, names.writings.tell(names.bearers), enough)
    telling = [each for each in traits.circumstances if bits[each.name] >= enough]
    block(engine, traits.identifiers, telling, strangers=False, sides="a")
    compare(engine, traits.identifiers, tell, names.writings, strangers=True)
    learned = learn_within(_patterns(engine))
    likely = _pairs(engine, learned, POSSIBLE)  # what no likely pair joins, nothing does
    group = hanging_together(*_places(likely), records)
    _pair_rest(engine, group)
    compare(engine, traits.identifiers, tell, names.writings, strangers=False)
    engine.execute("INSERT INTO alike FROM alike_by_key")
    pairs = _within(engine, learned, group)
    engine.register("weighed", pairs)
    engine.execute(_stated(traits))
    sure = pairs.filter(pc.greater_equal(pairs["score"], PROBABLE))
    first = hanging_together(*_places(sure), records)
    engine.register("grouped", pa.table({"no": np.arange(records) + 1, "first": first + 1}))
    engine.execute(
        "CREATE TEMP TABLE cluster AS SELECT x.ref, y.ref AS cluster\n"
        "FROM grouped JOIN trait x USING (no) JOIN trait y ON y.no = first"
    )


def _stated(traits: Traits) -> str:
    """The statement that makes ``probable`` of the pairs in ``weighed`` that are worth stating."""
    called = [traits.labels.get(field, field) for field in traits.of(Role.IDENTIFIER)]
    return (
        "CREATE TEMP TABLE probable AS SELECT a_ref, b_ref, score,\n"
        f"  CASE WHEN score >= {CERTAIN} THEN 'certain' WHEN score >= {PROBABLE} THEN 'probable'\n"
        f"    ELSE 'possible' END AS grade, {why(called)} AS why\n"
        "FROM weighed JOIN alike USING (a_no, b_no) JOIN (SELECT no AS a_no, ref AS a_ref FROM trait) USING (a_no)\n"
        "  JOIN (SELECT no AS b_no, ref AS b_ref FROM trait) USING (b_no)\n"
        f"WHERE score > {POSSIBLE}"
    )


def _patterns(engine: Engine) -> list[Pattern]:
    """Which combinations of levels there are, and how often across the sides and within them."""
    levels = ", ".join(FAMILIES)
    found = engine.rows(
        f"SELECT {levels}, sum(CASE kind WHEN 'across' THEN weight ELSE 0 END)::BIGINT,\n"
        "  sum(CASE kind WHEN 'across' THEN 0 ELSE weight END)::BIGINT\n"
        f"FROM alike GROUP BY ALL ORDER BY {levels}"
    )
    return [Pattern(tuple(row[:-2]), row[-2], row[-1]) for row in found]


def _claim(engine: Engine, learned: Learned) -> float:
    """What it adds that nobody else can be meant, as far as these records show."""
    links = float(np.sum(weighed(engine, learned, 1.0)["score"].to_numpy()))
    return claim_of(links, [engine.count(f"trait WHERE side = '{side}'") for side in "ab"])


def weighed(engine: Engine, learned: Learned, claim: float) -> pa.Table:
    """Every pair that is worth it, with its probability beside all others: (a_no, b_no, score)."""
    pairs = _pairs(engine, learned, _WORTH_WEIGHING / claim)
    (left, right), alone = _places(pairs), pairs["alone"].to_numpy()
    left, right = (np.unique(side, return_inverse=True)[1] for side in (left, right))
    # Where several papers can be compared and all differ, it takes more than that nobody else is left.
    against = pc.equal(pairs["papers"], Papers.OTHERS).to_numpy()
    score = posterior(left, right, alone, claim=np.where(against, 1.0, claim))
    return pairs.select(["a_no", "b_no"]).append_column("score", pa.array(score, pa.float64()))


def _pair_rest(engine: Engine, group: Places) -> None:
    """Make ``pair`` anew, of the pairs within a group that share no key; the others become ``alike_by_key``."""
    engine.register("held", pa.table({"no": pa.array(np.arange(len(group)) + 1, pa.int32()), "first": group}))
    engine.execute(
        "CREATE TEMP TABLE pair AS SELECT 'across' AS kind, 1 AS weight, a_no, b_no FROM (\n"
        "  SELECT x.no AS a_no, y.no AS b_no FROM held x JOIN held y ON x.first = y.first AND x.no < y.no)\n"
        "ANTI JOIN alike USING (a_no, b_no)"
    )
    engine.execute("ALTER TABLE alike RENAME TO alike_by_key")


def _within(engine: Engine, learned: LearnedWithin, group: Places) -> pa.Table:
    """Every two records of a group, with their probability beside all others: (a_no, b_no, score)."""
    pairs = _pairs(engine, learned, 0.0)
    (one, other), alone, evidence = _places(pairs), pairs["alone"].to_numpy(), pairs["evidence"].to_numpy()
    inside = group[one] == group[other]
    one, other, score = together(group, one[inside], other[inside], alone[inside], evidence[inside])
    return pa.table(
        {"a_no": pa.array(one + 1, pa.int32()), "b_no": pa.array(other + 1, pa.int32()), "score": pa.array(score)}
    )


def _pairs(engine: Engine, learned: Learned | LearnedWithin, least: float) -> pa.Table:
    """The pairs that may be one, with at least the probability ``least``: (a_no, b_no, alone, evidence)."""
    levels = ", ".join(FAMILIES)
    patterns = engine.rows(f"SELECT DISTINCT {levels} FROM alike WHERE kind = 'across' ORDER BY {levels}")
    if not patterns:
        return pa.table({name: pa.array([], kind) for name, kind in _PAIRS})
    columns = dict(zip(FAMILIES, zip(*patterns, strict=True), strict=True))
    alone = learned.probabilities(patterns)
    evidence = learned.evidence(patterns) if isinstance(learned, LearnedWithin) else alone
    engine.register("learned", pa.table({**columns, "alone": alone, "evidence": evidence}))
    return engine.table(
        f"SELECT a_no, b_no, alone, evidence, papers FROM alike JOIN learned USING ({levels})\n"
        f"WHERE kind = 'across' AND alone >= {least} ORDER BY a_no, b_no"
    )


def _places(pairs: pa.Table) -> tuple[Places, Places]:
    """The places of both records of each pair: ``no`` counts from 1."""
    one, other = (pairs[side].to_numpy().astype(np.int64) - 1 for side in ("a_no", "b_no"))
    return one, other


_PAIRS = (
    ("a_no", pa.int32()),
    ("b_no", pa.int32()),
    ("alone", pa.float64()),
    ("evidence", pa.float64()),
    ("papers", pa.string()),
)
