"""The tasks: each opens its node and calls one verb. What they return is logged and shown: ids and counts only.

A node is passed by the path of its ``node.yaml``; the month comes from the run's partition key, so that a re-run or a
backfill of a month does that month again.
"""

import logging
from dataclasses import asdict
from typing import Any

from airflow.sdk.exceptions import AirflowFailException

from amanah.airflow.asking import batch
from amanah.airflow.verb_operator import verb

log = logging.getLogger(__name__)


def partition_of(key: str | None, example: str) -> str:
    """The run's partition key. A run that has none fails, and is not tried again."""
    if key is None:
        raise AirflowFailException(f"this run has no partition key; trigger it with one, such as {example}")
    return key


@verb
def extract(node: str, source: str, partition_key: str | None = None) -> int:
    """Stage what changed in the source; returns the rows read."""
    from amanah.airflow.connections import open_node

    return open_node(node).extract(source, partition_of(partition_key, "2026-07"))


@batch
def validate(node: str, source: str, partition_key: str | None = None) -> dict[str, Any]:
    """Check the staged batch and load it; returns counts. What fails its schema is in quarantine.

    A batch that is not what is expected of it waits for a person's decision.
    """
    from amanah.airflow.connections import open_node

    result = open_node(node).validate(source, partition_of(partition_key, "2026-07"))
    for warning in result.warnings:
        log.warning("%s: %s", source, warning)
    return asdict(result)


@verb
def publish(node: str, stream: str, partition_key: str | None = None, task_state_store: Any = None) -> str:
    """Build the month's package; returns its message id. A retry finds the package that was built before."""
    from amanah.airflow.connections import open_node

    before = task_state_store.get("message_id")
    if before is not None:
        log.info("re-attached to %s, built by an earlier try", before)
    built = open_node(node).publish(stream, partition_of(partition_key, "2026-07"))
    task_state_store.set("message_id", built.message_id)
    log.info("%s: %s with %d records", built.message_id, built.kind, built.records)
    return built.message_id


@verb
def measure_snapshot(node: str, stream: str, month: str) -> int:
    """Count the records that a snapshot of the stream would hold at the month's end; nothing is built yet."""
    from amanah.airflow.connections import open_node

    return open_node(node).snapshot_size(stream, month)


@verb
def publish_snapshot(node: str, stream: str, month: str) -> str:
    """Build the snapshot, or find the one that waits for its answer; returns its message id."""
    from amanah.airflow.connections import open_node

    built = open_node(node).publish_snapshot(stream, month)
    log.info("%s: %s with %d records", built.message_id, built.kind, built.records)
    return built.message_id


@verb
def deliver(node: str) -> dict[str, Any]:
    """Send every package that waits in the outbox; returns their message ids and the wire that carried them."""
    from amanah.airflow.connections import open_node, wires

    opened = open_node(node)
    with wires(opened) as wire:
        return asdict(opened.deliver(wire))


@verb
def collect(node: str) -> dict[str, Any]:
    """Fetch every package of the partner that is not here yet; returns their message ids and the wire used."""
    from amanah.airflow.connections import open_node, wires

    opened = open_node(node)
    with wires(opened) as wire:
        return asdict(opened.collect(wire))


@verb
def admit(node: str) -> list[dict[str, Any]]:
    """Check, apply and answer what was collected; returns what became of each message."""
    from amanah.airflow.connections import open_node

    return [asdict(outcome) for outcome in open_node(node).admit()]


@verb
def watch(node: str) -> dict[str, Any]:
    """Mail the engineer what is late or needs a person; returns how much that is, and how many mails left."""
    from amanah.airflow.connections import open_node

    return asdict(open_node(node).tell_engineer())


@verb
def complete_months(node: str) -> list[str]:
    """The months that the partner has sent in full and that have not been reconciled."""
    from amanah.airflow.connections import open_node

    return open_node(node).months_to_reconcile()


@verb
def reconcile(node: str, partition_key: str | None = None) -> dict[str, Any]:
    """Reconcile both sides as of the month's end; returns counts."""
    from amanah.airflow.connections import open_node

    return asdict(open_node(node).reconcile(partition_of(partition_key, "2026-07")))


@verb
def notify(node: str, partition_key: str | None = None) -> dict[str, Any]:
    """Mail the desks what may mean danger, what is late and what is new; returns how many mails, by kind.

    The partition is a day, or a month: then it is for the first day after it.
    """
    from amanah.airflow.connections import open_node
    from amanah.periods import day_of

    return asdict(open_node(node).notify(day_of(partition_of(partition_key, "2026-08-03"))))


@verb
def verify(node: str, ti: Any = None) -> str:
    """Check the whole ledger, and that the head the last run found stands in it; returns the head."""
    from amanah.airflow.connections import open_node
    from amanah.exchange.ledger import Head

    noted = ti.xcom_pull(task_ids=ti.task_id, map_indexes=-1, include_prior_dates=True)
    found = open_node(node).verify(Head.parse(noted) if noted else None)
    for fault in found.faults:
        log.error("%s: %s; %s", fault.where, fault.what, fault.do)
    if found.power.could_rewrite:
        log.warning("role %s could rewrite the ledger: docs/production.md, section 9", found.power.role)
    if not found.holds:
        raise AirflowFailException(f"the ledger does not hold: {found.faults_found} fault(s), the first of them above")
    log.info("%d entries, %d messages and %d packages hold", found.entries, found.messages, found.packages)
    return str(found.head or "")


@verb
def room(node: str) -> int:
    """Measure the ledger; fails while it uses too much of its room; returns its bytes."""
    from amanah.airflow.connections import open_node

    found = open_node(node).ledger_room()
    if found.warning is not None:
        raise AirflowFailException(found.warning)
    return found.bytes


@verb
def freeze(node: str, partition_key: str | None = None, params: Any = None) -> dict[str, Any]:
    """Freeze the quarter, once for each version; returns which version that is and its SHA-256."""
    from amanah.airflow.connections import open_node

    reason = (params or {}).get("reason") or None
    return asdict(open_node(node).editions.freeze(partition_of(partition_key, "2026-Q3"), reason))


@verb
def draft(node: str, frozen: Any) -> dict[str, str]:
    """Render what was frozen, stamped as a draft; returns the files and their SHA-256."""
    from amanah.airflow.connections import open_node

    return dict(open_node(node).editions.draft(*_named(frozen)).sha256)


@verb
def publish_edition(node: str, frozen: Any) -> dict[str, str]:
    """Render and sign the approved version, and put it where readers look; returns the files and their SHA-256."""
    from amanah.airflow.connections import open_node

    made = open_node(node).editions.publish(*_named(frozen))
    log.info("%s version %d: %d files written at the published place", *_named(frozen), len(made.written))
    return {f"v{frozen['version']}/{name}": digest for name, digest in made.edition.sha256.items()}


@verb
def tell_members(node: str, frozen: Any) -> dict[str, Any]:
    """Mail the members of our delegation the summary with the link, once for each version; returns counts."""
    from amanah.airflow.connections import open_node

    return asdict(open_node(node).tell_members(*_named(frozen)))


def _named(frozen: Any) -> tuple[str, int]:
    return frozen["quarter"], frozen["version"]
