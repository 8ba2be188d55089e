"""The one file of ours that Airflow loads as a plugin; what it registers lives in ``amanah.airflow``."""

import sys

from airflow.jobs.job import Job
from airflow.listeners import hookimpl
from airflow.plugins_manager import AirflowPlugin

from amanah.airflow.elsewhere import PREFIX
from amanah.airflow.metrics import FiguresListener
from amanah.airflow.pages import build_app, entries


class WarmStart:
    """Lets every task begin warm.

    A LocalExecutor task is forked from the scheduler. What the scheduler has imported is there at once; imported by
    each task, the libraries cost seconds of processor time apiece (``docs/decisions``).
    """

    @hookimpl
    def on_starting(self, component: object) -> None:
        """Import what the tasks use, once, when the scheduler starts.

        Airflow calls this before the job knows its own type, so the command line has to tell which program it is.
        """
        if isinstance(component, Job) and "scheduler" in sys.argv:
            from amanah.airflow import warm  # noqa: PLC0415 - only the scheduler needs it

            warm.up()


class AmanahPlugin(AirflowPlugin):
    """Pages and listeners."""

    name = "amanah"
    fastapi_apps = [{"app": build_app(), "url_prefix": PREFIX, "name": "Amanah"}]  # noqa: RUF012 - Airflow's way
    external_views = entries()
    listeners = [WarmStart(), FiguresListener()]  # noqa: RUF012
