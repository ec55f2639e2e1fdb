"""Whether there is a display that a window can be opened on."""

from __future__ import annotations

import os
import re
import socket
import sys
from collections.abc import Iterator

_WITHOUT_DISPLAY = ("offscreen", "minimal", "vnc", "linuxfb", "eglfs")
"""Platforms of Qt that draw without one."""
_X_DISPLAY = re.compile(r"(?P<host>[^/:]*):(?P<number>\d{1,4})(\.\d+)?")
_X_SOCKET = "/tmp/.X11-unix/X"
_X_PORT = 6000
_ANSWER_SECONDS = 3.0


def missing_display() -> str:
    """Why no window can be opened, or "". Windows and macOS always have a display.

    Asked before Qt is, since Qt aborts the process where the display does not answer.
    """
    if sys.platform in ("win32", "darwin", "cygwin") or os.environ.get("WAYLAND_DISPLAY"):
        return ""
    if os.environ.get("QT_QPA_PLATFORM", "").partition(":")[0] in _WITHOUT_DISPLAY:
        return ""
    name = os.environ.get("DISPLAY", "")
    if name and _answers(name):
        return ""
    why = (
        f"DISPLAY is {name}, but no X server answers there"
        if name
        else "there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set)"
    )
    return (
        f"{why}, so no window; everything can be done from here too: `twinbench --help`, "
        "or `twinbench example` to begin"
    )


def _answers(name: str) -> bool:
    """Whether an X server listens under the name; one of an unusual form is believed."""
    match = _X_DISPLAY.fullmatch(name)
    if not match:
        return True
    return any(_connects(*where) for where in _addresses(match["host"], int(match["number"])))


def _addresses(host: str, number: int) -> Iterator[tuple[int, str | tuple[str, int]]]:
    """Where a server of that name may listen, after `X(7)`."""
    if host in ("", "unix", "localhost") and sys.platform != "win32":
        yield socket.AF_UNIX, f"{_X_SOCKET}{number}"
        yield socket.AF_UNIX, f"\0{_X_SOCKET}{number}"
    yield socket.AF_INET, (host or "localhost", _X_PORT + number)


def _connects(family: int, address: str | tuple[str, int]) -> bool:
    with socket.socket(family, socket.SOCK_STREAM) as connection:
        connection.settimeout(_ANSWER_SECONDS)
        try:
            connection.connect(address)
        except OSError:
            return False
    return True
