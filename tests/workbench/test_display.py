from __future__ import annotations

import socket
import sys

import pytest

from workbench.display import missing_display

pytestmark = pytest.mark.skipif(
    sys.platform in ("win32", "darwin"), reason="there a display is always there"
)


@pytest.fixture(autouse=True)
def _no_display(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)


def test_a_display_that_no_variable_names_is_missing() -> None:
    assert "DISPLAY" in missing_display()
    assert "twinbench example" in missing_display()


def test_a_platform_that_draws_without_a_display_misses_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert missing_display() == ""
    monkeypatch.setenv("QT_QPA_PLATFORM", "xcb")
    assert missing_display() != ""


def test_a_display_whose_server_listens_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", _free_x_port())) as server:
        number = server.getsockname()[1] - 6000
        monkeypatch.setenv("DISPLAY", f"127.0.0.1:{number}.0")
        assert missing_display() == ""
    assert "no X server answers there" in missing_display()


def test_a_display_of_an_unusual_form_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", "/private/tmp/launchd/org.xquartz:0")
    assert missing_display() == ""


def _free_x_port() -> int:
    for number in range(100, 1000):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", 6000 + number)):
                return 6000 + number
    raise AssertionError("no port is free")
