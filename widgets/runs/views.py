"""The button that names the view of the runs that is shown, and its menu of views."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolButton

from widgets.dialogs import ask_line
from widgets.icons import icon
from widgets.parts import while_alive
from widgets.plain import caption, tip
from workbench import saved_views
from workbench.run_views import View
from workbench.saved_views import BUILT_IN, SavedView, Views
from workbench.session import Session

if TYPE_CHECKING:
    from workbench.bench import Workbench

_GLYPHS = {
    "All runs": "format-list-bulleted", "Running": "play-circle-outline", "Starred": "star-outline",
    "Failed": "alert-circle-outline", "Last 7 days": "calendar-week", "Archive": "archive-outline", "Trash": "trash-can-outline",
}  # fmt: skip
_LONGEST = 24


class ViewsButton(QToolButton):
    chosen = Signal(object)
    """The View that a person wants to see."""

    def __init__(self, session: Session, view: View) -> None:
        super().__init__()
        self._session = session
        self._view = view
        self._own: Views = ()
        self._name = ""
        """The own view that was chosen last, as long as it is the one that is arranged."""
        self._changes = 0
        """Counts changes when they begin and when they are done: what was read meanwhile may be older than they."""
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setProperty("menu", True)
        self.setAccessibleName("Views")
        self.setMenu(QMenu(self))
        self.menu().aboutToShow.connect(self._fill)
        session.ready.connect(self.refresh)
        self.refresh()
        self._describe()

    @property
    def own(self) -> Views:
        return self._own

    def show_view(self, view: View) -> None:
        """Tell which view is arranged now."""
        self._view = view
        built_in = next((each for each in BUILT_IN if each.is_shown_by(view)), None)
        mine = self._mine()
        if mine is not None and built_in is not None and not built_in.is_shown_by(mine.view):
            self._name = ""
        self._describe()

    def refresh(self) -> None:
        """Read the views that were saved, here or in another window."""
        begun = self._changes

        def take(views: Views) -> None:
            if self._changes == begun:
                self._take(views)

        self._session.call(_read, while_alive(self, take), lambda _error: None)

    # -- what it says -------------------------------------------------------------------------------
    def _take(self, views: Views) -> None:
        self._own = views
        self._describe()

    def _mine(self) -> SavedView | None:
        return next((each for each in self._own if each.name == self._name), None)

    def _describe(self) -> None:
        title, glyph = self._title()
        short = title if len(title) <= _LONGEST else f"{title[:_LONGEST]}…"
        self.setText(caption(short))
        self.setIcon(icon(glyph, "dim"))
        self.setToolTip(tip(f"View: {title}. Choose another one, save this one"))

    def _title(self) -> tuple[str, str]:
        mine = self._mine()
        if mine is not None:
            changed = not same(mine.view, self._view)
            return f"{mine.name}{' *' if changed else ''}", "bookmark-outline"
        built_in = next((each for each in BUILT_IN if each.is_shown_by(self._view)), None)
        if built_in is not None:
            return built_in.name, _GLYPHS[built_in.name]
        scope = next(each for each in BUILT_IN if each.scope is self._view.scope)
        return f"{scope.name}, filtered", "filter-outline"

    # -- the menu -----------------------------------------------------------------------------------
    def _fill(self) -> None:
        menu = self.menu()
        menu.clear()
        for each in BUILT_IN:
            if each.name == "Archive":
                menu.addSeparator()
            shown = self._mine() is None and each.is_shown_by(self._view)
            self._add(menu, each.name, _GLYPHS[each.name], partial(self._show, "", each.on), shown)
        menu.addSeparator()
        for own in self._own:
            show = partial(self._show, own.name, own.instead_of)
            self._add(menu, own.name, "bookmark-outline", show, own.name == self._name)
        menu.addSeparator()
        self._add(menu, "Save this view as …", "content-save-outline", self.save_as)
        mine = self._mine()
        if mine is not None:
            menu.addSeparator()
            if not same(mine.view, self._view):
                self._add(
                    menu, f"Update “{mine.name}”", "content-save-check-outline", self.update_own
                )
            self._add(menu, f"Rename “{mine.name}” …", "pencil-outline", self.rename)
            self._add(menu, f"Delete “{mine.name}”", "trash-can-outline", self.delete)
        self.refresh()

    def _add(
        self, menu: QMenu, text: str, glyph: str, do: Callable[[], None], shown: bool = False
    ) -> QAction:
        action = menu.addAction(
            icon("check" if shown else glyph, "accent" if shown else ""), caption(text)
        )
        action.triggered.connect(lambda _checked: do())
        return action

    def _show(self, name: str, made: Callable[[View], View]) -> None:
        self._name = name
        self.chosen.emit(made(self._view))
        self._describe()

    # -- what it does -------------------------------------------------------------------------------
    def save_as(self) -> None:
        mine = self._mine()
        ask_line(
            self.window(),
            "Save view",
            "Name of the view: filter, columns, order and groups as they are now",
            f"{mine.name} 2" if mine else "",
            self._save,
            lambda name: saved_views.name_problem(name, self._own),
        )

    def _save(self, name: str) -> None:
        view, name = self._view, name.strip()
        self._name = name
        self._change(
            lambda views: saved_views.saved(views, name, view),
            f"Saved the view “{name}”",
            lambda views: saved_views.without(views, name),
        )

    def update_own(self) -> None:
        mine, view = self._mine(), self._view
        if mine is not None:
            self._change(
                lambda views: saved_views.saved(views, mine.name, view),
                f"Updated the view “{mine.name}”",
                lambda views: saved_views.saved(views, mine.name, mine.view),
            )

    def rename(self) -> None:
        mine = self._mine()
        if mine is not None:
            ask_line(
                self.window(),
                "Rename view",
                f"New name of the view “{mine.name}”",
                mine.name,
                lambda new: self._rename(mine.name, new.strip()),
                lambda new: saved_views.name_problem(new, self._own, replacing=mine.name),
            )

    def _rename(self, name: str, new: str) -> None:
        self._name = new
        self._change(
            lambda views: saved_views.renamed(views, name, new),
            f"Renamed the view “{name}” to “{new}”",
            lambda views: saved_views.renamed(views, new, name),
        )

    def delete(self) -> None:
        mine = self._mine()
        if mine is not None:
            place = self._own.index(mine)
            self._name = ""
            self._change(
                lambda views: saved_views.without(views, mine.name),
                f"Deleted the view “{mine.name}”",
                lambda views: (*views[:place], mine, *views[place:]),
            )

    def _change(
        self, change: Callable[[Views], Views], what: str, back: Callable[[Views], Views]
    ) -> None:
        def done() -> None:
            self._session.notice.emit(what, lambda: self._begin(back, lambda: None))

        self._begin(change, done)

    def _begin(self, change: Callable[[Views], Views], then: Callable[[], None]) -> None:
        def done(views: Views) -> None:
            self._changes += 1
            self._take(views)

        alive = while_alive(self, done)

        def both(views: Views) -> None:
            alive(views)
            then()

        self._changes += 1
        self._session.call(
            lambda workbench: saved_views.change_views(workbench.store, change), both
        )


def same(one: View, other: View) -> bool:
    """Whether they differ in nothing but widths."""
    return replace(one, widths={}) == replace(other, widths={})


def _read(workbench: Workbench) -> Views:
    return saved_views.read_views(workbench.store)
