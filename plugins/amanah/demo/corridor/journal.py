"""In which month each record of a party and stream appears or changes."""

import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from amanah.demo.corridor.views import View
from amanah.demo.corridor.window import Window

OFFICE_OPENS = timedelta(hours=6)
OFFICE_SECONDS = 9 * 60 * 60


@dataclass(slots=True)
class Entry:
    """One record: its view and, for each month in which it appears or changes, the last day on which it did."""

    view: View
    changed: dict[str, date] = field(default_factory=dict)

    def updated_at(self, month: str) -> datetime:
        """When the system last changed the record in ``month``: a time of day in office hours, UTC."""
        within = timedelta(seconds=zlib.crc32(self.view.ref.encode()) % OFFICE_SECONDS)
        return datetime.combine(self.changed[month], time(), tzinfo=UTC) + OFFICE_OPENS + within


def entries(views: Iterable[View], window: Window) -> list[Entry]:
    """The entries of ``views`` with a record in the window; what came before it shows in the first month."""
    months = {month: month for month in window.months}  # one text for all entries
    found = []
    for view in views:
        entry = Entry(view)
        for day in view.change_days():
            if day <= window.end:
                shown = max(day, window.start)
                entry.changed[months[shown.isoformat()[:7]]] = shown
        if entry.changed:
            found.append(entry)
    return found
