"""Whether the contestants train the same model: in a sentence, in figures, and all that is not equal."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QFrame, QWidget

from widgets.duel.reading import Reading
from widgets.duel.word_table import Text, WordTable
from widgets.parts import Picture, column, label, row, scrolled, set_role
from workbench.duel.fairness import Check, Proved, Standing, tiny

_WIDEST = 1100
_ROLES = {Standing.PROVED: "", Standing.ALONE: "dim", Standing.FAILED: "error", Standing.MISSING: "error"}  # fmt: skip
_HEADS = (
    "Contestant",
    "Proof",
    "Trained weights",
    "Outputs at step 0",
    "Losses of the first steps",
)
_HOW = (
    "Each contestant trains a few steps without dropout, in float32 and in float64, and is compared with the first one that has the "
    "same parameters. In float64 rounding is too small to hide a difference of the models; the limits stand behind each figure."
)


class FairnessPage(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.sentence = label("", "heading", wrap=True, scale=1.08)
        self.good, self.bad = Picture("shield-check-outline", "success", 26), Picture("shield-alert-outline", "error", 26)  # fmt: skip
        head = row(self.good, self.bad, self.sentence)
        head.setStretch(2, 1)
        frame = QFrame()
        frame.setLayout(head)
        self.table = WordTable(_HEADS, (2, 2, 1, 3, 3))
        self.unequal = label("", wrap=True)
        heading = label("What is not equal, and what was done about it", "heading")
        heading.setContentsMargins(0, 10, 0, 0)
        holder = QWidget()
        holder.setMaximumWidth(_WIDEST)
        layout = column(
            frame, label(_HOW, "dim", wrap=True), self.table,
            heading, self.unequal, space=10,
        )  # fmt: skip
        layout.setContentsMargins(16, 12, 16, 16)
        layout.addStretch(1)
        holder.setLayout(layout)
        page = QWidget()
        page.setProperty("page", True)
        page.setLayout(row(holder))
        self.setLayout(column(scrolled(page, "Fairness")))

    def show_reading(self, reading: Reading) -> None:
        fairness = reading.verdict.fairness
        self.sentence.setText(fairness.sentence)
        set_role(self.sentence, "heading" if fairness.proved else "error")
        self.good.setVisible(fairness.proved)
        self.bad.setVisible(not fairness.proved)
        self.table.show_rows([_row(each) for each in fairness.contestants])
        self.unequal.setText("\n".join(f"•  {each}" for each in fairness.unequal) or "Nothing that is known.")  # fmt: skip


def _row(one: Proved) -> list[list[Text]]:
    role = _ROLES[one.standing]
    against = f"against {one.reference}" if one.reference else "the reference" if one.standing is Standing.PROVED else ""  # fmt: skip
    said: list[Text] = [(one.standing.value, role)]
    said += [(words, "dim") for words in (against, "" if one.checks else one.reason) if words]
    count = f"{one.parameter_count:,}" if one.parameter_count else "–"
    return [[(one.name, "heading")], said, [(count, "")], _checks(one.checks, "outputs"), _checks(one.checks, "losses")]  # fmt: skip


def _checks(checks: Sequence[Check], what: str) -> list[Text]:
    found: list[Text] = [
        (
            f"{each.precision}: {tiny(each.found)} (≤ {each.limit:.0e})",
            "" if each.holds else "error",
        )
        for each in checks
        if each.what == what
    ]
    return found or [("–", "dim")]
