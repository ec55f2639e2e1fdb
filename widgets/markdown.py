"""Markdown as a person wrote it, shown without anything that a text from a file should not do.

Raw HTML is text, no picture is loaded from anywhere, and a link opens only when its address was read and agreed to.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, QUrl, Signal
from PySide6.QtGui import (
    QColor,
    QDesktopServices,
    QFont,
    QImage,
    QMouseEvent,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextFragment,
    QTextFrameFormat,
    QTextOption,
    QTextTable,
)
from PySide6.QtWidgets import QFrame, QMessageBox, QSizePolicy, QTextBrowser, QWidget

from widgets.dialogs import message_box
from widgets.plain import shown
from widgets.theme import colors, font, theme

_MOST = 100_000
"""Characters that are laid out; of a longer text the rest is only in the editor."""
_FEATURES = (
    QTextDocument.MarkdownFeature.MarkdownDialectGitHub
    | QTextDocument.MarkdownFeature.MarkdownNoHTML
)


class MarkdownView(QTextBrowser):
    """As tall as its text. A click that is on no link and selects nothing asks for the editor."""

    edit_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._text = ""
        self.setProperty("role", "text")
        self.setOpenLinks(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFont(font())
        self.document().setDocumentMargin(0)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        for set_policy in (self.setVerticalScrollBarPolicy, self.setHorizontalScrollBarPolicy):
            set_policy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(False)
        self.anchorClicked.connect(self._ask)
        self.document().documentLayout().documentSizeChanged.connect(self._fit)
        theme().changed.connect(self._render)

    @property
    def markdown(self) -> str:
        return self._text

    def show_markdown(self, text: str) -> None:
        if text != self._text:
            self._text = text
            self._render()

    def _render(self) -> None:
        text = shown(self._text[:_MOST])
        more = "\n\n…" if len(self._text) > _MOST else ""
        self.document().setMarkdown(text + more, _FEATURES)
        _calm_headings(self.document())
        _calm_tables(self.document())
        _name_pictures(self.document())
        self._fit()

    def _fit(self) -> None:
        self.setFixedHeight(
            max(self.fontMetrics().height(), round(self.document().size().height()))
        )

    def sizeHint(self) -> QSize:
        return QSize(120, self.height())

    def minimumSizeHint(self) -> QSize:
        return QSize(20, self.height())

    def loadResource(self, _kind: int, _name: QUrl | str) -> object:
        """Something that is not null, since Qt would else look for a file of that name."""
        return QImage(1, 1, QImage.Format.Format_ARGB32_Premultiplied)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        idle = not self.textCursor().hasSelection() and not self.anchorAt(
            event.position().toPoint()
        )
        if event.button() is Qt.MouseButton.LeftButton and idle:
            self.edit_wanted.emit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit()

    def _ask(self, address: QUrl) -> None:
        ask_to_open(self, address)


def ask_to_open(parent: QWidget, address: QUrl) -> None:
    """Show where a link leads; http and https open in the browser when that is agreed to."""
    text = address.toString()
    allowed = address.scheme() in ("http", "https") and bool(address.host())
    title = "Open this address?" if allowed else "This link is not opened"
    more = text if allowed else f"{text}\n\nOnly addresses that begin with http:// or https:// are."
    box = message_box(parent, "Link", title, more)
    if allowed:
        button = QMessageBox.StandardButton
        box.setStandardButtons(button.Open | button.Cancel)
        box.setDefaultButton(button.Cancel)
        box.accepted.connect(lambda: QDesktopServices.openUrl(address))
    box.open()


def _calm_headings(document: QTextDocument) -> None:
    """Headings of a note stand in a narrow panel: half as large as those of a page."""
    block = document.begin()
    while block.isValid():
        level = block.blockFormat().headingLevel()
        if level:
            cursor = QTextCursor(block)
            cursor.select(QTextCursor.SelectionType.BlockUnderCursor)
            look = cursor.charFormat()
            look.setProperty(QTextFormat.Property.FontSizeAdjustment, 1 if level == 1 else 0)
            look.setFontWeight(QFont.Weight.DemiBold)
            cursor.mergeCharFormat(look)
        block = block.next()


def _calm_tables(document: QTextDocument) -> None:
    """Thin lines in the theme's colour: Qt's own are doubled, and white where it is dark."""
    for table in document.rootFrame().childFrames():
        if isinstance(table, QTextTable):
            look = table.format().toTableFormat()
            look.setBorderCollapse(True)
            look.setBorder(1)
            look.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
            look.setBorderBrush(QColor(colors().border))
            look.setCellSpacing(0)
            look.setCellPadding(4)
            table.setFormat(look)


def _name_pictures(document: QTextDocument) -> None:
    """Put the words and the address of each picture where it would be."""
    for fragment in reversed(_pictures(document)):
        picture = fragment.charFormat().toImageFormat()
        words = picture.property(QTextFormat.Property.ImageAltText) or "picture"
        cursor = QTextCursor(document)
        cursor.setPosition(fragment.position())
        cursor.setPosition(fragment.position() + fragment.length(), QTextCursor.MoveMode.KeepAnchor)
        link = QTextCursor(document).charFormat()
        link.setAnchor(True)
        link.setAnchorHref(picture.name())
        cursor.insertText(f"[{str(words).strip()}]", link)


def _pictures(document: QTextDocument) -> list[QTextFragment]:
    found = []
    block = document.begin()
    while block.isValid():
        place = block.begin()
        while not place.atEnd():
            if place.fragment().charFormat().isImageFormat():
                found.append(place.fragment())
            place += 1
        block = block.next()
    return found
