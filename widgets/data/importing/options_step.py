"""What is to be learned, how samples are split, and how texts and images become arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from runners.datasets.dataset import Input, Task
from runners.datasets.importing import (
    Column,
    How,
    ImageRule,
    ImportProblem,
    Kind,
    Preview,
    Recipe,
    Resize,
    Role,
    Split,
    TextRule,
    Tokeniser,
    Type,
)
from widgets.data.importing.part_files import PartFiles
from widgets.data.importing.step import Step
from widgets.flow_grid import FlowGrid
from widgets.new_run.cell import Cell
from widgets.new_run.editors import ChoiceBox, IntegerBox
from widgets.parts import column, label, scrolled
from widgets.plain import line
from widgets.text import capital

_WIDTH, _WIDER = 212, 300
_DRAWN = ("test", "validation", "seed")
_LARGEST_SEED = 2**31 - 1
_TABLE = {
    (Input.FEATURES, Task.CLASSIFICATION): "a class, from the columns",
    (Input.FEATURES, Task.REGRESSION): "numbers, from the columns",
    (Input.TOKENS, Task.CLASSIFICATION): "a class, from the text",
    (Input.SERIES, Task.FORECASTING): "what comes next, of a time series",
    (Input.SERIES, Task.CLASSIFICATION): "a class of each time series",
    (Input.IMAGE, Task.CLASSIFICATION): "a class, from images that a column names",
    (Input.IMAGE, Task.REGRESSION): "numbers, from images that a column names",
}
_ARRAYS = {
    (Input.FEATURES, Task.CLASSIFICATION): "a class, from features",
    (Input.FEATURES, Task.REGRESSION): "numbers, from features",
    (Input.IMAGE, Task.CLASSIFICATION): "a class, from images",
    (Input.IMAGE, Task.REGRESSION): "numbers, from images",
    (Input.IMAGE, Task.SEGMENTATION): "a class for each pixel of images",
    (Input.SERIES, Task.CLASSIFICATION): "a class, from series",
    (Input.SERIES, Task.REGRESSION): "numbers, from series",
    (Input.SERIES, Task.FORECASTING): "what comes next, of a series",
}
_OTHERS = {
    Kind.IMAGE_FOLDERS: "a class, from images",
    Kind.IMAGE_MASKS: "a class for each pixel of images",
    Kind.IMAGES: "the images themselves",
    Kind.TEXT_FILES: "what comes next, of a text",
    Kind.TEXT_FOLDERS: "a class, from texts",
}
_HOW = {
    How.RANDOM: "Each sample goes to a part by chance.",
    How.STRATIFIED: "By chance, with the shares of the classes the same in each part.",
    How.GROUP: "Rows of a group stay together in one part.",
    How.TIME: "The last are for testing, those before them for validation.",
    How.GIVEN: "The files themselves say which part each sample is of.",
    How.FILES: "The test part, and perhaps the validation part, are files of their own.",
}


class OptionsStep(Step):
    title = "Options"

    def __init__(self) -> None:
        super().__init__()
        self._recipe: Recipe | None = None
        self.parts = PartFiles()
        self._make_fields()
        self._groups = {
            "task": _group("What is to be learned", [self._cells["task"], self._cells["target"]], width=_WIDER),
            "split": _group("Parts for training, validation and test", [self._cells[name] for name in ("how", *_DRAWN)], self.parts),
            "table": _group("Columns", [self._cells["categories"], self._cells["skip"]]),
            "text": _group("Texts", [self._cells[name] for name in ("tokeniser", "merges", "words", "length", "lower")]),
            "image": _group("Images", [self._cells[name] for name in ("width", "height", "resize", "colour")]),
        }  # fmt: skip
        inner = QWidget()
        inner.setProperty("page", True)
        inside = QVBoxLayout(inner)
        inside.setContentsMargins(0, 0, 8, 0)
        for group in self._groups.values():
            inside.addWidget(group)
        inside.addStretch(1)
        self.setLayout(column(scrolled(inner)))
        for box in (self.task, self.target, self.how, self.tokeniser):
            box.currentIndexChanged.connect(self._adapt)
        for number in (self.test, self.validation):
            number.valueChanged.connect(self._adapt)
        self.parts.changed.connect(self.changed)
        self.parts.settled.connect(self.settled)
        self.parts.test.chosen.connect(self._adapt)
        self.parts.validation.chosen.connect(self._adapt)

    def _make_fields(self) -> None:
        self.task, self.target, self.how = ChoiceBox({}), ChoiceBox({}), ChoiceBox({})
        self.test, self.validation = IntegerBox(1, 90), IntegerBox(0, 90)
        self.seed = IntegerBox(0, _LARGEST_SEED)
        self.categories, self.skip = IntegerBox(1, 10_000), IntegerBox(0, 100)
        self.tokeniser = ChoiceBox({each: each for each in Tokeniser})
        self.merges, self.words = IntegerBox(1, 60_000), IntegerBox(1, 60_000)
        self.length = IntegerBox(1, 100_000)
        self.small, self.colour = QCheckBox("On"), QCheckBox("On")
        self.width_, self.height_ = IntegerBox(1, 4096), IntegerBox(1, 4096)
        self.resize_ = ChoiceBox({each: each for each in Resize})
        self._cells = {
            "task": Cell("Learn", self.task),
            "target": Cell("Target", self.target, "The column that is to be predicted."),
            "how": Cell("Split", self.how),
            "test": Cell("Test part", self.test, "Looked at once, at the end of a run.", "%"),
            "validation": Cell("Validation part", self.validation, "0: each run sets a share of the training part apart.", "%"),
            "seed": Cell("Seed", self.seed, "The same files and seed give the same parts."),
            "categories": Cell("Categories", self.categories, "At most so many of a column; rarer ones become “other”."),
            "skip": Cell("May be left out", self.skip, "Rows or images that cannot be read; with more, nothing is imported.", "%"),
            "tokeniser": Cell("Tokens are", self.tokeniser),
            "merges": Cell("Merges", self.merges, "How many pairs are joined, and so about how many tokens there are."),
            "words": Cell("Words", self.words, "The most frequent ones; others are one unknown token."),
            "length": Cell("Length", self.length, "Tokens of a text: longer ones are cut, shorter ones filled up."),
            "lower": Cell("Small letters", self.small, "Capital letters count as small ones."),
            "width": Cell("Width", self.width_, "", "pixels"),
            "height": Cell("Height", self.height_, "", "pixels"),
            "resize": Cell("Other sizes are", self.resize_, "Cropped to fill the size, padded with black, or stretched."),
            "colour": Cell("Colour", self.colour, "Three channels; else one of grey."),
        }  # fmt: skip

    # -- the recipe -----------------------------------------------------------------------------------
    def show_recipe(self, recipe: Recipe, _preview: Preview) -> None:
        self._recipe = recipe
        self._show_task(recipe)
        split, text, image = recipe.split, recipe.text, recipe.image
        self.how.set_options({each: each for each in _hows(recipe)})
        self.how.set_value(split.how)
        self.parts.show_recipe(recipe)
        self.test.setValue(round(split.test * 100))
        self.validation.setValue(round(split.validation * 100))
        self.seed.setValue(split.seed)
        self.categories.setValue(recipe.categories)
        self.skip.setValue(round(recipe.skip * 100))
        self.tokeniser.set_value(text.tokeniser)
        self.merges.setValue(text.merges)
        self.words.setValue(text.words)
        self.length.setValue(text.length)
        self.small.setChecked(text.lower)
        self.width_.setValue(image.width)
        self.height_.setValue(image.height)
        self.resize_.set_value(image.resize)
        self.colour.setChecked(image.colour)
        self._adapt()

    def take(self, recipe: Recipe) -> Recipe:
        taken, task = self._learns(recipe)
        how = How(self.how.value or recipe.split.how)
        test_paths, validation_paths = self.parts.paths if how is How.FILES else ((), ())
        split = Split(
            how=how,
            test=self.test.value() / 100,
            validation=self.validation.value() / 100,
            seed=self.seed.value(),
            test_paths=test_paths,
            validation_paths=validation_paths,
        )
        changed = replace(
            recipe,
            task=task,
            input=taken,
            split=split,
            categories=self.categories.value(),
            skip=self.skip.value() / 100,
            text=self._text(),
            image=ImageRule(
                height=self.height_.value(),
                width=self.width_.value(),
                colour=self.colour.isChecked(),
                resize=Resize(self.resize_.value),
            ),
        )
        if not recipe.kind.is_table:
            return changed
        return replace(changed, columns=self._with_target(recipe.columns, task))

    def problem(self) -> str:
        if self._recipe is None:
            return ""
        recipe = self.take(self._recipe)
        if self.test.value() + self.validation.value() >= 100 and recipe.split.is_drawn:
            return "Test and validation part leave nothing for training: make them smaller"
        try:
            recipe.check()
        except ImportProblem as error:
            return str(error)
        return self.parts.problem() if recipe.split.how is How.FILES else ""

    @property
    def counts(self) -> dict[str, str]:
        """What was found in the files of each part, in words."""
        return self.parts.counts if self.how.value == How.FILES else {}

    @property
    def busy(self) -> bool:
        return self.parts.busy

    def stop(self) -> None:
        self.parts.stop()

    def start(self) -> None:
        self.task.setFocus()

    def _text(self) -> TextRule:
        return TextRule(
            tokeniser=Tokeniser(self.tokeniser.value),
            merges=self.merges.value(),
            words=self.words.value(),
            lower=self.small.isChecked(),
            length=self.length.value(),
        )

    def _learns(self, recipe: Recipe) -> tuple[Input, Task]:
        taken, _, task = self.task.value.partition("|")
        return (Input(taken), Task(task)) if task else (recipe.input, recipe.task)

    def _with_target(self, columns: Sequence[Column], task: Task) -> tuple[Column, ...]:
        """The chosen target has the type that the task needs; a forecast has no target apart."""
        wanted = {Task.CLASSIFICATION: Type.CATEGORY, Task.REGRESSION: Type.NUMBER}.get(task)
        found = []
        for each in columns:
            role = each.role
            if wanted is None:
                role = Role.FEATURE if role is Role.TARGET else role
            elif each.name == self.target.value:
                role = Role.TARGET
            elif role is Role.TARGET and task is Task.CLASSIFICATION:
                role = Role.FEATURE
            type_ = wanted if wanted is not None and role is Role.TARGET else each.type
            found.append(replace(each, role=role, type=type_))
        return tuple(found)

    # -- what is shown --------------------------------------------------------------------------------
    def _show_task(self, recipe: Recipe) -> None:
        options = {(recipe.input, recipe.task): _OTHERS.get(recipe.kind, recipe.task)}
        if recipe.kind.is_table:
            options = _TABLE
        elif recipe.kind is Kind.ARRAYS:
            options = _ARRAYS
        self.task.set_options(
            {f"{taken}|{task}": capital(words) for (taken, task), words in options.items()}
        )
        self.task.set_value(f"{recipe.input}|{recipe.task}")
        targets = {"": "(none)"} | {each.name: line(each.name) for each in recipe.columns}
        self.target.set_options(targets)
        target = recipe.column_of(Role.TARGET)
        self.target.set_value(target.name if target else "")

    def _adapt(self) -> None:
        """Show what the chosen task, split and tokeniser need."""
        if self._recipe is None:
            return
        recipe, (taken, task) = self._recipe, self._learns(self._recipe)
        self._cells["target"].setVisible(recipe.kind.is_table and task is not Task.FORECASTING)
        self._cells["how"].set_note(_HOW[How(self.how.value)] if self.how.value else "")
        by_files = self.how.value == How.FILES
        for name in _DRAWN:
            self._cells[name].setVisible(not by_files)
        for box in (self.test, self.validation):
            box.setEnabled(self.how.value != How.GIVEN)
        self._cells["seed"].setEnabled(self.how.value in (How.RANDOM, How.STRATIFIED, How.GROUP))
        self.parts.setVisible(by_files)
        if by_files:
            self.parts.look(self.take(recipe))
        else:
            self.parts.stop()
        self._groups["table"].setVisible(recipe.kind.is_table)
        self._groups["text"].setVisible(taken is Input.TOKENS)
        self._groups["image"].setVisible(taken is Input.IMAGE and recipe.kind is not Kind.ARRAYS)
        self.merges.setEnabled(self.tokeniser.value == Tokeniser.BYTE_PAIRS)
        self.words.setEnabled(self.tokeniser.value == Tokeniser.WORDS)
        self.length.setEnabled(task is not Task.TEXT_GENERATION)
        self.changed.emit()


def _hows(recipe: Recipe) -> list[How]:
    """The ways in which such files can be split."""
    if recipe.task.streams:
        return list(dict.fromkeys([How.TIME, How.FILES, recipe.split.how]))
    unlabelled = recipe.kind in (Kind.IMAGES, Kind.IMAGE_MASKS)
    hows = [How.RANDOM] if unlabelled else [How.STRATIFIED, How.RANDOM]
    if recipe.column_of(Role.GROUP):
        hows.append(How.GROUP)
    if recipe.column_of(Role.TIME):
        hows.append(How.TIME)
    if recipe.column_of(Role.SPLIT) or recipe.split.how is How.GIVEN:
        hows.append(How.GIVEN)
    return list(dict.fromkeys([*hows, How.FILES, recipe.split.how]))


def _group(title: str, cells: Sequence[QWidget], *below: QWidget, width: int = _WIDTH) -> QWidget:
    grid = FlowGrid(width, 4)
    grid.set_items(cells)
    group = QWidget()
    layout = column(label(title, "heading"), grid, *below, space=6)
    layout.setContentsMargins(0, 4, 0, 8)
    group.setLayout(layout)
    return group
