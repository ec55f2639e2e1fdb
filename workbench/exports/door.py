"""What can be done with exported models. Bound as ``Workbench.exports``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from runners.export.formats import TRAINED, formats_of, get_format
from runners.export.manifest import Manifest
from storage.records import ExportRecord, RunRecord, Stage
from workbench.errors import WorkbenchError
from workbench.exports.exporting import Exported, ExportProgress, Item, Listener, Work
from workbench.exports.offers import Offer, formats_here, why_not, words_to_install
from workbench.processes import run_lines

if TYPE_CHECKING:
    from workbench.bench import Workbench

__all__ = ["ExportProgress", "Exported", "Exports", "Offer"]


def _unheard(_: object) -> None:
    """For those who do not want to be told."""


def _never() -> bool:
    return False


class Exports:
    """The exports of a home. Safe to use from several threads. All methods raise StoreError; one that names an export also where there is none."""

    def __init__(self, workbench: Workbench) -> None:
        self._bench = workbench

    # -- looking ------------------------------------------------------------------------------------
    def list(
        self, run_ids: Iterable[int] | None = None, *, trashed: bool = False
    ) -> Sequence[ExportRecord]:
        """Those of the runs, or of all, newest first."""
        wanted = None if run_ids is None else set(run_ids)
        return self._bench.store.exports.list(wanted, trashed=trashed)

    def find(self, text: str) -> ExportRecord:
        """By number (``3`` or ``e3``) or name. Raises UnknownExport."""
        return self._bench.store.exports.find(text)

    def folder(self, export_id: int) -> Path:
        return self._bench.home.path / self._bench.store.exports.read(export_id).folder

    def manifest(self, export_id: int) -> Manifest:
        """Raises WorkbenchError where it cannot be read."""
        folder = self.folder(export_id)
        try:
            return Manifest.read(folder)
        except (OSError, ValueError) as error:
            raise WorkbenchError(f"The manifest in {folder} cannot be read: {error}") from error

    def offers(self, run_id: int) -> Sequence[Offer]:
        """One for each format of the run's framework, the framework itself first. Raises WorkbenchError for an interpreter that does not answer."""
        run = self._bench.store.run(run_id)
        if problem := self.why_not(run_id):
            return [Offer(one, problem) for one in formats_of(run.spec.framework)]
        return formats_here(run.spec.framework, self.interpreter(run))

    def why_not(self, run_id: int) -> str:
        """Why nothing of a run can be exported, in words, or "" where something can."""
        return why_not(self._bench.store.run(run_id), self._bench.home.run_folder(run_id))

    def checkpoints(self, run_id: int) -> tuple[str, ...]:
        """Those that there are of ``best`` and ``last``."""
        return self._bench.home.run_folder(run_id).kept_checkpoints

    def interpreter(self, run: RunRecord) -> str:
        """The one that trained the run or, where that is gone, the one that the settings name. Raises WorkbenchError where neither has the framework."""
        if Path(run.spec.interpreter).is_file():
            return run.spec.interpreter
        found = self._bench.installation(run.spec.framework)
        if found.problem:
            raise WorkbenchError(found.problem)
        return found.interpreter

    # -- what a person says about them --------------------------------------------------------------
    # Each returns of those that it changed what was there before.
    def rename(self, export_id: int, name: str) -> dict[int, str]:
        return self._bench.store.exports.rename(export_id, name)

    def set_stage(self, export_ids: Iterable[int], stage: Stage) -> dict[int, Stage]:
        return self._bench.store.exports.set_stage(list(export_ids), stage)

    def trash(self, export_ids: Iterable[int]) -> dict[int, None]:
        return self._bench.store.exports.trash(list(export_ids))

    def restore(self, export_ids: Iterable[int]) -> dict[int, int]:
        return self._bench.store.exports.restore(list(export_ids))

    def delete(self, export_ids: Iterable[int]) -> None:
        """Remove trashed ones with their folders. Nothing brings them back."""
        self._bench.store.exports.delete(list(export_ids))

    # -- making and measuring -----------------------------------------------------------------------
    def export(
        self,
        run_id: int,
        formats: Iterable[str],
        *,
        checkpoint: str = "",
        measure: bool = True,
        on_progress: Callable[[ExportProgress], None] = _unheard,
        on_log: Callable[[str], None] = _unheard,
        cancelled: Callable[[], bool] = _never,
    ) -> Sequence[Exported]:
        """Make exports of a run, check each against the trained model, and measure them in shuffled order.

        The framework itself is among them, without being asked for, where they are measured and it was not measured yet. One that fails does not hold up the others.
        When it is cancelled, what was begun is removed, and what is ready is returned. Raises WorkbenchError where nothing of the run can be exported, and UnknownFormat.
        """
        run = self._bench.store.run(run_id)
        asked = [get_format(name).id for name in dict.fromkeys(formats)]
        if problem := self.why_not(run_id):
            raise WorkbenchError(f'Run {run.id} "{run.name}" cannot be exported. {problem}')
        if measure and asked and not self._has_itself(run_id):
            asked = [TRAINED, *(one for one in asked if one != TRAINED)]
        self._require_dataset(run, on_log)
        interpreter = self.interpreter(run)
        items = [Item(one, run_id, interpreter, checkpoint) for one in asked]
        listener = Listener(on_progress, on_log, cancelled)
        return Work(self._bench, items, listener, measure=measure).run()

    def measure(
        self,
        export_ids: Iterable[int],
        *,
        on_progress: Callable[[ExportProgress], None] = _unheard,
        on_log: Callable[[str], None] = _unheard,
        cancelled: Callable[[], bool] = _never,
    ) -> Sequence[Exported]:
        """Check those that were not checked yet, and measure all, again, in shuffled order."""
        items = []
        for export_id in dict.fromkeys(export_ids):
            record = self._bench.store.exports.read(export_id)
            interpreter = self.interpreter(self._bench.store.run(record.run_id))
            items.append(Item(record.format, record.run_id, interpreter, record=record))
        listener = Listener(on_progress, on_log, cancelled)
        return Work(self._bench, items, listener, measure=True).run()

    def install(
        self,
        run_id: int,
        requirements: Sequence[str],
        on_log: Callable[[str], None] = _unheard,
        cancelled: Callable[[], bool] = _never,
    ) -> None:
        """Install what a format needs for the run's interpreter, as `Offer.install` says. Raises WorkbenchError with what pip says last, and Cancelled."""
        run = self._bench.store.run(run_id)
        words = words_to_install(run.spec.framework, requirements)
        command = [
            self.interpreter(run),
            "-m",
            "pip",
            "install",
            "--no-input",
            "--progress-bar",
            "off",
            *words,
        ]
        said: list[str] = []

        def note(line: str) -> None:
            said.append(line.strip())
            on_log(line)

        if code := run_lines(command, lambda _: None, note, cancelled):
            errors = (
                [line for line in said if line.startswith("ERROR")]
                or said[-1:]
                or [f"exit code {code}"]
            )
            raise WorkbenchError(f"pip could not install {' '.join(requirements)}: {errors[0]}")

    # -- inside -------------------------------------------------------------------------------------
    def _has_itself(self, run_id: int) -> bool:
        """Whether the framework itself stands among the exports, to compare the others with."""
        return any(one.format == TRAINED and one.latency_s for one in self.list([run_id]))

    def _require_dataset(self, run: RunRecord, on_log: Callable[[str], None]) -> None:
        """See that the data are there that the run was trained on. Raises WorkbenchError, DatasetError."""
        if not self._bench.has_data_of(run, lambda text, _: on_log(text)):
            raise WorkbenchError(
                f'Run {run.id} "{run.name}" cannot be exported: the dataset {run.spec.dataset} is not the one that it was trained on, '
                "and an export is checked on its test part. Retry the run to train it on the present one."
            )
