"""A window on exports that ONNX Runtime runs, each in its real process, so that no framework is loaded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from storage.home import Home
from storage.store import Store
from tests.trying import digits_run, export_of
from widgets.trying.try_window import TryWindow
from workbench.session import Session

TryExports = Callable[..., TryWindow]


@pytest.fixture
def try_exports(qtbot: QtBot, session: Session, store: Store, home_path: Path) -> TryExports:
    """Opens a window on exports of these kinds (`tests.runners.export.linear.KINDS`) and waits until they are open."""

    def open_window(*kinds: str) -> TryWindow:
        home = Home(home_path)
        run = digits_run(store, home)
        exports = [export_of(store, home, run, f"{kind} {at}", kind) for at, kind in enumerate(kinds)]  # fmt: skip
        window = TryWindow(None, session)
        qtbot.addWidget(window)
        window.add_models(export_ids=[each.id for each in exports])
        window.show()
        qtbot.waitUntil(lambda: len(window.cards) == len(kinds) and all(card.facts or card.tried.problem for card in window.cards))  # fmt: skip
        return window

    return open_window
