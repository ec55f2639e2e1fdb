"""Try it: samples on the left, drawn, opened, typed or from the test part; on the right what each model says of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QKeyEvent,
    QKeySequence,
    QShortcut,
)
from PySide6.QtWidgets import QDialog, QMenu, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from runners.datasets.dataset import Input
from runners.export.facts import Facts
from widgets.dragged import dropped_paths
from widgets.flow_grid import FlowGrid
from widgets.new_run.segments import Segments
from widgets.parts import (
    ElidedLabel,
    EmptyState,
    button,
    column,
    label,
    line,
    row,
    scrolled,
    while_alive,
)
from widgets.plain import caption
from widgets.text import plural
from widgets.trying.asked import Asked, fits
from widgets.trying.card import AnswerCard
from widgets.trying.image_source import ImageSource
from widgets.trying.row_source import RowSource
from widgets.trying.sample_browser import SampleBrowser
from widgets.trying.series_source import SeriesSource
from widgets.trying.source import Source
from widgets.trying.text_source import TextSource
from workbench.session import Session
from workbench.trying.files import Given
from workbench.trying.subjects import Subject, beside, find_subjects
from workbench.trying.tried import Tried

if TYPE_CHECKING:
    from workbench.bench import Workbench

_SOURCES: dict[Input, type[Source]] = {
    Input.IMAGE: ImageSource,
    Input.FEATURES: RowSource,
    Input.TOKENS: TextSource,
    Input.SERIES: SeriesSource,
}
_SIZE, _LEFT = QSize(1180, 760), 430
_CARD = 290
_NOTHING_YET = "Give a sample on the left"
MOST = 8
"""Models at a time: each is a process with a framework in it."""


class TryWindow(QDialog):
    """Stays open beside the window. The first model that opens says which samples are asked for."""

    def __init__(self, parent: QWidget | None, session: Session) -> None:
        super().__init__(parent)
        self._session = session
        self.cards: list[AnswerCard] = []
        self.asked: Asked | None = None
        self.source: Source | None = None
        self._lead: Facts | None = None
        self.setWindowTitle("Try it")
        self.setWindowFlag(Qt.WindowType.WindowMaximizeButtonHint)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAcceptDrops(True)
        self.resize(_SIZE)
        self._make()
        for keys, act in ((QKeySequence.StandardKey.Open, self._open_file), (QKeySequence.StandardKey.Paste, self._paste)):  # fmt: skip
            QShortcut(QKeySequence(keys), self).activated.connect(act)

    def _make(self) -> None:
        self.browser = SampleBrowser()
        self.browser.hide()
        self.browser.chosen.connect(self._take_chosen)
        self._waiting = EmptyState("progress-clock", "Opening the model …", "A process of its own loads the framework, which takes some seconds.")  # fmt: skip
        self._place = QVBoxLayout()
        self._place.setContentsMargins(0, 0, 0, 0)
        form = QWidget()
        form.setLayout(self._place)
        self.problem = label("", "error", wrap=True)
        self.problem.hide()
        left = QWidget()
        left_layout = column(form, self.problem, line(), self.browser, margin=12, space=8)
        left_layout.setStretch(3, 1)
        left.setLayout(left_layout)
        self._left = QStackedWidget()
        self._left.addWidget(self._waiting)
        self._left.addWidget(left)
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(self._left)
        splitter.addWidget(self._make_answers())
        splitter.setStretchFactor(1, 1)
        splitter.setSizes([_LEFT, _SIZE.width() - _LEFT])
        self.setLayout(column(splitter))

    def _make_answers(self) -> QWidget:
        self.heading = ElidedLabel("", "heading")
        self.method = Segments({"": "Off", "gradient": "Gradient", "occlusion": "Occlusion"})
        self.method.setAccessibleName("What the answer rests on")
        self.method.setToolTip("What of the image an answer rests on: by the gradient, which the framework itself tells, or by hiding one place after another")  # fmt: skip
        self._saliency = QWidget()
        self._saliency.setLayout(row(label("Saliency", "dim"), self.method))
        self._saliency.hide()
        self.method.changed.connect(self._explain)
        self.add = button("Add a model", "plus")
        self.menu = QMenu(self)
        self.add.clicked.connect(self._offer)
        head = row(self.heading, self._saliency, self.add, margin=10)
        head.setStretch(0, 1)
        self.grid = FlowGrid(_CARD, 4)
        holder = QWidget()
        holder.setProperty("page", True)
        layout = column(self.grid, margin=10)
        layout.addStretch(1)
        holder.setLayout(layout)
        side = QWidget()
        whole = column(space=0)
        whole.addLayout(head)
        whole.addWidget(line())
        whole.addWidget(scrolled(holder, "What the models say"), 1)
        side.setLayout(whole)
        return side

    # -- models -------------------------------------------------------------------------------------
    def add_models(self, run_ids: Sequence[int] = (), export_ids: Sequence[int] = ()) -> None:
        """Open the models of these runs and these exports, beside those that are here."""

        def work(workbench: Workbench) -> list[Subject]:
            return find_subjects(workbench, run_ids, export_ids)

        self._session.call(work, while_alive(self, self.open_subjects), while_alive(self, lambda error: self._tell(str(error))))  # fmt: skip

    def open_subjects(self, subjects: Sequence[Subject]) -> None:
        """Open these models, as far as there is room."""
        here = {card.tried.subject.key for card in self.cards}
        new = [each for each in subjects if each.key not in here]
        room = MOST - len(self.cards)
        for subject in new[:room]:
            card = AnswerCard(Tried(subject))
            card.removed.connect(partial(self.remove, card))
            card.opened.connect(partial(self._opened, card))
            card.written.connect(self._show_writing)
            card.explain(self.method.value)
            self._show_channel(card)
            self.cards.append(card)
            if subject.problem:
                self._opened(card)
        if len(new) > room:
            self._tell(f"At most {plural(MOST, 'model')} are tried at a time: take one away first")
        self._show_cards()

    def remove(self, card: AnswerCard) -> None:
        """Take a model away and end its process."""
        self.cards.remove(card)
        card.end()
        self._show_cards()
        self._show_open()

    def _show_cards(self) -> None:
        self.grid.set_items(self.cards)
        names = ", ".join(card.tried.subject.title for card in self.cards[:3])
        self.setWindowTitle(f"Try it: {names}" if names else "Try it")

    def _opened(self, card: AnswerCard) -> None:
        facts = card.facts if card.tried.is_open else None
        if facts is not None and self._lead is None:
            self._begin(facts)
        if facts is not None and self._lead is not None:
            card.tell_misfit("" if fits(self._lead, facts) else "It takes other samples than the models beside it: try it by itself")  # fmt: skip
            self._ask_card(card)
        elif self._lead is None and all(each.tried.problem for each in self.cards):
            self._waiting.say("This cannot be tried", "What is missing is said beside. Add another model, or close the window.")  # fmt: skip
        self._show_open()

    def _show_open(self) -> None:
        self.browser.show_models([card.tried for card in self.cards if card.can_answer])

    def _begin(self, facts: Facts) -> None:
        """Show the form for the samples that a model takes."""
        self._lead = facts
        self.source = source = _SOURCES[facts.input](self._session)
        source.given.connect(self._take_given)
        source.failed.connect(self._tell)
        if isinstance(source, TextSource):
            source.write_wanted.connect(self._write)
            source.stop_wanted.connect(self._stop)
        if isinstance(source, SeriesSource):
            source.channel.currentIndexChanged.connect(self._show_channels)
        self._place.addWidget(source)
        source.suit(facts)
        self._saliency.setVisible(facts.explains)
        self.browser.show()
        self._left.setCurrentIndex(1)
        self.heading.set_full(_NOTHING_YET)

    def _offer(self) -> None:
        """Show a menu of what learned from the same data."""
        if not self.cards:
            self._tell("Choose a run or an export in the window first")
            return
        subject = self.cards[0].tried.subject

        def show(found: list[Subject]) -> None:
            here = {card.tried.subject.key for card in self.cards}
            self.menu.clear()
            for each in found:
                if each.key not in here:
                    self.menu.addAction(caption(f"{each.title} ({each.words})")).triggered.connect(partial(self._open_one, each))  # fmt: skip
            if self.menu.isEmpty():
                self.menu.addAction("Nothing else learned from these data").setEnabled(False)
            end = self.add.mapToGlobal(QPoint(self.add.width(), self.add.height() + 2))
            self.menu.popup(end - QPoint(self.menu.sizeHint().width(), 0))

        self._session.call(lambda workbench: beside(workbench, subject), while_alive(self, show))

    def _open_one(self, subject: Subject, *_: object) -> None:
        self.open_subjects([subject])

    # -- samples ------------------------------------------------------------------------------------
    def _take_given(self, given: Given | None) -> None:
        self.browser.leave()
        self._ask(None if given is None else Asked(given))

    def _take_chosen(self, asked: Asked) -> None:
        source = self.source
        if source is None or self._lead is None:
            return
        source.forget_made()
        if asked.given.x is not None:
            source.show_sample(asked.given.x)
        elif self._lead.vocabulary is not None:
            source.show_text(self._lead.vocabulary.decode(asked.given.tokens))
        self._ask(asked)

    def _ask(self, asked: Asked | None) -> None:
        self.asked = asked
        self._tell("")
        self.heading.set_full(asked.heading if asked else _NOTHING_YET)
        for card in self.cards:
            self._ask_card(card)

    def _ask_card(self, card: AnswerCard) -> None:
        card.ask(self.asked.of(card.tried.subject.dataset) if self.asked else None)

    def _explain(self, method: str) -> None:
        for card in self.cards:
            card.explain(method)

    def _show_channels(self) -> None:
        for card in self.cards:
            self._show_channel(card)

    def _show_channel(self, card: AnswerCard) -> None:
        if isinstance(self.source, SeriesSource):
            card.show_channel(max(0, self.source.channel.currentIndex()))

    def _tell(self, problem: str) -> None:
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))

    # -- text ---------------------------------------------------------------------------------------
    def _write(self, count: int, temperature: float, seed: int) -> None:
        if self.asked is None or not self.asked.given.tokens:
            self._tell("Type a text for the models to go on with")
            return
        for card in self.cards:
            card.write(self.asked.given.tokens, count, temperature, seed)
        self._show_writing()

    def _stop(self) -> None:
        for card in self.cards:
            card.stop()

    def _show_writing(self) -> None:
        if isinstance(self.source, TextSource):
            self.source.show_writing(on=any(card.is_writing for card in self.cards))

    # -- files --------------------------------------------------------------------------------------
    def _open_file(self) -> None:
        if self.source is not None:
            self.source.ask_for_file()

    def _paste(self) -> None:
        if self.source is not None:
            self.source.paste()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self.source is not None and dropped_paths(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """A file that is dropped anywhere is asked about."""
        paths = dropped_paths(event.mimeData())
        event.acceptProposedAction()
        if self.source is not None and paths:
            self.source.read(paths[0])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter in a field presses none of the buttons, as it would in a dialog that is answered."""
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)

    # -- the end ------------------------------------------------------------------------------------
    def end(self) -> None:
        """End all processes."""
        for card in self.cards:
            card.end()

    def done(self, result: int) -> None:
        self.end()
        super().done(result)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.end()
        super().closeEvent(event)
