"""Duels as the store has them, with results as real ones have them, and the view on them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from runners.datasets import prepare_dataset
from tests.workbench.duel import made
from widgets.choices import Choices
from widgets.duel.duel_view import DuelView
from widgets.duel.reading import Reading, reading
from workbench.duel.match import Match
from workbench.duel.results import Results
from workbench.duel.weights import DEFAULT, PROFILES
from workbench.session import Session

MATCH = Match(
    "mlp",
    "digits",
    (made.TORCH, made.FUNCTION),
    (0, 1, 2),
    {"epochs": 1, "hidden_widths": (8,)},
    "cpu",
)


@pytest.fixture
def results() -> Results:
    """A duel of five that went well."""
    return made.results()


@pytest.fixture
def judged() -> Callable[[Results], Reading]:
    return lambda found: reading(found, PROFILES[DEFAULT])


@pytest.fixture
def unproved(results: Results) -> Results:
    """The same, where the third contestant is another model."""
    wrong = {"float32": 0.3, "float64": 0.3}
    proofs = [replace(p, output_difference=wrong) if p.contestant == 2 else p for p in results.proofs]  # fmt: skip
    return replace(results, proofs=tuple(proofs))


@pytest.fixture
def view(qtbot: QtBot, session: Session, choices: Choices, home_path: Path) -> DuelView:
    prepare_dataset("digits", home_path / "datasets")
    made_view = DuelView(session, choices)
    qtbot.addWidget(made_view)
    made_view.resize(900, 640)
    made_view.show()
    return made_view
