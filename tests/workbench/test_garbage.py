"""Where Python's garbage is collected."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from workbench.garbage import GarbageCollector, collect_due


class Thing:
    """Something in a cycle, which only a collection removes."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def few() -> Iterator[None]:
    """Let a collection be due after a few objects."""
    before = gc.get_threshold()
    gc.set_threshold(10, 10, 10)
    yield
    gc.set_threshold(*before)


@pytest.mark.usefixtures("few")
def test_garbage_is_collected_on_the_thread_of_the_window_whoever_allocates(qtbot: QtBot) -> None:
    parent = QObject()
    GarbageCollector(parent)
    threads: list[int] = []
    thing = Thing()
    weakref.finalize(thing, lambda: threads.append(threading.get_ident()))
    del thing
    worker = threading.Thread(target=lambda: [[] for _ in range(100_000)])
    worker.start()
    worker.join()
    assert threads == []
    qtbot.waitUntil(lambda: bool(threads))
    assert threads == [threading.get_ident()]


@pytest.mark.usefixtures("few")
def test_nothing_is_collected_before_it_is_due() -> None:
    gc.collect()
    gc.set_threshold(100_000, 10, 10)
    removed: list[int] = []
    thing = Thing()
    weakref.finalize(thing, lambda: removed.append(1))
    del thing
    collect_due()
    assert removed == []
    gc.set_threshold(1, 10, 10)
    kept = [[] for _ in range(10)]  # more than are due
    collect_due()
    assert removed == [1]
    del kept
