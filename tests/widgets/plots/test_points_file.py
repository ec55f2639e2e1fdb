"""Saving every point, from the history, of curves that are in memory and of those that are not."""

from __future__ import annotations

import csv
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from storage.points import Series
from storage.store import Store
from tests.widgets.conftest import MakeRun
from widgets.plots.plot_curve import PlotCurve
from widgets.plots.plot_files import in_background
from widgets.plots.plot_view import PlotView
from widgets.plots.points_file import Wanted, Writing
from workbench.curve import Curve
from workbench.long_curve import LongCurve
from workbench.session import Session
from workbench.watched import WHOLE_POINTS


@pytest.fixture
def plot(qtbot: QtBot, session: Session) -> PlotView:
    view = PlotView("Loss", background=in_background(session))
    qtbot.addWidget(view)
    return view


def points_of(values: np.ndarray) -> Series:
    steps = np.arange(len(values))
    return Series(steps, steps + 0.5, values)


def rows_of(path: Path) -> list[dict[str, str]]:
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def saved(plot: PlotView, path: Path, qtbot: QtBot) -> str:
    with qtbot.waitSignal(plot.told) as told:
        plot.files.save_csv(path)
    return str(told.args[0])


def test_the_csv_holds_every_point_in_full_precision_wherever_the_view_is(
    plot: PlotView, make_run: MakeRun, store: Store, tmp_path: Path, qtbot: QtBot
) -> None:
    values = np.random.default_rng(0).normal(size=5_000)
    values[:3] = [math.nan, math.inf, -math.inf]
    first, second = make_run("one"), make_run("two, with a comma")
    store.append(first.id, {"loss": points_of(values)})
    store.append(second.id, {"val/loss": points_of(np.array([0.1, 0.2]))})
    curves = [
        PlotCurve(first, "loss", "one", Curve(), 5_000),
        PlotCurve(second, "val/loss", "two", Curve(), 2),
    ]
    plot.set_curves(curves)
    plot.set_x_window((10, 20))
    path = tmp_path / "points.csv"
    assert saved(plot, path, qtbot) == f"Saved 5,002 points to {path}"
    rows = rows_of(path)
    assert len(rows) == 5_002
    np.testing.assert_array_equal([float(row["value"]) for row in rows[:5_000]], values)
    assert [float(row["time"]) for row in rows[:2]] == [0.5, 1.5]
    assert rows[-1] == {
        "run": str(second.id), "name": "two, with a comma", "metric": "val/loss",
        "step": "1", "time": "1.5", "value": "0.2",
    }  # fmt: skip


def test_a_curve_that_is_not_in_memory_is_saved_to_its_last_point(
    plot: PlotView, make_run: MakeRun, store: Store, session: Session, tmp_path: Path, qtbot: QtBot
) -> None:
    run, count = make_run("long"), WHOLE_POINTS + 77
    store.append(run.id, {"loss": points_of(np.arange(count) / 7)})
    qtbot.waitUntil(lambda: "loss" in getattr(session.runs.get(run.id), "summary", {}))
    session.watch(plot, [(run.id, "loss")])
    curve = session.curve(run.id, "loss")
    qtbot.waitUntil(lambda: len(curve) == count)
    assert isinstance(curve, LongCurve)
    plot.set_curves([PlotCurve(session.runs[run.id], "loss", "long", curve, count)])
    path = tmp_path / "points.csv"
    assert saved(plot, path, qtbot) == f"Saved {count:,} points to {path}"
    rows = rows_of(path)
    assert [int(row["step"]) for row in rows] == list(range(count))
    assert float(rows[-1]["value"]) == (count - 1) / 7


def test_a_run_that_is_gone_is_told_and_the_file_from_before_stays(
    plot: PlotView, make_run: MakeRun, tmp_path: Path, qtbot: QtBot
) -> None:
    gone = replace(make_run("gone"), id=999)
    plot.set_curves([PlotCurve(gone, "loss", "gone", Curve(), 3)])
    path = tmp_path / "points.csv"
    path.write_text("from before")
    assert "could not be saved" in saved(plot, path, qtbot)
    assert path.read_text() == "from before"
    assert list(tmp_path.glob("*.part")) == []


def test_a_file_that_cannot_be_written_is_told_in_words(
    plot: PlotView, make_run: MakeRun, tmp_path: Path, qtbot: QtBot
) -> None:
    plot.set_curves([PlotCurve(make_run("one"), "loss", "one", Curve(), 0)])
    assert "could not be saved" in saved(plot, tmp_path / "no such folder" / "file", qtbot)


def test_what_is_cancelled_leaves_the_file_from_before(tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    path.write_text("from before")
    writing = Writing(path, [Wanted(1, "one", "loss", 1 << 20)])

    def read(run_id: int, metric: str, start: int, stop: int) -> Series:
        del run_id, metric
        if start:
            writing.cancel()
        return points_of(np.zeros(stop - start))

    writing.write(read)
    assert path.read_text() == "from before"
    assert 0 < writing.written < 1 << 20
    assert list(tmp_path.iterdir()) == [path]
