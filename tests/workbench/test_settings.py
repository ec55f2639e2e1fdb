from __future__ import annotations

import sys
from pathlib import Path

import pytest

from runners.protocol import Framework
from storage.store import Store
from workbench.settings import (
    SETTINGS,
    SettingError,
    change_setting,
    get_setting,
    interpreter_setting,
    reset_setting,
    source_setting,
)


def test_a_setting_keeps_what_was_typed_in_its_type_until_it_is_reset(store: Store) -> None:
    assert get_setting("cpu_lanes").value(store) == 1
    assert change_setting(store, "cpu_lanes", " 1 ") == 1
    name = interpreter_setting(Framework.PYTORCH)
    change_setting(store, name, sys.executable)
    assert get_setting(name).value(store) == str(Path(sys.executable).absolute())
    assert reset_setting(store, name) == ""
    assert get_setting(name).value(store) == ""


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_nonsense_is_refused_and_changes_nothing(store: Store, setting: object) -> None:
    name = getattr(setting, "name")  # noqa: B009
    before = get_setting(name).value(store)
    with pytest.raises(SettingError):
        change_setting(store, name, "/no/such/thing")
    assert get_setting(name).value(store) == before


def test_a_source_is_a_folder_that_is_there(store: Store, tmp_path: Path) -> None:
    assert change_setting(store, source_setting("fashion-mnist"), str(tmp_path)) == str(tmp_path)


def test_an_unknown_setting_is_answered_with_those_that_there_are(store: Store) -> None:
    with pytest.raises(SettingError, match="cpu_lanes"):
        change_setting(store, "color", "red")


def test_the_queue_and_the_limits_of_gpus_are_settings_that_are_checked(store: Store) -> None:
    assert change_setting(store, "queue.held", "yes") is True
    assert change_setting(store, "queue.after_failure", "hold") == "hold"
    assert change_setting(store, "limit.cuda:12", "3") == 3
    assert get_setting("limit.cuda:12").value(store) == 3
    assert get_setting("limit.mps").value(store) == 1
    for name, text in [
        ("queue.after_failure", "panic"),
        ("limit.cuda:0", "0"),
        ("limit.cuda:x", "1"),
        ("limit.", "1"),
        ("queue.held", "perhaps"),
    ]:
        with pytest.raises(SettingError):
            change_setting(store, name, text)
