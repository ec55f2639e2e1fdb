"""The templates as cards, one of which is chosen."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QSizePolicy, QWidget

from runners.templates import all_templates, folder_of
from runners.templates.template import Template
from widgets import theme
from widgets.flow_grid import FlowGrid

_PAD = 14
_PICTURE = 44
_HEIGHT = 96


class TemplateCard(QAbstractButton):
    """The picture, the name and what it is, in one thing to press."""

    def __init__(self, template: Template) -> None:
        super().__init__()
        self.template = template
        self._picture = QIcon(str(folder_of(template) / "icon.svg"))
        self.setCheckable(True)
        self.setText(template.title)
        self.setAccessibleName(template.title)
        self.setAccessibleDescription(template.summary)
        self.setToolTip(f"{template.summary}\n{template.reference}")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(280, _HEIGHT)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_frame(painter)
        picture = QRect(_PAD, (self.height() - _PICTURE) // 2, _PICTURE, _PICTURE)
        self._picture.paint(painter, picture)
        words = self.rect().adjusted(2 * _PAD + _PICTURE, _PAD - 2, -_PAD, -_PAD + 4)
        painter.setFont(theme.font(1.08, bold=True))
        painter.setPen(QColor(theme.colors().text))
        title = painter.fontMetrics().elidedText(
            self.text(), Qt.TextElideMode.ElideRight, words.width()
        )
        painter.drawText(words, Qt.AlignmentFlag.AlignLeft, title)
        words.setTop(words.top() + painter.fontMetrics().height() + 3)
        painter.setFont(theme.font(0.95))
        painter.setPen(QColor(theme.colors().dim))
        painter.drawText(words, Qt.TextFlag.TextWordWrap, self.template.summary)
        painter.end()

    def _paint_frame(self, painter: QPainter) -> None:
        colors = theme.colors()
        chosen = self.isChecked()
        border = colors.accent if chosen or self.hasFocus() else colors.border
        painter.setPen(QPen(QColor(border), 2.0 if chosen else 1.0))
        fill = theme.mixed(colors.selection, colors.base, 0.55) if chosen else QColor(colors.base)
        painter.setBrush(QColor(colors.hover) if self.underMouse() and not chosen else fill)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 8, 8)


class Gallery(FlowGrid):
    """Arrow keys go from card to card."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__(minimum_width=250, maximum_columns=4)
        self.setAccessibleName("Template")
        self._group = QButtonGroup(self)
        self._cards: dict[str, TemplateCard] = {}
        self._group.buttonToggled.connect(self._tell)
        self.show_templates(all_templates())

    @property
    def templates(self) -> list[Template]:
        return [card.template for card in self._cards.values()]

    def show_templates(self, templates: Sequence[Template]) -> None:
        """A card for each; the chosen one stays chosen, in the form that it has now."""
        if self._cards and list(templates) == self.templates:
            return
        chosen = self.template.name if self._cards else ""
        kept = {name: card for name, card in self._cards.items() if card.template in templates}
        for card in set(self._cards.values()) - set(kept.values()):
            self._group.removeButton(card)
            card.deleteLater()
        self._cards = {each.name: kept.get(each.name) or TemplateCard(each) for each in templates}
        for name, card in self._cards.items():
            if name not in kept:
                self._group.addButton(card)
        self.set_items(list(self._cards.values()))
        self._cards.get(chosen, next(iter(self._cards.values()))).setChecked(True)

    @property
    def template(self) -> Template:
        card = self._group.checkedButton()
        assert isinstance(card, TemplateCard)
        return card.template

    def choose(self, name: str) -> None:
        """Choose a template; one that there is not leaves the choice as it is."""
        if name in self._cards:
            self._cards[name].setChecked(True)

    def focus_chosen(self) -> None:
        self._cards[self.template.name].setFocus(Qt.FocusReason.ShortcutFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1, Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1}
        if event.key() not in step:
            super().keyPressEvent(event)
            return
        cards: list[QWidget] = list(self._cards.values())
        place = cards.index(self._cards[self.template.name]) + step[Qt.Key(event.key())]
        if 0 <= place < len(cards):
            card = cards[place]
            card.setFocus(Qt.FocusReason.TabFocusReason)
            self.choose(list(self._cards)[place])

    def _tell(self, card: QAbstractButton, checked: bool) -> None:
        if checked and isinstance(card, TemplateCard):
            self.chosen.emit(card.template.name)
