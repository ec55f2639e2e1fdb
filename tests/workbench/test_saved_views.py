from __future__ import annotations

import json
from dataclasses import replace

import pytest

from storage.records import Scope
from storage.store import Store
from workbench.run_views import View
from workbench.saved_views import (
    BUILT_IN,
    SETTING,
    SavedView,
    change_views,
    name_problem,
    read_views,
    renamed,
    saved,
    views_from_json,
    without,
)

NARROW, WIDE = View(columns=("name",), filter="lr < 1"), View(group=("template",))


def test_a_view_that_is_always_there_changes_which_runs_and_not_how_they_are_shown() -> None:
    trash = next(each for each in BUILT_IN if each.name == "Trash")
    shown = trash.on(NARROW)
    assert shown == replace(NARROW, filter="", scope=Scope.TRASHED)
    assert trash.is_shown_by(shown)
    assert not trash.is_shown_by(replace(shown, filter="lr < 1"))


def test_saving_under_a_name_that_is_there_replaces_it_in_its_place() -> None:
    views = saved(saved((), "a", NARROW), "b", WIDE)
    assert saved(views, "a", WIDE) == (SavedView("a", WIDE), SavedView("b", WIDE))
    assert without(views, "a") == (SavedView("b", WIDE),)
    assert renamed(views, "a", "c") == (SavedView("c", NARROW), SavedView("b", WIDE))


def test_views_come_back_from_json_as_they_were() -> None:
    views = (SavedView("a", NARROW), SavedView("b <x>", WIDE))
    written = json.loads(json.dumps([each.to_json() for each in views]))
    assert views_from_json(written) == views


@pytest.mark.parametrize("data", [None, 3, "x", {}, [1, {}, {"name": 1}, {"name": " "}]])
def test_what_is_no_view_is_left_out(data: object) -> None:
    assert views_from_json(data) == ()


def test_two_windows_that_save_views_keep_both(store: Store) -> None:
    change_views(store, lambda views: saved(views, "mine", NARROW))
    change_views(store, lambda views: saved(views, "theirs", WIDE))
    assert [each.name for each in read_views(store)] == ["mine", "theirs"]
    assert [each["name"] for each in store.setting(SETTING)] == ["mine", "theirs"]


@pytest.mark.parametrize("name", ["", "  ", "all RUNS", "A "])
def test_a_name_that_is_taken_or_empty_is_refused(name: str) -> None:
    assert name_problem(name, (SavedView("a", NARROW),))


def test_a_view_may_keep_its_name_when_it_is_renamed() -> None:
    assert name_problem("A", (SavedView("a", NARROW),), replacing="a") == ""
