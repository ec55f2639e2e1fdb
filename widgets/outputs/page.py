"""What the pages of the outputs have in common: the runs that they are of, and reading off the window's thread."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, TypeVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QStackedWidget, QVBoxLayout, QWidget

from runners.protocol import Artifact, ArtifactKind
from storage.records import RunRecord
from widgets import plain
from widgets.flow_grid import FlowGrid
from widgets.parts import EmptyState, column, label, scrolled, while_alive
from workbench.artifacts import ArtifactCache, ArtifactError
from workbench.session import Session

if TYPE_CHECKING:
    from workbench.bench import Workbench

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RunOutputs:
    """A run and the files that it kept."""

    run: RunRecord
    artifacts: tuple[Artifact, ...]

    def of(self, kind: ArtifactKind) -> list[Artifact]:
        return [each for each in self.artifacts if each.kind is kind]


class Page(QWidget):
    """One of the tab's pages. ``bar`` belongs beside the pages' tabs; what is damaged is told below the content."""

    kind: ClassVar[ArtifactKind]
    """What a run has to keep for the page to show something of it."""
    samples_wanted = Signal(str)
    """A class whose samples are to be shown."""

    def __init__(self, session: Session, cache: ArtifactCache, glyph: str) -> None:
        super().__init__()
        self.session = session
        self.cache = cache
        self.runs: list[RunOutputs] = []
        self.bar = QWidget()
        self.empty = EmptyState(glyph, "", "")
        self.problem = label("", "warning", wrap=True)
        self.problem.setContentsMargins(10, 6, 10, 6)
        self.problem.hide()
        self._pages = QStackedWidget()
        self._pages.addWidget(self.empty)
        layout = column(self._pages, self.problem, space=0)
        layout.setStretch(0, 1)
        self.setLayout(layout)
        self._asked = 0

    def set_content(self, content: QWidget) -> None:
        self._pages.addWidget(content)

    @property
    def is_empty(self) -> bool:
        return self._pages.currentIndex() == 0

    def say_empty(self, title: str, advice: str) -> None:
        """Show that there is nothing, and what to do."""
        self._asked += 1  # nobody waits for what is being read
        self.empty.say(title, advice)
        self._pages.setCurrentIndex(0)
        self.bar.setEnabled(False)
        self.tell_problems([])

    def show_content(self) -> None:
        self._pages.setCurrentIndex(1)
        self.bar.setEnabled(True)

    def tell_problems(self, problems: Sequence[str]) -> None:
        shown = list(dict.fromkeys(problems))
        more = f"\n… and {len(shown) - 3:,} more" if len(shown) > 3 else ""
        self.problem.setText("\n".join(shown[:3]) + more)
        self.problem.setVisible(bool(shown))

    def show_runs(self, runs: Sequence[RunOutputs]) -> None:
        """Show these runs; called again when one of them kept more."""
        self.runs = list(runs)
        self.show_outputs()

    def show_outputs(self) -> None:
        raise NotImplementedError

    def first_of(self, kind: ArtifactKind) -> list[tuple[RunRecord, Artifact]]:
        """Of each run that has one, its first file of the kind."""
        return [(each.run, artifact) for each in self.runs for artifact in each.of(kind)[:1]]

    # -- reading ------------------------------------------------------------------------------------
    def ask(self, work: Callable[[Workbench], T], then: Callable[[T], None]) -> None:
        """Do work on a worker; of several questions only the newest is answered."""
        self._asked += 1
        number = self._asked

        def take(answer: T) -> None:
            if number == self._asked:
                then(answer)

        self.session.call(work, while_alive(self, take))

    def read(
        self,
        wanted: Sequence[tuple[RunRecord, Artifact]],
        parse: Callable[[bytes], T],
        then: Callable[[list[T | ArtifactError]], None],
    ) -> None:
        """Read files of runs; what cannot be read comes as its error."""
        self.ask(lambda workbench: self.read_now(workbench, wanted, parse), then)

    def read_now(
        self,
        workbench: Workbench,
        wanted: Sequence[tuple[RunRecord, Artifact]],
        parse: Callable[[bytes], T],
    ) -> list[T | ArtifactError]:
        """On a worker."""
        found: list[T | ArtifactError] = []
        for run, artifact in wanted:
            folder = workbench.home.run_folder(run.id).path
            try:
                found.append(self.cache.read(folder, artifact, parse))
            except ArtifactError as error:
                found.append(ArtifactError(f"{run.name}: {error}"))
        return found


def chooser(name: str, widest: int = 300) -> QComboBox:
    """A box as wide as what it offers, which changes with the runs; ``widest`` in pixels."""
    made = QComboBox()
    made.setAccessibleName(name)
    made.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
    made.setMinimumWidth(80)
    made.setMaximumWidth(widest)
    return made


def offer(names: QComboBox, choices: Iterable[str]) -> None:
    """Let a person choose among these, without a signal. What was chosen stays, if it is among them."""
    before = names.currentText()
    blocked = names.blockSignals(True)
    names.clear()
    names.addItems([plain.line(choice) for choice in choices])
    names.setCurrentIndex(max(0, names.findText(before)))
    names.blockSignals(blocked)


def scrolled_cards(grid: FlowGrid) -> QWidget:
    """The grid on a page that scrolls."""
    inner = QWidget()
    inner.setProperty("page", True)
    inside = QVBoxLayout(inner)
    inside.setContentsMargins(10, 8, 10, 8)
    inside.addWidget(grid)
    inside.addStretch(1)
    return scrolled(inner)


def sort_out(
    wanted: Sequence[tuple[RunRecord, Artifact]], found: Sequence[T | ArtifactError]
) -> tuple[list[tuple[RunRecord, T]], list[str]]:
    """What was read, with its run, and what could not be, in words."""
    read = [
        (run, each)
        for (run, _), each in zip(wanted, found, strict=True)
        if not isinstance(each, ArtifactError)
    ]
    return read, [str(each) for each in found if isinstance(each, ArtifactError)]
