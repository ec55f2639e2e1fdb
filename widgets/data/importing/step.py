"""What the steps of the wizard have in common."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from runners.datasets.importing import Preview, Recipe


class Step(QWidget):
    """A page that shows a recipe and takes what is changed in it."""

    changed = Signal()
    settled = Signal()
    """What made it `busy` is over."""
    title = ""

    def show_recipe(self, recipe: Recipe, preview: Preview) -> None:
        """Show what was found and what is proposed, or was chosen before."""

    def take(self, recipe: Recipe) -> Recipe:
        """The recipe with what is chosen here."""
        return recipe

    def problem(self) -> str:
        """Why one cannot go on, or ""."""
        return ""

    @property
    def busy(self) -> bool:
        """Whether it is about to know whether one can go on."""
        return False

    def stop(self) -> None:
        """The wizard closes: end what is under way."""

    def start(self) -> None:
        """Give the keyboard to the field that is filled in first."""
        self.setFocus()
