"""The colours that runs can have, to choose from."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu, QWidget

from widgets.icons import run_icon
from widgets.theme import colors


def color_menu(parent: QWidget, now: int | None, choose: Callable[[int], object]) -> QMenu:
    """A menu of the palette, which is deleted when it is closed. ``now`` is the colour in use, if it is one."""
    menu = QMenu(parent)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    count = len(colors().runs)
    for index in range(count):
        number = f"&{index + 1}" if index < 9 else "1&0" if index == 9 else f"{index + 1}"
        action = menu.addAction(run_icon(index), f"Colour {number}")
        if now is not None and index == now % count:
            action.setText(f"{action.text()}\tnow")
        action.triggered.connect(lambda _checked, index=index: choose(index))
    return menu
