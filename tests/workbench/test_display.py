from __future__ import annotations

import sys

import pytest

from workbench.display import missing_display


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="there a display is always there")
def test_a_display_is_missing_only_where_no_variable_names_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert "twinbench example" in missing_display()
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert missing_display() == ""
    monkeypatch.setenv("QT_QPA_PLATFORM", "xcb")
    assert missing_display() != ""
    monkeypatch.setenv("DISPLAY", ":1")
    assert missing_display() == ""
