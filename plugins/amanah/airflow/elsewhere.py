"""From our pages into Airflow: the runs of a pipeline, and the Data Docs of a source."""

from urllib.parse import quote, urlencode

from airflow.api_fastapi.app import API_ROOT_PATH

from amanah.node import Node

PREFIX = "/amanah"  # below which Airflow serves what is ours
_INDEX = "gx/uncommitted/data_docs/local_site/index.html"


class InAirflow:
    """Addresses in the Airflow that serves the pages. What it keeps of a run is Airflow's: only where to look is known.

    A pipeline is known by its corridor, party and verb, a run of a month by its partition.
    """

    def runs(self, node: Node, verb: str, period: str | None) -> str | None:
        """The runs of ``verb``, of one month where given."""
        dag_id = quote(f"{node.agreement.id}.{node.us.lower()}.{verb}")
        asked = f"?{urlencode({'partition_key_pattern': period})}" if period else ""
        return f"{_root()}/dags/{dag_id}/runs{asked}"

    def data_docs(self, node: Node, source: str) -> str | None:
        """The site of ``source``, once there is one."""
        if not (node.settings.store / "data_docs" / source / _INDEX).is_file():
            return None
        return f"{_root()}{PREFIX}/{node.us}/data_docs/{quote(source)}/{_INDEX}"


def _root() -> str:
    return str(API_ROOT_PATH).rstrip("/")
