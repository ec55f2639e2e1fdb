"""Which runs have devices, and whose memory is still only promised."""

from __future__ import annotations

from dataclasses import replace

from runners.protocol import State
from runners.scheduler.roster import SETTLING_S, Roster
from tests.runners.scheduler.test_queue import queued


def test_memory_is_promised_to_a_run_until_it_has_trained_for_a_while() -> None:
    roster = Roster()
    starting = replace(queued(1), state=State.STARTING)
    roster.add(starting, "cuda:0")
    roster.see(starting, 100.0)
    assert [one.settled for one in roster.active(1000.0)] == [False]
    for moment in (1000.0, 1001.0):
        roster.see(replace(starting, state=State.RUNNING), moment)
    [active] = roster.active(1000.0 + SETTLING_S / 2)
    assert (active.device, active.settled) == ("cuda:0", False)
    [active] = roster.active(1000.0 + SETTLING_S)
    assert (active.run.state, active.settled) == (State.RUNNING, True)


def test_a_run_that_has_no_device_is_not_active() -> None:
    roster = Roster()
    roster.see(queued(1), 0.0)
    assert (len(roster), roster.active(0.0)) == (0, [])
    roster.add(queued(2), "cpu")
    roster.remove(2)
    assert 2 not in roster
