"""Views of the runs by name: those that are always there, and those that a person keeps in the history."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from storage.records import Scope
from workbench.run_views import View

if TYPE_CHECKING:
    from storage.store import Store

SETTING = "runs.views"


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """Says which runs are listed; how they are shown stays as it is."""

    name: str
    filter: str = ""
    scope: Scope = Scope.LISTED

    def on(self, view: View) -> View:
        return replace(view, filter=self.filter, scope=self.scope)

    def is_shown_by(self, view: View) -> bool:
        return view.filter.strip() == self.filter and view.scope is self.scope


BUILT_IN = (
    BuiltIn("All runs"),
    BuiltIn("Running", "state in (queued, starting, running, paused, stopping)"),
    BuiltIn("Starred", "starred"),
    BuiltIn("Failed", "state in (failed, killed, lost)"),
    BuiltIn("Last 7 days", "created in last 7 days"),
    BuiltIn("Archive", scope=Scope.ARCHIVED),
    BuiltIn("Trash", scope=Scope.TRASHED),
)


@dataclass(frozen=True, slots=True)
class SavedView:
    name: str
    view: View

    def instead_of(self, _view: View) -> View:
        return self.view

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, **self.view.to_json()}


Views = tuple[SavedView, ...]


def views_from_json(data: Any) -> Views:
    """The views that were written; what is none is left out, and so is a second one of a name."""
    items = data if isinstance(data, list) else []
    views: dict[str, SavedView] = {}
    for each in items:
        name = each.get("name") if isinstance(each, dict) else None
        if isinstance(name, str) and name.strip():
            views.setdefault(name, SavedView(name, View.from_json(each)))
    return tuple(views.values())


def saved(views: Views, name: str, view: View) -> Views:
    """With the view by this name, in the place of one that has it or else at the end."""
    made = SavedView(name, view)
    if any(each.name == name for each in views):
        return tuple(made if each.name == name else each for each in views)
    return (*views, made)


def renamed(views: Views, name: str, new: str) -> Views:
    """Another one of the new name leaves."""
    rest = tuple(each for each in views if each.name != new or new == name)
    return tuple(replace(each, name=new) if each.name == name else each for each in rest)


def without(views: Views, name: str) -> Views:
    return tuple(each for each in views if each.name != name)


def read_views(store: Store) -> Views:
    return views_from_json(store.setting(SETTING))


def change_views(store: Store, change: Callable[[Views], Views]) -> Views:
    """Change what is there now, which another window may have changed."""
    views = change(read_views(store))
    store.set_setting(SETTING, [each.to_json() for each in views])
    return views


def name_problem(name: str, views: Views, *, replacing: str = "") -> str:
    """Why a view cannot have the name, or "". Case does not tell two names apart."""
    wanted = name.strip().casefold()
    if not wanted:
        return "A view needs a name."
    if any(each.name.casefold() == wanted for each in BUILT_IN):
        return "A view of this name is always there."
    others = (each.name for each in views if each.name != replacing)
    if any(each.casefold() == wanted for each in others):
        return "There is a view of this name already; update or rename that one."
    return ""
