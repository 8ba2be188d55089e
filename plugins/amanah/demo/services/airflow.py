"""The four programs of an Airflow, and its metadata database, as services of a demonstration.

How they are configured belongs to ``airflow_settings``; talking to a running Airflow to ``airflow_client``.
"""

import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from amanah.demo.services.airflow_client import AirflowClient, AirflowError
from amanah.demo.services.airflow_settings import password_of
from amanah.demo.services.processes import Service, Supervisor

ADMIN = "admin"
_TIMEOUT = 180.0
# Airflow waits for running tasks, or 10 s for its trigger process; its state is safe in PostgreSQL at any moment.
_GRACE = 3.0
_API_GRACE = 1.0  # it has stopped serving long before, and then lingers
# What their names are in the health report. Serving log files is skipped: it would listen on all addresses, and the
# API server reads the files where they are.
_WORKERS = {
    "scheduler": ("scheduler", "--skip-serve-logs"),
    "dag_processor": ("dag-processor",),
    "triggerer": ("triggerer", "--skip-serve-logs"),
}


class AirflowServices:
    """Airflow as it runs for one folder, with the environment that ``airflow_settings.settings`` made.

    Example:
        >>> airflow = AirflowServices(folder, settings(folder, ..., users={ADMIN: "admin"}))  # doctest: +SKIP
        >>> airflow.begin(supervisor)  # and do other things meanwhile  # doctest: +SKIP
        >>> airflow.start(supervisor)  # doctest: +SKIP
        >>> airflow.client().trigger("exchange_idn_sau")  # doctest: +SKIP
    """

    def __init__(self, folder: Path, env: Mapping[str, str]) -> None:
        self._folder = folder
        self._env = env
        self._observer = AirflowClient(env["AIRFLOW__API__BASE_URL"], ADMIN, "")  # health needs no login
        self._begun = False
        self._migration = self._service("migrate", ("db", "migrate"), ready=lambda: True)
        self._api_server = self._service("api-server", ("api-server",), ready=self._serves, grace=_API_GRACE)
        self._workers = [
            self._service(argv[0], argv, partial(self._is_healthy, part)) for part, argv in _WORKERS.items()
        ]

    @property
    def base_url(self) -> str:
        """Where the pages and the API are."""
        return self._env["AIRFLOW__API__BASE_URL"]

    def begin(self, supervisor: Supervisor) -> None:
        """Start to make, or bring up to date, the metadata database, and the API server; wait for neither."""
        supervisor.launch(self._migration, self._api_server)
        self._begun = True

    def migrate(self, supervisor: Supervisor) -> None:
        """Wait until the metadata database is up to date.

        Raises:
            ServiceError: the migration failed; with the end of its log.
        """
        if not self._begun:
            self.begin(supervisor)
        supervisor.finish(self._migration)

    def start(self, supervisor: Supervisor) -> None:
        """Start what is not yet started, all at the same time; return when Airflow reports itself healthy.

        Raises:
            ServiceError: the migration failed, or a program did not start; says which, and the end of its log.
        """
        self.migrate(supervisor)
        supervisor.launch(*self._workers)
        supervisor.wait_ready(self._api_server, *self._workers)

    def serve(self, supervisor: Supervisor) -> None:
        """Start the metadata database and the API server alone; return when it serves.

        Raises:
            ServiceError: the migration failed, or the API server did not start.
        """
        self.migrate(supervisor)
        supervisor.wait_ready(self._api_server)

    def healthy(self) -> bool:
        """Whether all four programs and the database report themselves healthy."""
        return all(self._is_healthy(part) for part in ("metadatabase", *_WORKERS))

    def client(self, user: str = ADMIN) -> AirflowClient:
        """A client that speaks as ``user``."""
        return AirflowClient(self.base_url, user, password_of(self._folder, user))

    def _service(
        self, name: str, arguments: tuple[str, ...], ready: Callable[[], bool], grace: float = _GRACE
    ) -> Service:
        argv = [str(Path(sys.executable).parent / "airflow"), *arguments]
        return Service(f"airflow-{name}", argv, self._env, ready, timeout=_TIMEOUT, grace=grace)

    def _serves(self) -> bool:
        try:
            self._observer.warm_up()
        except AirflowError:
            return False
        return self._is_healthy("metadatabase")

    def _is_healthy(self, part: str) -> bool:
        try:
            return self._observer.health().get(part) == "healthy"
        except AirflowError:
            return False
