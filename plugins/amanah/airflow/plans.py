"""Which nodes run in this Airflow, as far as a DAG file needs to know: read at parse time, so nothing is reached.

``AMANAH_NODES`` lists the ``node.yaml`` files, separated as in ``PATH``. One in production; two in the demonstration.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from airflow.sdk import get_parsing_context

from schemas import agreement as agreements
from schemas.agreement import Agreement


@dataclass(frozen=True)
class NodePlan:
    """One node: its file, its party, its corridor's agreement, which stream each of its sources feeds, since when.

    ``witnesses`` are the sources that no package waits for, as nothing of them ever leaves.
    """

    file: Path
    party: str
    agreement: Agreement
    sources: Mapping[str, str]
    witnesses: frozenset[str]
    runs_from: date

    @property
    def prefix(self) -> str:
        """What its DAG ids begin with: ``idn-sau.idn``."""
        return f"{self.agreement.id}.{self.party.lower()}"

    @property
    def connection_prefix(self) -> str:
        """What its Airflow connections begin with: ``amanah_idn``."""
        return f"amanah_{self.party.lower()}"

    @property
    def pool(self) -> str:
        """The pool that keeps the partner's exchange point from being flooded."""
        return f"{self.connection_prefix}_partner"

    @property
    def time_zone(self) -> str:
        """Where the party lives."""
        return self.agreement.parties[self.party].time_zone

    @property
    def engineer(self) -> str:
        """Who is told when a task fails."""
        return self.agreement.parties[self.party].engineer

    def dag_id(self, verb: str) -> str:
        """The id of the DAG for ``verb``."""
        return f"{self.prefix}.{verb}"

    @classmethod
    def load(cls, file: Path) -> "NodePlan":
        """Read the plan of the node that ``file`` configures; secrets are not resolved."""
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        sources = {
            name: yaml.safe_load((file.parent / source["mapping"]).read_text(encoding="utf-8"))["stream"]
            for name, source in content.get("sources", {}).items()
        }
        agreement = agreements.load(file.parent / content["agreement"])
        return cls(
            file=file,
            party=content["party"],
            agreement=agreement,
            sources=sources,
            witnesses=_witnesses(file, content),
            runs_from=date.fromisoformat(str(content.get("runs_from", agreement.in_force_from))),
        )


def _witnesses(file: Path, content: Mapping[str, Any]) -> frozenset[str]:
    named = content.get("consolidation")
    terms = yaml.safe_load((file.parent / named).read_text(encoding="utf-8")) if named else {}
    systems = [system for stream in terms.values() for system in stream["systems"]]
    return frozenset(system["name"] for system in systems if system.get("role") == "witness")


def node_files() -> list[Path]:
    """The ``node.yaml`` files that ``AMANAH_NODES`` lists."""
    return [Path(name) for name in os.environ.get("AMANAH_NODES", "").split(os.pathsep) if name]


def plans(verb: str) -> Iterator[NodePlan]:
    """The nodes of this Airflow; when a worker runs one DAG, only the node that DAG belongs to."""
    wanted = get_parsing_context().dag_id
    for file in node_files():
        plan = NodePlan.load(file)
        if wanted in (None, plan.dag_id(verb)):
            yield plan
