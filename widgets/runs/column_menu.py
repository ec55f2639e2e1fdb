"""What can be done with a column of the table of runs, as a menu. Every choice is another view."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from widgets.icons import icon
from widgets.plain import caption
from widgets.runs.columns import NAME, Kind, column
from workbench.run_views import Shown, View

Change = Callable[[View], None]
_SHOWN = {Shown.MEAN: "Mean", Shown.MINIMUM: "Smallest", Shown.MAXIMUM: "Largest"}


def column_menu(
    parent: QWidget,
    view: View,
    term: str | None,
    number: bool,
    change: Change,
    choose: Callable[[], None],
    fold: Callable[[bool], None],
    save: Callable[[], None],
) -> QMenu:
    """For a column, or for the place beside them. ``change`` gets the view as it is to be, ``fold`` whether to collapse all groups."""
    menu = QMenu(parent)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    if term is not None:
        _add_sort(menu, view, term, change)
        _add_place(menu, view, term, change)
        _add_looks(menu, view, term, number, change)
    if view.group:
        _add(menu, "Expand all groups", lambda: fold(False))
        _add(menu, "Collapse all groups", lambda: fold(True))
        _add(menu, "Do not group", lambda: change(replace(view, group=())))
        menu.addSeparator()
    _add(menu, "Choose columns …", choose, "view-column-outline")
    _add(menu, "Save the listed runs as CSV …", save, "download-outline")
    return menu


def _add_sort(menu: QMenu, view: View, term: str, change: Change) -> None:
    for words, glyph, down in (
        ("Sort ascending", "sort-ascending", False),
        ("Sort descending", "sort-descending", True),
    ):
        _add(menu, words, partial(_sort, change, view, term, down, False), glyph)
    if view.sort and [each.column for each in view.sort] != [term]:
        then = menu.addMenu("Then by this")
        for words, down in (("Ascending", False), ("Descending", True)):
            _add(
                then,
                words,
                partial(_sort, change, view, term, down, True),
            )
    if view.sort:
        _add(menu, "Newest first again", lambda: change(replace(view, sort=())))
    menu.addSeparator()


def _sort(change: Change, view: View, term: str, down: bool, add: bool) -> None:
    change(view.sorted_by(term, descending=down, add=add))


def _aggregate(change: Change, view: View, term: str, shown: Shown, _on: bool) -> None:
    change(view.aggregated(term, shown))


def _add_place(menu: QMenu, view: View, term: str, change: Change) -> None:
    _check(menu, "Pin at the left", term in view.pinned, lambda on: change(view.pin(term, on)))
    _check(
        menu,
        f"Group by {column(term).title}",
        term in view.group,
        lambda on: change(view.grouped_by(term, on)),
    )
    if len(view.columns) > 1 and term != NAME:
        _add(menu, "Hide", lambda: change(view.without(term)), "eye-off-outline")


def _add_looks(menu: QMenu, view: View, term: str, number: bool, change: Change) -> None:
    if number and column(term).kind is not Kind.MOMENT:
        on = term in view.scales
        _check(menu, "Colour scale", on, lambda on: change(view.scaled(term, on)))
        if view.group:
            figures = menu.addMenu("In the rows of groups")
            now = view.aggregates.get(term, Shown.MEAN)
            for each, words in _SHOWN.items():
                _check(
                    figures,
                    words,
                    each is now,
                    partial(_aggregate, change, view, term, each),
                )
    menu.addSeparator()


def _add(menu: QMenu, words: str, act: Callable[[], None], glyph: str = "") -> QAction:
    action = menu.addAction(caption(words))
    if glyph:
        action.setIcon(icon(glyph))
    action.triggered.connect(lambda _=False: act())
    return action


def _check(menu: QMenu, words: str, on: bool, act: Callable[[bool], None]) -> None:
    action = menu.addAction(caption(words))
    action.setCheckable(True)
    action.setChecked(on)
    action.triggered.connect(act)
