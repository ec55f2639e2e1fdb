"""What a first launch shows: what this is, and an example in one click."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from widgets import theme
from widgets.parts import Picture, button, label, row

_WIDTH = 500
_STEPS = (
    ("shape-outline", "Pick a template, a dataset and a framework", "Every setting has a default that works."),
    ("chart-line", "Press Start and watch it train", "Training goes on when you close the window."),
    ("compare-horizontal", "Lay runs side by side", "The same weights and batches in PyTorch and TensorFlow."),
)  # fmt: skip


class Welcome(QWidget):
    example_wanted = Signal()
    own_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        panel = QFrame()
        panel.setProperty("role", "panel")
        panel.setFixedWidth(_WIDTH)
        inside = QVBoxLayout(panel)
        inside.setContentsMargins(32, 28, 32, 28)
        inside.setSpacing(theme.SPACE)
        inside.addWidget(label("Train your first network", "heading", scale=1.6))
        inside.addWidget(
            label("With PyTorch, with TensorFlow, or with both, on this machine.", "dim")
        )
        inside.addSpacing(12)
        for glyph, title, more in _STEPS:
            inside.addLayout(self._step(glyph, title, more))
        inside.addSpacing(14)
        self.example = button("Train the example", "play", primary=True)
        self.example.setDefault(True)
        self.own = button("Set up a run of my own")
        self.example.clicked.connect(self.example_wanted)
        self.own.clicked.connect(self.own_wanted)
        buttons = row(self.example, self.own)
        buttons.addStretch(1)
        inside.addLayout(buttons)
        self._said = label(_OFFER, "dim", wrap=True, scale=0.92)
        inside.addWidget(self._said)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(20, 20, 20, 20)
        outer.addStretch(2)
        outer.addWidget(panel, 0, Qt.AlignmentFlag.AlignHCenter)
        outer.addStretch(3)

    def say(self, text: str, *, busy: bool) -> None:
        """Tell how the example comes along."""
        self._said.setText(text or _OFFER)
        self.example.setEnabled(not busy)

    def _step(self, glyph: str, title: str, more: str) -> QVBoxLayout:
        words = QVBoxLayout()
        words.setSpacing(1)
        words.addWidget(label(title, "heading"))
        words.addWidget(label(more, "dim"))
        line = row(Picture(glyph, "accent", 26), words, space=12)
        line.setStretch(1, 1)
        result = QVBoxLayout()
        result.setContentsMargins(0, 4, 0, 4)
        result.addLayout(line)
        return result


_OFFER = (
    "The example trains a multilayer perceptron on handwritten digits, in PyTorch and in "
    "TensorFlow. It takes about a minute and needs no network."
)
