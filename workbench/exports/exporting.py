"""Exports being made, checked and measured, one after the other, each step in a process of its own."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING, Any, Literal

from runners.export.manifest import Manifest
from storage.errors import StoreError
from storage.records import ExportRecord
from workbench.errors import WorkbenchError
from workbench.exports.turns import turn
from workbench.processes import Cancelled, ask

if TYPE_CHECKING:
    from workbench.bench import Workbench

Step = Literal["making", "checking", "measuring"]
_WEIGHTS: dict[Step, float] = {"making": 5, "checking": 2, "measuring": 3}
"""How long the steps take, roughly."""


@dataclass(frozen=True, slots=True)
class ExportProgress:
    """``format`` is the id of the one that is worked on, ``text`` says what is done, ``fraction`` is over all that was asked for."""

    format: str
    step: Step
    text: str
    fraction: float


@dataclass(frozen=True, slots=True)
class Exported:
    """What became of a format. ``record`` is None where nothing was made. ``problem`` says what went wrong, or why it did not pass its check; "" is well."""

    format: str
    record: ExportRecord | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Listener:
    """Who is told of the work, and may end it."""

    on_progress: Callable[[ExportProgress], None]
    on_log: Callable[[str], None]
    cancelled: Callable[[], bool]


@dataclass(slots=True)
class Item:
    """An export to be made, or one that there is: then it has its ``record``."""

    format: str
    run_id: int
    interpreter: str
    checkpoint: str = ""
    record: ExportRecord | None = None
    problem: str = ""
    runs: bool = True
    """Whether it is worth measuring."""


class Work:
    """What is to be done for one person's wish."""

    def __init__(
        self, workbench: Workbench, items: Sequence[Item], listener: Listener, *, measure: bool
    ) -> None:
        self._bench = workbench
        self._items = items
        self._listener = listener
        self._measured = measure
        self._total = sum(self._weight(item) for item in items) or 1.0
        self._done = 0.0

    def run(self) -> list[Exported]:
        """Make what is not there, check what is not checked, then measure all in shuffled order, so that a drift of the machine meets all alike.

        When it is cancelled, what was being made is removed, and what is ready is returned.
        """
        try:
            for item in self._items:
                self._prepare(item)
            ready = [item for item in self._items if item.record and item.runs]
            if self._measured and ready:
                self._measure(random.sample(ready, len(ready)))
        except Cancelled:
            pass
        return [
            Exported(one.format, one.record, one.problem)
            for one in self._items
            if one.record or one.problem
        ]

    def _weight(self, item: Item) -> float:
        steps: list[Step] = ["making"] if item.record is None else []
        steps += ["checking"] if item.record is None or item.record.passed is None else []
        steps += ["measuring"] if self._measured else []
        return sum(_WEIGHTS[step] for step in steps)

    def _prepare(self, item: Item) -> None:
        left = self._weight(item) + self._done
        if item.record is None:
            self._make(item)
        if item.record is not None and item.record.passed is None:
            self._examine(item, "checking", "check")
        if item.record is None or not item.runs:
            self._done = left  # nothing more is done for it

    def _measure(self, items: Sequence[Item]) -> None:
        """Each in its turn, when nobody else measures on this machine. Raises Cancelled."""

        def wait() -> None:
            self._tell(items[0], "measuring", "waits for another measurement", self._done)

        with turn(self._bench.home, wait, self._listener.cancelled):
            for item in items:
                self._examine(item, "measuring", "measure")

    def _make(self, item: Item) -> None:
        folder = self._bench.home.run_folder(item.run_id).path
        words = [
            "make",
            str(folder),
            "--datasets",
            str(self._bench.home.datasets),
            "--format",
            item.format,
        ]
        words += ["--checkpoint", item.checkpoint] if item.checkpoint else []
        try:
            item.record = self._keep(item, Path(self._step(item, "making", words)["folder"]))
        except Cancelled:
            raise
        except (WorkbenchError, StoreError) as error:
            item.problem = str(error)

    def _keep(self, item: Item, folder: Path) -> ExportRecord:
        """Let the history know of an export; one that it cannot keep is removed. Raises StoreError."""
        try:
            return self._bench.store.exports.add(item.run_id, folder)
        except StoreError:
            rmtree(folder, ignore_errors=True)
            raise

    def _examine(self, item: Item, step: Step, command: str) -> None:
        """Check or measure an export, and take over what its manifest says then."""
        assert item.record is not None
        folder = self._bench.home.path / item.record.folder
        try:
            self._step(item, step, [command, str(folder)])
            item.record = self._bench.store.exports.refresh(item.record.id)
            if step == "checking":
                self._judge(item, Manifest.read(folder))
        except Cancelled:
            raise
        except (WorkbenchError, StoreError, OSError, ValueError) as error:
            item.problem = item.problem or str(error)
            item.runs = False

    def _judge(self, item: Item, manifest: Manifest) -> None:
        if manifest.check is not None:
            item.problem = manifest.check.problem
            item.runs = manifest.check.samples > 0

    def _step(self, item: Item, step: Step, words: Sequence[str]) -> Any:
        """What a process of `runners.export` answers. Raises WorkbenchError."""
        begun, weight = self._done, _WEIGHTS[step]

        def progress(text: str, fraction: float) -> None:
            self._tell(item, step, text, begun + weight * fraction)

        progress("starting", 0.0)
        command = [item.interpreter, "-m", "runners.export", *words]
        try:
            return ask(command, progress, self._listener.on_log, self._listener.cancelled)
        finally:
            self._done = begun + weight

    def _tell(self, item: Item, step: Step, text: str, done: float) -> None:
        whole = min(1.0, done / self._total)
        self._listener.on_progress(ExportProgress(item.format, step, text, whole))
