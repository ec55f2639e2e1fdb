"""The model that the form of a new run would train: its layers and its code. It follows the form."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QDialog, QTabWidget, QWidget

from runners.protocol import Framework
from widgets import theme
from widgets.model_view.code_view import CodeView
from widgets.model_view.layer_view import LayerView
from widgets.parts import column, label
from widgets.saving import ask_where
from workbench.model_summary import ModelSummary
from workbench.script_writer.writer import CannotBeWrittenError
from workbench.session import Session

LAYERS, CODE = 0, 1


class ModelDialog(QDialog):
    """Stays open beside the form and does not hold it up."""

    def __init__(self, parent: QWidget, session: Session) -> None:
        super().__init__(parent)
        self._session = session
        self._summary: ModelSummary | None = None
        self.layers, self.code = LayerView(), CodeView()
        self.pages = QTabWidget()
        self.pages.addTab(self.layers, "&Layers")
        self.pages.addTab(self.code, "&Code")
        self.problem = label("", "error", wrap=True)
        self.problem.hide()
        self.setLayout(column(self.problem, self.pages, margin=12))
        self.code.script_wanted.connect(self._ask_for_file)
        self.resize(1120, 680)
        self.setSizeGripEnabled(True)
        self.setWindowTitle("Model")
        self.setMinimumSize(60 * theme.SPACE, 40 * theme.SPACE)

    def open_at(self, page: int) -> None:
        self.pages.setCurrentIndex(page)
        self.show()
        self.raise_()
        self.activateWindow()

    def show_summary(self, summary: ModelSummary) -> None:
        self._summary = summary
        self.problem.hide()
        self.pages.setEnabled(True)
        self.setWindowTitle(f"{summary.template.title} on {summary.request.info.title}")
        self.layers.show_summary(summary)
        self.code.show_code(summary.code)

    def show_problem(self, text: str) -> None:
        """Say why there is no model to show; what was shown last stays, greyed."""
        self.problem.setText(text)
        self.problem.show()
        self.pages.setEnabled(False)

    def _ask_for_file(self, framework: Framework) -> None:
        if self._summary is None:
            return
        request = self._summary.request
        try:
            text = self._summary.script(framework)
        except CannotBeWrittenError as error:
            self._session.failed.emit(f"Not saved: {error}")
            self.problem.setText(str(error))
            self.problem.show()
            return
        self.problem.hide()
        name = f"{request.template}_{request.dataset}_{framework}.py".replace("-", "_")
        ask_where(
            self,
            "Save as a script",
            Path(name),
            "Python (*.py)",
            lambda path: self._save(path, text),
        )

    def _save(self, path: Path, text: str) -> None:
        self._session.call(
            lambda _: path.write_text(text, encoding="utf-8"),
            lambda _: self._session.notice.emit(f"Saved the script {path}", None),
            lambda error: self._session.failed.emit(f"The script could not be saved: {error}"),
        )
