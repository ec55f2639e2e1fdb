"""What a person writes about the selected runs, one or many: marks, note, experiment, archive and trash."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, QUrl
from PySide6.QtGui import QDesktopServices

from storage.records import RunRecord, Scope
from widgets.color_menu import color_menu
from widgets.dialogs import ask_line, confirm
from widgets.experiments import ExperimentsDialog
from widgets.tags_dialog import TagsDialog
from widgets.text import plural
from workbench.session import Session

if TYPE_CHECKING:
    from widgets.main_window import MainWindow

_NAMED = 5
_LOST = "Their points, checkpoints, logs, artifacts and notes are removed from the disk. Nothing brings them back."


class RunEdits(QObject):
    """Each acts on the runs for which it makes sense, and says of the others that they were left out."""

    def __init__(self, window: MainWindow, session: Session) -> None:
        super().__init__(window)
        self._window = window
        self._session = session

    def selected(self) -> list[RunRecord]:
        """Those that are selected and not in the trash."""
        runs = self._session.runs
        return [runs[run_id] for run_id in self._session.selection if run_id in runs]

    def trashed(self) -> list[int]:
        """Those that are selected in the trash."""
        panel = self._window.runs
        return list(panel.selected()) if panel.view.scope is Scope.TRASHED else []

    def _ids(self, which: Callable[[RunRecord], bool] = lambda _run: True) -> list[int]:
        return [run.id for run in self.selected() if which(run)]

    # -- marks --------------------------------------------------------------------------------------
    def star(self) -> None:
        """Star the selected runs or, if all of them are starred, take the stars away."""
        selected = self.selected()
        if selected:
            self._session.edits.star_runs(self._ids(), not all(run.starred for run in selected))

    def color(self) -> None:
        selected = self.selected()
        if selected:
            ids, colors = self._ids(), {run.color for run in selected}
            now = min(colors) if len(colors) == 1 else None
            table = self._window.runs.table
            menu = color_menu(
                self._window, now, lambda index: self._session.edits.color_runs(ids, index)
            )
            menu.popup(table.viewport().mapToGlobal(QPoint(24, 24)))
            menu.setActiveAction(menu.actions()[0])

    def rename(self) -> None:
        self._window.runs.table.edit_name()

    def edit_tags(self) -> None:
        selected = self.selected()
        if selected:
            TagsDialog(self._window, self._session, selected).open()

    def edit_note(self) -> None:
        """Write the note of the selected run in the details."""
        if len(self.selected()) == 1:
            self._window.docks["Details"].show()
            self._window.details.edit_note()

    # -- experiments --------------------------------------------------------------------------------
    def move(self) -> None:
        """Ask for the experiment to move the selected runs to."""
        selected = self.selected()
        if not selected:
            return
        names = {run.experiment for run in selected}
        whose = selected[0].name if len(selected) == 1 else plural(len(selected), "run")
        ids = self._ids()
        ask_line(
            self._window,
            "Move to experiment",
            f"Experiment of {whose}. A new name begins a new experiment.",
            names.pop() if len(names) == 1 else "",
            lambda name: self._session.edits.move_to_experiment(ids, name.strip()),
            lambda name: "" if name.strip() else "An experiment needs a name.",
            sorted({run.experiment for run in self._session.runs.values()}),
        )

    def experiments(self) -> None:
        """All experiments, the selected run's first."""
        selected = self.selected()
        self.show_experiment(selected[0].experiment if selected else "")

    def show_experiment(self, name: str) -> None:
        dialog = ExperimentsDialog(self._window, self._session, name)
        dialog.filter_wanted.connect(self._window.runs.add_filter)
        dialog.open()

    # -- archive and trash ----------------------------------------------------------------------------
    def archive(self) -> None:
        """Archive the selected runs or, if all of them are archived, take them out again."""
        selected = self.selected()
        if selected:
            on = any(run.archived is None for run in selected)
            self._session.edits.archive_runs(self._ids(), on)

    def delete(self) -> None:
        """Put the selected runs into the trash; those that train stay."""
        selected = self.selected()
        ids = self._ids(lambda run: not run.state.active)
        if ids:
            self._session.edits.delete_runs(ids, _left_out(len(selected) - len(ids)))

    def restore(self) -> None:
        ids = self.trashed()
        if ids:
            self._session.edits.restore_runs(ids)

    def delete_forever(self) -> None:
        """Ask, then remove the selected runs of the trash from the disk."""
        ids = self.trashed()
        if not ids:
            return
        panel = self._window.runs
        names = [f"#{run_id} {panel.name_of(run_id)}" for run_id in ids[:_NAMED]]
        more = f"\n… and {len(ids) - _NAMED:,} more" if len(ids) > _NAMED else ""
        confirm(
            self._window,
            "Delete forever",
            f"Delete {plural(len(ids), 'run')} forever?",
            "\n".join([_LOST, "", *names]) + more,
            "Delete forever",
            lambda: self._session.edits.delete_runs_forever(ids, panel.listing.refresh),
        )

    # -- on the disk ----------------------------------------------------------------------------------
    def open_folder(self) -> None:
        for run in self.selected()[:1]:
            self._open(Path(run.folder))

    def _open(self, folder: Path) -> None:
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))):
            self._session.notice.emit(f"No program was found to open {folder}", None)


def _left_out(count: int) -> str:
    """What a notice says of runs that train."""
    if not count:
        return ""
    return f"; {plural(count, 'run')} that {'trains' if count == 1 else 'train'} stayed"
