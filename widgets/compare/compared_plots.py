"""Which plots a comparison has, of which runs and metrics, and which of their curves are read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject

from storage.records import RunRecord, is_system
from widgets.compare.styling import CurveMaker, Styling
from widgets.plots.plot_curve import PlotCurve
from widgets.plots.plot_grid import PlotGrid, PlotSpec
from workbench import metrics
from workbench.replicates import words
from workbench.session import Session

_READ_AT_FIRST = 8
"""So many plots are read before it is known which of them are on the screen."""
_SHOWN_AT_FIRST = ("loss", "train/loss", "val/loss", "train/accuracy", "val/accuracy")


@dataclass(frozen=True, slots=True)
class _Panel:
    """What a plot is of: one metric first, then those dragged onto it."""

    metrics: tuple[str, ...]
    runs: tuple[int, ...]


class ComparedPlots(QObject):
    """Only what is on the screen is read; a plot that is scrolled to gets its curves then."""

    def __init__(self, session: Session, grid: PlotGrid) -> None:
        super().__init__(grid)
        self._session, self._grid = session, grid
        self._panels: dict[str, _Panel] = {}
        self._curves: dict[str, dict[tuple[int, str], PlotCurve]] = {}
        self._names: set[str] = set()
        self._maker: CurveMaker | None = None
        self._style = Styling()

    @property
    def metrics_of(self) -> dict[str, tuple[str, ...]]:
        """The metrics of each plot, whether it is shown or not."""
        return {key: panel.metrics for key, panel in self._panels.items()}

    def show(self, runs: Sequence[RunRecord], style: Styling, baseline: int | None) -> CurveMaker:
        """Returns how the runs are told apart."""
        self._style = style
        self._maker = CurveMaker(self._session, runs, style, baseline)
        self._names = {name for run in runs for name in run.summary}
        names = metrics.in_order(self._names)
        self._grid.toolbar.offer_x(names)
        specs = [spec for name in names for spec in self._specs(name, runs)]
        wanted = [spec.metric for spec in specs if self._grid.wants(spec)]
        seen = set(self._grid.in_sight) if self._grid.plots else set(wanted[:_READ_AT_FIRST])
        self._read(seen.intersection(wanted))
        self._grid.show_specs(
            [
                replace(spec, curves=list(self._curves.get(spec.metric, {}).values()))
                for spec in specs
            ]
        )
        return self._maker

    def take_changed(self, changed: Sequence[RunRecord]) -> bool:
        """Take up what changed of runs that are shown: the cost is theirs. False where plots come or go, which is for `show`."""
        if self._maker is None or self._style.by_columns or any(
            run.trashed is not None or not self._names.issuperset(run.summary) for run in changed
        ):  # fmt: skip
            return False
        for key, curves in self._curves.items():
            if _renew(curves, changed):
                self._grid.update_curves(key, list(curves.values()))
        return True

    def read_those_in_sight(self) -> None:
        if self._maker is None:
            return
        self._read(set(self._grid.in_sight))
        for key in self._grid.plots:
            self._grid.update_curves(key, list(self._curves.get(key, {}).values()))

    # -- plots --------------------------------------------------------------------------------------
    def _specs(self, name: str, runs: Sequence[RunRecord]) -> list[PlotSpec]:
        """The plot of a metric, or one for each value of the column that parts them, without their curves."""
        assert self._maker is not None
        shown = _shown_at_first(name, runs)
        parts = self._maker.panels
        if parts is None:
            return [self._spec(name, name, tuple(run.id for run in runs), shown, "")]
        by_value: dict[str, list[int]] = {}
        for run in runs:
            by_value.setdefault(words(parts.values.get(run.id)), []).append(run.id)
        return [
            self._spec(f"{name} · {parts.column}={value}", name, tuple(ids), shown, f"{parts.column}={value}")
            for value, ids in by_value.items()
        ]  # fmt: skip

    def _spec(self, key: str, name: str, ids: tuple[int, ...], shown: bool, part: str) -> PlotSpec:
        own = self._grid.options(key)
        extra = tuple(run_id for run_id in own.runs if run_id in self._session.runs)
        names = tuple(dict.fromkeys((name, *own.metrics)))
        self._panels[key] = _Panel(names, tuple(dict.fromkeys((*ids, *extra))))
        title = ", ".join(map(metrics.title, names)) + (f" · {part}" if part else "")
        return PlotSpec(key, (), shown, title, names)

    # -- curves -------------------------------------------------------------------------------------
    def _read(self, keys: set[str]) -> None:
        settings = self._grid.settings
        x_metric, whole = settings.x_metric, settings.needs_all_points
        drawn = {key: self._drawn(self._panels[key]) for key in keys & self._panels.keys()}
        wanted = {(run.id, name) for pairs in drawn.values() for run, name in pairs}
        if x_metric:
            wanted |= {(run.id, x_metric) for pairs in drawn.values() for run, _ in pairs}
        self._session.watch(self, wanted, whole=whole)
        assert self._maker is not None
        self._curves = {}
        for key, pairs in drawn.items():
            names = self._panels[key].metrics
            self._curves[key] = {
                (run.id, name): self._maker.curve(
                    run, name, place=names.index(name), among=len(names), x_metric=x_metric, whole=whole
                )
                for run, name in pairs
            }  # fmt: skip

    def _drawn(self, panel: _Panel) -> list[tuple[RunRecord, str]]:
        known = self._session.runs
        runs = [known[run_id] for run_id in panel.runs if run_id in known]
        return [(run, name) for name in panel.metrics for run in runs if name in run.summary]


def _renew(curves: dict[tuple[int, str], PlotCurve], runs: Sequence[RunRecord]) -> bool:
    """Put newer records into the curves; returns whether there was one to put in."""
    changed = False
    for run in runs:
        for metric in run.summary:
            known = curves.get((run.id, metric))
            if known is not None:
                name = known.name.replace(known.run.name, run.name, 1)
                count = run.summary[metric].count
                curves[run.id, metric] = replace(known, run=run, name=name, known=count)
                changed = True
    return changed


def _shown_at_first(name: str, runs: Sequence[RunRecord]) -> bool:
    """Losses and accuracies that change; a metric of one point is in the table."""
    longest = max((run.summary[name].count for run in runs if name in run.summary), default=0)
    return name in _SHOWN_AT_FIRST or (
        longest > 1
        and not is_system(name)
        and name not in ("lr", "samples_per_s", "epoch_s")
        and not name.startswith("test/")
    )
