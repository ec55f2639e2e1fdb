"""Every action of the window in one table: menus, toolbar, context menu, shortcuts and palette come from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QToolBar, QWidget

from widgets.icons import icon
from widgets.plain import tip
from widgets.theme import CHOICES

if TYPE_CHECKING:
    from widgets.commands import Commands


class Needs(Enum):
    """What has to be so for an action to make sense."""

    NOTHING = auto()
    RUN = auto()
    ONE_RUN = auto()
    UNFINISHED_RUN = auto()
    INACTIVE_RUN = auto()
    PAUSE_OR_RESUME = auto()
    ENDED_RUN = auto()
    EXTENDABLE_RUN = auto()
    QUEUED_RUN = auto()
    TRASHED_RUN = auto()
    UNDO = auto()


@dataclass(frozen=True, slots=True)
class Entry:
    """One action. ``local`` shortcuts count only while the list of runs has the focus."""

    name: str
    text: str
    menu: str
    do: Callable[[Commands], object]
    glyph: str = ""
    keys: str = ""
    needs: Needs = Needs.NOTHING
    local: bool = False
    group: str = ""


ENTRIES = (
    Entry("new_run", "New run", "&File", lambda c: c.new_run(), "plus", "Ctrl+N"),
    Entry("script", "Run a script of yours …", "&File", lambda c: c.run_script(), "script-text-play-outline"),
    Entry("new_duel", "New duel", "&File", lambda c: c.new_duel(), "sword-cross", "Ctrl+Shift+N"),
    Entry("open_duel", "Open a duel's file …", "&File", lambda c: c.open_duel(), "folder-open-outline"),
    Entry("start", "Start what the form says", "&File", lambda c: c.start(), "play", "Ctrl+Return"),
    Entry("start_another", "Start it and stay in the form", "&File", lambda c: c.start_another(), keys="Ctrl+Shift+Return"),
    Entry("example", "Train the example", "&File", lambda c: c.train_example(), "school-outline"),
    Entry("import", "Import your data …", "&File", lambda c: c.import_data(), "import", "Ctrl+I"),
    Entry("open_home", "Open the home folder", "&File", lambda c: c.open_home(), "folder-home-outline"),
    Entry("preferences", "Preferences …", "&File", lambda c: c.preferences(), "cog-outline", "Ctrl+,"),
    Entry("quit", "Quit", "&File", lambda c: c.quit(), keys="Ctrl+Q"),
    Entry("undo", "Undo", "&Edit", lambda c: c.undo(), "undo", "Ctrl+Z", Needs.UNDO),
    Entry("find", "Filter the runs", "&Edit", lambda c: c.find(), "magnify", "Ctrl+F"),
    Entry("palette", "Find an action …", "&Edit", lambda c: c.palette(), "apple-keyboard-command", "Ctrl+Shift+P"),
    Entry("watch", "Watch live", "&Run", lambda c: c.watch(), "chart-line", "Return", Needs.RUN, local=True),
    Entry("compare", "Compare", "&Run", lambda c: c.compare(), "compare-horizontal", "Ctrl+Shift+C", Needs.RUN),
    Entry("explain", "Explain", "&Run", lambda c: c.explain(), "lightbulb-on-outline", "Ctrl+Shift+X"),
    Entry("pause", "Pause", "&Run", lambda c: c.pause(), "pause", "Ctrl+P", Needs.PAUSE_OR_RESUME),
    Entry("stop", "Stop", "&Run", lambda c: c.stop(), "stop", "Ctrl+.", Needs.UNFINISHED_RUN),
    Entry("kill", "Kill", "&Run", lambda c: c.kill(), "skull-outline", "Ctrl+Shift+.", Needs.UNFINISHED_RUN),
    Entry("retry", "Retry", "&Run", lambda c: c.retry(), "replay", "Ctrl+R", Needs.ENDED_RUN),
    Entry("extend", "Extend …", "&Run", lambda c: c.extend(), "arrow-expand-right", "Ctrl+E", Needs.EXTENDABLE_RUN),
    Entry("export", "Export …", "&Run", lambda c: c.export_run(), "file-export-outline", "Ctrl+Shift+E", Needs.ONE_RUN),
    Entry("try", "Try it", "&Run", lambda c: c.try_runs(), "gesture-tap", "Ctrl+Shift+T", Needs.RUN),
    Entry("hold", "Hold", "&Queue", lambda c: c.hold(), "pause-circle-outline", "Ctrl+H", Needs.QUEUED_RUN),
    Entry("raise", "Raise priority", "&Queue", lambda c: c.prioritise(1), "chevron-double-up", "Ctrl+Shift+Up", Needs.QUEUED_RUN),
    Entry("lower", "Lower priority", "&Queue", lambda c: c.prioritise(-1), "chevron-double-down", "Ctrl+Shift+Down", Needs.QUEUED_RUN),
    Entry("normal", "Normal priority", "&Queue", lambda c: c.prioritise(0), "equal", needs=Needs.QUEUED_RUN),
    Entry("alone", "Run alone", "&Queue", lambda c: c.alone(), "target", "Ctrl+Shift+A", Needs.QUEUED_RUN),
    Entry("hold_queue", "Hold the queue", "&Queue", lambda c: c.hold_queue(), "pause-box-outline", "Ctrl+Shift+H"),
    Entry("clone", "Clone and edit", "&Run", lambda c: c.clone(), "content-copy", "Ctrl+D", Needs.ONE_RUN),
    Entry("rename", "Rename", "&Run", lambda c: c.rename(), "pencil-outline", "F2", Needs.ONE_RUN, local=True),
    Entry("star", "Star", "&Run", lambda c: c.star(), "star-outline", "S", Needs.RUN, local=True),
    Entry("color", "Colour …", "&Run", lambda c: c.color(), "palette-outline", "C", Needs.RUN, local=True),
    Entry("tags", "Edit tags …", "&Run", lambda c: c.edit_tags(), "tag-outline", "Ctrl+T", Needs.RUN),
    Entry("note", "Write a note", "&Run", lambda c: c.edit_note(), "note-edit-outline", "N", Needs.ONE_RUN, local=True),
    Entry("move", "Move to experiment …", "&Run", lambda c: c.move(), "folder-move-outline", "M", Needs.RUN, local=True),
    Entry("folder", "Open its folder", "&Run", lambda c: c.open_folder(), "folder-open-outline", "Ctrl+Shift+O", Needs.ONE_RUN),
    Entry("archive", "Archive", "&Run", lambda c: c.archive(), "archive-outline", "E", Needs.RUN, local=True),
    Entry("delete", "Delete", "&Run", lambda c: c.delete(), "trash-can-outline", "Del", Needs.INACTIVE_RUN, local=True),
    Entry("restore", "Bring back from the trash", "&Run", lambda c: c.restore(), "delete-restore", "R", Needs.TRASHED_RUN, local=True),
    Entry("delete_forever", "Delete forever …", "&Run", lambda c: c.delete_forever(), "delete-forever-outline", "Shift+Del", Needs.TRASHED_RUN, local=True),
    Entry("experiments", "Experiments …", "&Tools", lambda c: c.experiments(), "flask-outline", "Ctrl+Shift+M"),
    Entry("tensorboard", "TensorBoard", "&Tools", lambda c: c.tensorboard(), "chart-box-outline", "Ctrl+B"),
    Entry("tensorboard_all", "TensorBoard on all runs", "&Tools", lambda c: c.tensorboard_all()),
    Entry("show_new", "Go to New run", "&View", lambda c: c.show_tab(0), keys="Ctrl+1", group="tab"),
    Entry("show_live", "Go to Live", "&View", lambda c: c.show_tab(1), keys="Ctrl+2", group="tab"),
    Entry("show_compare", "Go to Compare", "&View", lambda c: c.show_tab(2), keys="Ctrl+3", group="tab"),
    Entry("show_outputs", "Go to Outputs", "&View", lambda c: c.show_tab(3), keys="Ctrl+4", group="tab"),
    Entry("show_explain", "Go to Explain", "&View", lambda c: c.show_tab(4), keys="Ctrl+5", group="tab"),
    Entry("show_data", "Go to Data", "&View", lambda c: c.show_tab(5), keys="Ctrl+6", group="tab"),
    Entry("show_duel", "Go to Duel", "&View", lambda c: c.show_tab(6), keys="Ctrl+7", group="tab"),
    Entry("show_models", "Go to Models", "&View", lambda c: c.show_tab(7), keys="Ctrl+8", group="tab"),
    Entry("theme_system", "Colours of the system", "&View", lambda c: c.use_theme("system"), group="theme"),
    Entry("theme_light", "Light colours", "&View", lambda c: c.use_theme("light"), group="theme"),
    Entry("theme_dark", "Dark colours", "&View", lambda c: c.use_theme("dark"), group="theme"),
    Entry("reset_layout", "Reset the layout", "&View", lambda c: c.reset_layout(), "restore"),
    Entry("keys", "Keys", "&Help", lambda c: c.keys(), "keyboard-outline", "F1"),
    Entry("about", "About Twinbench", "&Help", lambda c: c.about(), "information-outline"),
)  # fmt: skip
TOOLBAR = ("new_run", "", "watch", "compare", "pause", "stop", "", "tensorboard", "preferences")
RUN_MENU = ("watch", "compare", "tensorboard", "", "pause", "stop", "kill", "retry", "extend", "export", "try", "", "hold", "raise", "lower", "alone", "", "clone", "rename", "star", "color", "tags", "note", "move", "folder", "", "archive", "delete")  # fmt: skip
TRASH_MENU = ("restore", "delete_forever")
QUEUE_MENU = (
    "hold",
    "alone",
    "",
    "raise",
    "lower",
    "normal",
    "",
    "watch",
    "clone",
    "",
    "stop",
    "",
    "hold_queue",
)
_NEW_SECTION = {
    "import",
    "open_home",
    "quit",
    "find",
    "pause",
    "retry",
    "raise",
    "alone",
    "hold_queue",
    "clone",
    "archive",
    "restore",
    "theme_system",
    "reset_layout",
}


class Actions:
    """The table's actions for one window. ``local_to`` is the widget that local shortcuts belong to."""

    def __init__(self, window: QWidget, commands: Commands, local_to: QWidget) -> None:
        self._actions = {entry.name: _make(window, commands, entry) for entry in ENTRIES}
        self._needs = {entry.name: entry.needs for entry in ENTRIES}
        themes = QActionGroup(window)
        for entry in ENTRIES:
            action = self._actions[entry.name]
            if entry.local:
                action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            (local_to if entry.local else window).addAction(action)
            if entry.group == "theme":
                action.setCheckable(True)
                themes.addAction(action)

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def all(self) -> list[QAction]:
        return list(self._actions.values())

    def fill_menu_bar(self, bar: QMenuBar) -> dict[str, QMenu]:
        """A menu per title, in the order of the table."""
        menus: dict[str, QMenu] = {}
        for title in ("&File", "&Edit", "&Run", "&Queue", "&View", "&Tools", "&Help"):
            menus[title] = bar.addMenu(title)
        for entry in ENTRIES:
            if entry.name in _NEW_SECTION:
                menus[entry.menu].addSeparator()
            menus[entry.menu].addAction(self._actions[entry.name])
        return menus

    def fill(self, target: QToolBar | QMenu, names: tuple[str, ...]) -> None:
        """Add the named actions; "" stands for a separator."""
        for name in names:
            if name:
                target.addAction(self._actions[name])
            else:
                target.addSeparator()

    def allow(self, met: set[Needs]) -> None:
        """Enable what makes sense now."""
        for name, action in self._actions.items():
            action.setEnabled(self._needs[name] is Needs.NOTHING or self._needs[name] in met)

    def say(self, wordings: Mapping[str, tuple[str, str]]) -> None:
        """Give actions that have two directions the text and the glyph of the one they have now."""
        for name, (text, glyph) in wordings.items():
            action = self._actions[name]
            if action.text() != text:
                action.setText(text)
                action.setIcon(icon(glyph))
                _tell_keys(action)

    def show_theme(self, choice: str) -> None:
        if choice in CHOICES:
            self._actions[f"theme_{choice}"].setChecked(True)


def _make(window: QWidget, commands: Commands, entry: Entry) -> QAction:
    action = QAction(entry.text, window)
    action.setObjectName(entry.name)
    if entry.glyph:
        action.setIcon(icon(entry.glyph))
    if entry.keys:
        action.setShortcut(QKeySequence(entry.keys))
    _tell_keys(action)
    action.triggered.connect(lambda: entry.do(commands))
    return action


def _tell_keys(action: QAction) -> None:
    keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    plain = action.text().replace(" …", "")
    action.setToolTip(tip(f"{plain} ({keys})" if keys else plain))
