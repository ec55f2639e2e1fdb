"""One export: what it is, how close it is to the trained model, what it costs, and how to use it."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QComboBox, QFrame, QLabel, QPlainTextEdit, QScrollArea, QWidget

from runners.export.manifest import Speed
from widgets import theme
from widgets.duel.word_table import WordTable
from widgets.flow_grid import FlowGrid
from widgets.icons import icon
from widgets.key_values import KeyValues
from widgets.model_view.code_view import Highlighter
from widgets.models import facts, words
from widgets.models.reading import Item, read_examples
from widgets.parts import (  # fmt: skip
    ElidedLabel,
    Picture,
    button,
    column,
    label,
    row,
    scrolled,
    set_role,
    while_alive,
)
from widgets.plain import shown
from widgets.text import size, what_it_trains
from workbench.code_pair import spans
from workbench.session import Session

_CARD, _EXAMPLE_LINES = 290, 18


class DetailsPage(QWidget):
    copied = Signal(str)
    """What was put into the clipboard, in words."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._item: Item | None = None
        self._make_head()
        self.about, self.check, self.cost = KeyValues(), KeyValues(), KeyValues()
        self.interface = KeyValues(stacked=True)
        self.versions = KeyValues()
        self.preprocessing = label("", "dim", wrap=True)
        self.speeds = WordTable(("Batch", "Threads", "Median", "95 %", "99 %", "Samples/s"), (0, 0, 0, 0, 0, 1))  # fmt: skip
        self.files = WordTable(("File", "Size", "SHA-256"), (1, 0, 0))
        self.example = ExampleView()
        self.example.copied.connect(self.copied)
        use = QWidget()
        use.setLayout(column(self.interface, self.preprocessing, space=6))
        self._cards = {
            "check": _card("Checked", self.check),
            "cost": _card("Cost", self.cost),
            "about": _card("What it is", self.about),
            "use": _card("From data to an answer", use),
            "files": _card("Files", self.files),
            "versions": _card("Made with", self.versions),
        }
        self.grid = FlowGrid(_CARD, maximum_columns=3)
        self.grid.set_items(self._cards.values())
        self._cards["speeds"] = self._speed = _card("Speed", self.speeds)
        self.setLayout(column(self._scroll()))

    def _make_head(self) -> None:
        self.name = ElidedLabel("", "heading")
        self.name.setFont(theme.font(1.15, bold=True))
        self.trained = label("", "dim", wrap=True)
        self.mark = Picture()
        self.verdict = label("", wrap=True)
        self.notes = label("", "dim", wrap=True)

    def _scroll(self) -> QScrollArea:
        head = row(self.mark, self.verdict, space=6)
        head.setStretch(1, 1)
        inside = column(self.name, self.trained, head, self.notes, self.grid, self._speed, self.example, space=6)  # fmt: skip
        inside.setContentsMargins(12, 8, 12, 12)
        inside.addStretch(1)
        page = QWidget()
        page.setProperty("page", True)
        page.setLayout(inside)
        return scrolled(page, "Details of the export")

    # -- showing ------------------------------------------------------------------------------------
    def show_item(self, item: Item) -> None:
        if item == self._item:
            return
        other = self._item is None or self._item.record.id != item.record.id
        self._item = item
        self.name.set_full(item.record.name)
        title = words.format_title(item.record.format, item.framework)
        self.trained.setText(f"{title} · {what_it_trains(item.run.spec)}")
        self._show_verdict(item)
        self._fill(item)
        if other:
            self.example.show_examples({})
            self._session.call(
                lambda _: read_examples(item.folder),
                while_alive(self, lambda found: self._show_examples(item, found)),
                lambda _error: None,  # that its folder cannot be read is said by the verdict
            )

    def _show_examples(self, item: Item, found: Mapping[str, str]) -> None:
        if self._item is not None and self._item.record.id == item.record.id:
            self.example.show_examples(found)

    def _show_verdict(self, item: Item) -> None:
        check = item.manifest.check if item.manifest is not None else None
        if item.problem:
            told, glyph, tint = item.problem, "alert-circle", "error"
        elif check is None:
            told, glyph, tint = "It was not checked against the trained model.", "help-circle-outline", "dim"  # fmt: skip
        else:
            glyph, tint = ("check-circle", "success") if check.passed else ("alert-circle", "error")
            told = words.verdict(check)
        self.verdict.setText(told)
        set_role(self.verdict, "error" if tint == "error" else "")
        self.mark.show_icon(icon(glyph, tint))
        notes = item.manifest.notes if item.manifest is not None else ()
        self.notes.setText("\n".join(notes))
        self.notes.setVisible(bool(notes))

    def _fill(self, item: Item) -> None:
        manifest = item.manifest
        self.about.show_values(facts.about(item))
        self.cost.show_values(facts.cost(item))
        there = {"about", "cost"}
        speeds = facts.speeds(item)
        if speeds:
            there.add("speeds")
            self.speeds.show_rows([[[(text, "")] for text in _speed_cells(one)] for one in speeds])
        if manifest is not None:
            there |= self._fill_manifest(item)
        for name, card in self._cards.items():
            card.setVisible(name in there)

    def _fill_manifest(self, item: Item) -> set[str]:
        manifest = item.manifest
        assert manifest is not None
        checked = facts.check(manifest)
        self.check.show_values(checked)
        self.interface.show_values(facts.interface(manifest))
        self.preprocessing.setText("\n".join(f"•  {one}" for one in facts.preprocessing(manifest)))
        self.versions.show_values(facts.versions(manifest))
        files = [[[(name, "")], [(size(count), "")], [(digest[:12], "dim")]] for name, (count, digest) in manifest.files.items()]  # fmt: skip
        self.files.show_rows(files)
        parts = {"check": checked, "use": True, "files": files, "versions": manifest.versions}
        return {name for name, part in parts.items() if part}


def _speed_cells(one: Speed) -> tuple[str, ...]:
    times = (words.seconds(each) for each in (one.p50_s, one.p95_s, one.p99_s))
    threads = "all" if one.threads == 0 else f"{one.threads:,}"
    return (f"{one.batch_size:,}", threads, *times, words.rate(one.samples_per_s).removesuffix("/s"))  # fmt: skip


def _card(title: str, content: QWidget) -> QFrame:
    frame = QFrame()
    frame.setProperty("role", "panel")
    layout = column(label(title, "heading"), content, space=6)
    layout.setContentsMargins(12, 8, 12, 10)
    layout.addStretch(1)
    frame.setLayout(layout)
    return frame


class ExampleView(QFrame):
    """The short programs that use the export, one of them in sight."""

    copied = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "panel")
        self._sources: Mapping[str, str] = {}
        self.chooser = QComboBox()
        self.chooser.setAccessibleName("Example")
        self.copy = button("Copy", "content-copy", flat=True)
        self.copy.setToolTip("Copy the example")
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setFont(theme.fixed_font())
        self.text.setAccessibleName("Example of use")
        self.text.setTabChangesFocus(True)
        self._colors = Highlighter(self.text)
        head = row(self._title(), self.chooser, self.copy)
        head.insertStretch(1, 1)
        layout = column(head, self.text, space=4)
        layout.setContentsMargins(12, 6, 8, 8)
        self.setLayout(layout)
        self.chooser.currentTextChanged.connect(self._show)
        self.copy.clicked.connect(self.copy_shown)
        self.hide()

    @staticmethod
    def _title() -> QLabel:
        return label("How to use it", "heading")

    @property
    def source(self) -> str:
        """What is in sight, or "" where there is nothing."""
        return self._sources.get(self.chooser.currentText(), "")

    def show_examples(self, sources: Mapping[str, str]) -> None:
        """By their files' names; the first one comes into sight."""
        self._sources = sources
        blocked = self.chooser.blockSignals(True)
        self.chooser.clear()
        self.chooser.addItems(list(sources))
        self.chooser.blockSignals(blocked)
        self.chooser.setVisible(len(sources) > 1)
        self.setVisible(bool(sources))
        self._show(self.chooser.currentText())

    def copy_shown(self) -> None:
        QGuiApplication.clipboard().setText(self.source)
        self.copied.emit(self.chooser.currentText())

    def _show(self, name: str) -> None:
        source = self._sources.get(name, "")
        self._colors.spans = dict(spans(source)) if name.endswith(".py") else {}
        self.text.setPlainText(shown(source))
        lines = min(_EXAMPLE_LINES, source.count("\n") + 2)
        self.text.setFixedHeight(lines * self.text.fontMetrics().lineSpacing() + 16)
