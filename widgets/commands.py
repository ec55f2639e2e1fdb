"""What the actions do that are not for runs that there are: new runs, views and the window itself."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from runners.protocol import FRAMEWORKS, Framework
from widgets.actions import Needs
from widgets.command_palette import CommandPalette
from widgets.dialogs import message_box
from widgets.key_help import KeyHelp
from widgets.preferences import Preferences
from widgets.run_commands import RunCommands, needs_met
from widgets.tensorboard_opener import TensorBoardOpener
from widgets.text import capital
from workbench.requests import RunRequest
from workbench.script_requests import ScriptRequest
from workbench.session import Session

if TYPE_CHECKING:
    from widgets.main_window import MainWindow

NEW_RUN, LIVE, COMPARE, OUTPUTS, EXPLAIN, DATA, DUEL, MODELS = range(8)


class Commands(RunCommands):
    """Everything that the table of actions asks for."""

    def __init__(self, window: MainWindow, session: Session) -> None:
        super().__init__(window, session)
        self.board = TensorBoardOpener(session)

    def needs_met(self) -> set[Needs]:
        """What is so now, of what actions may need."""
        undo = {Needs.UNDO} if self._window.notices.can_undo else set()
        return needs_met(self.selected(), self.trashed()) | undo

    # -- new runs -------------------------------------------------------------------------------
    def new_run(self) -> None:
        self.show_tab(NEW_RUN)
        self._window.views.new_run.focus_first()

    def run_script(self) -> None:
        """Show the form for a script of the user's."""
        self._window.views.new_run.choose_script()
        self.new_run()

    def start(self) -> None:
        """Start what the form says, or show the form if it is not in sight."""
        self._start(watch=True)

    def start_another(self) -> None:
        self._start(watch=False)

    def _start(self, *, watch: bool) -> None:
        if self._window.tab == NEW_RUN:
            self._window.views.new_run.start(watch=watch)
        elif self._window.tab == DUEL:
            self._window.views.duel.start()
        else:
            self.new_run()

    def new_duel(self) -> None:
        """Show the form for a duel."""
        self.show_tab(DUEL)
        self._window.views.duel.new_duel()

    def open_duel(self) -> None:
        """Ask for the file of a duel, and show it."""
        self.show_tab(DUEL)
        self._window.views.duel.open_file()

    def export_run(self) -> None:
        """Ask to which formats the selected run is to be exported."""
        selected = self.selected()
        if selected:
            self._window.export_run(selected[0])

    def try_runs(self) -> None:
        """Give the selected runs samples, and see what they say."""
        ids = [run.id for run in self.selected()]
        if ids:
            self._window.try_models(run_ids=ids)

    def train_example(self) -> None:
        """Queue the example in each framework that is installed."""
        self._window.welcome.say("Looking for PyTorch and TensorFlow …", busy=True)
        self._session.call(
            lambda workbench: [
                each for each in FRAMEWORKS if not workbench.installation(each).problem
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
        selected = self.selected()
        if selected:
            run = selected[0]
            self._session.call(lambda workbench: workbench.request_of(run), self._edit)

    def _edit(self, request: RunRequest | ScriptRequest) -> None:
        self.show_tab(NEW_RUN)
        self._window.views.new_run.load(request)

    # -- views ------------------------------------------------------------------------------------
    def watch(self) -> None:
        self.show_tab(LIVE)

    def compare(self) -> None:
        self.show_tab(COMPARE)

    def explain(self) -> None:
        self.show_tab(EXPLAIN)

    def data(self) -> None:
        self.show_tab(DATA)

    def import_data(self) -> None:
        """Ask for files, show what they are, and import them."""
        self._window.import_data()

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
        dialog.saved.connect(self._window.views.new_run.look_for_frameworks)
        dialog.open()

    def tensorboard(self) -> None:
        self.board.open(self._session.selection)

    def tensorboard_all(self) -> None:
        self.board.open(())

    def keys(self) -> None:
        KeyHelp(self._window).open()

    def about(self) -> None:
        box = message_box(
            self._window,
            "About Twinbench",
            "Twinbench",
            f"Version {version()}\n\nA desktop workbench for deep learning that trains, compares "
            "and duels PyTorch and TensorFlow on your own machine.",
        )
        box.open()

    def quit(self) -> None:
        self._window.close()


def version() -> str:
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        return installed("twinbench")
    except PackageNotFoundError:
        return "from a checkout"
