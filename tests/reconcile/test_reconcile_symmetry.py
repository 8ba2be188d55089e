"""Both nodes find the same, whatever the order of rows and however hostile the tables.

Keys come from a handful of values, so that they repeat, cross and contradict each other all the time. The reference
below is slow, short and meant to be obviously right; the SQL must agree with it.
"""

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amanah.reconcile import Known, Outcome, Sides, protection, reconcile, reconcile_files
from amanah.reconcile.known import DECISIONS
from amanah.reconcile.witness import hear, hear_files
from schemas.agreement import FOLDER, load
from schemas.forms import arrow_schema
from schemas.streams import STREAMS

AGREEMENT = load(FOLDER / "idn-sau.yaml")
_PLACEMENTS = AGREEMENT.streams["placement"]
KEYS_ALONE = AGREEMENT.model_copy(
    update={
        "streams": {
            **AGREEMENT.streams,
            "placement": _PLACEMENTS.model_copy(
                update={"linkage": _PLACEMENTS.linkage.model_copy(update={"probable": {}})}
            ),
        }
    }
)
ENDED = date(2024, 6, 1)  # too long before any placement below
KEYS = ("contract_no", "passport_no", "visa_no", "residence_no")
MIRRORED = {"missing_here": "missing_there", "missing_there": "missing_here"}

# A few records take reconciling as long as dozens. So a drawn case is four small ones at once, of different places:
# no number, name or birth date of one is in another.
PLACES = {"0": "Melati", "1": "Kenanga", "2": "Cempaka", "3": "Anggrek"}
few = settings(max_examples=7, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def maybe(*values):
    return st.sampled_from([None, None, *values])


def records(party, letter, stream, columns, max_size):
    row = st.fixed_dictionaries(columns)
    schema = arrow_schema(STREAMS[stream]).append(pa.field("first_known", pa.string()))

    def table(by_place):
        rows = [
            {"record_ref": f"{party}-{letter}-{place}{n}", **{field: at(place, field, r[field]) for field in r}}
            for place, found in zip(PLACES, by_place, strict=True)
            for n, r in enumerate(found)
        ]
        return pa.Table.from_pylist(rows, schema)

    return st.tuples(*[st.lists(row, max_size=max_size)] * len(PLACES)).map(table)


def at(place, field, value):
    """The value that a place has there where a value is drawn for any."""
    if not value:
        return value
    if field in KEYS:
        return value + place
    if field == "previous_passport_nos":
        return [number and number + place for number in value]
    if field == "name_latin" and value != "...":
        return f"{value} {PLACES[place]}"
    if field == "birth_date":
        return value.replace(year=value.year + 3 * int(place))
    return value.replace("-P-", f"-P-{place}") if field == "placement_ref" else value


def placements(party):
    number = maybe("K1", "k-1", "K2", "K3", "K4", "K5", "")
    columns = dict.fromkeys(KEYS, number) | {
        "previous_passport_nos": st.none() | st.lists(maybe("K1", "K2", "K6"), max_size=3),
        "previous_passport_expiries": st.none() | st.lists(maybe(ENDED, date(2026, 3, 1)), max_size=3),
        "passport_expires_on": maybe(ENDED, date(2030, 1, 1)),
        "visa_issued_on": maybe(date(2025, 11, 1), date(2028, 6, 1)),
        "visa_expires_on": maybe(ENDED, date(2026, 2, 1)),
        "contract_end": maybe(date(2027, 1, 1), date(2028, 1, 1)),
        "name_latin": maybe("SITI", "Siti binti Ahmad", "BUDI", "..."),
        "birth_date": maybe(date(1990, 3, 4), date(1990, 4, 3)),
        "wage_amount": maybe(Decimal(1500), Decimal("1500.50"), Decimal(1200)),
        "wage_currency": maybe("SAR", "USD"),
        "wage_period": maybe("month", "hijri_month", "week", "day"),
        "rest_days_per_week": maybe(0, 1, 7),
        "area": maybe("SA-01", "SA-02"),
        "contract_start": maybe(date(2026, 1, 1), date(2026, 1, 8), date(2026, 1, 9)),
        "stage": st.sampled_from(["requested", "departed", "arrived", "absconding_reported", "died"]),
        "stage_date": maybe(date(2026, 8, 1), date(2026, 9, 2)),
        "first_known": maybe("2026-05", "2026-08", "2026-09"),
    }
    return records(party, "P", "placement", columns, max_size=10)


def complaints(party):
    columns = {
        "placement_ref": maybe(*(f"{party}-P-{n}" for n in range(3))),
        "kind": st.sampled_from(["sick", "wages_unpaid"]),
        "received_on": st.sampled_from([date(2026, 9, day) for day in (1, 2, 4, 7, 20)]),
        "stage": st.sampled_from(["received", "resolved"]),
        "first_known": maybe("2026-08"),
    }
    return records(party, "C", "complaint", columns, max_size=10)


def in_another_order(table, shuffled):
    return table.take(pa.array(shuffled.sample(range(len(table)), len(table)), pa.int64()))


def mirrored(outcome: Outcome):
    """The outcome as the other node would tell it."""
    links = sorted((row["theirs_ref"], row["ours_ref"]) for row in outcome.links.to_pylist())
    return links, sorted_rows(outcome.discrepancies, swap=True)


def told(outcome: Outcome):
    links = sorted((row["ours_ref"], row["theirs_ref"]) for row in outcome.links.to_pylist())
    return links, sorted_rows(outcome.discrepancies, swap=False)


def sorted_rows(discrepancies, *, swap):
    rows = discrepancies.to_pylist()
    if swap:
        for row in rows:
            row["class"] = MIRRORED.get(row["class"], row["class"])
            row["ours"], row["theirs"] = row["theirs"], row["ours"]
            row["ours_ref"], row["theirs_ref"] = row["theirs_ref"], row["ours_ref"]
    return sorted(rows, key=lambda row: row["id"])


def adds_up(outcome: Outcome):
    """Every record is linked, alone or ambiguous, and no two discrepancies share an id."""
    summary = outcome.summary
    for side in ("ours", "theirs"):
        assert summary["records"][side] == summary["linked"] + summary["alone"][side] + summary["ambiguous"][side]
    ids = outcome.discrepancies["id"].to_pylist()
    assert len(ids) == len(set(ids))
    for column in ("ours_ref", "theirs_ref"):
        refs = outcome.links[column].to_pylist()
        assert len(refs) == len(set(refs))
    return True


def held(table):
    """value -> ref -> whether only as an earlier one, for each key."""
    values = {key: defaultdict(dict) for key in KEYS}
    for row in table.to_pylist():
        for earlier in row["previous_passport_nos"] or []:
            if earlier:
                values["passport_no"][earlier.upper().replace("-", "")][row["record_ref"]] = True
        for key in KEYS:
            if row[key]:
                values[key][row[key].upper().replace("-", "")][row["record_ref"]] = False
    return values


def other_person(one, other):
    names = [
        {word for word in (row["name_latin"] or "").lower().split() if word.isalpha() and word != "binti"}
        for row in (one, other)
    ]
    births = [row["birth_date"] for row in (one, other)]
    return all(births) and births[0] != births[1] and all(names) and not (names[0] <= names[1] or names[1] <= names[0])


SLACK = timedelta(days=366)
NEVER, ALWAYS = date(1900, 1, 1), date(2099, 12, 31)


def placement(row):
    """From when to when a placement was; as long as could be where that is not known."""
    began = [row[field] for field in ("requested_on", "visa_issued_on", "contract_start", "arrived_on") if row[field]]
    ended = [row[field] for field in ("contract_end", "completed_on", "returned_on", "died_on") if row[field]]
    return min(began, default=NEVER), max(ended, default=ALWAYS)


def valid(row, key, value):
    """From when to when the paper behind a number is valid by its holder's own dates, which may contradict it."""
    if row[key] and row[key].upper().replace("-", "") == value:
        since = row["visa_issued_on"] if key == "visa_no" else None
        until = row.get({"visa_no": "visa_expires_on", "passport_no": "passport_expires_on"}.get(key))
        began, ended = placement(row)
        since = None if since and since - SLACK > ended else since
        until = None if until and until + SLACK < began else until
        return since or NEVER, until or ALWAYS
    expiries = row["previous_passport_expiries"] or []
    of_value = [
        expiries[n] if n < len(expiries) else None
        for n, past in enumerate(row["previous_passport_nos"])
        if past and past.upper().replace("-", "") == value
    ]
    return NEVER, ALWAYS if None in of_value else max(of_value)


def may_have_served(one, other, key, value):
    for paper, row in ((one, other), (other, one)):
        since, until = valid(paper, key, value)
        began, ended = placement(row)
        if (until != ALWAYS and until + SLACK < began) or since - SLACK > ended:
            return False
    return True


def reference(ours, theirs):
    """Links and ambiguous references by the words of the rule, one pair at a time."""
    mine, yours = held(ours), held(theirs)
    row = {r["record_ref"]: r for r in [*ours.to_pylist(), *theirs.to_pylist()]}
    candidates = set()
    for key in KEYS:
        for value in mine[key].keys() & yours[key].keys():
            if len(mine[key][value]) == len(yours[key][value]) == 1:
                (a, a_earlier), (b, b_earlier) = *mine[key][value].items(), *yours[key][value].items()
                one_person = not (a_earlier and b_earlier) and not other_person(row[a], row[b])
                if one_person and may_have_served(row[a], row[b], key, value):
                    candidates.add((a, b))
    links = {
        (a, b)
        for a, b in candidates
        if sum(x == a for x, _ in candidates) == 1 and sum(y == b for _, y in candidates) == 1
    }
    linked = {ref for pair in links for ref in pair}
    ambiguous = set()
    for key in KEYS:
        for value in mine[key].keys() & yours[key].keys():
            for (a, a_earlier), (b, b_earlier) in product(mine[key][value].items(), yours[key][value].items()):
                if not {a, b} & linked and not (a_earlier and b_earlier):
                    ambiguous |= {a, b}
    return links, ambiguous


@st.composite
def known_before(draw):
    """Decisions on pairs and earlier links, each record in one of them at most."""
    rows = []
    for place in PLACES:
        ours, theirs = (draw(st.permutations(range(6))) for _ in "ab")
        rows += [
            {
                "ours_ref": f"IDN-P-{place}{a}",
                "theirs_ref": f"SAU-P-{place}{b}",
                "decision": draw(st.sampled_from(["same", "other", ""])),
            }
            for a, b in zip(ours[:4], theirs[:4], strict=True)
        ]
    decisions = [row for row in rows if row["decision"]]
    links = [{**row, "grade": "certain", "score": 1.0, "why": "same visa"} for row in rows if not row["decision"]]
    return Known(
        pa.Table.from_pylist(decisions, DECISIONS) if decisions else None,
        pa.Table.from_pylist(links) if links else None,
    )


def seen_from_there(known):
    def swapped(table):
        names = {"ours_ref": "theirs_ref", "theirs_ref": "ours_ref"}
        return table and table.rename_columns([names.get(name, name) for name in table.column_names])

    return Known(swapped(known.decisions), swapped(known.links))


@pytest.mark.slow
@few
@given(ours=placements("IDN"), theirs=placements("SAU"), known=known_before())
def test_what_is_known_from_before_is_known_to_both(ours, theirs, known):
    terms = {"stream": "placement", "agreement": AGREEMENT, "period": "2026-09"}
    here = reconcile(ours, theirs, us="IDN", known=known, **terms)
    there = reconcile(theirs, ours, us="SAU", known=seen_from_there(known), **terms)

    assert told(here) == mirrored(there)
    assert adds_up(here)
    there_are = {*ours["record_ref"].to_pylist(), *theirs["record_ref"].to_pylist()}
    for row in known.decisions.to_pylist() if known.decisions else []:
        pair = (row["ours_ref"], row["theirs_ref"])
        if there_are.issuperset(pair):
            assert (pair in told(here)[0]) == (row["decision"] == "same")


TESTIMONY_MIRRORED = {"ours": "theirs", "theirs": "ours"}


@pytest.mark.slow
@settings(few, max_examples=4)
@given(
    ours=placements("IDN"),
    theirs=placements("SAU"),
    witness=st.sampled_from(["ABR", "IDN"]).flatmap(placements),  # its references may be those of our own records
    shuffled=st.randoms(),
)
def test_a_witness_changes_nothing_and_says_the_same_from_either_seat(ours, theirs, witness, shuffled):
    terms = {"stream": "placement", "agreement": AGREEMENT, "period": "2026-09"}
    with TemporaryDirectory() as folder:
        files = [Path(folder) / f"{name}.parquet" for name in ("ours", "theirs", "witness")]
        for table, file in zip((ours, theirs, witness), files, strict=True):
            pq.write_table(table, file)
        alone, beside = Path(folder) / "alone", Path(folder) / "beside"
        without = reconcile_files(*files[:2], alone, us="IDN", **terms)
        found = reconcile_files(*files[:2], beside, us="IDN", **terms)
        summary = hear_files(*files[:2], beside, {"w": files[2]}, summary=found, us="IDN", **terms)
        for name in ("links.parquet", "discrepancies.parquet"):
            assert (beside / name).read_bytes() == (alone / name).read_bytes()
        discrepancies = pq.read_table(beside / "discrepancies.parquet")
        testimony = pq.read_table(beside / "testimony.parquet").to_pylist()
    heard = summary.pop("witnesses")["w"]
    assert summary == without
    asked = [row["id"] for row in discrepancies.to_pylist() if row["class"] != "duplicate"]
    assert [row["id"] for row in testimony] == sorted(asked)
    assert all((row["says"] == "silent") or row["witness_ref"] for row in testimony)
    for whose in ("ours", "theirs"):
        assert heard["linked"][whose] <= heard["records"]

    there = reconcile(theirs, in_another_order(ours, shuffled), us="SAU", **terms)
    seen = hear(theirs, ours, there.discrepancies, {"w": in_another_order(witness, shuffled)}, us="SAU", **terms)
    turned = [{**row, "says": TESTIMONY_MIRRORED.get(row["says"], row["says"])} for row in seen.testimony.to_pylist()]
    for row in turned:
        if row["says"] == "apart":
            row["witness_ref"] = "; ".join(reversed(row["witness_ref"].split("; ")))
    assert turned == testimony


@pytest.mark.slow
@few
@given(ours=placements("IDN"), theirs=placements("SAU"), shuffled=st.randoms())
def test_placements(ours, theirs, shuffled):
    terms = {"stream": "placement", "agreement": AGREEMENT, "period": "2026-09"}
    here = reconcile(ours, theirs, us="IDN", **terms)
    there = reconcile(in_another_order(theirs, shuffled), in_another_order(ours, shuffled), us="SAU", **terms)

    assert told(here) == mirrored(there)
    assert adds_up(here)


@pytest.mark.slow
@few
@given(ours=placements("IDN"), theirs=placements("SAU"))
def test_what_keys_alone_link_is_what_the_rule_says(ours, theirs):
    here = reconcile(ours, theirs, us="IDN", stream="placement", agreement=KEYS_ALONE, period="2026-09")

    links, ambiguous = reference(ours, theirs)
    assert set(told(here)[0]) == links
    assert here.summary["ambiguous"] == {
        "ours": sum(ref.startswith("IDN") for ref in ambiguous),
        "theirs": sum(ref.startswith("SAU") for ref in ambiguous),
    }


@pytest.mark.slow
@few
@given(ours=complaints("IDN"), theirs=complaints("SAU"), shuffled=st.randoms())
def test_complaints(ours, theirs, shuffled):
    terms = {"stream": "complaint", "agreement": AGREEMENT, "period": "2026-09"}
    crossed = [(f"IDN-P-{place}{n}", f"SAU-P-{place}{1 - n}") for place in PLACES for n in (0, 1)]
    parents = pa.table(dict(zip(("ours_ref", "theirs_ref"), map(list, zip(*crossed, strict=True)), strict=True)))
    seen_there = parents.rename_columns(["theirs_ref", "ours_ref"])
    here = reconcile(ours, theirs, us="IDN", parents=parents, **terms)
    there = reconcile(
        in_another_order(theirs, shuffled), in_another_order(ours, shuffled), us="SAU", parents=seen_there, **terms
    )

    assert told(here) == mirrored(there)
    assert adds_up(here)


@pytest.mark.slow
@few
@given(
    ours=placements("IDN"),
    theirs=placements("SAU"),
    our_complaints=complaints("IDN"),
    their_complaints=complaints("SAU"),
)
def test_protection(ours, theirs, our_complaints, their_complaints):
    links = reconcile(ours, theirs, stream="placement", agreement=AGREEMENT, us="IDN").links
    seen_there = links.select(["ours_ref", "theirs_ref"]).rename_columns(["theirs_ref", "ours_ref"])
    here = protection(
        Sides(ours, theirs, links), Sides(our_complaints, their_complaints), agreement=AGREEMENT, us="IDN"
    )
    there = protection(
        Sides(theirs, ours, seen_there), Sides(their_complaints, our_complaints), agreement=AGREEMENT, us="SAU"
    )

    assert sorted_rows(here, swap=False) == sorted_rows(there, swap=True)
    assert len(set(here["id"].to_pylist())) == here.num_rows
