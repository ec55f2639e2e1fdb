"""Who takes part in a duel: every way in which the frameworks train, to tick, each with parameters of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QLineEdit, QWidget

from runners.parameters import Parameter, complete
from runners.protocol import MODES, Framework, Mode
from widgets import plain, theme
from widgets.parts import label, restyle, set_role, tool_button
from widgets.text import capital
from workbench.duel.match import Contestant

_FIRST = ((Framework.PYTORCH, Mode.EAGER), (Framework.TENSORFLOW, Mode.GRAPH))
"""What most people who use either framework run."""
_HINTS = {
    (Framework.PYTORCH, Mode.EAGER): "Every operation by itself",
    (Framework.PYTORCH, Mode.GRAPH): "The model is compiled first",
    (Framework.TENSORFLOW, Mode.EAGER): "Every operation by itself",
    (Framework.TENSORFLOW, Mode.GRAPH): "A step becomes a graph first",
    (Framework.TENSORFLOW, Mode.XLA): "The graph is compiled",
    (Framework.TENSORFLOW, Mode.FIT): "The loop is Keras's own",
}
_NEXT_PARAMETER = re.compile(r"(?:[,;]\s*|\s+)(?=\w+\s*=)")
_EXAMPLE = "its own parameters, such as learning_rate=0.01"


class _Row:
    """One contestant: a tick, what it is, parameters of its own, and what is wrong with them."""

    def __init__(self, framework: Framework, mode: Mode, *, extra: bool) -> None:
        self.framework, self.mode, self.extra = framework, mode, extra
        name = Contestant(framework, mode).name
        self.tick = QCheckBox(f"{name} again" if extra else name)
        self.tick.setChecked(extra or (framework, mode) in _FIRST)
        self.hint = label("", "dim", scale=0.92)
        self.own = QLineEdit()
        self.own.setPlaceholderText(_EXAMPLE)
        self.own.setAccessibleName(f"Parameters of {name} alone")
        glyph, tip = ("close", f"Leave {name} out") if extra else ("plus", f"Let {name} take part once more, with other parameters")  # fmt: skip
        self.other = tool_button(glyph, tip)
        self.show_hint("")

    def show_hint(self, missing: str) -> None:
        """What it does or, in red, why it cannot take part here."""
        text = "" if self.extra else _HINTS[self.framework, self.mode]
        self.hint.setText("Not installed" if missing else text)
        self.hint.setToolTip(plain.tip(missing))
        set_role(self.hint, "error" if missing else "dim")

    def contestant(self) -> Contestant:
        """With its parameters as typed. Raises ValueError."""
        return Contestant(self.framework, self.mode, own_parameters(self.own.text()))

    def show_problem(self, text: str) -> None:
        self.own.setToolTip(plain.tip(text))
        self.own.setAccessibleDescription(text)
        if bool(self.own.property("wrong")) != bool(text):
            self.own.setProperty("wrong", bool(text))
            restyle(self.own)


class Contestants(QWidget):
    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._declared: Sequence[Parameter] = ()
        self._missing: dict[Framework, str] = {}
        self.rows = [_Row(framework, mode, extra=False) for framework in MODES for mode in MODES[framework]]  # fmt: skip
        self.problem = label("", "error", wrap=True)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(2 * theme.SPACE)
        self._grid.setVerticalSpacing(theme.SPACE // 2)
        self._grid.setColumnStretch(2, 1)
        for each in self.rows:
            self._connect(each)
        self._place()

    # -- what a person chose ------------------------------------------------------------------------
    def show_parameters(self, declared: Sequence[Parameter]) -> None:
        """Those that a contestant may have values of its own for."""
        self._declared = declared

    def contestants(self) -> tuple[Contestant, ...]:
        """Those that are ticked, in their order. Raises ValueError, and shows in which field what is wrong."""
        found, problems = [], []
        for each in self.rows:
            each.show_problem("")
            if not each.tick.isChecked():
                continue
            try:
                found.append(self._checked(each.contestant()))
            except ValueError as error:
                each.show_problem(str(error))
                problems.append(str(error))
        if problems:
            raise ValueError("\n".join(problems))
        return tuple(found)

    def show_problem(self, text: str) -> None:
        """Say below them what is wrong with the contestants, or with "" that nothing is."""
        self.problem.setText(capital(text))
        self.problem.setVisible(bool(text))

    def set_contestants(self, contestants: Sequence[Contestant]) -> None:
        """Tick these and no others."""
        for each in [each for each in self.rows if each.extra]:
            self._drop(each)
        free = {(each.framework, each.mode): each for each in self.rows}
        for each in self.rows:
            each.tick.setChecked(False)
            each.own.clear()
        for contestant in contestants:
            kind = contestant.framework, contestant.mode
            place = free.pop(kind, None) or self.add(*kind)
            place.tick.setChecked(True)
            place.own.setText(self._text(contestant))

    def add(self, framework: Framework, mode: Mode) -> _Row:
        """A row for the same once more, with other parameters."""
        made = _Row(framework, mode, extra=True)
        last = max(at for at, each in enumerate(self.rows) if (each.framework, each.mode) == (framework, mode))  # fmt: skip
        self.rows.insert(last + 1, made)
        self._connect(made)
        self._place()
        made.own.setFocus()
        self.changed.emit()
        return made

    def show_missing(self, missing: Mapping[Framework, str]) -> None:
        """Why frameworks are not there; what is not installed is reported by the duel as such."""
        self._missing = dict(missing)
        for each in self.rows:
            each.show_hint(self._missing.get(each.framework, ""))

    def _checked(self, contestant: Contestant) -> Contestant:
        """With its parameters in their types. Raises ValueError."""
        values, wrong = complete(self._declared, contestant.parameters)
        if wrong:
            raise ValueError("; ".join(wrong.values()))
        return replace(contestant, parameters={name: values[name] for name in contestant.parameters})  # fmt: skip

    def _text(self, contestant: Contestant) -> str:
        formats = {each.name: each.format for each in self._declared}
        return ", ".join(
            f"{name}={formats.get(name, str)(value)}" for name, value in contestant.parameters.items()
        )  # fmt: skip

    # -- parts ------------------------------------------------------------------------------------
    def _connect(self, made: _Row) -> None:
        made.tick.toggled.connect(self.changed)
        made.own.textChanged.connect(lambda text: made.tick.setChecked(bool(text) or made.tick.isChecked()))  # fmt: skip
        made.own.textChanged.connect(self.changed)
        made.show_hint(self._missing.get(made.framework, ""))
        if made.extra:
            made.other.clicked.connect(lambda: self._drop(made))
        else:
            made.other.clicked.connect(lambda: self.add(made.framework, made.mode))

    def _drop(self, gone: _Row) -> None:
        self.rows.remove(gone)
        for widget in (gone.tick, gone.hint, gone.own, gone.other):
            self._grid.removeWidget(widget)
            widget.deleteLater()
        self._place()
        self.changed.emit()

    def _place(self) -> None:
        for at, each in enumerate(self.rows):
            for column, widget in enumerate((each.tick, each.hint, each.own, each.other)):
                self._grid.addWidget(widget, at, column)
        self._grid.addWidget(self.problem, len(self.rows), 0, 1, 4)
        chain = [widget for each in self.rows for widget in (each.tick, each.own, each.other)]
        for before, after in pairwise(chain):
            QWidget.setTabOrder(before, after)


def own_parameters(text: str) -> dict[str, str]:
    """``learning_rate=0.01, layers=128, 64`` by name, as typed. Raises ValueError."""
    found: dict[str, str] = {}
    for part in _NEXT_PARAMETER.split(text.strip().rstrip(",;")):
        name, equals, value = (word.strip() for word in part.partition("="))
        if part and not (name and equals and value):
            raise ValueError(f"write it as name=value, such as learning_rate=0.01, not {part!r}")
        if part:
            found[name] = value
    return found
