"""How the compared runs are told apart: chosen in a panel that opens below a button."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QComboBox, QFormLayout, QFrame, QLineEdit

from storage.query import check_column, split_columns
from storage.records import Fields, RunRecord
from widgets.compare.styling import Styling
from widgets.parts import button, label
from widgets.plain import line
from workbench.replicates import Centre, Replicates, Spread

_WIDTH = 440
_SEED, _COLUMNS = "Equal but for the seed", "Equal in these columns"
_CENTRES = {"Mean": Centre.MEAN, "Median": Centre.MEDIAN}
_SPREADS = {
    "Standard deviation": Spread.DEVIATION, "Standard error": Spread.ERROR,
    "95 % confidence (Student's t)": Spread.CONFIDENCE, "Smallest to largest": Spread.RANGE, "No band": Spread.NONE,
}  # fmt: skip
_MOST_RUNS = 200


class StylePanel(QFrame):
    chosen = Signal(object)
    """`Styling`."""
    baseline_chosen = Signal(object)
    """The id of a run, or None."""
    reset_wanted = Signal()

    def __init__(self, parent: QFrame | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self._fields = Fields()
        self.color, self.stroke, self.panels = (_column_box(empty) for empty in ("the run", "nothing", "nothing"))  # fmt: skip
        self.replicates, self.centre, self.spread = QComboBox(), QComboBox(), QComboBox()
        self.replicates.addItems(["Each run", _SEED, _COLUMNS])
        self.centre.addItems(list(_CENTRES))
        self.spread.addItems(list(_SPREADS))
        self.columns = QLineEdit()
        self.columns.setPlaceholderText("framework, lr")
        self.baseline = QComboBox()
        self.problem = label("", "error", wrap=True)
        reset = button("Reset this layout")
        reset.clicked.connect(self.hide)
        reset.clicked.connect(self.reset_wanted)
        form = QFormLayout(self)
        rows = (
            ("Colour by", self.color), ("Stroke by", self.stroke), ("A plot for each", self.panels),
            ("One curve for", self.replicates), ("Columns", self.columns), ("Curve", self.centre),
            ("Band", self.spread), ("Baseline", self.baseline),
        )  # fmt: skip
        for words, box in rows:
            box.setAccessibleName(words)
            form.addRow(label(words), box)
        form.addRow(self.problem)
        form.addRow(reset)
        self.setFixedWidth(_WIDTH)
        for box in (self.color, self.stroke, self.panels):
            box.activated.connect(self._choose)
            edit = box.lineEdit()
            assert edit is not None
            edit.editingFinished.connect(self._choose)
        for chosen in (self.replicates, self.centre, self.spread):
            chosen.activated.connect(self._choose)
        self.columns.editingFinished.connect(self._choose)
        self.baseline.activated.connect(lambda _: self.baseline_chosen.emit(self.baseline.currentData()))  # fmt: skip
        self._enable()

    def open_at(self, place: QPoint) -> None:
        """Place its top right corner."""
        self.adjustSize()
        self.move(place - QPoint(self.width(), 0))
        self.show()

    # -- what is shown ----------------------------------------------------------------------------
    def offer(self, fields: Fields, runs: Sequence[RunRecord], baseline: int | None) -> None:
        """Columns to choose from, and runs to be the baseline."""
        self._fields = fields
        columns = [*(each.name for each in fields.fields), *fields.parameters, *fields.metrics]
        for box in (self.color, self.stroke, self.panels):
            now = box.currentText()
            with QSignalBlocker(box):
                box.clear()
                box.addItems(["", *columns])
                box.setCurrentText(now)
        with QSignalBlocker(self.baseline):
            self.baseline.clear()
            self.baseline.addItem("None", None)
            for run in runs[:_MOST_RUNS]:
                self.baseline.addItem(f"#{run.id} {line(run.name)}", run.id)
            self.baseline.setCurrentIndex(max(0, self.baseline.findData(baseline)))

    def show_style(self, style: Styling) -> None:
        pooled = style.replicates or Replicates()
        for box, text in (
            (self.color, style.color_by), (self.stroke, style.stroke_by), (self.panels, style.panel_by),
            (self.centre, _key(_CENTRES, pooled.centre)), (self.spread, _key(_SPREADS, pooled.spread)),
        ):  # fmt: skip
            with QSignalBlocker(box):
                box.setCurrentText(text)
        place = 0 if style.replicates is None else 1 + bool(pooled.columns)
        self.replicates.setCurrentIndex(place)
        self.columns.setText(", ".join(pooled.columns))
        self._enable()

    def _enable(self) -> None:
        kind = self.replicates.currentIndex()
        self.columns.setEnabled(kind == 2)
        for box in (self.centre, self.spread):
            box.setEnabled(kind > 0)

    # -- what a person does -----------------------------------------------------------------------
    def _choose(self) -> None:
        self._enable()
        columns = tuple(split_columns(self.columns.text()))
        kind = self.replicates.currentIndex()
        named = [box.currentText().strip() for box in (self.color, self.stroke, self.panels)]
        wrong = _first_wrong([*filter(None, named), *(columns if kind == 2 else ())], self._fields)
        self.problem.setText(wrong)
        if wrong or (kind == 2 and not columns):
            return
        pooled = Replicates(
            columns if kind == 2 else (),
            _CENTRES[self.centre.currentText()], _SPREADS[self.spread.currentText()],
        )  # fmt: skip
        color, stroke, panels = named
        self.chosen.emit(Styling(color, stroke, panels, pooled if kind else None))


def _first_wrong(columns: Sequence[str], fields: Fields) -> str:
    for column in columns:
        error = check_column(column, fields)
        if error is not None:
            return f"{column}: {error}"
    return ""


def _key(words: dict[str, Centre] | dict[str, Spread], value: object) -> str:
    return next(text for text, each in words.items() if each == value)


def _column_box(empty: str) -> QComboBox:
    box = QComboBox()
    box.setEditable(True)
    box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
    edit = box.lineEdit()
    if edit is not None:
        edit.setPlaceholderText(empty)
    return box
