"""Keys that a field keeps for itself."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent
from PySide6.QtGui import QKeyEvent


def claims(event: QEvent, wanted: Callable[[QKeyEvent], bool]) -> bool:
    """Whether Qt asks if the field wants a key that is a shortcut of the window too, and it does."""
    if event.type() != QEvent.Type.ShortcutOverride or not isinstance(event, QKeyEvent):
        return False
    if wanted(event):
        event.accept()
        return True
    return False
