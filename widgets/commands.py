"""What the actions do: each is a few words to the session or to a view."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QInputDialog, QMessageBox

from runners.protocol import Framework
from storage.records import RunRecord
from widgets.actions import Needs
from widgets.command_palette import CommandPalette
from widgets.key_help import KeyHelp
from widgets.preferences import Preferences
from widgets.tensorboard_opener import TensorBoardOpener
from widgets.text import capital, plural
from workbench.requests import RunRequest
from workbench.session import Session

if TYPE_CHECKING:
    from widgets.main_window import MainWindow

NEW_RUN, LIVE, COMPARE = range(3)


class Commands(QObject):
    def __init__(self, window: MainWindow, session: Session) -> None:
        super().__init__(window)
        self._window = window
        self._session = session
        self.board = TensorBoardOpener(session)

    # -- what is selected -----------------------------------------------------------------------
    def _selected(self) -> list[RunRecord]:
        runs = self._session.runs
        return [runs[run_id] for run_id in self._session.selection if run_id in runs]

    def needs_met(self) -> set[Needs]:
        """What is so now, of what actions may need."""
        selected = self._selected()
        met = {
            Needs.RUN: bool(selected),
            Needs.ONE_RUN: len(selected) == 1,
            Needs.UNFINISHED_RUN: any(not run.state.final for run in selected),
            Needs.INACTIVE_RUN: any(not run.state.active for run in selected),
            Needs.UNDO: self._window.notices.can_undo,
        }
        return {need for need, so in met.items() if so}

    # -- new runs -------------------------------------------------------------------------------
    def new_run(self) -> None:
        self.show_tab(NEW_RUN)
        self._window.new_run.gallery.focus_chosen()

    def start(self) -> None:
        """Start what the form says, or show the form if it is not in sight."""
        self._start(watch=True)

    def start_another(self) -> None:
        self._start(watch=False)

    def _start(self, *, watch: bool) -> None:
        if self._window.tab == NEW_RUN:
            self._window.new_run.start(watch=watch)
        else:
            self.new_run()

    def train_example(self) -> None:
        """Queue the example in each framework that is installed."""
        self._window.welcome.say("Looking for PyTorch and TensorFlow …", busy=True)
        self._session.call(
            lambda workbench: [
                each for each in Framework if not workbench.installation(each).problem
            ],
            self._queue_example,
            self._example_failed,
        )

    def _queue_example(self, frameworks: list[Framework]) -> None:
        if not frameworks:
            self._example_failed(LookupError("Neither PyTorch nor TensorFlow is installed."))
            return
        requests = [
            RunRequest(template="mlp", framework=each, dataset="digits", experiment="example")
            for each in frameworks
        ]
        self._session.queue_runs(
            requests,
            partial(self._window.show_started, watch=True),
            self._example_failed,
            lambda text, _: self._window.welcome.say(f"{capital(text)} …", busy=True),
        )

    def _example_failed(self, error: Exception) -> None:
        self._window.welcome.say(f"The example did not start: {error}", busy=False)
        self._session.failed.emit(str(error))

    def clone(self) -> None:
        """Fill the form with what the selected run was asked to be."""
        selected = self._selected()
        if selected:
            run = selected[0]
            self._session.call(lambda workbench: workbench.request_of(run), self._edit)

    def _edit(self, request: RunRequest) -> None:
        self.show_tab(NEW_RUN)
        self._window.new_run.load(request)

    # -- runs that there are ----------------------------------------------------------------------
    def watch(self) -> None:
        self.show_tab(LIVE)

    def compare(self) -> None:
        self.show_tab(COMPARE)

    def stop(self) -> None:
        self._end(kill=False)

    def kill(self) -> None:
        self._end(kill=True)

    def _end(self, *, kill: bool) -> None:
        ids = [run.id for run in self._selected() if not run.state.final]
        if ids:
            self._session.stop_runs(ids, kill=kill)
            word = "kill" if kill else "stop"
            self._session.notice.emit(f"Asked {plural(len(ids), 'run')} to {word}", None)

    def rename(self) -> None:
        self._window.runs.table.edit_name()

    def edit_tags(self) -> None:
        selected = self._selected()
        if not selected:
            return
        tags = list(dict.fromkeys(tag for run in selected for tag in run.tags))
        ids = [run.id for run in selected]
        whose = selected[0].name if len(ids) == 1 else plural(len(ids), "run")
        dialog = QInputDialog(self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle("Tags")
        dialog.setLabelText(f"Tags of {whose}, separated by commas:")
        dialog.setTextValue(", ".join(tags))
        dialog.textValueSelected.connect(
            lambda text: self._session.set_tags(
                ids, [tag.strip() for tag in text.split(",") if tag.strip()]
            )
        )
        dialog.open()

    def open_folder(self) -> None:
        for run in self._selected()[:1]:
            self._open(Path(run.folder))

    def delete(self) -> None:
        """Put the selected runs into the trash; those that train stay."""
        ids = [run.id for run in self._selected() if not run.state.active]
        if ids:
            self._session.delete_runs(ids)

    # -- the window -------------------------------------------------------------------------------
    def undo(self) -> None:
        self._window.notices.undo()

    def find(self) -> None:
        self._window.show_runs()
        self._window.runs.focus_filter()

    def palette(self) -> None:
        CommandPalette(self._window, self._window.actions_table.all()).show()

    def show_tab(self, place: int) -> None:
        self._window.show_tab(place)

    def use_theme(self, choice: str) -> None:
        self._window.use_theme(choice)

    def reset_layout(self) -> None:
        self._window.reset_layout()

    def open_home(self) -> None:
        self._session.call(lambda workbench: workbench.home.path, self._open)

    def preferences(self) -> None:
        dialog = Preferences(self._window, self._session)
        dialog.theme_chosen.connect(self.use_theme)
        dialog.saved.connect(self._window.new_run.look_for_frameworks)
        dialog.open()

    def tensorboard(self) -> None:
        self.board.open(self._session.selection)

    def tensorboard_all(self) -> None:
        self.board.open(())

    def keys(self) -> None:
        KeyHelp(self._window).open()

    def about(self) -> None:
        box = QMessageBox(self._window)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setWindowTitle("About Twinbench")
        box.setText("Twinbench")
        box.setInformativeText(
            f"Version {version()}\n\nA desktop workbench for deep learning that trains, compares "
            "and duels PyTorch and TensorFlow on your own machine."
        )
        box.open()

    def quit(self) -> None:
        self._window.close()

    def _open(self, folder: Path) -> None:
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))):
            self._session.notice.emit(f"No program was found to open {folder}", None)


def version() -> str:
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        return installed("twinbench")
    except PackageNotFoundError:
        return "from a checkout"
