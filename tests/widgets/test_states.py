from __future__ import annotations

from dataclasses import replace

import pytest

from runners.protocol import Progress, Request, Script, State
from storage.records import QueueOptions, RunRecord, can_extend
from tests.examples import SPEC
from widgets import states
from widgets.live.run_header import facts_of

NOW = 1_700_000_000_000_000
RUN = RunRecord(
    id=1, revision=1, name="one", experiment="default", state=State.RUNNING, reason="", spec=SPEC,
    created=NOW, started=NOW, ended=None, folder="/runs/1", pid=1, pid_created=1.0, exit_code=None,
    assigned_device="cpu", request=None, position=1.0, color=0, trashed=None,
    progress=Progress("training", 5, 10, 1, 3, 100.0, 30.0), heartbeat=NOW,
)  # fmt: skip


def test_a_stalled_run_is_running_and_tells_for_how_long_it_gave_no_sign() -> None:
    run = replace(RUN, stalled=NOW - 42_000_000)
    assert states.word(run) == "stalled"
    assert states.title(run) == "Running · stalled"
    assert states.detail(run, NOW) == "no sign of life for 0:42"
    assert "suspended" in states.advice(run)
    assert states.changes_with_time(run)


@pytest.mark.parametrize(
    ("reason", "left_s", "said"),
    [
        ("asked to stop", 6.2, "asked to stop · will be terminated in 7 s"),
        ("asked to stop", -1, "asked to stop · is about to be terminated"),
        ("did not stop in time; being terminated", 3, "did not stop in time; being terminated · will be killed in 3 s"),
    ],
)  # fmt: skip
def test_a_stopping_run_counts_down_to_what_comes_next(
    reason: str, left_s: float, said: str
) -> None:
    deadline = NOW + round(left_s * 1e6)
    run = replace(RUN, state=State.STOPPING, reason=reason, deadline=deadline)
    assert states.detail(run, NOW) == said
    assert states.changes_with_time(run)


def test_a_killed_run_counts_nothing_down() -> None:
    run = replace(RUN, state=State.STOPPING, reason="being killed")
    assert states.detail(run, NOW) == "being killed"
    assert not states.changes_with_time(run)


def test_a_run_that_ended_is_not_stalled_any_more() -> None:
    run = replace(RUN, state=State.KILLED, stalled=NOW, reason="killed from outside")
    assert states.word(run) == "killed"
    assert states.detail(run, NOW) == "killed from outside"
    assert not states.changes_with_time(run)


def test_a_queued_run_tells_why_it_waits() -> None:
    run = replace(RUN, state=State.QUEUED)
    assert states.detail(run, NOW) == "waits for the scheduler"
    held = replace(run, options=QueueOptions(held=True), reason="held")
    assert (states.word(held), states.detail(held, NOW)) == ("held", "held")


def test_a_paused_run_tells_no_time_that_is_left_and_no_speed() -> None:
    said = facts_of(
        replace(RUN, state=State.PAUSED, progress=replace(RUN.progress, phase="paused"))
    )
    assert "left" not in said
    assert "samples/s" not in said
    assert "paused" not in said  # its state says so
    assert "left" in facts_of(RUN)


def test_a_later_attempt_is_told() -> None:
    assert facts_of(replace(RUN, attempt=2)).startswith("attempt 2 · ")
    assert "attempt" not in facts_of(RUN)


@pytest.mark.parametrize(
    ("state", "request_made", "pauses", "goes_on"),
    [
        (State.RUNNING, None, True, False),
        (State.RUNNING, Request.PAUSE, False, True),
        (State.RUNNING, Request.STOP, False, False),
        (State.PAUSED, Request.PAUSE, False, True),
        (State.PAUSED, Request.STOP, False, False),
        (State.STOPPING, Request.STOP, False, False),
        (State.STOPPED, Request.STOP, False, True),
        (State.LOST, None, False, True),
        (State.FINISHED, None, False, False),
        (State.QUEUED, None, False, False),
    ],
)
def test_what_can_be_paused_and_what_can_go_on(
    state: State, request_made: Request | None, pauses: bool, goes_on: bool
) -> None:
    run = replace(RUN, state=state, request=request_made)
    assert (states.can_pause(run), states.can_go_on(run)) == (pauses, goes_on)


def test_the_activity_counts_what_trains_waits_is_paused_and_is_stalled() -> None:
    runs = [
        RUN, RUN, replace(RUN, state=State.PAUSED), replace(RUN, stalled=NOW),
        replace(RUN, state=State.QUEUED), replace(RUN, state=State.FINISHED),
    ]  # fmt: skip
    assert states.activity(runs) == ["2 running", "1 paused", "1 stalled", "1 queued"]


def test_a_script_can_be_run_again_and_neither_resumed_nor_extended() -> None:
    script = Script("/work/train.py", "/work", "0" * 64)
    run = replace(RUN, state=State.STOPPED, spec=replace(SPEC, script=script))
    assert "Retry runs the script again" in states.advice(run)
    assert not states.can_go_on(run)
    assert not can_extend(run)
    assert states.can_go_on(replace(run, spec=SPEC))
    assert can_extend(replace(run, spec=SPEC))
