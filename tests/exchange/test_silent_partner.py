"""A partner silent for days, then back with a backlog of both streams: answered once each, equal, nobody intervened."""

from contextlib import suppress
from decimal import Decimal

import pytest
from builders import a_complaint, a_placement
from converged import check_all, rows, run_until_quiet
from corridor import alarms, hold
from test_repair import time_passes

from amanah.exchange.transport import TransportError

pytestmark = pytest.mark.slow

MONTHS = [f"2026-{number:02d}" for number in range(3, 9)]
DAYS = 10


def publishes(node, month, number):
    hold(node, *(a_placement(f"{node.us}-P-{n}", wage_amount=Decimal(number)) for n in range(3)), month=month)
    hold(node, a_complaint(f"{node.us}-C-{number}"), month=month, stream="complaint")
    for stream in ("placement", "complaint"):
        node.publish(stream, month)


@pytest.mark.parametrize("left", ["its node", "its node and its link"])
def test_back_after_days_with_a_backlog_of_both_streams(corridor, left):
    for number, month in enumerate(MONTHS, start=1):
        publishes(corridor.idn, month, number)
        publishes(corridor.sau, month, number)  # its ministry worked on; nothing was sent
    if left == "its node and its link":  # it had sent the first month, and was answered
        corridor.sau.deliver(corridor.wires["SAU"])
        for path in sorted(corridor.point.room("SAU", "placement").iterdir())[1:]:
            path.unlink()
    for _ in range(DAYS):
        time_passes(corridor.idn, hours=24)
        with suppress(TransportError):
            corridor.idn.deliver(corridor.wires["IDN"])
            corridor.idn.collect(corridor.wires["IDN"])
        corridor.idn.admit()
    asked = [row for row in rows(corridor.idn, "out").values() if row.kind == "resend-request"]
    assert len(asked) <= DAYS // 2 + 1  # a silent partner is not flooded

    time_passes(corridor.sau, hours=24 * DAYS)
    took = run_until_quiet(corridor)

    assert took <= 4
    check_all(corridor)
    for node in (corridor.idn, corridor.sau):
        sent = [row for row in rows(node, "out").values() if row.stream != "status"]
        assert len(sent) == 2 * len(MONTHS)
        assert {row.state for row in sent} == {"accepted"}
        assert alarms(node) == []
