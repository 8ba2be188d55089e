"""A small client of Airflow's REST API: start a run, wait for it, see what happened."""

import time
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import Any, Self

import httpx

_POLL = 0.5
_FINAL = frozenset({"success", "failed"})
_PAGE = 100
_BEATS = 2


class AirflowError(RuntimeError):
    """Airflow could not be reached, or refused a call."""


class AirflowClient:
    """Talks to one Airflow as one user; logs in by itself, and again when its token has expired."""

    def __init__(self, base_url: str, user: str, password: str, *, timeout: float = 30.0) -> None:
        self._base_url = base_url
        self._login = {"username": user, "password": password}
        self._http = httpx.Client(base_url=base_url, timeout=timeout, trust_env=False)

    def __enter__(self) -> Self:
        """The client itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connection."""
        self.close()

    @property
    def base_url(self) -> str:
        """Where the pages and the API are."""
        return self._base_url

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def health(self) -> dict[str, str | None]:
        """Each part of Airflow (``metadatabase``, ``scheduler``, ``triggerer``, ``dag_processor``) and its status."""
        answer = self._send("GET", "/api/v2/monitor/health").json()
        return {part: report["status"] for part, report in answer.items() if report}

    def heartbeat(self) -> str:
        """When the scheduler last said that it lives."""
        return str(self._send("GET", "/api/v2/monitor/health").json()["scheduler"]["latest_scheduler_heartbeat"])

    def warm_up(self) -> None:
        """Make the API server load what tasks talk to; otherwise the first task waits some seconds for it."""
        self._send("GET", "/execution/health")

    def token(self) -> str:
        """Log in; return the token to send as ``Authorization: Bearer``."""
        return str(self._send("POST", "/auth/token", json=self._login).json()["access_token"])

    def trigger(self, dag_id: str, partition_key: str | None = None, conf: Mapping[str, Any] | None = None) -> str:
        """Start a run of ``dag_id`` now and return its id.

        The run has no logical date and so no data interval; for a month's or a quarter's run give ``partition_key``.
        What stands in ``conf`` is kept in the database and shown on pages: no personal data.
        """
        body = {"logical_date": None, "partition_key": partition_key, "conf": dict(conf or {})}
        return str(self._call("POST", f"/dags/{dag_id}/dagRuns", json=body)["dag_run_id"])

    def make_pool(self, name: str, slots: int, description: str) -> None:
        """Make the pool ``name`` unless it is there."""
        if name not in {pool["name"] for pool in self._list("/pools", "pools")}:
            self._call("POST", "/pools", json={"name": name, "slots": slots, "description": description})

    def wait(
        self, dag_id: str, run_id: str, timeout: float, on_progress: Callable[[dict[str, str]], None] = lambda _: None
    ) -> str:
        """Wait for a run to end and return its state, ``success`` or ``failed``.

        Args:
            dag_id: the DAG.
            run_id: the run, as ``trigger`` returned it.
            timeout: seconds to wait at most.
            on_progress: told the state of each task (``group.task`` or ``group.task[3]``: state) whenever one changed.

        Raises:
            AirflowError: the run has not ended in time; says which tasks have not.
        """
        deadline = time.monotonic() + timeout
        before: dict[str, str] = {}
        while True:
            state = str(self._call("GET", f"/dags/{dag_id}/dagRuns/{run_id}")["state"])
            tasks = task_states(self.task_instances(dag_id, run_id))
            if tasks != before:
                on_progress(tasks)
                before = tasks
            if state in _FINAL:
                return state
            if time.monotonic() > deadline:
                open_tasks = ", ".join(f"{task} ({at})" for task, at in tasks.items() if at not in _FINAL)
                raise AirflowError(
                    f"run {run_id} of {dag_id} is {state} after {timeout:.0f} s; open tasks: {open_tasks}"
                )
            time.sleep(_POLL)

    def runs(self, dag_id: str) -> list[dict[str, Any]]:
        """Every run of ``dag_id``, the newest first, as the API gives it (``dag_run_id``, ``state``, ...)."""
        return self._list(f"/dags/{dag_id}/dagRuns", "dag_runs", order_by="-run_after")

    def task_instances(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        """Every task of a run, as the API gives it (``task_id``, ``map_index``, ``state``, ...)."""
        return self._list(f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances", "task_instances")

    def answer(self, dag_id: str, run_id: str, task_id: str, option: str, **given: str) -> None:
        """Answer, as the user, what a task asks: one of its options, and what stands in its form."""
        body = {"chosen_options": [option], "params_input": given}
        self._call("PATCH", f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/-1/hitlDetails", json=body)

    def question(self, dag_id: str, run_id: str, task_id: str) -> dict[str, Any]:
        """What a task asks, as the API gives it (``subject``, ``body``, ``options``, ...)."""
        return self._call("GET", f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/-1/hitlDetails")

    def decide(
        self, dag_id: str, run_id: str, answers: Mapping[str, str], timeout: float, **given: str
    ) -> dict[str, dict[str, Any]]:
        """Once every task of ``answers`` waits for input, give its answer; return what each asked.

        Airflow 3.3 tries a task again, and asks again, that goes on before its scheduler has noted that it had paused.
        That takes a second; here the scheduler's heart beats twice first.

        Raises:
            AirflowError: not in time; says how far the tasks are.
        """
        deadline = time.monotonic() + timeout
        states: dict[str, str] = {}
        while any(states.get(task) != "awaiting_input" for task in answers):
            _check_time(deadline, f"run {run_id} of {dag_id} asks nothing yet: {states}")
            states = task_states(self.task_instances(dag_id, run_id))
        seen = {self.heartbeat()}
        while len(seen) <= _BEATS:
            _check_time(deadline, "Airflow's scheduler is down")
            seen.add(self.heartbeat())
        asked = {task: self.question(dag_id, run_id, task) for task in answers}
        for task, answer in answers.items():
            self.answer(dag_id, run_id, task, answer, **given)
        return asked

    def links(self, dag_id: str, run_id: str, task_id: str) -> dict[str, str | None]:
        """What a task's buttons in the UI are called and lead to; nowhere before it has ended."""
        found = self._call("GET", f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/links")
        return dict(found["extra_links"])

    def dags(self) -> list[str]:
        """The id of every DAG that Airflow has read."""
        return [str(dag["dag_id"]) for dag in self._list("/dags", "dags")]

    def wait_for_dags(self, dag_ids: Iterable[str], timeout: float) -> None:
        """Return when Airflow has read every one of ``dag_ids``.

        Raises:
            AirflowError: not in time; names the missing ones, and the files that could not be imported.
        """
        deadline = time.monotonic() + timeout
        while missing := set(dag_ids) - set(self.dags()):
            if time.monotonic() > deadline:
                broken = "; ".join(f"{file}: {trace.splitlines()[-1]}" for file, trace in self.import_errors().items())
                raise AirflowError(
                    f"Airflow has not read {', '.join(sorted(missing))} within {timeout:.0f} s; {broken}"
                )
            time.sleep(_POLL)

    def import_errors(self) -> dict[str, str]:
        """Each DAG file that Airflow could not import, with the trace of why."""
        errors = self._list("/importErrors", "import_errors")
        return {str(error["filename"]): str(error["stack_trace"]) for error in errors}

    def _list(self, path: str, key: str, **parameters: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while True:
            page = self._call("GET", path, params={"limit": _PAGE, "offset": len(found), **parameters})
            found += page[key]
            if not page[key] or len(found) >= page["total_entries"]:
                return found

    def _call(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        """Call the API as the user; log in first where needed."""
        if "Authorization" not in self._http.headers:
            self._http.headers["Authorization"] = f"Bearer {self.token()}"
        try:
            response = self._send(method, f"/api/v2{path}", **request)
        except _ExpiredError:
            del self._http.headers["Authorization"]
            self._http.headers["Authorization"] = f"Bearer {self.token()}"
            response = self._send(method, f"/api/v2{path}", **request)
        answer: dict[str, Any] = response.json()
        return answer

    def _send(self, method: str, path: str, **request: Any) -> httpx.Response:
        try:
            response = self._http.request(method, path, **request)
        except httpx.TransportError as lost:
            raise AirflowError(f"Airflow at {self._base_url} does not answer {method} {path}: {lost}") from lost
        if response.status_code == httpx.codes.UNAUTHORIZED:
            raise _ExpiredError(f"Airflow at {self._base_url} does not know the user: check name and password")
        if response.is_error:
            detail = response.text[:500]
            raise AirflowError(f"Airflow answered {response.status_code} to {method} {path}: {detail}")
        return response


def _check_time(deadline: float, otherwise: str) -> None:
    if time.monotonic() > deadline:
        raise AirflowError(otherwise)
    time.sleep(_POLL)


class _ExpiredError(AirflowError):
    """The token is not, or no longer, valid."""


def task_states(instances: list[dict[str, Any]]) -> dict[str, str]:
    """Name each task instance (mapped ones as ``task[index]``) and its state; ``waiting`` when it has none yet."""
    states = {}
    for instance in instances:
        mapped = instance["map_index"] >= 0
        name = f"{instance['task_id']}[{instance['map_index']}]" if mapped else str(instance["task_id"])
        states[name] = str(instance["state"] or "waiting")
    return states
