"""Whether there is a display that a window can be opened on."""

from __future__ import annotations

import os
import sys

_WITHOUT_DISPLAY = ("offscreen", "minimal", "vnc", "linuxfb", "eglfs")
"""Platforms of Qt that draw without one."""


def missing_display() -> str:
    """Why no window can be opened, or "". Windows and macOS always have a display."""
    if sys.platform in ("win32", "darwin", "cygwin"):
        return ""
    if os.environ.get("QT_QPA_PLATFORM", "").partition(":")[0] in _WITHOUT_DISPLAY:
        return ""
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        return ""
    return (
        "there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set), so no window; "
        "everything can be done from here too: `twinbench --help`, or `twinbench example` to begin"
    )
