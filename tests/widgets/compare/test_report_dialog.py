from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QDesktopServices
from pytestqt.qtbot import QtBot

from storage.records import RunRecord
from storage.store import Series, Store
from tests.widgets.conftest import MakeRun
from widgets.choices import Choices
from widgets.compare.compare_view import CompareView
from widgets.compare.report_dialog import MARKDOWN, ReportDialog
from widgets.compare.styling import Styling
from workbench.session import Session


@pytest.fixture
def runs(make_run: MakeRun, store: Store, session: Session, qtbot: QtBot) -> list[RunRecord]:
    made = [make_run("one"), make_run("other", seed=8)]
    for run in made:
        steps = np.arange(20)
        store.append(run.id, {"loss": Series(steps, steps + 0.5, 1.0 / (steps + 1))})
    qtbot.waitUntil(
        lambda: all(run.id in session.runs and "loss" in session.runs[run.id].summary for run in made)
    )  # fmt: skip
    return made


@pytest.fixture
def view(qtbot: QtBot, session: Session, choices: Choices, runs: list[RunRecord]) -> CompareView:
    made = CompareView(session, choices)
    qtbot.addWidget(made)
    made.resize(900, 700)
    made.show()
    qtbot.waitExposed(made)
    session.select(run.id for run in runs)
    qtbot.waitUntil(lambda: "loss" in made.grid.plots)
    return made


@pytest.fixture
def dialog(view: CompareView, qtbot: QtBot) -> ReportDialog:
    made = view.report()
    qtbot.waitExposed(made)
    return made


def wait_written(dialog: ReportDialog, qtbot: QtBot) -> Path:
    qtbot.waitUntil(lambda: dialog.written is not None)
    assert dialog.written is not None
    return dialog.written


def test_the_report_is_of_what_the_view_shows(view: CompareView, runs: list[RunRecord], qtbot: QtBot) -> None:  # fmt: skip
    view.pin(runs[1].id)
    view.set_style(Styling(color_by="seed"))
    dialog = view.report()
    request = dialog.choice().request
    assert request.run_ids == (runs[1].id, runs[0].id)
    assert request.base == runs[1].id
    assert request.metrics == tuple(view.grid.plots)
    assert request.settings == view.grid.settings
    assert "coloured by seed" in request.remarks[0]
    dialog.reject()


def test_a_click_writes_one_file_of_html_which_can_be_opened(
    dialog: ReportDialog,
    session: Session,
    tmp_path: Path,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[str] = []
    session.notice.connect(lambda text, _: told.append(text))
    opened: list[str] = []
    monkeypatch.setattr(
        QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()) or True
    )
    dialog.title.setText("How they <compare>")
    dialog.path.setText(str(tmp_path / "report"))
    qtbot.mouseClick(dialog.make, Qt.MouseButton.LeftButton)
    path = wait_written(dialog, qtbot)
    assert path == tmp_path / "report.html"
    text = path.read_text("utf-8")
    assert "How they &lt;compare&gt;" in text
    assert "<svg" in text
    assert told == [f"Saved the report to {path}"]
    qtbot.mouseClick(dialog.open_button, Qt.MouseButton.LeftButton)
    assert [Path(each) for each in opened] == [path]


def test_markdown_has_its_plots_beside_it(
    dialog: ReportDialog, tmp_path: Path, qtbot: QtBot
) -> None:
    dialog.path.setText(str(tmp_path / "report.html"))
    dialog.format.set_value(MARKDOWN)
    assert dialog.path.text() == str(tmp_path / "report.md")
    dialog.start()
    path = wait_written(dialog, qtbot)
    assert (tmp_path / "report-plots" / "plot-1.svg").is_file()
    assert path.read_text("utf-8").startswith("# ")


def test_sections_that_are_not_wanted_are_left_out_and_named(
    dialog: ReportDialog, tmp_path: Path, qtbot: QtBot
) -> None:
    dialog.path.setText(str(tmp_path / "report.md"))
    dialog.format.set_value(MARKDOWN)
    dialog.sections["plots"].setChecked(False)
    dialog.sections["tables"].setChecked(False)
    dialog.start()
    text = wait_written(dialog, qtbot).read_text("utf-8")
    assert "Not asked for: plots, tables of parameters and results." in text
    assert "## Results" not in text
    assert not (tmp_path / "report-plots").exists()


@pytest.mark.parametrize(
    ("path", "words"),
    [("", "Say into which file"), ("nowhere/report.html", "there is no folder"), (".", "is a folder")],
)  # fmt: skip
def test_a_place_that_cannot_be_written_is_told_in_the_dialog(
    dialog: ReportDialog, tmp_path: Path, qtbot: QtBot, path: str, words: str
) -> None:
    dialog.path.setText(str(tmp_path / path) if path else "")
    dialog.start()
    qtbot.waitUntil(lambda: words in dialog.told.text())
    assert dialog.make.isEnabled()
    assert not list(tmp_path.glob("*report*"))


def test_closing_the_dialog_while_it_works_cancels_the_report(
    dialog: ReportDialog, session: Session, tmp_path: Path, qtbot: QtBot
) -> None:
    told: list[str] = []
    session.notice.connect(lambda text, _: told.append(text))
    dialog.path.setText(str(tmp_path / "report.html"))
    dialog.start()
    assert not dialog.make.isEnabled()
    dialog.reject()
    assert told == ["The report was cancelled"]


def test_that_a_file_will_be_replaced_is_told_before(dialog: ReportDialog, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text("older")
    dialog.path.setText(str(path))
    assert dialog.told.text() == "The file is there and will be replaced."
    dialog.path.setText(str(tmp_path / "new.html"))
    assert dialog.told.text() == ""
