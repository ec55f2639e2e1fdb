"""One thing to fill in: its title, the editor, and below it what it means or what is wrong with it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent, QTextLayout, QTextOption
from PySide6.QtWidgets import QWidget

from widgets import theme
from widgets.parts import Label, column, label, restyle, row, set_role, tool_button
from widgets.plain import tip

_HINT_LINES = 2
_EDITOR_HEIGHT = 28
"""Of a field, so that cells in a row stand in lines."""


class Cell(QWidget):
    """Of one height whatever it says, so that the form never jumps."""

    reset_wanted = Signal()

    def __init__(self, title: str, editor: QWidget, hint: str = "", unit: str = "") -> None:
        super().__init__()
        self.editor = editor
        editor.setMinimumHeight(_EDITOR_HEIGHT)
        self._hint = hint
        self._problem = ""
        self._title = label(title)
        self._title.setBuddy(editor)
        self._reset = tool_button("restore", f"Reset {title} to its default")
        self._reset.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        keeps_room = self._reset.sizePolicy()
        keeps_room.setRetainSizeWhenHidden(True)
        self._reset.setSizePolicy(keeps_room)
        self._reset.hide()
        self._reset.clicked.connect(self.reset_wanted)
        head = row(self._title, label(unit, "dim", scale=0.9), space=6)
        head.addStretch(1)
        head.addWidget(self._reset)
        self._note = _Note()
        self._line = row(editor, space=4)
        self.setLayout(column(head, self._line, self._note, space=3))
        editor.setAccessibleName(f"{title}, {unit}" if unit else title)
        self._show_note()

    @property
    def stops(self) -> tuple[QWidget, ...]:
        """Where the Tab key stops, in order."""
        return self.editor, self._reset

    @property
    def problem(self) -> str:
        return self._problem

    def set_note(self, text: str) -> None:
        """What stands below the editor while nothing is wrong."""
        self._hint = text
        self._show_note()

    def set_problem(self, text: str) -> None:
        """Say what is wrong, or with "" that nothing is."""
        if text == self._problem:
            return
        self._problem = text
        self.editor.setProperty("wrong", bool(text))
        restyle(self.editor)
        self._show_note()

    def add_beside(self, widget: QWidget) -> None:
        """Put something, such as a button, behind the editor."""
        self._line.addWidget(widget)

    def show_reset(self, changed: bool) -> None:
        self._reset.setVisible(changed)

    def _show_note(self) -> None:
        self._note.say(self._problem or self._hint, "error" if self._problem else "dim")
        self.editor.setAccessibleDescription(self._problem or self._hint)


class _Note(Label):
    """Two lines of small text, and all of it as the tip where that is not enough."""

    def __init__(self) -> None:
        super().__init__()
        self._full = ""
        self.setFont(theme.font(0.88))
        self.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.setFixedHeight(self.fontMetrics().lineSpacing() * _HINT_LINES + 2)
        self.setMinimumWidth(40)
        self.setProperty("role", "dim")

    def say(self, text: str, role: str) -> None:
        self._full = text
        set_role(self, role)
        self._wrap()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._wrap()

    def _wrap(self) -> None:
        """Break the text at words into the lines that there are; the last one is elided."""
        lines: list[str] = []
        layout = QTextLayout(self._full, self.font())
        layout.setTextOption(QTextOption(Qt.AlignmentFlag.AlignLeft))
        layout.beginLayout()
        while len(lines) < _HINT_LINES and (line := layout.createLine()).isValid():
            line.setLineWidth(max(40, self.width()))
            start, length = line.textStart(), line.textLength()
            last = len(lines) == _HINT_LINES - 1
            lines.append(self._full[start:] if last else self._full[start : start + length])
        layout.endLayout()
        metrics, width = self.fontMetrics(), max(40, self.width())
        shown = [
            metrics.elidedText(each.strip(), Qt.TextElideMode.ElideRight, width) for each in lines
        ]
        self.setText("\n".join(shown))
        self.setToolTip(tip(self._full) if any(each.endswith("…") for each in shown) else "")
