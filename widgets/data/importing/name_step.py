"""What the dataset is called, where it comes from, and what may be done with it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtWidgets import QGridLayout, QLineEdit, QWidget

from runners.datasets import is_built_in
from runners.datasets.importing import ImportProblem, Preview, Recipe, to_plain
from widgets.data.importing.step import Step
from widgets.data.words import recipe as recipe_words
from widgets.key_values import KeyValues
from widgets.parts import column, label, scrolled

_LICENCES = "such as CC BY 4.0; empty where none is stated"


class NameStep(Step):
    title = "Name"

    def __init__(self) -> None:
        super().__init__()
        self._recipe: Recipe | None = None
        self._known: set[str] = set()
        self._own_name = False
        self.counts: Mapping[str, str] = {}
        """What was found in the files of each part, in words."""
        self.title_, self.name = QLineEdit(), QLineEdit()
        self.summary, self.source, self.licence = QLineEdit(), QLineEdit(), QLineEdit()
        self.summary.setPlaceholderText("one line that says what it is")
        self.source.setPlaceholderText("where it comes from: an address, a paper, a person")
        self.licence.setPlaceholderText(_LICENCES)
        self.note = label("", "dim", wrap=True)
        self.whole = KeyValues()
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        fields = {"Title": self.title_, "Name": self.name, "Summary": self.summary, "Source": self.source, "Licence": self.licence}  # fmt: skip
        for at, (title, field) in enumerate(fields.items()):
            words = label(title, "dim")
            words.setBuddy(field)
            field.setAccessibleName(title)
            field.textEdited.connect(self.changed)
            grid.addWidget(words, at, 0)
            grid.addWidget(field, at, 1)
        inner = QWidget()
        inner.setProperty("page", True)
        inside = column(self.whole)
        inside.addStretch(1)
        inner.setLayout(inside)
        form = QWidget()
        form.setLayout(grid)
        layout = column(
            form, self.note, label("What is imported", "heading"), scrolled(inner), space=10
        )
        layout.setStretch(3, 1)
        self.setLayout(layout)
        self.title_.textEdited.connect(self._follow)
        self.name.textEdited.connect(self._take_name)

    def know(self, names: Sequence[str]) -> None:
        """The names of the datasets that were imported before."""
        self._known = set(names)

    def show_recipe(self, recipe: Recipe, _preview: Preview) -> None:
        self._recipe = recipe
        for field, text in ((self.title_, recipe.title), (self.name, recipe.name), (self.summary, recipe.summary), (self.source, recipe.source), (self.licence, recipe.licence)):  # fmt: skip
            field.setText(text)
        learns = {"Task": f"{recipe.task}, from {recipe.input}"}
        self.whole.show_values({**learns, **recipe_words(to_plain(recipe)), **self.counts})
        self._tell()

    def take(self, recipe: Recipe) -> Recipe:
        return replace(
            recipe,
            title=self.title_.text().strip(),
            name=self.name.text().strip(),
            summary=self.summary.text().strip(),
            source=self.source.text().strip(),
            licence=self.licence.text().strip(),
        )

    def problem(self) -> str:
        if self._recipe is None:
            return ""
        name = self.name.text().strip()
        if is_built_in(name):
            return f"Twinbench has a dataset {name!r} of its own: choose another name"
        try:
            self.take(self._recipe).check()
        except ImportProblem as error:
            return str(error)
        return ""

    def start(self) -> None:
        self.title_.setFocus()
        self.title_.selectAll()

    def _follow(self, title: str) -> None:
        if not self._own_name:
            self.name.setText(re.sub(r"[^a-z0-9_-]+", "-", title.lower()).strip("-_")[:64])
        self._tell()

    def _take_name(self) -> None:
        self._own_name = True
        self._tell()

    def _tell(self) -> None:
        name = self.name.text().strip()
        self.note.setText(
            f"{name} was imported before: this becomes its new version. The present one is kept for the runs that were made for it."
            if name in self._known
            else f"Runs and the command line know it as {name or '…'}. It is kept in the home, in datasets{Path('/') if not name else '/' + name}."
        )
