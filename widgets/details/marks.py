"""What a person put on the selected runs: star, colour, experiment and tags, each to be changed where it stands."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolButton, QWidget

from storage.records import RunRecord
from widgets.color_menu import color_menu
from widgets.icons import icon, run_icon
from widgets.parts import ElidedButton, column, row, tool_button
from widgets.plain import tip
from widgets.tags import TagChips
from widgets.text import plural
from workbench.session import Session


class Marks(QWidget):
    """For one run or for several, where a mark that only some of them have is shown as mixed."""

    move_wanted = Signal()
    experiment_wanted = Signal(str)
    """To see what is known of an experiment."""
    filter_wanted = Signal(str, str)
    """A field and the value to filter the runs by."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._runs: Sequence[RunRecord] = ()
        self.star = tool_button("star-outline", "Star")
        self.color = QToolButton()
        self.color.setProperty("compact", True)
        self.color.setIconSize(QSize(16, 16))
        self.color.setAccessibleName("Colour")
        self.experiment = ElidedButton()
        self.experiment.setProperty("flat", True)
        self.experiment.setProperty("quiet", True)
        self.experiment.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.tags = TagChips(self._known_tags)
        top = row(self.star, self.color, self.experiment, space=4)
        top.addStretch(1)
        self.setLayout(column(top, self.tags, space=4))
        self.star.clicked.connect(self._toggle_star)
        self.color.clicked.connect(self._choose_color)
        self.experiment.clicked.connect(self._show_experiment_menu)
        self.tags.added.connect(lambda tags: session.edits.tag_runs(self._ids(), tags, []))
        self.tags.removed.connect(lambda tag: session.edits.tag_runs(self._ids(), [], [tag]))
        self.tags.chosen.connect(lambda tag: self.filter_wanted.emit("tag", tag))

    def show_runs(self, runs: Sequence[RunRecord]) -> None:
        self._runs = runs
        starred = sum(run.starred for run in runs)
        self._show_star(starred)
        colors = {run.color for run in runs}
        one = len(colors) == 1
        self.color.setIcon(run_icon(min(colors)) if one else icon("palette-outline", "dim"))
        self.color.setToolTip(tip("Colour" if one else f"Colours: {len(colors)} different ones"))
        self._show_experiment(sorted({run.experiment for run in runs}))
        self.tags.show_runs(runs)

    def _show_star(self, starred: int) -> None:
        of = len(self._runs)
        glyph = "star" if starred == of else "star-half-full" if starred else "star-outline"
        self.star.setIcon(_star(glyph))
        said = "Take the star away (S)" if starred == of else "Star (S)"
        some = f"{starred:,} of {plural(of, 'run')} starred. " if 0 < starred < of else ""
        self.star.setToolTip(tip(some + said))

    def _show_experiment(self, names: Sequence[str]) -> None:
        whole = names[0] if len(names) == 1 else f"{len(names)} of them"
        self.experiment.setIcon(icon("flask-outline", "dim"))
        self.experiment.set_full(whole)
        self.experiment.setToolTip(tip("Experiment: " + ", ".join(names[:20])))

    # -- what a click does --------------------------------------------------------------------------
    def _ids(self) -> list[int]:
        return [run.id for run in self._runs]

    def _toggle_star(self) -> None:
        self._session.edits.star_runs(self._ids(), not all(run.starred for run in self._runs))

    def _choose_color(self) -> None:
        ids, colors = self._ids(), {run.color for run in self._runs}
        now = min(colors) if len(colors) == 1 else None
        menu = color_menu(self, now, lambda index: self._session.edits.color_runs(ids, index))
        menu.popup(self.color.mapToGlobal(QPoint(0, self.color.height())))

    def _show_experiment_menu(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        names = sorted({run.experiment for run in self._runs})
        menu.addAction(icon("folder-move-outline"), "Move to experiment …", self.move_wanted.emit)
        if len(names) == 1:
            name = names[0]
            menu.addAction(icon("filter-outline"), "Show only its runs").triggered.connect(
                lambda: self.filter_wanted.emit("experiment", name)
            )
            menu.addAction(icon("flask-outline"), "About this experiment …").triggered.connect(
                lambda: self.experiment_wanted.emit(name)
            )
        menu.popup(self.experiment.mapToGlobal(QPoint(0, self.experiment.height())))

    def _known_tags(self) -> set[str]:
        return {tag for run in self._session.runs.values() for tag in run.tags}


def _star(glyph: str) -> QIcon:
    return icon(glyph, "dim" if glyph == "star-outline" else "warning")
