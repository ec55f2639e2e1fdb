"""What can be tried: the model of a run, or an export."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from runners.export.formats import TRAINED, get_format
from runners.protocol import Framework
from storage.errors import UnknownExport, UnknownRun
from storage.records import RunFilter
from workbench.errors import WorkbenchError
from workbench.trying.client import Target

if TYPE_CHECKING:
    from storage.records import ExportRecord, RunRecord
    from workbench.bench import Workbench

_LOOKED_AT = 1000
"""Among so many of the newest runs, others on the same data are looked for."""


@dataclass(frozen=True, slots=True)
class Subject:
    """``key`` tells it from all others: ``run 3``, ``export 7``. ``color`` is that of the run. ``problem`` says why it cannot be asked, or is ""."""

    key: str
    title: str
    run_id: int
    color: int
    framework: Framework
    format: str
    dataset: str
    target: Target
    problem: str = ""

    @property
    def words(self) -> str:
        """``PyTorch``, ``ONNX, from PyTorch``."""
        if self.format == TRAINED:
            return self.framework.display_name
        return f"{get_format(self.format).title}, from {self.framework.display_name}"


def of_run(workbench: Workbench, run: RunRecord, checkpoint: str = "") -> Subject:
    folder = workbench.home.run_folder(run.id)
    problem = ""
    if run.spec.script is not None:
        problem = "A script's model is known to the script alone, so it cannot be tried here"
    elif not folder.kept_checkpoints:
        problem = "It has no checkpoint yet: one is saved at the end of its first epoch" if not run.state.final else "It has no checkpoint: train it again"  # fmt: skip
    target, without = _target(workbench, run, folder.path, checkpoint)
    return Subject(
        f"run {run.id}", run.name, run.id, run.color, run.spec.framework, TRAINED, run.spec.dataset_hash, target, problem or without
    )  # fmt: skip


def of_export(workbench: Workbench, export: ExportRecord) -> Subject:
    run = workbench.store.run(export.run_id)
    folder = workbench.home.path / export.folder
    problem = "" if folder.is_dir() else f"Its folder is gone: {folder}"
    target, without = _target(workbench, run, folder)
    return Subject(
        f"export {export.id}", export.name, run.id, run.color, run.spec.framework, export.format, run.spec.dataset_hash, target, problem or without
    )  # fmt: skip


def find_subject(workbench: Workbench, text: str, checkpoint: str = "") -> Subject:
    """A run by its id or name, or an export by its id (``e3``) or name. Raises UnknownRun or UnknownExport."""
    if text[:1] in "eE" and text[1:].isdigit():
        return of_export(workbench, workbench.store.exports.find(text))
    try:
        return of_run(workbench, workbench.store.find_run(text), checkpoint)
    except UnknownRun:
        try:
            return of_export(workbench, workbench.store.exports.find(text))
        except UnknownExport as error:
            raise UnknownRun(
                f'There is no run and no export "{text}". `twinbench list` and `twinbench exports` list them.'
            ) from error


def require(subject: Subject) -> Target:
    """Raises WorkbenchError where it cannot be asked."""
    if subject.problem:
        raise WorkbenchError(f'"{subject.title}" cannot be tried: {subject.problem}')
    return subject.target


def _target(
    workbench: Workbench, run: RunRecord, folder: Path, checkpoint: str = ""
) -> tuple[Target, str]:
    """With why there is no Python for it, or ""."""
    interpreter, problem = run.spec.interpreter, ""
    if run.spec.script is None:
        try:
            interpreter = workbench.exports.interpreter(run)
        except WorkbenchError as error:
            problem = str(error)
    return Target(folder, workbench.home.datasets, interpreter, checkpoint), problem


def find_subjects(
    workbench: Workbench, run_ids: Iterable[int], export_ids: Iterable[int]
) -> list[Subject]:
    """Those of these runs and exports. Raises UnknownRun or UnknownExport."""
    runs = [of_run(workbench, workbench.store.run(run_id)) for run_id in run_ids]
    return runs + [of_export(workbench, workbench.store.exports.read(each)) for each in export_ids]


def beside(workbench: Workbench, subject: Subject, most: int = 60) -> list[Subject]:
    """Others that learned from the same data, which can be asked about the same samples: first the exports and the run of its own run."""
    same = RunFilter(limit=_LOOKED_AT)
    runs = [run for run in workbench.store.runs(same) if run.spec.dataset_hash == subject.dataset and not run.spec.script]  # fmt: skip
    exports = workbench.store.exports.list([run.id for run in runs])
    found = [of_run(workbench, run) for run in runs if run.state.final]
    found += [of_export(workbench, each) for each in exports]
    usable = [one for one in found if not one.problem and one.key != subject.key]
    return sorted(usable, key=lambda one: (one.run_id != subject.run_id, -one.run_id))[:most]
