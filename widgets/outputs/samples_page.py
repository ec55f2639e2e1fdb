"""The same samples of the test part as each run answered them, and the mistakes by their loss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from runners.protocol import Artifact, ArtifactKind
from storage.records import RunRecord
from widgets import plain, theme
from widgets.new_run.segments import Segments
from widgets.outputs.page import Page, RunOutputs, chooser, sort_out
from widgets.outputs.samples_model import PICTURE, SamplesModel
from widgets.parts import ElidedLabel, column, line, row
from widgets.text import plural
from workbench.artifacts import (
    ArtifactCache,
    ArtifactError,
    Confusion,
    Predictions,
    parse_confusion,
    parse_predictions,
)
from workbench.samples import Pictures, Sample, Which, common_samples, read_pictures, worst_mistakes
from workbench.session import Session

if TYPE_CHECKING:
    from workbench.bench import Workbench

SAMPLES, MISTAKES = "samples", "mistakes"
_WHICH = {
    Which.EVERY: "All",
    Which.DISAGREE: "Where runs disagree",
    Which.ANY_WRONG: "Any run wrong",
    Which.ALL_WRONG: "All runs wrong",
}
_EVERY_CLASS = "Every class"


@dataclass(frozen=True, slots=True)
class _Found:
    runs: list[RunRecord]
    common: list[Sample]
    mistakes: list[Sample]
    pictures: Pictures
    problems: list[str]


class SamplesPage(Page):
    kind = ArtifactKind.PREDICTIONS

    def __init__(self, session: Session, cache: ArtifactCache) -> None:
        super().__init__(session, cache, "image-multiple-outline")
        self.model = SamplesModel()
        self._found: _Found | None = None
        self._wanted_class: str | None = None
        self._make_bar()
        self._make_table()
        self.count = ElidedLabel("", "dim")
        foot = row(self.count, space=0)
        foot.setContentsMargins(10, 4, 8, 4)
        content = QWidget()
        content.setLayout(column(self.table, line(), foot, space=0))
        self.set_content(content)

    def _make_bar(self) -> None:
        self.source = Segments({SAMPLES: "Same samples", MISTAKES: "Mistakes by loss"})
        self.source.setAccessibleName("Which samples")
        self.which, self.classes = chooser("By what the runs said"), chooser("True class", 160)
        for which, title in _WHICH.items():
            self.which.addItem(title, which)
        self.classes.addItem(_EVERY_CLASS, None)
        layout = row(self.source, self.which, self.classes)
        layout.setContentsMargins(10, 3, 8, 3)
        layout.addStretch(1)
        self.bar.setLayout(layout)
        self.source.changed.connect(self._filter)
        self.which.currentIndexChanged.connect(self._filter)
        self.classes.currentIndexChanged.connect(self._filter)

    def _make_table(self) -> None:
        self.table = QTableView()
        self.table.setModel(self.model)
        self.table.setShowGrid(False)
        self.table.setFont(theme.font())
        self.table.setIconSize(QSize(PICTURE, PICTURE))
        self.table.setAccessibleName("Samples and what each run said of them")
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.table.verticalHeader().setDefaultSectionSize(PICTURE + 6)
        self.table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.table.verticalHeader().hide()
        columns = self.table.horizontalHeader()
        columns.setDefaultSectionSize(132)
        columns.setIconSize(QSize(12, 12))
        columns.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        columns.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)

    # -- reading --------------------------------------------------------------------------------------
    def show_outputs(self) -> None:
        having = [each for each in self.runs if each.of(ArtifactKind.PREDICTIONS)]
        if not having:
            self.say_empty(
                "No predictions yet",
                "A run keeps its answers about the test part when it has trained. Wait for it, or select runs that are finished.",
            )
            return
        data = having[0].run.spec.dataset_hash
        same = [each for each in having if each.run.spec.dataset_hash == data]
        remarks = []
        if len(same) < len(having):
            others = plural(len(having) - len(same), "run")
            remarks.append(f"{others} on other data than {having[0].run.name} left out.")
        self.ask(lambda workbench: self._read(workbench, same), lambda found: self._take(found, remarks))  # fmt: skip

    def _read(self, workbench: Workbench, outputs: Sequence[RunOutputs]) -> _Found:
        """On a worker."""
        wanted = [(each.run, each.of(ArtifactKind.PREDICTIONS)[0]) for each in outputs]
        read, problems = sort_out(wanted, self.read_now(workbench, wanted, parse_predictions))
        of_run = {each.run.id: each for each in outputs}
        totals = [self._mistakes(workbench, of_run[run.id]) for run, _ in read]
        predictions: list[Predictions] = [each for _, each in read]
        common, mistakes = common_samples(predictions), worst_mistakes(predictions, totals)
        spec, indices = outputs[0].run.spec, {each.index for each in (*common, *mistakes)}
        pictures = read_pictures(workbench.home.datasets, spec.dataset, spec.dataset_hash, indices)
        return _Found([run for run, _ in read], common, mistakes, pictures, problems)

    def _mistakes(self, workbench: Workbench, outputs: RunOutputs) -> int | None:
        """How many mistakes the run made in all, by its confusion matrix; None if that cannot be read."""
        wanted: list[tuple[RunRecord, Artifact]] = [
            (outputs.run, each) for each in outputs.of(ArtifactKind.CONFUSION_MATRIX)[:1]
        ]
        found: list[Confusion | ArtifactError] = self.read_now(workbench, wanted, parse_confusion)
        return next((each.mistakes for each in found if isinstance(each, Confusion)), None)

    def _take(self, found: _Found, remarks: list[str]) -> None:
        problems = [*found.problems, *remarks, *filter(None, [found.pictures.problem])]
        if not found.runs:
            self.say_empty("No predictions can be read", "Retry the runs to get new ones.")
            self.tell_problems(problems)
            return
        self._found = found
        self.model.set_runs(found.runs, found.pictures.images)
        self._offer_classes(found)
        self._filter()
        for place, width in enumerate((112, 72, 64)):
            self.table.setColumnWidth(place, width)
        self.show_content()
        self.tell_problems(problems)

    def _offer_classes(self, found: _Found) -> None:
        before, self._wanted_class = self._wanted_class or self.classes.currentData(), None
        names = sorted({each.truth for each in (*found.common, *found.mistakes)})
        self.classes.blockSignals(True)
        self.classes.clear()
        self.classes.addItem(_EVERY_CLASS, None)
        for name in names:
            self.classes.addItem(plain.line(name), name)
        self.classes.setCurrentIndex(max(0, self.classes.findData(before)) if before else 0)
        self.classes.blockSignals(False)

    # -- which are listed -----------------------------------------------------------------------------
    def show_class(self, name: str) -> None:
        """List the samples that are of this class, if there are any, now or when they are read."""
        place = self.classes.findData(name)
        self._wanted_class = name if place < 0 else None
        self.classes.setCurrentIndex(max(0, place))

    def _filter(self) -> None:
        if self._found is None:
            return
        mistakes = self.source.value == MISTAKES
        offered = self._found.mistakes if mistakes else self._found.common
        which, name = Which(self.which.currentData()), self.classes.currentData()
        listed = [each for each in offered if each.of(which) and name in (None, each.truth)]
        self.model.set_samples(listed)
        kind = "of the mistakes that the runs kept, the largest mean loss first" if mistakes else "of the samples that each run on these data keeps"  # fmt: skip
        self.count.set_full(f"{len(listed):,} of {len(offered):,} {kind}")
