"""Asks what of the comparison a report holds and where it goes, writes it, and opens it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QStandardPaths, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFormLayout,
    QLineEdit,
    QProgressBar,
    QStackedWidget,
    QWidget,
)

from widgets.new_run.segments import Segments
from widgets.parts import button, column, label, row, set_role, while_alive
from widgets.saving import ask_where
from widgets.text import plural
from workbench.errors import WorkbenchError
from workbench.session import Session

if TYPE_CHECKING:
    from workbench.bench import Workbench
    from workbench.report.content import ReportContent, ReportRequest

HTML, MARKDOWN = "html", "md"
_FILTERS = {HTML: "HTML (*.html)", MARKDOWN: "Markdown (*.md)"}
_HINTS = {
    HTML: "One file that holds everything; any browser shows it.",
    MARKDOWN: "A text, with the plots as pictures in a folder beside it.",
}
_SECTIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "plots": ("Plots", {"plots": ()}),
    "tables": ("Tables of parameters and results", {"tables": ()}),
    "chance": ("What may be chance", {"significances": (), "chance": ""}),
    "code": ("Differences of code", {"code": ()}),
    "notes": ("Notes", {"notes": ()}),
}


@dataclass(frozen=True, slots=True)
class ReportChoice:
    """``left_out`` are names of sections; the suffix of the path says which format."""

    request: ReportRequest
    left_out: frozenset[str]
    path: Path


def write_report(
    workbench: Workbench,
    choice: ReportChoice,
    tell: Callable[[str, float], None],
    cancelled: Callable[[], bool],
) -> Path:
    """On a worker. Raises WorkbenchError, StoreError, OSError, and Cancelled if nobody wants it any more."""
    from workbench.report.assemble import Cancelled, assemble
    from workbench.report.markdown import write_html, write_markdown
    from workbench.report.page import page

    folder = choice.path.parent
    if not folder.is_dir():
        raise WorkbenchError(f"there is no folder {folder}")
    report = without(assemble(workbench.store, choice.request, tell, cancelled), choice.left_out)
    tell("writing", 0.95)
    if cancelled():
        raise Cancelled
    write = write_markdown if choice.path.suffix == f".{MARKDOWN}" else write_html
    write(page(report), choice.path)
    return choice.path


def without(report: ReportContent, left_out: frozenset[str]) -> ReportContent:
    """The report less some sections, which it then names."""
    if not left_out:
        return report
    changes = {name: value for section in left_out for name, value in _SECTIONS[section][1].items()}
    titles = ", ".join(title.lower() for name, (title, _) in _SECTIONS.items() if name in left_out)
    return replace(report, **changes, left_out=(*report.left_out, f"Not asked for: {titles}."))


class ReportDialog(QDialog):
    """Does not hold up the window; closing it while it writes cancels that."""

    _told = Signal(str, float)

    def __init__(self, parent: QWidget, session: Session, request: ReportRequest) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Report")
        self.setMinimumWidth(500)
        self._session, self._request = session, request
        self._cancelled = [False]
        self.written: Path | None = None
        self._make_fields()
        self._make_foot()
        runs = plural(len(request.run_ids), "run")
        head = label(f"A report of {runs} and {plural(len(request.metrics), 'plot')}, as they are shown now", "dim", wrap=True)  # fmt: skip
        self.setLayout(column(head, self._form, self._state, self._pages, margin=16, space=12))
        self._told.connect(self._show_progress)
        self.path.textChanged.connect(self._warn)
        self._warn()
        self.rejected.connect(self._cancel)

    def _make_fields(self) -> None:
        self.title = QLineEdit(self._request.title)
        self.title.setPlaceholderText("Made from the runs, if it is left empty")
        self.title.setAccessibleName("Title")
        self.sections = {name: QCheckBox(title) for name, (title, _) in _SECTIONS.items()}
        for box in self.sections.values():
            box.setChecked(True)
        self.format = Segments({HTML: "HTML", MARKDOWN: "Markdown"})
        self.format.setAccessibleName("Format")
        self.format.changed.connect(self._change_format)
        self._hint = label(_HINTS[HTML], "dim", wrap=True)
        place = QStandardPaths.StandardLocation.DocumentsLocation
        folder = Path(QStandardPaths.writableLocation(place) or Path.home())
        if not folder.is_dir():
            folder = Path.home()
        self.path = QLineEdit(str(folder / "comparison.html"))
        self.path.setAccessibleName("File")
        self.browse = button("Browse …")
        self.browse.setAutoDefault(False)
        self.browse.clicked.connect(self._ask_where)
        self._form = QWidget()
        form = QFormLayout(self._form)
        form.setContentsMargins(0, 0, 0, 0)
        form.setSpacing(10)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        form.addRow("Title", self.title)
        form.addRow("Holds", column(*self.sections.values(), space=4))
        form.addRow("Format", column(self.format, self._hint, space=4))
        file = row(self.path, self.browse)
        file.setStretch(0, 1)
        form.addRow("File", file)

    def _make_foot(self) -> None:
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.hide()
        self.told = label("", "dim", wrap=True)
        self._state = column(self.bar, self.told, space=6)
        self.cancel, self.make = button("Cancel"), button("Make the report", primary=True)
        self.close_button, self.open_button = button("Close"), button("Open", "open-in-new", primary=True)  # fmt: skip
        self._pages = QStackedWidget()
        for pair in ((self.cancel, self.make), (self.close_button, self.open_button)):
            page = QWidget()
            layout = row(*pair)
            layout.insertStretch(0, 1)
            page.setLayout(layout)
            self._pages.addWidget(page)
        self.make.setDefault(True)
        self.cancel.setAutoDefault(False)
        self.cancel.clicked.connect(self.reject)
        self.close_button.clicked.connect(self.accept)
        self.make.clicked.connect(self.start)
        self.open_button.clicked.connect(self._open)

    # -- what is asked --------------------------------------------------------------------------------
    def _change_format(self, suffix: str) -> None:
        self._hint.setText(_HINTS[suffix])
        path = Path(self.path.text())
        if path.suffix in (f".{HTML}", f".{MARKDOWN}"):
            self.path.setText(str(path.with_suffix(f".{suffix}")))

    def _warn(self) -> None:
        path = Path(self.path.text().strip())
        self._say("The file is there and will be replaced." if path.is_file() else "", "dim")

    def _ask_where(self) -> None:
        kinds = _FILTERS[self.format.value]
        ask_where(
            self, "Save the report", Path(self.path.text()), kinds,
            lambda path: self.path.setText(str(path)),
        )  # fmt: skip

    def choice(self) -> ReportChoice:
        """What the fields say. Raises ValueError where they name no file."""
        text = self.path.text().strip()
        if not text:
            raise ValueError("Say into which file the report goes.")
        path = Path(text).expanduser().absolute()
        if path.is_dir():
            raise ValueError(f"{path} is a folder; name a file in it.")
        if path.suffix != f".{self.format.value}":
            path = path.with_name(f"{path.name}.{self.format.value}")
        left_out = frozenset(name for name, box in self.sections.items() if not box.isChecked())
        request = replace(self._request, title=self.title.text().strip())
        return ReportChoice(request, left_out, path)

    # -- writing --------------------------------------------------------------------------------------
    def start(self) -> None:
        try:
            choice = self.choice()
        except (ValueError, RuntimeError) as error:
            self._say(str(error), "error")
            return
        self._allow(False)
        self._say("reading", "dim")
        stop, told = self._cancelled, self._told

        def tell(what: str, part: float) -> None:
            if not stop[0]:
                told.emit(what, part)

        self._session.call(
            lambda workbench: write_report(workbench, choice, tell, lambda: stop[0]),
            self._finish,
            while_alive(self, self._fail),
        )

    def _finish(self, path: Path) -> None:
        self._session.notice.emit(f"Saved the report to {path}", None)
        if self._cancelled[0]:  # it was whole before it heard of that
            return
        self.written = path
        self.bar.hide()
        self._say(f"Saved to {path}", "")
        self._pages.setCurrentIndex(1)
        self.open_button.setDefault(True)
        self.open_button.setFocus()

    def _fail(self, error: Exception) -> None:
        if not self._cancelled[0]:
            self._allow(True)
            self._say(f"The report could not be made: {error}", "error")

    def _cancel(self) -> None:
        if self.written is None and not self.make.isEnabled():
            self._session.notice.emit("The report was cancelled", None)
        self._cancelled[0] = True

    def _open(self) -> None:
        if self.written is None:
            return
        if QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.written))):
            self.accept()
        else:
            self._say(f"No program opens {self.written}; open it yourself.", "error")

    # -- how far it is ----------------------------------------------------------------------------------
    def _show_progress(self, what: str, part: float) -> None:
        self.bar.setValue(round(1000 * part))
        self._say(what, "dim")

    def _allow(self, on: bool) -> None:
        self._form.setEnabled(on)
        self.make.setEnabled(on)
        self.bar.setVisible(not on)

    def _say(self, text: str, role: str) -> None:
        self.told.setText(text)
        set_role(self.told, role)
