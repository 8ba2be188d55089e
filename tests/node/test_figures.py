"""The figures of a node: what they count, that they can fall again, and that they name nobody."""

import json
import re
from decimal import Decimal

import pytest
from builders import CANARIES, a_placement, with_canaries
from corridor import MONTH, Corridor, hold

from amanah.demo.house import PROJECT
from amanah.node.figures import LEDGER_ENTRIES, LINKS, MEASURES, PREFIX, Figure, Part, as_metric, figures
from amanah.node.node import Node

WHOSE = {"corridor": "idn-sau", "party": "IDN"}


def told(node: Node, *parts: Part) -> dict[str, float]:
    """Name with labels -> value, as plain StatsD has it, without whose it is."""
    return {
        as_metric(figure, {}, tagged=False)[0].removeprefix(f"{PREFIX}."): figure.value
        for figure in figures(node, parts or tuple(Part))
    }


@pytest.mark.slow
def test_a_package_is_seen_where_it_stands_and_its_records_once_they_are_applied(corridor: Corridor) -> None:
    corridor.send(a_placement("IDN-P-1"), a_placement("IDN-P-2"))
    before = told(corridor.idn, Part.EXCHANGE)
    corridor.exchange()
    after, there = told(corridor.idn, Part.EXCHANGE), told(corridor.sau, Part.EXCHANGE)

    assert (before["packages.out.placement.stored"], before["packages.out.placement.accepted"]) == (1, 0)
    assert (after["packages.out.placement.stored"], after["packages.out.placement.accepted"]) == (0, 1)
    assert (before["records.out.placement"], after["records.out.placement"]) == (0, 2)
    assert (there["packages.in.placement.accepted"], there["records.in.placement"]) == (1, 2)
    assert after["ledger_entries"] > before["ledger_entries"]


@pytest.mark.slow
def test_the_time_to_an_answer_is_said_once_there_was_one(corridor: Corridor) -> None:
    corridor.send(a_placement())
    before = told(corridor.idn, Part.EXCHANGE)
    corridor.exchange()
    after = told(corridor.idn, Part.EXCHANGE)

    assert not any(name.startswith("answer_seconds") for name in before)
    median, longest = (after[f"answer_seconds.out.placement.{of}"] for of in ("median", "longest"))
    assert 0 < median <= longest


@pytest.mark.slow
def test_links_and_cases_are_counted_by_code_the_ones_there_are_none_of_too(corridor: Corridor) -> None:
    hold(corridor.idn, a_placement("IDN-P-1"), a_placement("IDN-P-2"))
    hold(corridor.sau, a_placement("SAU-P-1", contract_no="C-1", passport_no="X000001", wage_amount=Decimal(900)))
    for node in (corridor.idn, corridor.sau):
        for stream in node.agreement.streams:
            node.publish(stream, MONTH)
    corridor.exchange()
    before = told(corridor.idn, Part.RECONCILIATION)
    corridor.idn.reconcile(MONTH)
    after = told(corridor.idn, Part.RECONCILIATION)

    assert (before["links.placement.certain"], after["links.placement.certain"]) == (0, 1)
    assert sum(value for name, value in before.items() if name.startswith("cases.")) == 0
    assert sum(value for name, value in after.items() if name.startswith("cases.") and name.endswith(".open")) == 1
    assert after.keys() == before.keys()  # what there is none of is said too


@pytest.mark.slow
def test_every_part_of_a_node_in_use_can_be_told_and_nothing_of_it_is_personal(corridor: Corridor) -> None:
    corridor.send(with_canaries())
    corridor.exchange()
    found = told(corridor.idn)

    assert {name.split(".")[0] for name in found} <= {measure.name for measure in MEASURES}
    assert not any(canary in name for name in found for canary in (*CANARIES, "IDN-P", "IDN-SAU-"))


def test_where_labels_would_be_lost_the_name_holds_them() -> None:
    figure = Figure(LINKS, 3, {"stream": "placement", "grade": "certain"})

    assert as_metric(figure, WHOSE, tagged=True)[0] == "amanah.links"
    assert as_metric(figure, WHOSE, tagged=False)[0] == "amanah.links.idn-sau.IDN.placement.certain"
    assert as_metric(Figure(LEDGER_ENTRIES, 7), WHOSE, tagged=True) == ("amanah.ledger_entries", WHOSE)


def test_every_name_and_label_is_one_that_statsd_and_opentelemetry_take() -> None:
    names = {measure.name for measure in MEASURES} | {label for measure in MEASURES for label in measure.labels}

    assert [name for name in names if not re.fullmatch(r"[a-z][a-z_]{0,40}", name)] == []


def test_the_dashboard_asks_for_metrics_and_labels_that_there_are() -> None:
    dashboard = json.loads((PROJECT / "deploy" / "grafana" / "amanah.json").read_text(encoding="utf-8"))
    labels = {measure.name: {*WHOSE, *measure.labels} for measure in MEASURES}
    asked = set()
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            inside = re.findall(r"airflow_amanah_(\w+)\{([^}]*)\}", target["expr"])
            names = {name for name, _ in inside}
            used = {label for _, matchers in inside for label in re.findall(r"(\w+)=", matchers)}
            used |= {word for group in re.findall(r"by \(([^)]*)\)", target["expr"]) for word in group.split(", ")}
            used |= set(re.findall(r"{{(\w+)}}", target["legendFormat"]))
            assert names, panel["title"]
            assert [(name, used - labels[name]) for name in names if used - labels[name]] == []
            asked |= names

    assert asked == labels.keys()  # and nothing that is counted goes unseen
