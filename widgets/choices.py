"""What a person chose in the window and would choose again: kept in the home, so that homes do not mix."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QByteArray, QSettings, QSize

T = TypeVar("T", str, int, bool, QByteArray, QSize)


class Choices:
    """Named values in ``window.ini``. A value of another type than the default's counts as missing."""

    def __init__(self, path: Path) -> None:
        self._settings = QSettings(str(path), QSettings.Format.IniFormat)

    def get(self, name: str, default: T) -> T:
        value = self._settings.value(name, default, type(default))
        return value if isinstance(value, type(default)) else default

    def set(self, name: str, value: T) -> None:
        self._settings.setValue(name, value)

    def save(self) -> None:
        self._settings.sync()
