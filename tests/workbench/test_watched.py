from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from runners.protocol import State
from storage.arrivals import Arrival
from storage.series import Series
from storage.store import Store
from tests.examples import SPEC
from tests.workbench.conftest import rising
from workbench import watched
from workbench.curve import Curve
from workbench.details import POINT_BYTES
from workbench.long_curve import LongCurve
from workbench.session import Session


def test_a_watched_curve_grows_and_an_unwatched_one_is_forgotten(
    qtbot: QtBot, session: Session, store: Store
) -> None:
    run = store.create_run(SPEC)
    store.append(run.id, {"loss": rising(range(100))})
    owner = QObject()
    session.watch(owner, [(run.id, "loss")])
    qtbot.waitUntil(lambda: len(session.curve(run.id, "loss")) == 100)
    store.append(run.id, {"loss": rising(range(100, 150))})
    qtbot.waitUntil(lambda: len(session.curve(run.id, "loss")) == 150)
    curve = session.curve(run.id, "loss", whole=True)
    assert list(curve.steps) == list(range(150))
    assert curve.values[149] == 14.9
    session.watch(owner, [])
    assert len(session.curve(run.id, "loss")) == 0


def test_curves_of_an_owner_that_is_gone_are_forgotten(
    qtbot: QtBot, session: Session, store: Store
) -> None:
    run = store.create_run(SPEC)
    store.append(run.id, {"loss": rising(range(10))})
    owner = QObject()
    session.watch(owner, [(run.id, "loss")])
    qtbot.waitUntil(lambda: len(session.curve(run.id, "loss")) == 10)
    owner.deleteLater()
    qtbot.waitUntil(lambda: len(session.curve(run.id, "loss")) == 0)


@pytest.mark.parametrize("until", [70, 100, 150], ids=["shorter", "as long", "longer"])
def test_a_curve_that_was_cut_and_grew_again_between_two_looks_is_exactly_the_new_one(
    qtbot: QtBot, session: Session, store: Store, until: int
) -> None:
    run = store.create_run(SPEC)
    store.append(run.id, {"loss": rising(range(100))})
    store.set_state(run.id, State.STOPPED)
    store.resume_run(run.id)
    owner = QObject()
    session.watch(owner, [(run.id, "loss")])
    qtbot.waitUntil(lambda: len(session.curve(run.id, "loss")) == 100)
    held = session.curve(run.id, "loss", whole=True)
    numbers = np.arange(50, until)
    later = Series(numbers, numbers.astype(float) + 1e6, numbers / 10)
    store.take([Arrival(run.id, {"loss": later}, rewind_to=49)])
    qtbot.waitUntil(lambda: len(held) == until and held.times[-1] >= 1e6)
    kept = store.series(run.id, "loss")
    for mine, there in zip((held.steps, held.times, held.values), kept, strict=True):
        assert mine.tolist() == there.tolist()
    assert held.generation == 1


def test_a_curve_that_a_rewind_empties_is_empty_and_grows_again(
    qtbot: QtBot, session: Session, store: Store
) -> None:
    run = store.create_run(SPEC)
    store.append(run.id, {"loss": rising(range(5, 100))})
    store.set_state(run.id, State.STOPPED)
    store.resume_run(run.id)
    owner = QObject()
    session.watch(owner, [(run.id, "loss")])
    curve = session.curve(run.id, "loss", whole=True)
    qtbot.waitUntil(lambda: len(curve) == 95)
    store.take([Arrival(run.id, rewind_to=0)])
    qtbot.waitUntil(lambda: len(curve) == 0)
    store.append(run.id, {"loss": rising(range(5, 8))})
    qtbot.waitUntil(lambda: curve.steps.tolist() == [5, 6, 7])


def test_a_long_curve_is_read_as_blocks_and_as_far_as_it_is_looked_at(
    qtbot: QtBot, session: Session, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watched, "WHOLE_POINTS", 5000)
    run = store.create_run(SPEC)
    store.append(run.id, {"loss": rising(range(20_000))})
    qtbot.waitUntil(lambda: run.id in session.runs and "loss" in session.runs[run.id].summary)
    owner = QObject()
    session.watch(owner, [(run.id, "loss")])
    curve = session.curve(run.id, "loss")
    assert isinstance(curve, LongCurve)
    qtbot.waitUntil(lambda: len(curve) == 20_000)
    assert not len(session.curve(run.id, "loss", whole=True))
    edges = np.linspace(1000.0, 1100.0, 201)
    curve.envelope("steps", edges)
    with qtbot.waitSignal(session.points_arrived):
        pass
    drawn = curve.envelope("steps", edges)
    assert drawn.x.tolist() == list(range(999, 1102))
    store.append(run.id, {"loss": rising(range(20_000, 30_000))})
    qtbot.waitUntil(lambda: len(curve) == 30_000)
    session.watch(owner, [(run.id, "loss")], whole=True)
    qtbot.waitUntil(lambda: len(session.curve(run.id, "loss", whole=True)) == 30_000)
    assert session.curve(run.id, "loss", whole=True).steps.tolist() == list(range(30_000))
    session.watch(owner, [(run.id, "loss")])
    assert not len(session.curve(run.id, "loss", whole=True))


def test_beyond_the_budget_curves_are_held_as_blocks_unless_they_are_short(
    qtbot: QtBot, session: Session, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watched, "BUDGET_BYTES", 12_000 * POINT_BYTES)
    run = store.create_run(SPEC)
    store.append(run.id, {name: rising(range(10_000)) for name in ("a", "b")})
    store.append(run.id, {"short": rising(range(100))})
    qtbot.waitUntil(lambda: run.id in session.runs and "short" in session.runs[run.id].summary)
    owner = QObject()
    session.watch(owner, [(run.id, name) for name in ("a", "b", "short")])
    kinds = [type(session.curve(run.id, name)) for name in ("a", "b", "short")]
    assert sorted(kind.__name__ for kind in kinds) == ["Curve", "Curve", "LongCurve"]
    assert kinds[2] is Curve
    for name in ("a", "b"):
        qtbot.waitUntil(lambda name=name: len(session.curve(run.id, name)) == 10_000)  # type: ignore[misc]
