"""What a person chose about how compared runs are drawn, and the curves that follow from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from runners.protocol import Framework
from storage.query import value_of
from storage.records import RunRecord
from widgets.plots.plot_curve import STROKES, Look, PlotCurve
from widgets.plots.tints import Tint
from workbench import metrics
from workbench.coloring import Coloring, coloring
from workbench.replicates import Centre, Replicates, Spread, grouped
from workbench.session import Session


@dataclass(frozen=True, slots=True)
class Styling:
    """By which columns runs are told apart; "" is by the run, or not at all."""

    color_by: str = ""
    stroke_by: str = ""
    panel_by: str = ""
    replicates: Replicates | None = None

    @property
    def by_columns(self) -> bool:
        return bool(self.color_by or self.stroke_by or self.panel_by or self.replicates)

    def to_plain(self) -> dict[str, Any]:
        pooled = self.replicates
        return {
            "color_by": self.color_by, "stroke_by": self.stroke_by, "panel_by": self.panel_by,
            "replicates": None if pooled is None else
            {"columns": pooled.columns, "centre": pooled.centre, "spread": pooled.spread},
        }  # fmt: skip

    @classmethod
    def from_plain(cls, raw: Any) -> Styling:
        """Raises ValueError, KeyError, TypeError or AttributeError where it is something else."""
        pooled = raw["replicates"]
        return cls(
            str(raw["color_by"]), str(raw["stroke_by"]), str(raw["panel_by"]),
            None if pooled is None else Replicates(
                tuple(map(str, pooled["columns"])), Centre(pooled["centre"]), Spread(pooled["spread"])
            ),
        )  # fmt: skip


class CurveMaker:
    """Makes the curves of these runs; made anew when the runs, or what they are told apart by, are others."""

    def __init__(
        self, session: Session, runs: Sequence[RunRecord], style: Styling, baseline: int | None
    ) -> None:
        self._session, self._baseline = session, baseline
        self.color = coloring(runs, style.color_by, value_of) if style.color_by else None
        self.stroke = coloring(runs, style.stroke_by, value_of) if style.stroke_by else None
        self.panels = coloring(runs, style.panel_by, value_of) if style.panel_by else None
        self._mixed = len({run.spec.framework for run in runs}) > 1
        self._groups: dict[int, str] = {}
        if style.replicates is not None:
            for group in grouped(runs, style.replicates.columns, value_of):
                self._groups |= dict.fromkeys((run.id for run in group.runs), group.label)

    def curve(
        self, run: RunRecord, metric: str, *, place: int, among: int, x_metric: str, whole: bool
    ) -> PlotCurve:
        """``place`` is that of the metric among those of its plot."""
        read = self._session.curve
        along = read(run.id, x_metric, whole=True) if x_metric else None
        name = run.name if among == 1 else f"{run.name} · {metrics.title(metric)}"
        group = self._groups.get(run.id, run.name)
        if among > 1:
            group = f"{group} · {metrics.title(metric)}"
        return PlotCurve(
            run, metric, name,
            read(run.id, metric, whole=True) if whole else read(run.id, metric),
            run.summary[metric].count,
            STROKES[place % len(STROKES)] if among > 1 else self._look(run),
            along, self._tint(run), run.id == self._baseline, group,
        )  # fmt: skip

    def _tint(self, run: RunRecord) -> Tint | None:
        if self.color is None:
            return None
        return Tint(self.color.kind(run.id), self.color.place(run.id))

    def _look(self, run: RunRecord) -> Look:
        """Dashes for one of two frameworks: from the same weights and batches their curves lie on each other."""
        if self.stroke is None:
            dashed = self._mixed and run.spec.framework is Framework.TENSORFLOW
            return Look.DASHED if dashed else Look.PLAIN
        return STROKES[stroke_of(self.stroke, run.id) % len(STROKES)]


def stroke_of(stroke: Coloring, run_id: int) -> int:
    """The number of a run's kind of line; numbers on a scale are parted into as many ranges."""
    place = stroke.place(run_id)
    if place is not None:
        return min(len(STROKES) - 1, int(place * len(STROKES)))
    return stroke.kind(run_id) or 0
