"""The files that are the test and the validation part, and what a look at them found."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from runners.datasets.importing import Kind, PartFacts, Recipe, from_plain
from widgets.data.importing.path_line import PathLine
from widgets.data.words import part as part_words
from widgets.key_values import KeyValues
from widgets.parts import column, label
from widgets.text import capital
from workbench.dataset_jobs import DatasetJob, part_inspection

_FOLDERS = (Kind.IMAGE_FOLDERS, Kind.IMAGE_MASKS, Kind.IMAGES, Kind.TEXT_FOLDERS)
_TITLES = {"train": "Training part", "test": "Test part", "validation": "Validation part"}


class PartFiles(QWidget):
    """Looks at the files as soon as they are chosen, in a process of its own."""

    changed = Signal()
    """Other files are named; nothing is known of them."""
    settled = Signal()
    """They were looked at."""

    def __init__(self) -> None:
        super().__init__()
        self._seen: Any = None
        self._job: DatasetJob | None = None
        self._problem = ""
        self.counts: dict[str, str] = {}
        """What was found in each part, in words."""
        self.test = PathLine("The files of the test part")
        self.validation = PathLine(
            "The files of the validation part", "Optional: else each run sets a share apart"
        )
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        for at, (title, line) in enumerate((("Test", self.test), ("Validation", self.validation))):
            words = label(title, "dim")
            words.setBuddy(line.edit)
            grid.addWidget(words, at, 0)
            grid.addWidget(line, at, 1)
        self.found = KeyValues()
        self.doing = label("", "dim")
        layout = column(space=6)
        layout.addLayout(grid)
        layout.addWidget(self.doing)
        layout.addWidget(self.found)
        self.setLayout(layout)
        for line in (self.test, self.validation):
            line.changed.connect(self._forget)
        self._say("")

    @property
    def paths(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Of the test and the validation part, absolute."""
        test, validation = (tuple(map(str, line.paths)) for line in (self.test, self.validation))
        return test, validation

    @property
    def busy(self) -> bool:
        return self._job is not None

    def show_recipe(self, recipe: Recipe) -> None:
        by_folder = recipe.kind in _FOLDERS
        shown = (recipe.split.test_paths, recipe.split.validation_paths)
        for line, paths in zip((self.test, self.validation), shown, strict=True):
            line.offer(files=not by_folder, folders=not recipe.kind.is_table)
            if paths and tuple(map(str, line.paths)) != paths:
                line.set_paths(paths)

    def problem(self) -> str:
        """What is wrong with the files, or ""."""
        return self.test.problem() or self.validation.problem() or self._problem

    def look(self, recipe: Recipe) -> None:
        """Look at the files of the recipe, unless just that was done."""
        key = (recipe.paths, recipe.kind, recipe.task, recipe.input, recipe.columns, recipe.reading, self.paths)  # fmt: skip
        if key == self._seen or self.test.problem() or self.validation.problem():
            return
        if not self.test.paths:
            self._forget()
            return
        self.stop()
        self._seen, self._problem, self.counts = key, "", {}
        self._job = job = part_inspection(recipe)
        job.setParent(self)
        job.done.connect(partial(self._show, job))
        job.failed.connect(partial(self._fail, job))
        self._say("Looking at the files …")
        job.start()

    def stop(self) -> None:
        """End a look that is under way, without a word."""
        job, self._job = self._job, None
        if job is not None:
            self._seen = None
            job.end()
            job.deleteLater()

    def _forget(self) -> None:
        self.stop()
        self._seen, self._problem, self.counts = None, "", {}
        self._say("")
        self.changed.emit()

    def _show(self, job: DatasetJob, answer: dict[str, Any]) -> None:
        facts = [from_plain(PartFacts, each) for each in answer["parts"]]
        self.counts = {_TITLES[each.part]: part_words(each) for each in facts}
        self._settle(job)

    def _fail(self, job: DatasetJob, problem: str) -> None:
        self._problem = capital(problem)
        self._settle(job)

    def _settle(self, job: DatasetJob) -> None:
        if job is self._job:
            self._job = None
            job.deleteLater()
        self._say("")
        self.settled.emit()

    def _say(self, doing: str) -> None:
        self.doing.setText(doing)
        self.doing.setVisible(bool(doing))
        self.found.show_values(self.counts)
        self.found.setVisible(bool(self.counts))
