"""How a cell of a confusion matrix looks, wherever one is shown."""

from __future__ import annotations

from PySide6.QtGui import QColor

from widgets import theme

_STRONGEST = 0.55


def share_color(share: float, *, right: bool) -> QColor:
    """``share`` (0 to 1) of the row: what is right in one colour, what is wrong in another."""
    colors = theme.colors()
    return theme.mixed(
        colors.accent if right else colors.error, colors.base, _STRONGEST * share**0.5
    )


def change_color(change: float, *, right: bool) -> QColor:
    """``change`` (-1 to 1 of the largest one): better than the base run in one colour, worse in another."""
    colors = theme.colors()
    better = (change > 0) == right
    tint = colors.accent if better else colors.error
    return theme.mixed(tint, colors.base, _STRONGEST * min(1.0, abs(change)) ** 0.5)


def cell_tip(truth: str, given: str, count: int, share: float) -> str:
    return f"{truth} taken for {given}: {count:,} ({share:.1%} of {truth})"
