"""One format in the dialog: what it is, whether it can be made here, and what became of it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QFrame, QWidget

from runners.export.formats import Format
from storage.records import ExportRecord
from widgets.icons import icon
from widgets.models import words
from widgets.parts import Picture, button, column, label, row, set_role
from widgets.plain import caption, tip
from widgets.text import moment, size
from workbench.exports.offers import Offer

_INDENT = 22
_STEPS = {"making": "Making it", "checking": "Checking it against the trained model", "measuring": "Measuring it"}  # fmt: skip


class FormatRow(QFrame):
    changed = Signal()
    """It was ticked or not."""
    install_wanted = Signal(object)
    """The Offer, whose requirements are to be installed."""

    def __init__(self, offer: Offer) -> None:
        super().__init__()
        self.offer = offer
        self.box = QCheckBox(caption(offer.format.title))
        self.box.toggled.connect(self.changed)
        self.install = button("Install", "download-outline")
        self.install.clicked.connect(lambda: self.install_wanted.emit(self.offer))
        self._summary = label(_summary(offer.format), "dim", wrap=True)
        self.mark, self.said = Picture(), label("", "dim", wrap=True)
        self._outcome = QWidget()
        outcome = row(self.mark, self.said, space=6)
        outcome.setStretch(1, 1)
        self._outcome.setLayout(outcome)
        below = column(self._summary, self._outcome, space=3)
        below.setContentsMargins(_INDENT, 0, 0, 0)
        head = row(self.box, self.install)
        head.insertStretch(1, 1)
        layout = column(head, below, space=1)
        layout.setContentsMargins(0, 5, 0, 5)
        self.setLayout(layout)
        self.show_offer(offer)

    @property
    def id(self) -> str:
        return self.offer.format.id

    @property
    def chosen(self) -> bool:
        return self.box.isEnabled() and self.box.isChecked()

    def show_offer(self, offer: Offer) -> None:
        """Whether it can be made, and if not, why."""
        self.offer = offer
        self.box.setEnabled(not offer.problem)
        self.install.setVisible(bool(offer.missing))
        self.install.setToolTip(tip(offer.install))
        self.install.setAccessibleName(f"Install what {offer.format.title} needs")
        self.say(offer.problem, "puzzle-outline" if offer.missing else "information-outline", "dim")

    def allow(self, allowed: bool) -> None:
        """Whether it can be ticked, and something be installed, now."""
        self.box.setEnabled(allowed and not self.offer.problem)
        self.install.setEnabled(allowed)

    def show_there(self, record: ExportRecord) -> None:
        """The run has such an export already; another one would stand beside it."""
        self.say(f"Exported already, {moment(record.created)}: {record.name}", "check", "dim")

    # -- what becomes of it -------------------------------------------------------------------------
    def wait(self) -> None:
        self.say("Waits for its turn", "clock-outline", "dim")

    def show_step(self, step: str, text: str) -> None:
        doing = _STEPS.get(step, step)
        self.say(f"{doing}: {text}" if text else f"{doing} …", "progress-clock", "accent")

    def show_record(self, record: ExportRecord, problem: str) -> None:
        """It was made; ``problem`` says why it did not pass, or is ""."""
        if problem:
            self.say(problem, "alert-circle", "error")
            return
        facts = [words.seconds(record.latency_s)] if record.latency_s is not None else []
        facts += [size(record.size_bytes)] if record.size_bytes else []
        passed = "Made, and passed its check" if record.passed else "Made, and not checked"
        glyph, tint = ("check-circle", "success") if record.passed else ("help-circle-outline", "dim")  # fmt: skip
        self.say(" · ".join([f"{record.name}: {passed[0].lower()}{passed[1:]}", *facts]), glyph, tint)  # fmt: skip

    def show_failure(self, problem: str) -> None:
        self.say(problem, "alert-circle", "error")

    def say(self, text: str, glyph: str = "", tint: str = "") -> None:
        """Show a line below the summary, or nothing."""
        self._outcome.setVisible(bool(text))
        self.said.setText(text)
        set_role(self.said, "error" if tint == "error" else "dim")
        if glyph:
            self.mark.show_icon(icon(glyph, tint))


def _summary(one: Format) -> str:
    return f"{one.summary}. {one.note}." if one.note else f"{one.summary}."
