"""The attack on an edition: subtracting finds nothing, and where it would, the edition is mended or refused."""

from itertools import product

import pytest
from frozen import AGREEMENT, Frozen, a_quarter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_corridor import a_random_corridor

from reports import evaluate, indicators, told
from reports.counted import Counted, Tally
from reports.disclosure import DisclosureError, Rule, Told, made_safe, protect
from reports.disclosure.audit import ContradictionError, exposures
from reports.disclosure.relations import Link, links
from reports.figure import CONFIDENTIAL, TOTAL, WITHHELD, Cell, Column, Figure, Row
from reports.measure import Meter
from reports.publication import Publication
from reports.snapshot import open_tables, read_terms

RULE = Rule(10)
SIDES = ("IDN", "SAU")


def table(name, rows, total=None, columns=("IDN",)):
    """A table as it is published; ``...`` is a hidden count."""

    def cells(values):
        return tuple(CONFIDENTIAL if value is ... else Cell(value=value) for value in values)

    return Figure(
        id=name,
        form="breakdown",
        columns=tuple(Column(code=code, unit="count") for code in columns),
        rows=tuple(Row(code=code, cells=cells(values)) for code, values in rows.items()),
        total=None if total is None else cells(total),
    )


def edition(*figures, quarter="2026-Q3", more=(), name=None):
    known = links(figures, (), SIDES, quarter, "2026-Q2")
    return Told(quarter, name or quarter, figures, RULE, (*known, *more))


def places(found):
    return [(each.what, *each.place) for each in found]


def test_a_hidden_cell_that_the_rows_and_the_total_give_away_is_found_and_the_smallest_other_withheld():
    few = edition(table("F9", {"a": [10], "b": [...]}, [10]))

    assert places(exposures(few)) == [("cell", "F9", "b", "IDN")]
    [mended] = made_safe(few)
    assert mended.at("a", "IDN") == WITHHELD
    assert mended.total_of("IDN") == Cell(value=10)


def test_rounding_alone_protects_where_there_is_room_for_it():
    assert exposures(edition(table("F9", {"a": [120], "b": [45], "c": [...]}, [170]))) == []


def test_subtracting_one_table_from_another_is_found_and_mended():
    """Fewer than ten women, about ten men, and in another table about ten in all: one or two are women."""
    women, men, everybody = table("F7", {"women": [...]}), table("F8", {"men": [10]}), table("F9", {"all": [10]})
    same = Link((("F7", "women", "IDN"), ("F8", "men", "IDN")), (("F9", "all", "IDN"),), equal=True)
    few = edition(women, men, everybody, more=[same])

    assert places(exposures(few)) == [("cell", "F7", "women", "IDN")]
    assert made_safe(few)[1].at("men", "IDN") == WITHHELD


def test_figures_that_cannot_be_are_refused_as_our_own_fault():
    whole, part = table("F8", {"a": [10]}), table("F9", {"a": [40]})
    wrong = Link((("F9", "a", "IDN"),), (("F8", "a", "IDN"),), equal=True, told=True)

    with pytest.raises(ContradictionError, match="mend reports/catalogue"):
        exposures(edition(whole, part, more=[wrong]))


def test_a_side_beyond_what_both_know_is_protected_too():
    counts = table("F1", {"now": [10, 12]}, columns=("matched", "IDN"))
    beyond = Link((("F1", "now", "matched"),), (("F1", "now", "IDN"),), equal=False, told=True)
    exact = Told("2026-Q3", "2026-Q3", (counts,), Rule(10, "rounding"), (beyond,))

    assert exposures(exact) == []  # 10 may be 10 to 12, and 12 is no told value: 0 stays possible


@pytest.mark.parametrize(("before", "now", "found"), [(10, 10, []), (10, 15, []), (20, 25, []), (40, 40, [])])
def test_the_change_between_two_editions_stays_hidden_by_rounding(before, now, found):
    then = edition(table("F9", {"a": [before]}), name="version 1")

    assert exposures(edition(table("F9", {"a": [now]})), [then]) == found


def test_what_an_earlier_edition_told_cannot_be_withheld_any_more():
    """The first version told both a and the total: whatever the second keeps back, its b is found with the first."""
    first = Told("2026-Q3", "version 1", (table("F9", {"a": [10]}),), RULE, ())
    second = edition(table("F9", {"a": [10], "b": [...]}, [10]), name="version 2")

    [mended] = made_safe(second, [first])
    assert (mended.at("a", "IDN"), mended.total_of("IDN")) == (Cell(value=10), WITHHELD)

    both = Told("2026-Q3", "version 1", (table("F9", {"a": [10]}, [10]),), RULE, ())
    with pytest.raises(DisclosureError, match="F9 / b / IDN"):
        made_safe(second, [both])


@st.composite
def small_tables(draw):
    """The exact counts of a table with one column, and what is published of it."""
    counts = draw(st.lists(st.integers(0, 25), min_size=1, max_size=4))
    hidden = [... if 0 < count < 10 else 5 * round(count / 5) for count in counts]
    total = sum(counts)
    return counts, hidden, ... if 0 < total < 10 else 5 * round(total / 5)


def ranges_by_trying(hidden, total):
    """What each cell can be, by trying all there is: the counts behind what is told that add up to a possible total."""

    def behind(value, least):
        low, high = (least, 9) if value is ... else RULE.counts_behind(value)
        return range(low, high + 1)

    totals = set(behind(total, 1))
    least = 0 if total is ... else 1
    possible = [found for found in product(*(behind(value, least) for value in hidden)) if sum(found) in totals]
    return [(min(column), max(column)) for column in zip(*possible, strict=True)]


@given(small_tables())
def test_the_attack_finds_what_trying_everything_finds(made):
    counts, hidden, total = made
    if total is ...:
        hidden = [...] * len(hidden)  # as protect has it
    told_ = edition(table("F9", {str(number): [value] for number, value in enumerate(hidden)}, [total]))
    ranges = ranges_by_trying(hidden, total)

    by_trying = {
        str(number)
        for number, (value, (low, high)) in enumerate(zip(hidden, ranges, strict=True))
        if value is ... and high >= 1 and high - low + 1 < 3
    }
    assert {each.place[1] for each in exposures(told_) if each.place[1] != TOTAL} == by_trying
    assert all(low <= count <= high for count, (low, high) in zip(counts, ranges, strict=True))


@given(small_tables())
def test_what_is_made_safe_is_safe_or_refused(made):
    _, hidden, total = made
    told_ = edition(table("F9", {str(number): [value] for number, value in enumerate(hidden)}, [total]))
    try:
        mended = made_safe(told_)
    except DisclosureError as refused:
        assert "F9" in str(refused)  # noqa: PT017 - either way is right
    else:
        assert exposures(Told(told_.quarter, told_.name, mended, RULE, told_.links)) == []


def exact_figure(counted: Counted) -> Figure:
    def cells(values):
        return tuple(Cell(value=value.count) if isinstance(value, Tally) else Cell() for value in values)

    rows = tuple(Row(code=code, cells=cells(values)) for code, values in counted.rows.items())
    total = None if counted.total is None else cells(counted.total)
    return Figure(id=counted.id, form=counted.form, columns=counted.columns, rows=rows, total=total)


@st.composite
def snapshots(draw):
    """A corridor of any shape: who has what, when, and who knows it."""
    frozen = Frozen(frozen_by=draw(st.sampled_from(SIDES)))
    days = st.dates(*(AGREEMENT.in_force_from, AGREEMENT.in_force_from.replace(month=9, day=30)))
    for number in range(draw(st.integers(0, 25))):
        ours, theirs = (
            {
                "stage_date": draw(days),
                "contract_start": draw(days),
                "area": draw(st.sampled_from(["SA-01", "SA-02", None])),
                "sex": draw(st.sampled_from(["F", "M", None])),
                "wage_amount": draw(st.sampled_from([1400, 1500, None])),
                "stage": draw(st.sampled_from(["arrived", "cancelled", "returned"])),
            }
            for _ in SIDES
        )
        pair = frozen.placement(frozen.frozen_by, number, **ours), frozen.placement(frozen.partner, number, **theirs)
        if draw(st.booleans()):
            frozen.link("placement", *pair)
    for number in range(draw(st.integers(0, 15))):
        told_by = [
            {
                "received_on": draw(days),
                "placement_ref": draw(st.sampled_from([None, "IDN-P-00001"])),
                "kind": draw(st.sampled_from(["wages_unpaid", "sick"])),
            }
            for _ in SIDES
        ]
        pair = (
            frozen.complaint(frozen.frozen_by, number, **told_by[0]),
            frozen.complaint(frozen.partner, number, **told_by[1]),
        )
        if draw(st.booleans()):
            frozen.link("complaint", *pair)
    frozen.discrepancies(draw(st.integers(0, 5)), opened_in=draw(st.sampled_from(["2026-03", "2026-06", "2026-08"])))
    frozen.discrepancies(draw(st.integers(0, 5)), stream="complaint", closed_in="2026-09")
    return frozen


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None)
@given(snapshots())
def test_every_relation_of_the_catalogue_holds_of_the_exact_figures(tmp_path_factory, frozen):
    assert_relations_hold(frozen.write(tmp_path_factory.mktemp("exact") / "snapshot"))


def test_every_relation_holds_of_a_corridor_with_every_field(tmp_path):
    assert_relations_hold(a_random_corridor().write(tmp_path))


def assert_relations_hold(folder):
    terms, catalogue = read_terms(folder, AGREEMENT), indicators.load()
    with open_tables(folder, terms) as tables:
        meter = Meter(tables, terms, AGREEMENT, catalogue.parameters)
        figures = [exact_figure(each) for each in meter.measure("2026-Q3", catalogue.indicators)]

    values = {
        (figure.id, code, column.code): cell.value
        for figure in figures
        for code, cells in [(row.code, row.cells) for row in figure.rows] + [(TOTAL, figure.total or ())]
        for column, cell in zip(figure.columns, cells, strict=bool(cells))
    }
    known = links(figures, catalogue.relations, SIDES, "2026-Q3", "2026-Q2")
    for link in known:
        parts, whole = ([values[place] for place in group] for group in (link.parts, link.whole))
        if None not in (*parts, *whole):
            assert sum(parts) == sum(whole) if link.equal else sum(parts) <= sum(whole), link
    assert len(known) > len(catalogue.relations)


def test_every_relation_of_the_catalogue_names_figures_that_are_there():
    catalogue = indicators.load()
    names = {indicator.id for indicator in catalogue.indicators}

    assert {place[0] for relation in catalogue.relations for place in (*relation.parts, *relation.whole)} <= names


def test_a_whole_quarter_leaves_nothing_to_subtract_beside_the_editions_before(written, edition_of):
    """Two more workers than in the edition before: who subtracts the two editions does not find two."""
    frozen = a_quarter()
    frozen.both("placement", range(700, 702), occupation_isco="8322", area="SA-02", sex="M")
    snapshot = edition_of(frozen).snapshot

    made = evaluate(snapshot, AGREEMENT, snapshot.parent / "again", earlier=[written.publication])

    now, then = (
        each.figure("F1") for each in (Publication.model_validate_json(made.publish.read_bytes()), written.publication)
    )
    assert now.at("2026-Q3", "matched").value - then.at("2026-Q3", "matched").value == 5


@pytest.mark.parametrize("language", AGREEMENT.report.languages)
def test_a_page_that_tells_another_number_than_its_publication_is_refused(written, language):
    page = written.edition.pages[language].read_text(encoding="utf-8")
    told.check(page, written.publication, language)

    shown = ">150<"
    assert page.count(shown) > 3
    for place in range(page.count(shown)):
        before, after = shown.join(page.split(shown)[: place + 1]), shown.join(page.split(shown)[place + 1 :])
        with pytest.raises(DisclosureError, match=f"in {language}"):
            told.check(f"{before}>151<{after}", written.publication, language)


def test_noise_is_the_same_wherever_the_same_records_are_counted(tmp_path):
    noisy = AGREEMENT.model_copy(update={"report": AGREEMENT.report.model_copy(update={"disclosure": "noise"})})
    made = evaluate(a_quarter().write(tmp_path / "snapshot"), noisy, tmp_path / "out")
    publication = Publication.model_validate_json(made.publish.read_bytes())

    told_ = [publication.figure(name).total_of("IDN").value for name in ("F1.sex", "F1.area", "F1.occupation")]
    assert {publication.figure("F1").at("2026-Q3", "IDN").value, *told_} == {told_[0]}
    assert abs(told_[0] - 166) <= 2


def test_protect_and_audit_agree_on_what_is_hidden():
    columns = (Column(code="IDN", unit="count"),)
    counted = Counted("F9", "breakdown", columns, {"a": (Tally(3),), "b": (Tally(4),)}, (Tally(7),))

    assert exposures(edition(*protect([counted], RULE))) == []
