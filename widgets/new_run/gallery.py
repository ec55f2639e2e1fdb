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
from widgets.parts import column, label

_PAD = 10
_PICTURE = 30
_HEIGHT = 50
_NARROWEST = 158


class TemplateCard(QAbstractButton):
    """The picture and the name in one thing to press; what it is stands below the cards for the chosen one."""

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
        return QSize(_NARROWEST, _HEIGHT)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_frame(painter)
        picture = QRect(_PAD, (self.height() - _PICTURE) // 2, _PICTURE, _PICTURE)
        self._picture.paint(painter, picture)
        words = self.rect().adjusted(2 * _PAD + _PICTURE, 4, -6, -4)
        painter.setFont(theme.font(bold=self.isChecked()))
        painter.setPen(QColor(theme.colors().text))
        painter.drawText(
            words, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap, self.text()
        )
        painter.end()

    def _paint_frame(self, painter: QPainter) -> None:
        colors = theme.colors()
        chosen = self.isChecked()
        border = colors.accent if chosen or self.hasFocus() else colors.border
        painter.setPen(QPen(QColor(border), 2.0 if chosen else 1.0))
        fill = theme.mixed(colors.selection, colors.base, 0.55) if chosen else QColor(colors.base)
        painter.setBrush(QColor(colors.hover) if self.underMouse() and not chosen else fill)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 8, 8)


class Gallery(QWidget):
    """Arrow keys go from card to card. Below the cards stands what the chosen one is."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Template")
        self._group = QButtonGroup(self)
        self._cards: dict[str, TemplateCard] = {}
        self._grid = FlowGrid(_NARROWEST, maximum_columns=6)
        self.said = label("", "dim", wrap=True)
        self.setLayout(column(self._grid, self.said, space=theme.SPACE))
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
        self._grid.set_items(list(self._cards.values()))
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
        down = self._grid.columns
        step = {Qt.Key.Key_Right: 1, Qt.Key.Key_Down: down, Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -down}  # fmt: skip
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
            source, year, _ = card.template.reference.partition(")")
            self.said.setText(f"{card.template.summary}. After {source}{year}.")
            self.chosen.emit(card.template.name)
