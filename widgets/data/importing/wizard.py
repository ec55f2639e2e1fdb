"""From a person's files to a dataset, step by step. Nothing is written before the last one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QStackedWidget, QWidget

from runners.datasets.importing import (
    Column,
    Given,
    ImportProblem,
    Preview,
    Reading,
    Recipe,
    Role,
    from_plain,
)
from widgets.data.importing.files_step import FilesStep
from widgets.data.importing.name_step import NameStep
from widgets.data.importing.options_step import OptionsStep
from widgets.data.importing.preview_step import PreviewStep
from widgets.data.importing.step import Step
from widgets.data.job_bar import JobBar
from widgets.parts import button, column, label, line, row, set_role, while_alive
from workbench.dataset_jobs import DatasetJob, importing, inspection
from workbench.datasets import Origin, clear_unfinished, list_datasets
from workbench.session import Session

_SIZE = QSize(980, 660)
FILES, PREVIEW, OPTIONS, NAME = range(4)


class ImportWizard(QDialog):
    imported = Signal(str, list)
    """The name of the new dataset, and notes (list[str]) on what was left out."""

    def __init__(
        self,
        parent: QWidget,
        session: Session,
        recipe: dict[str, Any] | None = None,
        paths: Sequence[Path] = (),
    ) -> None:
        """``recipe`` is that of a dataset of which another version is imported; ``paths`` are looked at at once."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Import your data")
        self._session = session
        self._pattern = _pattern(recipe)
        self._preview: Preview | None = None
        self._looked_at: tuple[Path, ...] = ()
        self._recipe: Recipe | None = None
        self._closing = False
        self._going_on = False
        self._make_steps()
        self._make_layout()
        self._connect()
        self.resize(_SIZE.boundedTo(parent.size()))
        self._go(FILES)
        if paths:
            self.files.set_paths(paths)
        elif self._pattern:
            self.files.set_paths(self._pattern.paths)
        if paths and not self.files.problem():
            self.next()

    def _make_steps(self) -> None:
        self.files, self.preview = FilesStep(), PreviewStep(self._session)
        self.options, self.naming = OptionsStep(), NameStep()
        self.steps: list[Step] = [self.files, self.preview, self.options, self.naming]
        self._pages = QStackedWidget()
        for step in self.steps:
            self._pages.addWidget(step)

    def _make_layout(self) -> None:
        self._marks = [label(f"{at + 1}  {step.title}") for at, step in enumerate(self.steps)]
        head = row(*self._marks, space=22)
        head.addStretch(1)
        self.job = JobBar()
        self.problem = label("", "error", wrap=True)
        self.back = button("Back", "arrow-left")
        self.forward = button("Next", primary=True)
        self.cancel = button("Cancel")
        for each in (self.back, self.cancel):
            each.setAutoDefault(False)
        self.forward.setDefault(True)
        foot = row(self.back)
        foot.addStretch(1)
        foot.addWidget(self.cancel)
        foot.addWidget(self.forward)
        layout = column(
            head, line(), self._pages, self.problem, self.job, line(), foot, margin=14, space=10
        )
        layout.setStretch(2, 1)
        self.setLayout(layout)

    def _connect(self) -> None:
        self.back.clicked.connect(self.go_back)
        self.forward.clicked.connect(self.next)
        self.cancel.clicked.connect(self.reject)
        self.job.ended.connect(self._allow)
        for step in self.steps:
            step.changed.connect(self._changed)
            step.settled.connect(self._settled)
            self.finished.connect(step.stop)
        self.preview.reading_changed.connect(self._read_otherwise)
        self.preview.target_changed.connect(self._learn_otherwise)
        QShortcut(QKeySequence("Alt+Left"), self, self.go_back)
        self._session.call(
            lambda workbench: [each.info.name for each in list_datasets(workbench.home.datasets) if each.origin is Origin.IMPORTED],
            while_alive(self, self.naming.know),
        )  # fmt: skip

    # -- going from step to step ------------------------------------------------------------------------
    @property
    def place(self) -> int:
        return self._pages.currentIndex()

    @property
    def _step(self) -> Step:
        return self.steps[self.place]

    def next(self) -> None:
        """Go to the next step, if this one is in order; from the last one, import."""
        if self.job.busy or not self.forward.isEnabled():
            return
        if self._step.busy:
            self._going_on = True
            return
        if self.place == FILES:
            if self._preview is not None and self._looked_at == self.files.paths:
                self._go(PREVIEW)
            else:
                self._recipe = None
                self._look(self._given())
            return
        self._take()
        if self.place == NAME:
            self._import()
        else:
            self._go(self.place + 1)

    def go_back(self) -> None:
        if self.place != FILES and not self.job.busy:
            self._take()
            self._go(self.place - 1)

    def reject(self) -> None:
        """Leave; what was begun is ended first."""
        if self.job.busy:
            self._closing = True
            self.job.cancel.click()
        else:
            super().reject()

    def _go(self, place: int) -> None:
        self._going_on = False
        self.naming.counts = self.options.counts
        if self._preview is not None and self._recipe is not None:
            self.steps[place].show_recipe(self._recipe, self._preview)
        self._pages.setCurrentIndex(place)
        for at, mark in enumerate(self._marks):
            set_role(mark, "heading" if at == place else "dim")
        self.forward.setText("Import" if place == NAME else "Next")
        self._say("")
        self._allow()
        self.steps[place].start()

    def _take(self) -> None:
        if self._recipe is not None:
            self._recipe = self._step.take(self._recipe)

    def _settled(self) -> None:
        """Go on, if that was asked for meanwhile and nothing is wrong."""
        self._changed()
        if self._going_on:
            self._going_on = False
            self.next()

    def _changed(self) -> None:
        self._say("")
        self._allow()

    def _allow(self) -> None:
        busy = self.job.busy
        wrong = self._step.problem()
        if wrong:
            self._say(wrong)
        chosen = bool(self.files.paths) if self.place == FILES else True
        self.forward.setEnabled(not busy and not wrong and chosen)
        self.back.setEnabled(not busy and self.place != FILES)
        self.cancel.setVisible(not busy)
        if busy == self._pages.isEnabled():
            self._pages.setEnabled(not busy)
            if not busy:
                self._step.start()

    def _say(self, text: str) -> None:
        self.problem.setText(text)
        self.problem.setVisible(bool(text))

    # -- looking at the files ---------------------------------------------------------------------------
    def _given(self) -> Given:
        """Of another version the files are read as the first one was."""
        if self._pattern is None:
            return Given()
        target = self._pattern.column_of(Role.TARGET)
        return Given(
            kind=self._pattern.kind,
            reading=self._pattern.reading,
            target=target.name if target else None,
        )

    def _look(self, given: Given) -> None:
        paths = self.files.paths
        job = inspection(paths[0], given)
        job.done.connect(partial(self._take_preview, paths))
        self._follow(job, f"looking at {paths[0].name} …")

    def _take_preview(self, paths: tuple[Path, ...], answer: dict[str, Any]) -> None:
        try:
            preview = from_plain(Preview, answer["preview"])
        except (ImportProblem, KeyError) as error:
            self._say(f"The files could not be looked at: {error}")
            return
        before, self._preview, self._looked_at = self._recipe, preview, paths
        proposed = replace(preview.recipe, paths=tuple(map(str, paths)))
        chosen = before or self._pattern
        self._recipe = _merged(proposed, chosen) if chosen else proposed
        self._go(PREVIEW)

    def _read_otherwise(self, reading: Reading) -> None:
        """Look again, with another separator, encoding or sheet; what was chosen of columns no longer counts."""
        if self._recipe is not None and not self.job.busy:
            kind = self._recipe.kind
            self._recipe = None
            self._look(Given(kind=kind, reading=reading))

    def _learn_otherwise(self, target: str) -> None:
        """Look again with another target, which says other things of the columns; the other choices stay."""
        if self._recipe is not None and not self.job.busy:
            self._take()
            self._look(Given(kind=self._recipe.kind, reading=self._recipe.reading, target=target))

    # -- importing --------------------------------------------------------------------------------------
    def _import(self) -> None:
        recipe = self._recipe
        if recipe is None:
            return
        job = importing(recipe, self._session.datasets_folder)
        job.done.connect(lambda answer: self._tell_imported(recipe.name, answer))
        job.cancelled.connect(partial(self._clear, recipe.name))
        job.failed.connect(lambda _: self._clear(recipe.name))
        self._follow(job, f"importing {recipe.title or recipe.name} …")

    def _tell_imported(self, name: str, answer: dict[str, Any]) -> None:
        self.imported.emit(name, [str(note) for note in answer.get("notes", ())])
        self.accept()

    def _clear(self, name: str) -> None:
        self._session.call(lambda workbench: clear_unfinished(workbench.home.datasets, name))

    def _follow(self, job: DatasetJob, doing: str) -> None:
        self._say("")
        job.failed.connect(self._say)
        job.cancelled.connect(self._cancelled)
        self.job.follow(job, doing)
        self._allow()

    def _cancelled(self) -> None:
        if self._closing:
            super().reject()


def _pattern(raw: dict[str, Any] | None) -> Recipe | None:
    try:
        return from_plain(Recipe, raw) if raw else None
    except ImportProblem:
        return None


def _merged(proposed: Recipe, chosen: Recipe) -> Recipe:
    """What was chosen before, for the files that were just looked at: new columns are as proposed."""
    target = proposed.column_of(Role.TARGET)
    known = {each.name: each for each in chosen.columns}

    def merge(column: Column) -> Column:
        before = known.get(column.name)
        is_target = target is not None and column.name == target.name
        if before is None or is_target or before.role is Role.TARGET:
            return column
        return before

    return replace(
        chosen,
        paths=proposed.paths,
        task=proposed.task,
        input=proposed.input,
        reading=proposed.reading,
        columns=tuple(map(merge, proposed.columns)),
    )
