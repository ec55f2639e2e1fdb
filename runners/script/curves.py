"""From what a script writes, event files of TensorBoard and its reports, to the events of its run."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import groupby
from pathlib import Path
from typing import Any

from runners.events import EventWriter
from runners.protocol import Progress
from runners.script.event_file import EventFile, Scalar
from runners.script.finder import Finder
from runners.script.metric_names import MetricNames, metric_name
from runners.script.reported import Reported, ReportedFile
from runners.script.speed import Speed

PHASE = "training"


class Curves:
    """Writes to the run's event file what has arrived, each time that `look` is called. ``say`` tells the log."""

    def __init__(
        self,
        writer: EventWriter,
        finder: Finder,
        names: MetricNames,
        reported: ReportedFile,
        say: Callable[[str], None],
    ) -> None:
        self._writer = writer
        self._finder = finder
        self._names = names
        self._reported = reported
        self._say = say
        self._files: dict[EventFile, str] = {}
        self._counts = Progress(PHASE)
        self._counts_itself = False
        self._speed = Speed()
        self._told = Progress("")
        self.parameters: dict[str, Any] = {}

    @property
    def step(self) -> int:
        return self._counts.step

    def look(self, *, final: bool = False) -> None:
        """Take in what is new. ``final`` says that the script has ended. Raises OSError where nothing can be written any more."""
        for path in self._finder.look(final=final):
            self._files[EventFile(path)] = self._names.prefix(path.parent)
            self._say(f"reads the curves in {path}")
        for file, prefix in self._files.items():
            self._follow(file, prefix, final=final)
        while said := self._read_reports(final=final):
            for one in said:
                self._take(one)
        self.tell_progress()

    def tell_progress(self, phase: str = PHASE) -> None:
        """Report how far the script is, where that is news."""
        counts = self._counts
        progress = Progress(
            phase, counts.step, counts.total_steps, counts.epoch, counts.epochs,
            remaining_s=self._speed.remaining_s(counts.step, counts.total_steps),
        )  # fmt: skip
        if progress != self._told:
            self._told = progress
            self._writer.progress(progress)

    def _follow(self, file: EventFile, prefix: str, *, final: bool) -> None:
        damaged = file.damaged_bytes
        try:
            found = file.read(final=final)
        except OSError:
            return  # it was deleted; what was read of it is kept
        self._log(found, prefix)
        if file.damaged_bytes > damaged:
            lost = file.damaged_bytes - damaged
            self._say(f"{lost:,} bytes of {file.path} are damaged and were passed over")

    def _log(self, found: Iterable[Scalar], prefix: str) -> None:
        for (step, time), group in groupby(found, key=lambda one: (one.step, one.time)):
            values = {metric_name(prefix, one.tag): one.value for one in group}
            self._write(step, values, time)

    def _read_reports(self, *, final: bool) -> list[Reported]:
        try:
            return self._reported.read(final=final)
        except OSError:
            return []

    def _take(self, said: Reported) -> None:
        if said.values:
            values = {metric_name("", name): value for name, value in said.values.items()}
            self._write(said.step, values, said.time)
        self.parameters.update(said.parameters)
        if said.progress:
            self._counts_itself = True
            self._counts = Progress(PHASE, **{k: max(0, v) for k, v in said.progress.items()})
            self._speed.see(self._counts.step, said.time)

    def _write(self, step: int, values: dict[str, float], time: float) -> None:
        try:
            self._writer.log(step, values, time)
        except ValueError as error:
            self._say(f"a point was left out: {error}")
            return
        if step > self._counts.step and not self._counts_itself:
            self._counts = Progress(PHASE, step)


def open_curves(
    writer: EventWriter,
    run_folder: Path,
    log_folder: Path,
    working_folder: Path,
    pid: int,
    started: float,
    say: Callable[[str], None],
) -> Curves:
    """The curves of the script that runs as this process since then (UTC, seconds since 1970)."""
    finder = Finder((log_folder, working_folder), pid, started)
    return Curves(writer, finder, MetricNames(log_folder), ReportedFile(run_folder), say)
