"""The order in which systems and batches arrive changes nothing."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ministry import TERMS

from amanah.node.consolidation.contribution import Contribution, fold
from amanah.node.consolidation.grouping import group
from amanah.node.consolidation.terms import StreamTerms
from schemas.streams import STREAMS

PLACEMENT = STREAMS["placement"]
AGREED = StreamTerms.model_validate(TERMS["placement"])
SOURCES = tuple(AGREED.ranks)
START = datetime(2026, 7, 1, tzinfo=UTC)

rows = st.fixed_dictionaries(
    {},
    optional={
        "national_id": st.sampled_from(["3201", "3202"]),
        "passport_no": st.sampled_from(["A100", "A200"]),
        "contract_no": st.sampled_from(["C-1", "C-2"]),
        "employer_ref": st.sampled_from(["E-7", "E-8"]),
        "birth_date": st.sampled_from(["1990-05-17", "1971-11-02"]),
        "departed_on": st.sampled_from(["2026-06-01", "2026-06-20"]),
        "arrived_on": st.sampled_from(["2026-06-02", "2026-06-21"]),
        "household_locality": st.sampled_from(["Olaya", "Malaz"]),
        "not_applicable": st.just(["household_ref"]),
    },
).filter(lambda row: row.get("departed_on", "") <= row.get("arrived_on", "9"))


@st.composite
def batches(draw):
    """A few rows of each system, some of them in two states, in two orders: each state is a batch of its own."""
    made = []
    for number in range(draw(st.integers(2, 6))):
        source = draw(st.sampled_from(SOURCES))
        ref = f"IDN-P-{source.replace('_', '').upper()}-{number}"
        for day in range(1, 1 + draw(st.integers(1, 2))):
            made.append((source, {"record_ref": ref, **draw(rows)}, day))
    return made, draw(st.permutations(made))


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches())
def test_any_order_of_systems_and_batches_gives_the_same_records(ministry, drawn):
    ends = []
    for order in drawn:
        for source, row, day in order:
            ministry.say(source, row, day=day)
        ends.append((ministry.records(), ministry.unattached(), ministry.listed()))
        ministry.forget()

    assert ends[0] == ends[1]


@pytest.mark.slow
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches())
def test_what_was_brought_up_to_date_step_by_step_is_what_making_all_anew_gives(ministry, drawn):
    for source, row, day in drawn[0]:
        ministry.say(source, row, day=day)
    before = (ministry.records(), ministry.unattached(), ministry.listed())

    done = ministry.again()

    assert (done.changed, done.listed) == (0, 0)
    assert (ministry.records(), ministry.unattached(), ministry.listed()) == before
    ministry.forget()


said = st.dictionaries(st.sampled_from(["area", "visa_no", "household_locality"]), st.sampled_from("ABC"))


@given(
    st.lists(said, min_size=1, max_size=5).flatmap(
        lambda states: st.tuples(st.just(states), st.permutations(range(len(states))))
    )
)
def test_rows_of_one_system_fold_to_the_same_in_any_order(drawn):
    states, order = drawn
    sent = [
        Contribution("embassy", "X", START + timedelta(days=day), "2026-07", str(day), values)
        for day, values in enumerate(states)
    ]

    def folded(numbers):
        held = None
        for number in numbers:
            held = fold(held, sent[number], clears=["household_locality"])
        return held

    held = folded(order)
    assert held == folded(range(len(sent)))
    for field in ("area", "visa_no"):
        last = next((values[field] for values in reversed(states) if field in values), None)
        assert held.said.get(field) == last, "the last thing said, not the last silence"
    assert held.said.get("household_locality") == states[-1].get("household_locality"), "emptied on purpose"


@given(batches())
def test_no_row_is_lost_and_none_is_twice(drawn):
    newest = {(source, row["record_ref"]): row for source, row, _ in drawn[0]}
    sent = [Contribution(*at, START, "2026-07", "", row) for at, row in newest.items()]

    people, _ = group(sent, AGREED, PLACEMENT)

    placed = [row.id for person in people for part in [*person.records, person.unattached] for row in part]
    assert sorted(placed) == sorted(newest)
    for person in people:
        for part in person.records:
            births = {row.said["birth_date"] for row in part if "birth_date" in row.said}
            assert len(births) <= 1, "nobody is joined with another person"


PEOPLE = (
    {"birth_date": "1990-05-17", "name_latin": "SITI CONTOH", "sex": "F"},
    {"birth_date": "1971-11-02", "name_latin": "BUDI HARTONO", "sex": "M"},
)
numbers = st.fixed_dictionaries(
    {},
    optional={"national_id": st.sampled_from("12"), "passport_no": st.sampled_from("AB"), "contract_no": st.just("C")},
)
somebody = st.tuples(st.sampled_from((*PEOPLE, {})), numbers, st.sampled_from(SOURCES))


def _said(drawn):
    return [
        Contribution(source, f"X-{number}", START, "2026-07", str(number), who | held)
        for number, (who, held, source) in enumerate(drawn)
    ]


def _together(found, rows):
    """The rows of each person."""
    held = [{row.source_ref for part in (*each.records, each.unattached) for row in part} for each in found]
    assert sorted(ref for each in held for ref in each) == sorted(row.source_ref for row in rows), (
        "none lost, none twice"
    )
    return held


@settings(max_examples=300, deadline=None)
@given(st.lists(somebody, min_size=2, max_size=8))
def test_two_people_are_never_one_whatever_numbers_they_share(drawn):
    rows = _said(drawn)

    for each in _together(group(rows, AGREED, PLACEMENT)[0], rows):
        assert len({row.said["sex"] for row in rows if row.source_ref in each and "sex" in row.said}) <= 1


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.just(PEOPLE[0]), numbers, st.sampled_from(SOURCES)), min_size=2, max_size=6), numbers)
def test_a_stranger_under_their_numbers_parts_nobody(drawn, shared):
    rows = _said(drawn)
    stranger = Contribution("siskop2mi", "Z", START, "2026-07", "z", PEOPLE[1] | shared)

    before = _together(group(rows, AGREED, PLACEMENT)[0], rows)
    after = _together(group([*rows, stranger], AGREED, PLACEMENT)[0], [*rows, stranger])

    assert sorted(map(sorted, after)) == sorted(map(sorted, [*before, {"Z"}]))


SAME = {"national_id": "3201", "not_applicable": ["household_ref"]}
A, B = "IDN-P-SISKOP2MI-0", "IDN-P-SISKOP2MI-3"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("said", "passport"),
    [
        ([(A, {"passport_no": "A200"}, 1), (A, {}, 2), (B, {"passport_no": "A100"}, 2)], "A100"),
        ([(A, {"passport_no": "A200"}, 1), (B, {"passport_no": "A100"}, 2), (A, {"passport_no": "A200"}, 3)], "A200"),
    ],
    ids=["a later row that is silent says nothing", "what is said again is said later"],
)
def test_of_two_rows_of_one_system_the_one_that_spoke_last_of_a_field_counts(ministry, said, passport):
    for order in permutations(said):
        for ref, row, day in order:
            ministry.say("siskop2mi", {"record_ref": ref, **SAME, **row}, day=day)

        assert ministry.records()[A]["passport_no"] == passport, order
        ministry.forget()
