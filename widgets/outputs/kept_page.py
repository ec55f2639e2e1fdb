"""What runs kept as they trained, under several names, beside each other at a step that they share."""

from __future__ import annotations

from typing import Any, ClassVar

from PySide6.QtWidgets import QWidget

from runners.protocol import Artifact
from storage.records import RunRecord
from widgets.flow_grid import FlowGrid
from widgets.outputs.page import Page, chooser, offer, scrolled_cards, sort_out
from widgets.outputs.step_slider import StepSlider
from widgets.parts import row
from workbench.artifacts import ArtifactCache, ArtifactError
from workbench.session import Session


class KeptPage(Page):
    """Artifacts named ``PREFIX/NAME/STEP``. ``hint`` explains the choice of a name."""

    prefix: ClassVar[str]
    empty_title: ClassVar[str]
    empty_text: ClassVar[str]

    def __init__(
        self,
        session: Session,
        cache: ArtifactCache,
        icon: str,
        hint: str,
        narrowest: int,
        most: int,
    ) -> None:
        super().__init__(session, cache, icon)
        self._kept: dict[str, list[tuple[RunRecord, Artifact]]] = {}
        self.names, self.slider = chooser(hint), StepSlider()
        layout = row(self.names, self.slider, space=12)
        layout.setContentsMargins(10, 3, 8, 3)
        layout.addStretch(1)
        layout.setStretch(1, 6)
        self.bar.setLayout(layout)
        self.grid = FlowGrid(narrowest, most)
        self.set_content(scrolled_cards(self.grid))
        self.names.currentIndexChanged.connect(self._choose)
        self.slider.changed.connect(self._read)

    def parse(self, data: bytes) -> Any:
        """What a file holds, on a worker. Raises ValueError where it is damaged."""
        raise NotImplementedError

    def card(self, run: RunRecord, step: int, content: Any) -> QWidget:
        """Shows what a run kept at a step."""
        raise NotImplementedError

    def show_outputs(self) -> None:
        self._kept = {}
        for each in self.runs:
            for artifact in each.of(self.kind):
                name = artifact.name.removeprefix(f"{self.prefix}/").rpartition("/")[0]
                self._kept.setdefault(name or artifact.name, []).append((each.run, artifact))
        if not self._kept:
            self.say_empty(self.empty_title, self.empty_text)
            return
        offer(self.names, self._kept)
        self._choose()

    def _chosen(self) -> list[tuple[RunRecord, Artifact]]:
        kept = list(self._kept.values())
        return kept[self.names.currentIndex()] if 0 <= self.names.currentIndex() < len(kept) else []

    def _choose(self) -> None:
        self.slider.set_steps(artifact.step or 0 for _, artifact in self._chosen())
        self._read()

    def _read(self) -> None:
        wanted = at_step(self._chosen(), self.slider.step or 0)

        def take(found: list[Any | ArtifactError]) -> None:
            read, problems = sort_out(wanted, found)
            steps = {run.id: artifact.step or 0 for run, artifact in wanted}
            self.grid.set_items([self.card(run, steps[run.id], content) for run, content in read])
            self.show_content()
            self.tell_problems(problems)

        self.read(wanted, self.parse, take)


def at_step(kept: list[tuple[RunRecord, Artifact]], step: int) -> list[tuple[RunRecord, Artifact]]:
    """Of each run what it kept last before or at this step; a run that kept nothing until then is left out."""
    found: dict[int, tuple[RunRecord, Artifact]] = {}
    for run, artifact in kept:
        before = found.get(run.id)
        last = -1 if before is None else before[1].step or 0
        if last < (artifact.step or 0) <= step:
            found[run.id] = run, artifact
    return list(found.values())
