"""One model that is tried: how its opening goes, and what it says."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QFrame, QProgressBar

from runners.export.facts import Facts
from widgets import theme
from widgets.icons import run_swatch
from widgets.models.words import seconds
from widgets.parts import ElidedLabel, Picture, column, label, row, tool_button
from widgets.plain import tip
from widgets.text import capital
from widgets.trying.answer_view import AnswerView
from widgets.trying.asked import Asked
from workbench.trying.client import Message
from workbench.trying.tried import Tried

_DRAW_MS = 50


class AnswerCard(QFrame):
    """Has one question under way; of those that come meanwhile only the newest is asked after it."""

    removed = Signal()
    opened = Signal()
    """Its model can be asked, or never will be."""
    written = Signal()
    """It does not write any more."""

    def __init__(self, tried: Tried) -> None:
        super().__init__()
        self.tried = tried
        tried.setParent(self)
        self.view: AnswerView | None = None
        self.asked: Asked | None = None
        self.answer: Any = None
        """What it said last, as `runners.export.answering.judging.answers` has it."""
        self._method = ""
        self._channel = 0
        self._misfit = ""
        self._is_asking = False
        self._next: Asked | None = None
        self._explaining = self._writing = 0
        self._tokens: list[int] = []
        self._begun = 0
        self._timer = QTimer(self, interval=_DRAW_MS, singleShot=True)
        self._timer.timeout.connect(self._draw_text)
        self.setProperty("role", "panel")
        self._make()
        tried.changed.connect(self._follow)
        self._follow()

    def _make(self) -> None:
        subject = self.tried.subject
        self._swatch = Picture(size=12)
        self._show_color()
        theme.theme().changed.connect(self._show_color)
        self.title = ElidedLabel(subject.title, "heading")
        self.setAccessibleName(f"{subject.title}, {subject.words}")
        close = tool_button("close", f"Take {subject.title} away", "dim")
        close.clicked.connect(self.removed)
        head = row(self._swatch, self.title, close, space=6)
        head.setStretch(1, 1)
        self.seconds = label("", "dim", scale=0.9)
        kind = ElidedLabel(subject.words, "dim")
        foot = row(kind, self.seconds)
        foot.setStretch(0, 1)
        self.doing, self.problem = label("", "dim", wrap=True), label("", "error", wrap=True)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self._layout = column(margin=12, space=6)
        self._layout.addLayout(head)
        self._layout.addLayout(foot)
        for each in (self.doing, self.bar, self.problem):
            self._layout.addWidget(each)
        self._layout.addStretch(1)
        self.setLayout(self._layout)

    def _show_color(self) -> None:
        self._swatch.show_icon(QIcon(run_swatch(self.tried.subject.color)))

    @property
    def facts(self) -> Facts | None:
        return self.tried.facts

    @property
    def can_answer(self) -> bool:
        return self.tried.is_open and not self._misfit

    # -- opening ------------------------------------------------------------------------------------
    def _follow(self) -> None:
        tried = self.tried
        opening = not tried.problem and tried.facts is None
        self.doing.setText(f"{capital(tried.doing)} …" if opening else "")
        self.bar.setRange(0, 0)
        self._show_state()
        if tried.facts is not None and self.view is None:
            self.view = AnswerView(tried.facts)
            self.view.show_channel(self._channel)
            self._layout.insertWidget(2, self.view)
        if not opening:
            self.opened.emit()

    def _show_state(self, failed: str = "") -> None:
        problem = self.tried.problem or self._misfit or failed
        self.problem.setText(problem)
        self.problem.setToolTip(tip(problem) if len(problem) > 200 else "")
        self.problem.setVisible(bool(problem))
        for each in (self.doing, self.bar):
            each.setVisible(bool(self.doing.text()) and not problem)
        if self.view is not None:
            self.view.setVisible(not self.tried.problem and not self._misfit)

    def tell_misfit(self, words: str) -> None:
        """That it takes other samples than the others, or "" where it takes the same."""
        self._misfit = words
        self._show_state()

    # -- asking -------------------------------------------------------------------------------------
    def ask(self, asked: Asked | None) -> None:
        """Show what it says of a sample; None for none."""
        self.stop()
        self._cancel_explaining()
        if not self.can_answer or self.view is None:
            return
        if asked is None:
            self.asked = self._next = self.answer = None
            self.seconds.setText("")
            self.view.clear()
            return
        self._next = asked
        if not self._is_asking:
            self._ask_next()

    def _ask_next(self) -> None:
        asked, self._next = self._next, None
        if asked is None:
            return
        self._is_asking = True
        self.tried.ask("predict", lambda done: self._take(asked, done), self._fail, **asked.given.question)  # fmt: skip

    def _take(self, asked: Asked, done: Message) -> None:
        self._is_asking = False
        if self._next is not None:
            self._ask_next()
        if self.view is None:
            return
        self.asked, self.answer = asked, done["answers"][0]
        self.seconds.setText(seconds(done["seconds"]))
        self._show_state()
        self.view.show_answer(asked, self.answer)
        if not self._writing or self._tokens[: self._begun] != list(asked.given.tokens):
            self._writing, self._begun = 0, len(asked.given.tokens)
            self._tokens = list(asked.given.tokens)
            self._draw_text()
        self.updateGeometry()
        self._explain()

    def _fail(self, problem: str) -> None:
        self._is_asking = False
        self._show_state(problem)
        self._ask_next()

    def show_channel(self, channel: int) -> None:
        """Of a series of several."""
        self._channel = channel
        if self.view is not None:
            self.view.show_channel(channel)

    # -- what it rests on ---------------------------------------------------------------------------
    def explain(self, method: str) -> None:
        """Show by which method what an answer rests on; "" for not."""
        self._method = method
        self._cancel_explaining()
        self._explain()

    def _explain(self) -> None:
        asked = self.asked
        if self.view is None or not self.can_answer or asked is None or asked.given.x is None:
            return
        if not self._method or not self.tried.facts or not self.tried.facts.explains:
            if self.tried.facts and self.tried.facts.explains:
                self.view.show_heat(None, None)
                self._show_state()
            return
        x, view = asked.given.x, self.view

        def take(done: Message) -> None:
            if self.asked is asked and self._method:
                self._show_state()
                view.show_heat(x, done["map"])

        def fail(problem: str) -> None:
            if self.asked is asked:
                view.show_heat(None, None)
                self._show_state(problem)

        self._explaining = self.tried.ask("saliency", take, fail, x=x, method=self._method)

    def _cancel_explaining(self) -> None:
        if self._explaining:
            self.tried.cancel(self._explaining)
            self._explaining = 0

    # -- text ---------------------------------------------------------------------------------------
    @property
    def is_writing(self) -> bool:
        return bool(self._writing)

    def write(self, tokens: tuple[int, ...], count: int, temperature: float, seed: int) -> None:
        """Go on with a text."""
        self.stop()
        if not self.can_answer:
            return
        text = self._tokens = list(tokens)
        self._begun = len(tokens)

        def take(part: Message) -> None:
            text.extend(int(token) for token in part["tokens"])
            if not self._timer.isActive():
                self._timer.start()

        def end(problem: str = "") -> None:
            if text is self._tokens:  # nothing else was asked meanwhile
                self._writing = 0
                self._draw_text()
                self._show_state(problem)
                self.written.emit()

        def done(told: Message) -> None:
            rate = (len(text) - len(tokens)) / max(1e-9, told["seconds"])
            self.seconds.setText(f"{rate:,.0f} tokens a second")
            end()

        self._writing = self.tried.ask(
            "write", done, end, part=take, cancelled=end,
            tokens=list(tokens), count=count, temperature=temperature, seed=seed,
        )  # fmt: skip

    def stop(self) -> None:
        """Write no further."""
        if self._writing:
            self.tried.cancel(self._writing)

    def _draw_text(self) -> None:
        if self.view is not None and self._tokens:
            self.view.show_written(self._tokens, self._begun)

    def end(self) -> None:
        """End its process."""
        self.tried.end()
