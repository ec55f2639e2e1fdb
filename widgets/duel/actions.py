"""What can be done with a duel: stop, resume, extend, rename, delete, export, and read one from a file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QDialog, QFileDialog, QWidget

from storage.records import DuelRecord, RunRecord
from widgets.dialogs import ask_line, foot
from widgets.duel.reading import Reading
from widgets.models.work import Work
from widgets.new_run.editors import IntegerBox
from widgets.parts import button, column, label, row, while_alive
from widgets.saving import ask_where
from widgets.text import plural
from workbench.duel.queueing import DuelState
from workbench.duel.results import Results
from workbench.duel.weights import Weights
from workbench.exports.exporting import Exported, ExportProgress
from workbench.session import Session

if TYPE_CHECKING:
    from workbench.bench import Workbench

FORMATS = {
    "html": ("Page (HTML) …", "HTML (*.html)"),
    "md": ("Page (Markdown) …", "Markdown (*.md)"),
    "csv": ("Raw numbers (CSV) …", "CSV (*.csv)"),
    "json": ("All, to be opened or run again elsewhere (JSON) …", "JSON (*.json)"),
}
_MOST_SEEDS = 1_000


class DuelActions(QObject):
    changed = Signal()
    """Duels are others than before, or have another name."""
    opened = Signal(object)
    """The Results that a file holds, to be looked at."""
    second = Signal(object)
    """The Results that a file holds, to be laid beside what is looked at."""
    begun = Signal(object, str)
    """Work that takes long, and what it does."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self._session, self._parent = session, parent
        self._exporting: set[str] = set()

    # -- the runs -----------------------------------------------------------------------------------
    def stop(self, state: DuelState) -> None:
        """Stop its runs; what has finished stays, and it can be resumed."""
        duel = state.record
        self._do(lambda workbench: workbench.duels.stop(duel.id), f"Stopped the duel {duel.name}", lambda: self.resume(state))  # fmt: skip

    def resume(self, state: DuelState) -> None:
        """Queue again what did not finish."""
        duel = state.record
        self._do(lambda workbench: workbench.duels.resume(duel.id), f"Resumed the duel {duel.name}")

    def extend(self, state: DuelState) -> None:
        """Ask for more seeds, and queue their runs."""
        dialog = SeedsDialog(self._parent, state)
        dialog.wanted.connect(lambda seeds: self._extend(state.record, seeds))
        dialog.open()

    def _extend(self, duel: DuelRecord, seeds: int) -> None:
        words = f"Queued {plural(seeds, 'more seed')} for the duel {duel.name}"
        self._do(lambda workbench: workbench.duels.extend(duel.id, seeds), words)

    def export_runs(self, state: DuelState) -> None:
        """Export its trainings, check and measure them; what is there already is not made again."""
        duel = state.record
        if duel.id in self._exporting:
            self._session.notice.emit(f"The duel {duel.name} is being exported already", None)
            return
        self._exporting.add(duel.id)
        work = Work(self._session, self)
        work.done.connect(lambda made: self._exported(duel, made))
        work.failed.connect(lambda why: self._not_exported(duel, why))
        self.begun.emit(work, f"Exporting the duel {duel.name}")
        work.start(lambda workbench, work: _export_runs(workbench, duel, work))

    def _exported(self, duel: DuelRecord, made: Sequence[tuple[RunRecord, Exported]]) -> None:
        self._exporting.discard(duel.id)
        good = sum(not one.problem for _, one in made)
        self._session.notice.emit(f"Exported the duel {duel.name}: {plural(good, 'new export')}", None)  # fmt: skip
        problems = [f"{run.name}, {one.format}: {one.problem}" for run, one in made if one.problem]
        if problems:
            self._session.failed.emit("\n".join(problems))

    def _not_exported(self, duel: DuelRecord, why: str) -> None:
        self._exporting.discard(duel.id)
        if why:
            self._session.failed.emit(why)

    # -- the record ---------------------------------------------------------------------------------
    def rename(self, state: DuelState) -> None:
        duel = state.record
        ask_line(
            self._parent, "Rename the duel", "Its name", duel.name,
            lambda name: self._do(lambda workbench: workbench.duels.rename(duel.id, name.strip()), f"Renamed the duel to {name.strip()}"),
            lambda name: "" if name.strip() else "A duel needs a name.",
        )  # fmt: skip

    def delete(self, state: DuelState) -> None:
        """Put the duel and its runs into the trash; the notice offers the undo."""
        duel = state.record
        self._do(
            lambda workbench: workbench.duels.trash(duel.id),
            f"Deleted the duel {duel.name} with its runs",
            lambda: self._do(lambda workbench: workbench.duels.restore(duel.id), f"Brought back the duel {duel.name}"),
        )  # fmt: skip

    def _do(self, work: Callable[..., object], words: str, undo: Callable[[], object] | None = None) -> None:  # fmt: skip
        def done(_: object) -> None:
            self._session.notice.emit(words, undo)
            self.changed.emit()

        self._session.call(work, while_alive(self, done))

    # -- files ----------------------------------------------------------------------------------------
    def export(self, kind: str, reading: Reading, weights: Weights) -> None:
        """Ask for a file, and write the duel into it; ``kind`` is one of `FORMATS`."""
        name = "".join(c if c.isalnum() or c in "-_" else "-" for c in reading.results.name) or "duel"  # fmt: skip
        ask_where(
            self._parent, "Save the duel", Path(f"{name}.{kind}"), FORMATS[kind][1],
            lambda path: self.write(path, reading.results, weights),
        )  # fmt: skip

    def write(self, path: Path, results: Results, weights: Weights) -> None:
        """Write a duel as what the file's ending says."""
        self._save(path, lambda: write_duel(path, results, weights))

    def save_text(self, path: Path, text: str) -> None:
        """Write a text."""
        self._save(path, lambda: path.write_text(text, encoding="utf-8"))

    def _save(self, path: Path, write: Callable[[], object]) -> None:
        self._session.call(
            lambda _: write(),
            lambda _: self._session.notice.emit(f"Saved {path}", None),
            lambda error: self._session.failed.emit(f"{path.name} could not be saved: {error}"),
        )

    def ask_for_file(self, *, beside: bool = False) -> None:
        """Ask for a duel's JSON file and look at it, or lay it beside what is looked at."""
        dialog = QFileDialog(self._parent, "Open a duel")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilter("Duels (*.json)")
        dialog.fileSelected.connect(lambda path: self.open_file(Path(path), beside=beside))
        dialog.open()

    def open_file(self, path: Path, *, beside: bool = False) -> None:
        """Read a duel's JSON file."""
        self._session.call(
            lambda _: _read_file(path),
            while_alive(self, (self.second if beside else self.opened).emit),
            lambda error: self._session.failed.emit(f"{path.name} cannot be opened: {error}"),
        )


class SeedsDialog(QDialog):
    """Asks by how many seeds a duel is to be extended."""

    wanted = Signal(int)

    def __init__(self, parent: QWidget, state: DuelState) -> None:
        super().__init__(parent)
        self.setWindowTitle("More seeds")
        self.setMinimumWidth(420)
        self._contestants = len(state.match.contestants)
        self.seeds = IntegerBox(1, _MOST_SEEDS)
        self.seeds.setAccessibleName("More seeds")
        self.seeds.setValue(len(state.match.seeds))
        self.cost = label("", "dim", wrap=True)
        extend = button("Extend", "arrow-expand-right", primary=True)
        asked = row(label("More seeds"), self.seeds)
        asked.addStretch(1)
        said = f"{state.record.name} has {plural(len(state.match.seeds), 'seed')}. What was measured stays, and all seeds are judged together."  # fmt: skip
        self.setLayout(column(label(said, "dim", wrap=True), asked, self.cost, foot(self, extend), margin=16, space=10))  # fmt: skip
        self.seeds.valueChanged.connect(self._count)
        extend.clicked.connect(self.accept)
        self.accepted.connect(lambda: self.wanted.emit(self.seeds.value()))
        self.finished.connect(self.deleteLater)
        self._count(self.seeds.value())
        self.seeds.selectAll()

    def _count(self, seeds: int) -> None:
        self.cost.setText(f"{plural(seeds * self._contestants, 'more training')}, in an order shuffled anew")  # fmt: skip


def _export_runs(
    workbench: Workbench, duel: DuelRecord, work: Work
) -> Sequence[tuple[RunRecord, Exported]]:
    def tell(text: str, fraction: float) -> None:
        work.tell(ExportProgress("", "making", text, fraction))

    return workbench.duels.export(
        duel.id, on_progress=tell, on_log=work.log, cancelled=work.cancelled
    )


def write_duel(path: Path, results: Results, weights: Weights) -> None:
    """The duel as one of `FORMATS`, told by the file's ending. Raises ValueError for another, and OSError."""
    from workbench.duel import files
    from workbench.duel.page import document
    from workbench.report.markdown import write_html, write_markdown

    kind = path.suffix.lower().removeprefix(".")
    if kind == "html":
        write_html(document(results, weights), path)
    elif kind == "md":
        write_markdown(document(results, weights), path)
    elif kind in FORMATS:
        text = files.to_csv(results) if kind == "csv" else files.to_json(results)
        path.write_text(text, encoding="utf-8")
    else:
        raise ValueError(f"a duel is saved as {', '.join(FORMATS)}, not as {kind!r}")


def _read_file(path: Path) -> Results:
    from workbench.duel import files

    return files.from_json(path.read_text("utf-8"))
