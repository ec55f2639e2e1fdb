"""Texts that runs kept as they trained, such as what a model writes, beside each other at a step that they share."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from runners.protocol import Artifact, ArtifactKind
from storage.records import RunRecord
from widgets import plain
from widgets.flow_grid import FlowGrid
from widgets.outputs.images_page import at_step
from widgets.outputs.page import Page, chooser, sort_out
from widgets.outputs.run_chip import RunChip
from widgets.outputs.step_slider import StepSlider
from widgets.parts import column, label, row, scrolled
from workbench.artifacts import ArtifactCache, ArtifactError
from workbench.predicted import parse_text
from workbench.session import Session

_NARROWEST, _LONGEST = 300, 6000


class TextsPage(Page):
    def __init__(self, session: Session, cache: ArtifactCache) -> None:
        super().__init__(session, cache, "text-long")
        self._kept: dict[str, list[tuple[RunRecord, Artifact]]] = {}
        self.names, self.slider = chooser("Which texts"), StepSlider()
        layout = row(self.names, self.slider, space=12)
        layout.setContentsMargins(10, 3, 8, 3)
        layout.addStretch(1)
        layout.setStretch(1, 6)
        self.bar.setLayout(layout)
        self.grid = FlowGrid(_NARROWEST, 4)
        inner = QWidget()
        inner.setProperty("page", True)
        inside = QVBoxLayout(inner)
        inside.setContentsMargins(10, 8, 10, 8)
        inside.addWidget(self.grid)
        inside.addStretch(1)
        self.set_content(scrolled(inner))
        self.names.currentIndexChanged.connect(self._choose)
        self.slider.changed.connect(self._read)

    def show_outputs(self) -> None:
        self._kept = {}
        for each in self.runs:
            for artifact in each.of(ArtifactKind.TEXT):
                name = artifact.name.removeprefix("texts/").rpartition("/")[0] or artifact.name
                self._kept.setdefault(name, []).append((each.run, artifact))
        if not self._kept:
            self.say_empty(
                "No texts yet",
                "A run that learns to write keeps a sample of it after its epochs.",
            )
            return
        before = self.names.currentText()
        blocked = self.names.blockSignals(True)
        self.names.clear()
        self.names.addItems([plain.line(name) for name in self._kept])
        self.names.setCurrentIndex(max(0, self.names.findText(before)))
        self.names.blockSignals(blocked)
        self._choose()

    def _chosen(self) -> list[tuple[RunRecord, Artifact]]:
        kept = list(self._kept.values())
        return kept[self.names.currentIndex()] if 0 <= self.names.currentIndex() < len(kept) else []

    def _choose(self) -> None:
        self.slider.set_steps(artifact.step or 0 for _, artifact in self._chosen())
        self._read()

    def _read(self) -> None:
        wanted = at_step(self._chosen(), self.slider.step or 0)

        def take(found: list[str | ArtifactError]) -> None:
            read, problems = sort_out(wanted, found)
            steps = {run.id: artifact.step or 0 for run, artifact in wanted}
            self.grid.set_items([_card(run, steps[run.id], text) for run, text in read])
            self.show_content()
            self.tell_problems(problems)

        self.read(wanted, parse_text, take)


def _card(run: RunRecord, step: int, text: str) -> QWidget:
    frame = QFrame()
    frame.setProperty("role", "panel")
    words = label(text[:_LONGEST] + (" …" if len(text) > _LONGEST else ""), wrap=True)
    words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    words.setAlignment(Qt.AlignmentFlag.AlignTop)
    layout = column(RunChip(run, f"step {step:,}"), words, margin=10, space=6)
    layout.addStretch(1)
    frame.setLayout(layout)
    return frame
