"""Both nodes at work at the same moment, each in two processes, killed now and then, over SFTP: in the end both agree.

How the work of the processes interleaves is the machine's to say and another each time; what must hold in the end is
not. Histories (``test_histories.py``) interleave by plan, and can be repeated.
"""

import signal
from decimal import Decimal

import pytest
from builders import a_complaint, a_placement
from converged import check_all, run_until_quiet
from corridor import PARTIES, alarms, hold, states

pytestmark = pytest.mark.slow

MONTHS = ("2026-05", "2026-06", "2026-07", "2026-08")
DIES_AT = (None, 2, 7, 12)  # the entry of its ledger at which one of the processes dies, month by month


def test_both_nodes_and_two_processes_of_each(corridor, stage):
    both = (corridor.idn, corridor.sau)
    for party in PARTIES:  # a partner that is not there yet is not an empty one
        corridor.point.room(party, "placement").mkdir(parents=True)
    killed = 0
    for number, month in enumerate(MONTHS, start=1):
        for node in both:
            hold(node, *(a_placement(f"{node.us}-P-{n}", wage_amount=Decimal(number)) for n in range(5)), month=month)
            hold(node, a_complaint(f"{node.us}-C-{number}"), month=month, stream="complaint")
        dies = {"event": "any", "when": "before", "nth": DIES_AT[number - 1]} if DIES_AT[number - 1] else {}
        actors = [stage.start(node, "carry", ready=True, **how) for node in both for how in ({}, dies)]
        assert [actor.wait() for actor in actors] == [None] * 4
        for actor in actors:
            actor.go_on()
        for node in both:  # and this process publishes meanwhile
            for stream in ("placement", "complaint"):
                node.publish(stream, month)
        ended = [actor.wait() for actor in actors]
        assert set(ended) <= {0, -signal.SIGKILL}, [actor.said() for actor in actors]
        killed += ended.count(-signal.SIGKILL)

    run_until_quiet(corridor)

    assert killed >= 2
    check_all(corridor)
    for node in both:
        sent = [name for name in states(node) if name.startswith(f"{node.us}-") and "-status-" not in name]
        assert len(sent) == 2 * len(MONTHS)
        assert {states(node)[name] for name in sent} == {"accepted"}
        assert alarms(node) == []
