from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QTableWidget
from pytestqt.qtbot import QtBot

from runners.datasets import prepare_dataset
from runners.datasets.dataset import VERSIONS
from tests.imported import import_table
from widgets.data.charts import HistogramTile
from widgets.data.data_view import DataView
from widgets.data.tiles import ImageTile, SeriesTile
from workbench.datasets import Origin
from workbench.session import Session

LONG_MS = 120_000


@pytest.fixture
def datasets(home_path: Path) -> Path:
    return home_path / "datasets"


@pytest.fixture
def view(qtbot: QtBot, session: Session) -> DataView:
    made = DataView(session)
    qtbot.addWidget(made)
    made.resize(900, 600)
    made.show()
    qtbot.waitUntil(lambda: made.list.list.count() > 0)
    return made


def look_at(qtbot: QtBot, view: DataView, name: str) -> None:
    """Go to a dataset, and wait until its page and its samples are there."""
    view.open_dataset(name)
    qtbot.waitUntil(lambda: view.page.page is not None and view.page.page.listed.info.name == name)


def test_the_list_has_what_comes_along_and_what_was_imported_first(
    qtbot: QtBot, datasets: Path, session: Session
) -> None:
    import_table(datasets, "mine", title="My table")
    view = DataView(session)
    qtbot.addWidget(view)
    view.show()
    qtbot.waitUntil(lambda: view.list.list.count() > 1)
    titles = [view.list.list.item(row).text() for row in range(view.list.list.count())]
    assert titles[0] == "My table"
    assert titles[1:] == sorted(titles[1:], key=str.lower)
    view.list.search.setText("forecasting")
    shown = [at for at in range(view.list.list.count()) if not view.list.list.item(at).isHidden()]
    assert [titles[at] for at in shown] == ["Mauna Loa"]


def test_a_page_shows_rows_in_their_own_units_with_balance_and_distributions(
    qtbot: QtBot, view: DataView, datasets: Path
) -> None:
    import_table(datasets, "mine")
    look_at(qtbot, view, "mine")
    page = view.page
    qtbot.waitUntil(lambda: page.findChild(QTableWidget) is not None)
    table = page.findChild(QTableWidget)
    assert table is not None
    headers = [table.horizontalHeaderItem(at).text() for at in range(table.columnCount())]
    assert headers == ["class", "age", "height", "weight"]
    heights = [float(table.item(row, 2).text()) for row in range(table.rowCount())]
    assert all(1.2 < height < 2.2 for height in heights)
    assert page.balance.rows == [("no", 12), ("yes", 12)]
    assert len(page.findChildren(HistogramTile)) == 3
    assert "/data/a.csv" in page.recipe.findChildren(type(page.title))[1].text()


@pytest.mark.parametrize(("name", "kind"), [("nuclei", ImageTile), ("mauna-loa", SeriesTile)])
def test_images_are_shown_as_tiles_and_series_as_plots(
    qtbot: QtBot, view: DataView, datasets: Path, name: str, kind: type
) -> None:
    prepare_dataset(name, datasets)
    look_at(qtbot, view, name)
    qtbot.waitUntil(lambda: bool(view.page.findChildren(kind)))
    view.page.samples.others.click()
    qtbot.waitUntil(lambda: bool(view.page.findChildren(kind)))
    assert view.page.samples.problem.text() == ""


def test_a_dataset_is_prepared_from_its_page_and_can_be_deleted_and_brought_back(
    qtbot: QtBot, view: DataView, datasets: Path
) -> None:
    look_at(qtbot, view, "iris")
    assert view.page.prepare.isVisible()
    assert not view.page.delete.isVisible()
    with qtbot.waitSignal(view.changed, timeout=LONG_MS):
        qtbot.mouseClick(view.page.prepare, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(view.page.job.isVisible)
        assert not view.page.run.isEnabled()
    qtbot.waitUntil(view.page.delete.isVisible)
    assert not view.page.job.isVisible()
    qtbot.mouseClick(view.page.delete, Qt.MouseButton.LeftButton)
    box = view.findChild(QMessageBox)
    assert box is not None
    with qtbot.waitSignal(view.changed):
        next(each for each in box.buttons() if each.text() == "Delete").click()
    assert not (datasets / "iris").exists()
    qtbot.waitUntil(view.page.prepare.isVisible)
    qtbot.waitUntil(view.deleted.isVisible)
    view.deleted.menu().actions()[0].trigger()
    qtbot.waitUntil(view.page.delete.isVisible)
    assert (datasets / "iris" / "dataset.json").exists()
    qtbot.waitUntil(lambda: not view.deleted.isVisible())


def test_a_preparation_that_fails_says_why_in_the_page(
    qtbot: QtBot, view: DataView, tmp_path: Path
) -> None:
    look_at(qtbot, view, "mnist")
    assert view.page.source.isVisible()
    view._prepare("mnist", tmp_path)
    qtbot.waitUntil(view.page.problem.isVisible, timeout=LONG_MS)
    assert "has no" in view.page.problem.text()
    assert view.page.prepare.isEnabled()


def test_a_preparation_can_be_cancelled(qtbot: QtBot, view: DataView, datasets: Path) -> None:
    look_at(qtbot, view, "austen-novels")
    view.prepare()
    qtbot.waitUntil(lambda: view.page.job.busy)
    view.page.job.cancel.click()
    qtbot.waitUntil(lambda: not view.page.job.busy, timeout=LONG_MS)
    assert view.page.problem.text() == ""
    assert not (datasets / "austen-novels").exists()
    assert view.page.prepare.isEnabled()


def test_an_earlier_version_stands_in_the_page_of_the_new_one(
    qtbot: QtBot, view: DataView, datasets: Path
) -> None:
    first = import_table(datasets, "mine", seed=1)
    import_table(datasets, "mine", seed=2)
    look_at(qtbot, view, "mine")
    page = view.page.page
    assert page is not None
    assert page.listed.origin is Origin.IMPORTED
    assert [version.sha256 for version in page.versions] == [first.sha256]
    assert (datasets / VERSIONS / f"mine-{first.sha256[:12]}").is_dir()


def test_a_dataset_whose_files_were_lost_is_told_instead_of_shown(
    qtbot: QtBot, view: DataView, datasets: Path
) -> None:
    prepare_dataset("iris", datasets)
    look_at(qtbot, view, "iris")
    qtbot.waitUntil(lambda: view.page.findChild(QTableWidget) is not None)
    shutil.rmtree(datasets / "iris")
    view.page.samples.others.click()
    qtbot.waitUntil(lambda: "cannot be read" in view.page.samples.problem.text())
