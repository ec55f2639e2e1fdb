"""Runs whose accuracy follows from their learning rate, in a real history."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from runners.protocol import Framework
from storage.records import RunRecord
from storage.store import Store
from tests.examples import SPEC
from tests.widgets.conftest import MakeRun
from widgets.choices import Choices
from widgets.explain.explain_view import ExplainView
from workbench.session import Session

METRIC = "best(test/accuracy)"
MakeRuns = Callable[[int], list[RunRecord]]


@pytest.fixture
def make_runs(make_run: MakeRun, store: Store, session: Session, qtbot: QtBot) -> MakeRuns:
    """Makes so many runs, half of them of each framework with the same seeds; TensorFlow's are better by 0.02."""

    def make(count: int) -> list[RunRecord]:
        chance = np.random.default_rng(0)
        made = []
        for at in range(count):
            lr = 10 ** (-4 + 3 * (at // 2) / count)
            framework = Framework.TENSORFLOW if at % 2 else Framework.PYTORCH
            result = 0.9 - 0.1 * abs(math.log10(lr) + 3) + 0.02 * (at % 2) + chance.normal(0, 1e-3)
            parameters = {**SPEC.parameters, "rate": lr, "kind": "ab"[at // 2 % 2]}
            made.append(
                make_run(f"run {at}", framework=framework, seed=at // 2 * 37 % 101, parameters=parameters, result=result)
            )  # fmt: skip
        qtbot.waitUntil(
            lambda: sum("test/accuracy" in r.summary for r in session.runs.values()) >= count,
        )
        return made

    return make


@pytest.fixture
def view(qtbot: QtBot, session: Session, choices: Choices) -> ExplainView:
    made = ExplainView(session, choices)
    qtbot.addWidget(made)
    made.resize(900, 700)
    made.show()
    qtbot.waitExposed(made)
    return made
