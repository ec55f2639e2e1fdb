"""Waiting for runs to end, with progress."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from time import monotonic, sleep

from storage.records import RunRecord
from workbench.bench import Workbench
from workbench.commands.progress import ProgressLine, end_line, run_line, run_milestone

_LOOK_S = 0.2
_SCHEDULER_S = 5.0
"""How often a scheduler that died meanwhile is noticed and replaced."""


def wait_for(workbench: Workbench, run_ids: Sequence[int]) -> list[RunRecord]:
    """The runs as they ended. An interruption is passed on after saying that the runs go on."""
    try:
        with ProgressLine(sys.stderr) as line:
            return _wait(workbench, run_ids, line)
    except KeyboardInterrupt:
        ids = " ".join(map(str, run_ids))
        goes = "goes" if len(run_ids) == 1 else "go"
        print(
            f"run {ids} {goes} on; `twinbench show {run_ids[0]}` shows it, `twinbench stop {ids}` stops it",
            file=sys.stderr,
        )
        raise


def _wait(workbench: Workbench, run_ids: Sequence[int], line: ProgressLine) -> list[RunRecord]:
    ended: dict[int, RunRecord] = {}
    version, looked_after = -1, monotonic()
    while True:
        newer = workbench.store.data_version()
        if newer != version:
            version = newer
            _look(workbench, [one for one in run_ids if one not in ended], line, ended)
        if len(ended) == len(set(run_ids)):
            return [ended[run_id] for run_id in run_ids]
        if monotonic() - looked_after > _SCHEDULER_S:
            looked_after = monotonic()
            workbench.start_scheduler()
        sleep(_LOOK_S)


def _look(
    workbench: Workbench,
    waiting: Sequence[int],
    line: ProgressLine,
    ended: dict[int, RunRecord],
) -> None:
    """Report what ended, and show the first of those that are busy, or else that wait."""
    runs = [workbench.store.run(run_id) for run_id in waiting]
    for run in runs:
        if run.state.final:
            line.keep(end_line(run))
            ended[run.id] = run
    going = sorted(
        (run for run in runs if not run.state.final), key=lambda run: not run.state.active
    )
    if going:
        line.show(run_line(going[0]), plain=run_milestone(going[0]))
