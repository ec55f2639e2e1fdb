from __future__ import annotations

import io
from dataclasses import replace

from runners.protocol import Progress, State
from storage.store import Arrival, Store
from tests.examples import SPEC
from tests.workbench.conftest import series
from workbench.commands.progress import ProgressLine, bar, end_line, run_line, run_milestone


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_running_run_is_told_with_bar_epoch_loss_and_time_left(store: Store) -> None:
    run = store.create_run(SPEC, name="busy")
    store.set_state(run.id, State.RUNNING)
    store.take([Arrival(run.id, progress=Progress("training", 25, 100, 2, 5, 1000.0, 75.0))])
    store.append(run.id, {"loss": series([0.5, 0.25])})
    line = run_line(store.run(run.id))
    assert line == f"1 busy  training  {bar(0.25)}  25%  epoch 2/5  loss 0.25  1 min 15 s left"


def test_a_milestone_changes_with_the_epoch_and_not_with_the_step(store: Store) -> None:
    created = store.create_run(SPEC, name="busy")
    assert run_milestone(created) == "1 busy  queued"
    first = replace(created, state=State.RUNNING, progress=Progress("training", 1, 9, 1, 3))
    second = replace(first, progress=Progress("validating", 3, 9, 1, 3))
    third = replace(first, progress=Progress("training", 4, 9, 2, 3))
    assert run_milestone(first) == run_milestone(second) != run_milestone(third)


def test_the_end_is_told_with_its_reason(store: Store) -> None:
    run = store.create_run(SPEC, name="gone")
    ended = replace(run, state=State.FAILED, reason="ValueError: no")
    assert end_line(ended) == "1 gone  failed: ValueError: no"


def test_a_terminal_gets_one_line_that_is_written_over() -> None:
    stream = Terminal()
    with ProgressLine(stream) as line:
        line.show("a long text")
        line.show("short")
    assert stream.getvalue() == "\ra long text\rshort      \n"


def test_a_file_gets_plain_lines_and_none_twice() -> None:
    stream = io.StringIO()
    with ProgressLine(stream) as line:
        line.tell("reading", 0.1)
        line.tell("reading", 0.2)
        line.keep("ready")
    assert stream.getvalue() == "reading\nready\n"


def test_the_bar_keeps_its_width_whatever_the_fraction() -> None:
    assert {len(bar(fraction)) for fraction in (-1, 0, 0.5, 1, 7)} == {len(bar(0.3))}
    assert bar(0).count("#") == 0
    assert bar(1).count("-") == 0
