"""Every newer indicator once more in pandas, over a snapshot made at random, written without a look at the queries."""

import csv
import io
from datetime import date

import pandas as pd
import pytest
from frozen import AGREEMENT
from random_corridor import COMPARED, ENDED, SIDES, a_random_corridor
from written import write

FIRST, LAST = date(2026, 7, 1), date(2026, 9, 30)
SERIES = (*SIDES, "matched")


class Told:
    """What each series says, as data frames: the sides' current records, and the pairs with the first side's first."""

    def __init__(self, folder, stream):
        links = pd.read_parquet(folder / "link.parquet")
        links = links[links.stream == stream]
        self.revisions = {side: pd.read_parquet(folder / f"{stream}_{side}.parquet") for side in SIDES}
        current = {side: frame[frame.is_current].set_index("record_ref") for side, frame in self.revisions.items()}
        self.pairs = links[links.ours_ref.isin(current["IDN"].index) & links.theirs_ref.isin(current["SAU"].index)]
        second = current["SAU"].loc[self.pairs.theirs_ref].set_axis(self.pairs.ours_ref)
        self.second = second
        self.series = {**current, "matched": current["IDN"].loc[self.pairs.ours_ref].combine_first(second)}


def there(frame):
    """The day of the first stage that says arrived or beyond: here every record has one."""
    return frame.stage_date


def quarter(days):
    return pd.PeriodIndex(pd.to_datetime(days), freq="Q").astype(str)


def last_day(row):
    """The last day under contract, as far as it is known by the cut-off."""
    known = [row.contract_end, row.completed_on, row.returned_on, row.died_on, LAST]
    known += [row.stage_date] if row.stage in ("returned", "completed", "died") else []
    return min(day for day in known if pd.notna(day))


def under_contract(frame, first=FIRST):
    """Who was under contract on a day from ``first`` to the cut-off, with first and last day."""
    frame = frame[frame.contract_start.notna()].copy()
    frame["began"] = [max(start, day) for start, day in zip(frame.contract_start, there(frame), strict=True)]
    frame["ended"] = frame.apply(last_day, axis=1)
    return frame[[max(began, first) <= ended for began, ended in zip(frame.began, frame.ended, strict=True)]]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return write(a_random_corridor(), tmp_path_factory.mktemp("again"))


@pytest.fixture(scope="module")
def placements(made):
    return Told(made.snapshot, "placement")


@pytest.fixture(scope="module")
def complaints(made):
    return Told(made.snapshot, "complaint")


@pytest.fixture(scope="module")
def exact(made):
    """indicator -> row -> column -> what was counted, before disclosure control."""
    found = {}
    for line in csv.DictReader(io.StringIO(made.edition.restricted)):
        value = line["value"] and float(line["value"])
        found.setdefault(line["indicator"], {}).setdefault(line["row"], {})[line["column"]] = value
    return found


def arrivals(placements, series, name):
    """The arrivals of the quarter ``name``; of pairs those that both sides place in it."""
    frame = placements.series[series]
    if series != "matched":
        return frame[quarter(there(frame)) == name]
    first = placements.series["IDN"].loc[frame.index]
    return frame[(quarter(there(first)) == name) & (quarter(there(placements.second.loc[frame.index])) == name)]


def in_contract(placements, series, first=FIRST):
    """Workers under contract; pairs by the days of the first side, when the second knows of a contract at all."""
    frame = placements.series[series]
    if series != "matched":
        return under_contract(frame, first)
    known = placements.second[placements.second.contract_start.notna()].index
    own = under_contract(placements.series["IDN"].loc[frame.index.intersection(known)], first)
    return frame.loc[own.index].assign(began=own.began, ended=own.ended)


def days_between(start, end):
    known = start.notna() & end.notna()
    days = pd.Series([(b - a).days for a, b in zip(start[known], end[known], strict=True)], dtype=float)
    return days[days >= 0]


def quantiles_of(values):
    ordered = sorted(values)
    return [ordered[-(-len(ordered) * part // 10) - 1] for part in (5, 9)]


@pytest.mark.parametrize(
    ("name", "start", "end"), [("T1", "requested_on", "arrived_on"), ("T2", "visa_issued_on", "departed_on")]
)
@pytest.mark.parametrize("series", SERIES)
def test_days_to_deploy(exact, placements, name, start, end, series):
    frame = arrivals(placements, series, "2026Q3")
    if name == "T2" and series == "SAU":
        assert set(exact[name][series].values()) == {""}
        return
    days = days_between(frame[start], frame[end])

    assert exact[name][series] == {
        "denominator": len(days),
        "left_out": len(frame) - len(days),
        **dict(zip(("median", "p90"), quantiles_of(days), strict=True)),
    }


@pytest.mark.parametrize("series", ["IDN", "matched"])
def test_cost_in_wages_of_the_same_worker(exact, placements, series):
    frame = arrivals(placements, series, "2026Q3")
    stated = frame[frame.worker_cost_amount.notna()]
    monthly = ~stated.wage_period.isin(["week"]) & stated.wage_amount.notna()
    same = stated[monthly & (stated.worker_cost_currency == stated.wage_currency)]
    ratios = (same.worker_cost_amount.astype(float) / same.wage_amount.astype(float)).round(6)

    found = exact["C1"][series]
    assert (found["denominator"], found["left_out"]) == (len(same), len(stated) - len(same))
    assert [found["median"], found["p90"]] == quantiles_of(ratios)
    assert exact["C1.none"][series] == {
        "numerator": (stated.worker_cost_amount == 0).sum(),
        "denominator": len(stated),
    }


@pytest.mark.parametrize("series", ["SAU", "matched"])
def test_fees_and_wages_seen(exact, placements, series):
    frame = placements.series[series]
    starting = frame[[pd.notna(day) and FIRST <= day <= LAST for day in frame.contract_start]]
    fees = starting[starting.recruitment_fee_currency == "SAR"].recruitment_fee_amount
    workers = in_contract(placements, series)
    told = workers[workers.wage_payments_due.notna()]
    due = told[told.wage_payments_due > 0]
    long = workers[[(ended - began).days + 1 > 60 for began, ended in zip(workers.began, workers.ended, strict=True)]]

    cap = AGREEMENT.thresholds.cost_cap.amount
    assert exact["C2"][series] == {"numerator": (fees <= cap).sum(), "denominator": len(fees)}
    assert exact["W2"][series] == {
        "numerator": told.wage_payments_seen.sum(),
        "denominator": told.wage_payments_due.sum(),
    }
    assert exact["W3"][series] == {
        "numerator": (due.wage_payments_seen >= due.wage_payments_due).sum(),
        "denominator": len(due),
    }
    assert exact["W4"][series] == {"numerator": (long.wage_payments_seen > 0).sum(), "denominator": len(long)}


@pytest.mark.parametrize("series", ["SAU", "matched"])
def test_insured_and_endorsed_on_the_last_day(exact, placements, series):
    workers = in_contract(placements, series)
    returned = pd.Series([pd.notna(day) and day <= LAST for day in workers.returned_on], index=workers.index)
    over = workers.stage.isin(["returned", "completed", "died"]) & (workers.stage_date <= LAST)
    here = workers[(workers.ended == LAST) & ~returned & ~over]
    insured = [
        pd.notna(start) and start <= LAST <= end
        for start, end in zip(here.insurance_from, here.insurance_until, strict=True)
    ]
    endorsed = [pd.notna(day) and day <= LAST for day in here.contract_endorsed_on]

    assert exact["S2"][series] == {"numerator": sum(insured), "denominator": len(here)}
    assert exact["S2.contract"][series] == {"numerator": sum(endorsed), "denominator": len(here)}


def test_contracts_that_differ(made, exact, placements):
    workers = in_contract(placements, "matched")
    found = pd.read_parquet(made.snapshot / "discrepancy.parquet")
    found = found[found.field.isin(COMPARED) & found.ours_ref.isin(workers.index)]
    found["field"] = found.field.replace("wage_currency", "wage_amount")

    expected = {"any_of_these": found.ours_ref.nunique()}
    expected |= {
        field: found[found.field == field].ours_ref.nunique() for field in COMPARED if field != "wage_currency"
    }
    assert {row: cells["numerator"] for row, cells in exact["S1"].items()} == expected
    assert {cells["denominator"] for cells in exact["S1"].values()} == {len(workers)}


@pytest.mark.parametrize("series", SERIES)
def test_worker_quarters_and_complaints_of_them(exact, placements, complaints, series):
    workers = in_contract(placements, series)
    days = pd.Series(
        [(ended - max(began, FIRST)).days + 1 for began, ended in zip(workers.began, workers.ended, strict=True)],
        index=workers.occupation_isco,
    )
    quarters = (days.groupby(level=0).sum() / 92).round()
    received = course(complaints, series)
    received = received[received.quarter == "2026Q3"]

    assert {row: cells[series] for row, cells in exact["F2"].items() if row != "total"} == dict(quarters)
    assert exact["R1.quarters"][series] == {
        "numerator": received.placement_ref.notna().sum(),
        "denominator": quarters.sum(),
    }


@pytest.mark.parametrize("series", SERIES)
def test_early_returns(exact, placements, series):
    frame = arrivals(placements, series, "2026Q2")
    first = placements.series["IDN"].loc[frame.index] if series == "matched" else frame
    early = 0
    for (_, row), (_, own) in zip(frame.iterrows(), first.iterrows(), strict=True):
        arrived = row.arrived_on if pd.notna(row.arrived_on) else own.stage_date
        back = row.returned_on if pd.notna(row.returned_on) else own.stage_date if own.stage == "returned" else None
        before_end = back is not None and (pd.isna(row.contract_end) or back < row.contract_end)
        early += bool(before_end and back <= LAST and (back - arrived).days < 90)

    assert exact["F5"][series] == {"numerator": early, "denominator": len(frame)}


def course(complaints, series):
    """Received, resolved and ended; a pair from the first receipt until both sides say so."""

    def of(frame):
        told = [
            next((day for day in (row.closed_on, row.stage_date) if pd.notna(day)), LAST) for row in frame.itertuples()
        ]
        kept = pd.Series([day if day <= LAST else None for day in told], index=frame.index, dtype=object)
        return frame.assign(
            quarter=quarter(frame.received_on),
            resolved=kept.where(frame.stage == "resolved", None),
            ended=kept.where(frame.stage.isin(ENDED), None),
        )

    if series != "matched":
        return of(complaints.series[series])
    a, b = of(complaints.series["IDN"].loc[complaints.pairs.ours_ref]), of(complaints.second)
    both = a.assign(received_on=[min(pair) for pair in zip(a.received_on, b.received_on, strict=True)])
    for column in ("resolved", "ended"):
        pairs = zip(a[column], b[column], strict=True)
        both[column] = pd.Series([None if None in pair else max(pair) for pair in pairs], index=a.index, dtype=object)
    both["channel"] = a.channel.combine_first(b.channel)
    return both[a.quarter == b.quarter]


@pytest.mark.parametrize("series", SERIES)
def test_complaints_over_time(exact, complaints, series):
    """Nobody of the quarter before was watched for less than 90 days, so the estimate is plain counting."""
    cohort = course(complaints, series)
    cohort = cohort[cohort.quarter == "2026Q2"]
    waited = sorted(
        (day - received).days for day, received in zip(cohort.resolved, cohort.received_on, strict=True) if day
    )

    for days in (30, 60, 90):
        assert exact["R3.days"][f"{series}/within_{days}_days"] == {
            "numerator": sum(day <= days for day in waited),
            "denominator": len(cohort),
        }
    half = -(-len(cohort) // 2)
    assert len(waited) < half or exact["R3.median"][series]["median"] == waited[half - 1]
    in_time = [
        bool(day) and (day - received).days <= 30
        for day, received in zip(cohort.ended, cohort.received_on, strict=True)
    ]
    assert exact["R4"][series] == {"numerator": sum(in_time), "denominator": len(cohort)}


@pytest.mark.parametrize("series", SERIES)
def test_complaints_by_channel(exact, complaints, series):
    received = course(complaints, series)
    by_channel = received[received.quarter == "2026Q3"].channel.fillna("not_stated").value_counts()

    assert {row: cells[series] for row, cells in exact["R6"].items() if row != "total"} == dict(by_channel)


@pytest.mark.parametrize("side", SIDES)
def test_complaints_opened_again(exact, complaints, side):
    revisions = complaints.revisions[side]
    over = revisions[revisions.stage.isin(ENDED)]
    first = over.sort_values("revision").drop_duplicates("record_ref")
    day = first.closed_on.where(first.closed_on.notna(), first.stage_date)
    first = first[day.notna()]
    first = first[quarter(day[day.notna()]) == "2026Q2"]
    again = revisions[revisions.stage.isin(["received", "in_review", "mediation"])].set_index("record_ref").revision
    opened = sum(row.record_ref in again.index and again[row.record_ref] > row.revision for row in first.itertuples())

    assert opened > 0
    assert exact["R5"][side] == {"numerator": opened, "denominator": len(first)}


@pytest.mark.parametrize("role", ["origin", "destination"])
def test_agencies(exact, placements, complaints, role):
    workers = in_contract(placements, "matched", first=date(2026, 1, 1))
    seconds = dict(zip(placements.pairs.ours_ref, placements.pairs.theirs_ref, strict=True))
    named = {
        row.placement_ref
        for side in SIDES
        for row in complaints.series[side].itertuples()
        if date(2026, 1, 1) <= row.received_on <= LAST
    }
    complained = pd.Series([ref in named or seconds[ref] in named for ref in workers.index], index=workers.index)
    by_agency = complained.groupby(workers[f"{role}_agency_licence_no"]).agg(["sum", "count"])
    by_agency = by_agency[by_agency["count"] >= 30]

    expected = {code: {"numerator": row["sum"], "denominator": row["count"]} for code, row in by_agency.iterrows()}
    expected["total"] = {"numerator": complained.sum(), "denominator": len(workers)}
    assert exact[f"A1.{role}"] == expected
    assert list(exact[f"A1.{role}"]) == [*sorted(by_agency.index), "total"]


@pytest.mark.parametrize("side", SIDES)
def test_key_fields(exact, placements, side):
    frame = placements.series[side]
    for row, cells in exact["X6"].items():
        holder, _, field = row.partition("/")
        if holder == side:
            assert cells == {"numerator": frame[field].notna().sum(), "denominator": len(frame)}, row
    assert sum(row.startswith(side) for row in exact["X6"]) == 10
