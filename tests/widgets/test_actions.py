from __future__ import annotations

from collections import Counter

from PySide6.QtGui import QKeySequence

from widgets import actions
from widgets.actions import ENTRIES, RUN_MENU, TOOLBAR
from widgets.commands import Commands


def test_no_two_actions_share_a_name_a_text_or_a_key() -> None:
    for each in ("name", "text"):
        counted = Counter(getattr(entry, each) for entry in ENTRIES)
        assert max(counted.values()) == 1, counted.most_common(1)
    keys = Counter(QKeySequence(entry.keys).toString() for entry in ENTRIES if entry.keys)
    assert max(keys.values()) == 1, keys.most_common(1)


def test_every_key_is_one_that_qt_knows() -> None:
    for entry in ENTRIES:
        if entry.keys:
            assert QKeySequence(entry.keys).toString(), entry.name


def test_bars_and_menus_name_actions_that_there_are() -> None:
    names = {entry.name for entry in ENTRIES}
    assert {name for name in (*TOOLBAR, *RUN_MENU) if name} <= names
    assert names >= actions._NEW_SECTION


def test_every_action_asks_something_that_the_commands_can_do() -> None:
    asked: list[str] = []

    class Noting:
        def __getattr__(self, name: str) -> object:
            asked.append(name)
            return lambda *_: None

    for entry in ENTRIES:
        entry.do(Noting())  # type: ignore[arg-type]
    assert len(asked) == len(ENTRIES)
    assert all(callable(getattr(Commands, name)) for name in asked)
