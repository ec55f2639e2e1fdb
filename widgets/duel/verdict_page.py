"""The verdict: the table of the rows with who is ahead, by how much and how sure that is, and what it comes to for whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QLabel, QWidget

from widgets import theme
from widgets.duel.reading import Reading
from widgets.duel.weights_panel import WeightsPanel
from widgets.duel.word_table import Text, WordTable
from widgets.key_values import KeyValues
from widgets.parts import Picture, column, label, row, scrolled
from widgets.text import capital, full_moment
from workbench.duel.figures import CONDITIONS
from workbench.duel.results import Results
from workbench.duel.verdict import RowVerdict, Ruling
from workbench.duel.weights import Weights

_WIDEST = 1100
_ROLES = {Ruling.WINNER: "heading", Ruling.NOISY: "warning", Ruling.UNPROVED: "error"}


class VerdictPage(QWidget):
    weights_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.alarm_words = label("", "error", wrap=True)
        self.alarm = QFrame()
        self.alarm.setProperty("role", "alarm")
        inside = row(Picture("alert-circle", "error", 20), self.alarm_words)
        inside.setContentsMargins(10, 8, 10, 8)
        inside.setStretch(1, 1)
        self.alarm.setLayout(inside)
        self.headline = label("", "heading", wrap=True, scale=1.12)
        self.more = label("", "", wrap=True)
        self.out = label("", "warning", wrap=True)
        self.table = WordTable(("", "Ahead", "By how much, and how sure"), (0, 2, 5))
        self.panel = WeightsPanel()
        self.facts = KeyValues()
        self.limits = label("", "dim", wrap=True)
        holder = QWidget()
        holder.setMaximumWidth(_WIDEST)
        layout = column(
            self.alarm, self.headline, self.more, self.out, self.table,
            label("What matters to you", "heading"),
            label("From 0, nothing, to 4. The profiles are guesses; move what you see otherwise.", "dim", wrap=True),
            self.panel,
            label("The machine and the settings", "heading"),
            self.facts,
            label("How this was judged, and what it cannot say", "heading"),
            self.limits,
            space=10,
        )  # fmt: skip
        layout.setContentsMargins(16, 12, 16, 16)
        layout.addStretch(1)
        layout.insertSpacing(5, theme.SPACE)
        holder.setLayout(layout)
        page = QWidget()
        page.setProperty("page", True)
        page.setLayout(row(holder))
        self.setLayout(column(scrolled(page, "Verdict")))
        self.panel.changed.connect(self.weights_changed)

    @property
    def weights(self) -> Weights:
        return self.panel.weights

    def show_reading(self, reading: Reading) -> None:
        verdict = reading.verdict
        proved = verdict.fairness.proved
        self.alarm.setVisible(not proved)
        self.alarm_words.setText("" if proved else verdict.fairness.sentence)
        total = len(verdict.sentences) - bool(verdict.totals)
        self.headline.setText(" ".join(verdict.sentences[:total]) if proved else "The figures are shown without a verdict.")  # fmt: skip
        _say(self.more, verdict.sentences[total:] if proved else ())
        _say(self.out, verdict.out)
        self.table.show_rows([_row(each) for each in verdict.rows])
        self.panel.show_totals(verdict.totals)
        self.facts.show_values(_facts(reading.results))
        self.limits.setText("\n".join(f"•  {each}" for each in reading.limits))


def _say(words: QLabel, sentences: Sequence[str]) -> None:
    words.setText("\n".join(sentences))
    words.setVisible(bool(sentences))


def _row(one: RowVerdict) -> list[list[Text]]:
    ahead = one.winner or capital(one.ruling.value.partition(":")[0])
    role = _ROLES.get(one.ruling, "dim")
    more = [f"{one.figure.title}" if one.figure else ""] if one.winner else []
    size: list[Text] = [(one.size, "")] if one.size else []
    sure: list[Text] = [(capital(one.uncertainty), "dim")] if one.uncertainty else []
    why: list[Text] = [] if one.size else [(one.sentence, "dim")]
    return [
        [(capital(one.row.value), "heading")],
        [(ahead, role), *((words, "dim") for words in more if words)],
        [*size, *sure, *why],
    ]


def _facts(results: Results) -> Mapping[str, str]:
    match = results.match
    settings = ", ".join(f"{name} = {_text(value)}" for name, value in match.parameters.items())
    target = f"{match.target.metric} {match.target.value:g}" if match.target else "none"
    return {
        **{capital(name): value for name, value in results.machine.items()},
        **_versions(results),
        **_conditions(results),
        "Dataset": f"{match.dataset}, SHA-256 {results.dataset_hash[:12]}",
        "Settings": settings or "the template's defaults",
        "Device": match.device,
        "Target": target,
        "Asked for": full_moment(results.created),
    }


def _versions(results: Results) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in results.measured:
        if python := one.environment.get("python"):
            found.setdefault("Python", str(python))
        packages = one.environment.get("packages", {})
        for name in ("torch", "tensorflow", "keras", "numpy"):
            if name in packages:
                found.setdefault(name, str(packages[name]))
        if threads := one.environment.get("threads"):
            found.setdefault("Threads", str(threads))
    return found


def _conditions(results: Results) -> dict[str, str]:
    """From the least to the most that any run was measured under."""
    found = {}
    for name, (title, unit) in CONDITIONS.items():
        values = [one.figures[name] for one in results.measured if name in one.figures]
        if values:
            low, high = min(values), max(values)
            form = "{:.0%}" if name.endswith("share") else "{:,.0f}"
            ends = [form.format(low), form.format(high)]
            found[title] = f"{' to '.join(dict.fromkeys(ends))} {unit}".rstrip()
    return found


def _text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
