"""Colours for what curves have in common: one of the palette for each kind, or a place on a scale of numbers."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QColor, QLinearGradient

from widgets import theme

_VIRIDIS = (
    "#440154", "#472D7B", "#3B528B", "#2C728E", "#21918C", "#28AE80", "#5EC962", "#ADDC30", "#FDE725",
)  # fmt: skip
"""Even in lightness for every colour vision (Smith and van der Walt, 2015)."""
_PART = {"dark": (0.22, 1.0), "light": (0.0, 0.86)}
"""Of the scale, what stands out from the colour behind data."""


@dataclass(frozen=True, slots=True)
class Tint:
    """A colour of the palette by its ``index``, else the ``place`` (0 to 1) on the scale, else the grey of what is missing."""

    index: int | None = None
    place: float | None = None

    def color(self) -> QColor:
        if self.index is not None:
            return theme.run_color(self.index)
        return QColor(theme.colors().dim) if self.place is None else scale_color(self.place)


def scale_color(place: float) -> QColor:
    low, high = _PART[theme.colors().scheme]
    at = (low + (high - low) * min(1.0, max(0.0, place))) * (len(_VIRIDIS) - 1)
    left = min(int(at), len(_VIRIDIS) - 2)
    return theme.mixed(_VIRIDIS[left + 1], _VIRIDIS[left], at - left)


def scale_gradient(left: float, right: float) -> QLinearGradient:
    """The scale from one place to another, in pixels."""
    gradient = QLinearGradient(left, 0, right, 0)
    for step in range(17):
        gradient.setColorAt(step / 16, scale_color(step / 16))
    return gradient
