"""Texts that runs kept as they trained, such as what a model writes, beside each other at a step that they share."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QWidget

from runners.protocol import ArtifactKind
from storage.records import RunRecord
from widgets.outputs.kept_page import KeptPage
from widgets.outputs.run_chip import RunChip
from widgets.parts import column, label
from workbench.artifacts import ArtifactCache
from workbench.predicted import parse_text
from workbench.session import Session

_NARROWEST, _LONGEST = 300, 6000


class TextsPage(KeptPage):
    kind, prefix = ArtifactKind.TEXT, "texts"
    empty_title = "No texts yet"
    empty_text = "A run that learns to write keeps a sample of it after its epochs."

    def __init__(self, session: Session, cache: ArtifactCache) -> None:
        super().__init__(session, cache, "text-long", "Which texts", _NARROWEST, 4)

    def parse(self, data: bytes) -> str:
        return parse_text(data)

    def card(self, run: RunRecord, step: int, content: str) -> QWidget:
        return _card(run, step, content)


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
