"""A template's code in PyTorch and in TensorFlow, side by side, scrolling together."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtGui import QColor, QGuiApplication, QSyntaxHighlighter, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QSplitter, QTextEdit, QWidget

from runners.protocol import FRAMEWORKS, Framework
from widgets import theme
from widgets.parts import button, column, label, row
from widgets.plain import shown
from workbench.code_pair import Row, Span, aligned, spans

_GAP = 0.06


class CodeSide(QWidget):
    """One of the files, with lines left empty where only the other one has something to show."""

    script_wanted = Signal(Framework)

    def __init__(self, framework: Framework, copied: Callable[[str], None]) -> None:
        super().__init__()
        self._source = ""
        self._gaps: list[int] = []
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setFont(theme.fixed_font())
        self.text.setAccessibleName(f"Code in {framework.display_name}")
        self.text.setTabChangesFocus(True)
        self._colors = Highlighter(self.text)
        self.copy = button("Copy", "content-copy", flat=True)
        self.copy.setAccessibleName(f"Copy the code in {framework.display_name}")
        self.save = button("Save as a script …", flat=True)
        self.save.setAccessibleName(f"Save as a script for {framework.display_name}")
        self.save.setToolTip("One file that trains this and needs the framework and NumPy alone")
        self.copy.clicked.connect(lambda: copied(self._source))
        self.save.clicked.connect(lambda: self.script_wanted.emit(framework))
        head = row(label(framework.display_name, "heading"), self.copy, self.save)
        head.insertStretch(1, 1)
        self.setLayout(column(head, self.text, margin=theme.SPACE, space=4))
        theme.theme().changed.connect(self._paint_gaps)

    def show_code(self, source: str, rows: list[int | None]) -> None:
        """The source, its lines in these rows."""
        self._source = source
        lines, found = source.splitlines(), spans(source)
        numbered = enumerate(rows)
        self._colors.spans = {at: found.get(line, []) for at, line in numbered if line is not None}
        self._gaps = [at for at, line in enumerate(rows) if line is None]
        self.text.setPlainText(
            "\n".join("" if line is None else shown(lines[line]) for line in rows)
        )
        self._paint_gaps()

    def _paint_gaps(self) -> None:
        colors, washes = theme.colors(), []
        form = QTextCharFormat()
        form.setBackground(theme.mixed(colors.text, colors.base, _GAP))
        form.setProperty(QTextCharFormat.Property.FullWidthSelection, True)
        for at in self._gaps:
            wash = QTextEdit.ExtraSelection()
            wash.cursor = QTextCursor(self.text.document().findBlockByNumber(at))
            wash.format = form
            washes.append(wash)
        self.text.setExtraSelections(washes)


class CodeView(QSplitter):
    script_wanted = Signal(Framework)

    def __init__(self) -> None:
        super().__init__()
        copy = QGuiApplication.clipboard().setText
        self.sides = {each: CodeSide(each, copy) for each in FRAMEWORKS}
        for side in self.sides.values():
            self.addWidget(side)
            side.script_wanted.connect(self.script_wanted)
        one, other = (side.text for side in self.sides.values())
        for bar, follower in (
            (one.verticalScrollBar(), other.verticalScrollBar()),
            (other.verticalScrollBar(), one.verticalScrollBar()),
            (one.horizontalScrollBar(), other.horizontalScrollBar()),
            (other.horizontalScrollBar(), one.horizontalScrollBar()),
        ):
            bar.valueChanged.connect(follower.setValue)
        self._shown: dict[Framework, str] = {}

    def show_code(self, code: dict[Framework, str]) -> None:
        """Show the files; the same ones stay where they are scrolled to."""
        if code == self._shown:
            return
        self._shown = code
        lines = [code[each].splitlines() for each in FRAMEWORKS]
        rows: list[Row] = aligned(*lines)
        for place, each in enumerate(FRAMEWORKS):
            self.sides[each].show_code(code[each], [pair[place] for pair in rows])


class Highlighter(QSyntaxHighlighter):
    """Colours the ``spans`` of each line, by its number."""

    def __init__(self, text: QPlainTextEdit) -> None:
        super().__init__(text.document())
        self.spans: dict[int, list[Span]] = {}
        theme.theme().changed.connect(self.rehighlight)

    def highlightBlock(self, _text: str) -> None:
        colors = theme.colors()
        shades = {
            "keyword": colors.accent,
            "string": colors.success,
            "comment": colors.dim,
            "number": colors.warning,
            "name": colors.text,
        }
        for start, length, kind in self.spans.get(self.currentBlock().blockNumber(), ()):
            form = QTextCharFormat()
            form.setForeground(QColor(shades[kind]))
            if kind == "name":
                form.setFontWeight(700)
            self.setFormat(start, length, form)
