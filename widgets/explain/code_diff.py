"""A unified diff of kept code, with its added and removed lines in colour; it can be selected and copied."""

from __future__ import annotations

from PySide6.QtGui import QColor, QSyntaxHighlighter, QTextCharFormat, QTextDocument
from PySide6.QtWidgets import QPlainTextEdit

from widgets import theme
from widgets.plain import shown
from workbench.explain.difference import CodeDifference

_WASH = 0.18


class CodeDiff(QPlainTextEdit):
    def __init__(self) -> None:
        super().__init__()
        self.setReadOnly(True)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setFont(theme.fixed_font())
        self.setAccessibleName("Difference of the code")
        self._colors = _Colors(self.document())
        theme.theme().changed.connect(self._colors.rehighlight)

    def show_difference(self, found: CodeDifference) -> None:
        self.setPlainText(as_text(found))


def as_text(found: CodeDifference) -> str:
    parts = []
    for file in found.files:
        parts += [shown(each) for each in file.lines]
        if file.remark:
            parts.append(f"{file.name}: {file.remark}")
    return "\n".join([*parts, *([found.remark] if found.remark else [])])


class _Colors(QSyntaxHighlighter):
    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)

    def highlightBlock(self, text: str) -> None:
        colors, form = theme.colors(), QTextCharFormat()
        if text.startswith(("+++ ", "--- ")):
            form.setFontWeight(700)
        elif text.startswith("@@"):
            form.setForeground(QColor(colors.accent))
        elif text.startswith(("+", "-")):
            color = colors.success if text[0] == "+" else colors.error
            form.setBackground(theme.mixed(color, colors.base, _WASH))
        else:
            return
        self.setFormat(0, len(text), form)
