"""The histograms of weights: the runs over each other at a step, or one run over its steps."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from runners.protocol import Artifact, ArtifactKind, Framework
from storage.records import RunRecord
from widgets import plain
from widgets.flow import Flow
from widgets.new_run.segments import Segments
from widgets.outputs.histogram_plot import HistogramPlot, Shape
from widgets.outputs.kept_page import at_step
from widgets.outputs.page import Page, chooser, sort_out
from widgets.outputs.run_chip import RunChip
from widgets.outputs.step_slider import StepSlider
from widgets.parts import ElidedLabel, column, row
from workbench.artifacts import (
    ArtifactCache,
    ArtifactError,
    Histogram,
    Histograms,
    parse_histograms,
)
from workbench.session import Session

RUNS, STEPS = "runs", "steps"
_MOST_STEPS = 48


class HistogramsPage(Page):
    kind = ArtifactKind.HISTOGRAM

    def __init__(self, session: Session, cache: ArtifactCache) -> None:
        super().__init__(session, cache, "chart-histogram")
        self._kept: list[tuple[RunRecord, Artifact]] = []
        self._read_of: list[tuple[RunRecord, Artifact, Histograms]] = []
        self._make_bar()
        self.plot = HistogramPlot()
        self.key = Flow(12)
        self.remark = ElidedLabel("", "dim")
        head = QWidget()
        beside = column(self.key, self.remark, space=2)
        beside.setContentsMargins(10, 6, 10, 0)
        head.setLayout(beside)
        content = QWidget()
        layout = column(head, self.plot, space=0)
        layout.setStretch(1, 1)
        content.setLayout(layout)
        self.set_content(content)

    def _make_bar(self) -> None:
        self.weights, self.run = chooser("Which weights"), chooser("Which run")
        self.slider = StepSlider()
        self.mode = Segments({RUNS: "Runs at a step", STEPS: "A run over its steps"})
        self.mode.setAccessibleName("What is beside each other")
        layout = row(self.mode, self.weights, self.run, self.slider)
        layout.setContentsMargins(10, 3, 8, 3)
        layout.addStretch(1)
        layout.setStretch(3, 6)
        self.bar.setLayout(layout)
        self.weights.currentIndexChanged.connect(self._draw)
        self.run.currentIndexChanged.connect(self._read)
        self.slider.changed.connect(self._read)
        self.mode.changed.connect(self._change_mode)
        self.run.hide()

    def _change_mode(self) -> None:
        over_steps = self.mode.value == STEPS
        self.run.setVisible(over_steps)
        self.slider.setVisible(not over_steps)
        self._read()

    def show_outputs(self) -> None:
        self._kept = [(each.run, one) for each in self.runs for one in each.of(ArtifactKind.HISTOGRAM)]  # fmt: skip
        if not self._kept:
            self.say_empty(
                "No histograms yet",
                "A run keeps histograms of its weights while it trains. Wait for its first epoch, or select other runs.",
            )
            return
        self._offer_runs()
        self.slider.set_steps(artifact.step or 0 for _, artifact in self._kept)
        self._read()

    def _offer_runs(self) -> None:
        before = self.run.currentData()
        self.run.blockSignals(True)
        self.run.clear()
        for run in {run.id: run for run, _ in self._kept}.values():
            self.run.addItem(plain.line(run.name), run.id)
        self.run.setCurrentIndex(max(0, self.run.findData(before)))
        self.run.blockSignals(False)

    # -- reading --------------------------------------------------------------------------------------
    def _wanted(self) -> list[tuple[RunRecord, Artifact]]:
        if self.mode.value == RUNS:
            return at_step(self._kept, self.slider.step or 0)
        mine = [pair for pair in self._kept if pair[0].id == self.run.currentData()]
        mine.sort(key=lambda pair: pair[1].step or 0)
        apart = -(-len(mine) // _MOST_STEPS) or 1
        return mine[::-1][::apart][::-1]

    def _read(self) -> None:
        wanted = self._wanted()

        def take(found: list[Histograms | ArtifactError]) -> None:
            _, problems = sort_out(wanted, found)
            self._read_of = [
                (run, artifact, each)
                for (run, artifact), each in zip(wanted, found, strict=True)
                if not isinstance(each, ArtifactError)
            ]
            self._offer_weights()
            self._draw()
            self.show_content()
            self.tell_problems(problems)

        self.read(wanted, parse_histograms, take)

    def _offer_weights(self) -> None:
        before = self.weights.currentData()
        names = list(dict.fromkeys(name for _, _, each in self._read_of for name in each))
        if names == [self.weights.itemData(place) for place in range(self.weights.count())]:
            return
        self.weights.blockSignals(True)
        self.weights.clear()
        for name in names:
            self.weights.addItem(plain.line(name), name)
        self.weights.setCurrentIndex(max(0, self.weights.findData(before)))
        self.weights.blockSignals(False)

    # -- drawing --------------------------------------------------------------------------------------
    def _draw(self) -> None:
        name = self.weights.currentData()
        drawn: list[tuple[RunRecord, Artifact, Histogram]] = [
            (run, artifact, each[name]) for run, artifact, each in self._read_of if name in each
        ]
        over_steps = self.mode.value == STEPS
        mixed = len({run.spec.framework for run, _, _ in drawn}) > 1
        self.plot.show_shapes(
            [
                Shape(
                    f"{artifact.step or 0:,}" if over_steps else run.name,
                    run.color,
                    histogram,
                    mixed and run.spec.framework is Framework.TENSORFLOW,
                )
                for run, artifact, histogram in drawn
            ],
            ridge=over_steps,
        )
        if over_steps:
            chips = [RunChip(run) for run, _, _ in drawn[:1]]
            self.remark.set_full(
                "Steps from the back to the front; each is as tall as its largest bin"
            )
        else:
            chips = [RunChip(run, f"step {artifact.step or 0:,}") for run, artifact, _ in drawn]
            self.remark.set_full(
                "Density: the area under each outline is 1"
                + ("; TensorFlow is dashed" if mixed else "")
            )
        for chip in chips:
            chip.fit()
        self.key.set_items(chips)
