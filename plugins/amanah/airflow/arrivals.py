"""Waiting for the partner's packages without holding a slot: a sensor that defers, and the trigger that looks.

What counts as new is asked of ``amanah.exchange.arrivals`` once, by the sensor in a worker; the trigger then only lists
folders: over Airflow's asynchronous SFTP hook, or over HTTPS in a thread of the triggerer. Nothing is fetched here, so
whatever goes wrong while waiting is told by the task that comes after, which has the retries and the words for it.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pendulum
from airflow.sdk import BaseSensorOperator, Connection, Context
from airflow.triggers.base import BaseTrigger, TriggerEvent
from croniter import croniter

if TYPE_CHECKING:
    from amanah.exchange.arrivals import Awaited

log = logging.getLogger(__name__)

MARGIN = timedelta(minutes=1)  # a run ends before the next one begins
PATIENCE = 60.0  # seconds for one look at all folders
GRACE = timedelta(minutes=10)  # after which Airflow ends the wait itself, should the triggerer have died


class PackagesArrive(BaseTrigger):
    """Looks every ``poll_interval`` seconds whether files came that are not in ``awaited``; gives up at ``until``.

    ``wires`` are names of wires and of Airflow's connections for them, in the agreed order; each look goes over the
    first that works. Fires when something new is there and the next look finds no more: what the partner sends together
    is then fetched together. The event holds the number of new files.
    """

    def __init__(
        self,
        wires: Sequence[Sequence[str]],
        awaited: Sequence[dict[str, Any]],
        until: str,
        poll_interval: float = 60,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.wires, self.awaited, self.until, self.poll_interval = wires, awaited, until, poll_interval

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """How the trigger is made again in the triggerer."""
        kept = ("wires", "awaited", "until", "poll_interval")
        return (f"{type(self).__module__}.{type(self).__name__}", {name: getattr(self, name) for name in kept})

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Look until something came, or the time is over."""
        until = datetime.fromisoformat(self.until)
        before = 0
        while datetime.now(UTC) < until:
            new = await self._look()
            if new is not None:
                if new and new == before:
                    yield _event(new)
                    return
                before = new
            await asyncio.sleep(min(self.poll_interval, max(0.0, (until - datetime.now(UTC)).total_seconds())))
        yield _event(before)

    async def _look(self) -> int | None:
        """How many files there are not here, seen over the first wire that works; None when none does."""
        from amanah.exchange.arrivals import Awaited  # noqa: PLC0415 - DAG files are parsed often

        looks = {"sftp": _over_sftp, "api": _over_https}
        awaited = list(map(Awaited.of_json, self.awaited))
        for name, connection in self.wires:
            try:
                async with asyncio.timeout(PATIENCE):
                    return await looks[name](connection, awaited)
            except Exception as error:  # collect meets the same, and says what to do about it
                log.warning("cannot look at the exchange point over %s: %s", name, type(error).__name__)
        return None


async def _over_sftp(connection: str, awaited: "Sequence[Awaited]") -> int:
    import asyncssh  # noqa: PLC0415
    from airflow.providers.sftp.hooks.sftp import SFTPHookAsync  # noqa: PLC0415

    asyncssh.set_log_level(logging.WARNING)  # else ten lines in the task's log for every look
    new = 0
    async with SFTPHookAsync(sftp_conn_id=connection).get_managed_conn() as sftp:
        for each in awaited:
            try:
                async for entry in sftp.scandir(each.folder):
                    new += each.is_new(str(entry.filename))
            except asyncssh.SFTPNoSuchFile:
                continue  # a stream not begun
    return new


async def _over_https(connection: str, awaited: "Sequence[Awaited]") -> int:
    from amanah.airflow.connections import api_settings  # noqa: PLC0415
    from amanah.exchange.api.client import connect  # noqa: PLC0415
    from amanah.patience import Patience  # noqa: PLC0415

    settings = api_settings(await Connection.async_get(connection))

    def listed() -> int:
        with connect(settings, Patience(attempts=1)) as wire:
            return sum(each.is_new(name) for each in awaited for name in wire.names(each.folder))

    return await asyncio.to_thread(listed)


class WaitForPackages(BaseSensorOperator):
    """In a scheduled run, waits until packages of the partner came or the next run is due; else does not wait.

    Args:
        node: path of ``node.yaml``; Airflow's connections to the agreed wires are those of its party.
        schedule: when the DAG runs, as cron.
        time_zone: in which that is meant.
        kwargs: as every sensor takes them; ``poke_interval`` is the pause between two looks.
    """

    def __init__(self, *, node: str, schedule: str, time_zone: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.node, self.schedule, self.time_zone = node, schedule, time_zone

    def execute(self, context: Context) -> int:
        """Begin to wait. A run that somebody started by hand goes on at once: they want it now."""
        from amanah.airflow.connections import checked_wires, open_node  # noqa: PLC0415 - DAG files are parsed often
        from amanah.exchange.arrivals import awaited  # noqa: PLC0415

        until = self._next_run(datetime.now(UTC)) - MARGIN
        if context["dag_run"].run_type != "scheduled" or until <= datetime.now(UTC):
            return 0
        node = open_node(self.node)
        trigger = PackagesArrive(
            checked_wires(node),
            [each.as_json() for each in awaited(node.endpoint)],
            until.isoformat(),
            self.poke_interval,
        )
        return self.defer(trigger=trigger, method_name="woken", timeout=until - datetime.now(UTC) + GRACE)

    def woken(self, context: Context, event: dict[str, Any] | None = None) -> int:  # noqa: ARG002 - Airflow's signature
        """Return how many new files were seen; none when the time was over."""
        return int((event or {}).get("new", 0))

    def _next_run(self, now: datetime) -> datetime:
        there = pendulum.instance(now).in_timezone(self.time_zone)
        found: datetime = croniter(self.schedule, there).get_next(datetime)
        return found.astimezone(UTC)


def _event(new: int) -> TriggerEvent:
    return TriggerEvent({"new": new})  # type: ignore[no-untyped-call]
