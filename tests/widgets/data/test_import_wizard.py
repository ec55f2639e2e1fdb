from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from runners.datasets.dataset import PreparedDataset, Task
from runners.datasets.importing import Role, Type
from widgets.data.importing.column_model import ROLE, TYPE
from widgets.data.importing.wizard import FILES, NAME, OPTIONS, PREVIEW, ImportWizard
from widgets.data.tiles import ImageTile
from workbench.dataset_jobs import DatasetJob
from workbench.session import Session

LONG_MS = 180_000


@pytest.fixture
def wizard(qtbot: QtBot, session: Session) -> Iterator[ImportWizard]:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(1100, 760)
    window.show()
    made = ImportWizard(window, session)
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
    made.open()
    yield made
    for job in window.findChildren(DatasetJob):
        job.end()


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Sixty rows: two features, one of them with gaps, an identifier, and the class."""
    path = tmp_path / "flowers.csv"
    lines = [
        f"{n},{n % 7 if n % 9 else ''},{n % 5},{'red' if n % 3 else 'blue'}" for n in range(60)
    ]
    path.write_text("\n".join(["id,width,height,colour", *lines]), "utf-8")
    return path


def look(qtbot: QtBot, wizard: ImportWizard, path: Path) -> None:
    """Name a file and look at it."""
    wizard.files.set_paths([path])
    qtbot.keyClick(wizard, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not wizard.job.busy, timeout=LONG_MS)


def test_a_table_is_imported_by_the_keyboard_and_nothing_is_written_before(
    qtbot: QtBot, wizard: ImportWizard, table: Path, home_path: Path
) -> None:
    look(qtbot, wizard, table)
    assert wizard.place == PREVIEW
    roles = {each.name: each.role for each in wizard.preview.model.columns}
    assert roles == {
        "id": Role.IGNORED,
        "width": Role.FEATURE,
        "height": Role.FEATURE,
        "colour": Role.TARGET,
    }
    assert "identifier" in wizard.preview.notices.text()
    qtbot.keyClick(wizard, Qt.Key.Key_Return)
    assert wizard.place == OPTIONS
    wizard.options.test.setValue(25)
    qtbot.keyClick(wizard, Qt.Key.Key_Return)
    assert wizard.place == NAME
    assert not any((home_path / "datasets").glob("*"))
    wizard.naming.title_.selectAll()
    qtbot.keyClicks(wizard.naming.title_, "My flowers")
    assert wizard.naming.name.text() == "my-flowers"
    with qtbot.waitSignal(wizard.imported, timeout=LONG_MS) as told:
        qtbot.keyClick(wizard, Qt.Key.Key_Return)
    assert told.args is not None
    assert told.args[0] == "my-flowers"
    found = PreparedDataset.read(home_path / "datasets" / "my-flowers")
    assert found is not None
    assert found.info.title == "My flowers"
    assert (found.info.classes, found.info.train_count, found.info.test_count) == (("blue", "red"), 45, 15)  # fmt: skip
    assert found.recipe["paths"] == [str(table)]
    assert not wizard.isVisible()


def test_roles_and_types_are_edited_and_another_target_is_looked_at_anew(
    qtbot: QtBot, wizard: ImportWizard, table: Path
) -> None:
    look(qtbot, wizard, table)
    model = wizard.preview.model
    model.setData(model.index(1, TYPE), Type.CATEGORY)
    model.setData(model.index(2, ROLE), Role.TARGET)
    qtbot.waitUntil(lambda: not wizard.job.busy, timeout=LONG_MS)
    columns = {each.name: each for each in model.columns}
    assert columns["height"].role is Role.TARGET
    assert columns["colour"].role is Role.FEATURE
    assert columns["width"].type is Type.CATEGORY
    wizard.next()
    wizard.options.task.set_value("features|regression")
    wizard.next()
    assert wizard._recipe is not None
    assert wizard._recipe.task is Task.REGRESSION
    assert [each.name for each in wizard._recipe.columns_of(Role.TARGET)] == ["height"]


@pytest.mark.parametrize(
    ("text", "words"),
    [("", "is empty"), ("{", "no JSON|JSON lines|cannot be read|is empty|holds")],
)
def test_a_file_that_cannot_be_imported_is_told_in_place(
    qtbot: QtBot, wizard: ImportWizard, tmp_path: Path, text: str, words: str
) -> None:
    path = tmp_path / ("bad.csv" if not text else "bad.jsonl")
    path.write_text(text, "utf-8")
    look(qtbot, wizard, path)
    assert wizard.place == FILES
    assert any(word in wizard.problem.text() for word in words.split("|"))
    assert wizard.forward.isEnabled()


def test_a_path_that_is_not_there_is_told_at_once(wizard: ImportWizard, tmp_path: Path) -> None:
    wizard.files.set_paths([tmp_path / "none.csv"])
    assert "is not there" in wizard.problem.text()
    assert not wizard.forward.isEnabled()


def test_without_a_target_one_cannot_go_on_from_the_options(
    qtbot: QtBot, wizard: ImportWizard, table: Path
) -> None:
    look(qtbot, wizard, table)
    wizard.next()
    wizard.options.target.set_value("")
    assert "target" in wizard.problem.text()
    assert not wizard.forward.isEnabled()
    wizard.options.target.set_value("colour")
    assert wizard.problem.text() == ""
    assert wizard.forward.isEnabled()


def test_a_name_of_twinbenchs_own_is_refused(
    qtbot: QtBot, wizard: ImportWizard, table: Path
) -> None:
    look(qtbot, wizard, table)
    wizard.next()
    wizard.next()
    wizard.naming.name.selectAll()
    qtbot.keyClicks(wizard.naming.name, "iris")
    assert "of its own" in wizard.problem.text()
    assert not wizard.forward.isEnabled()


def test_a_folder_of_images_shows_them_and_cancel_leaves_nothing(
    qtbot: QtBot, wizard: ImportWizard, tmp_path: Path, home_path: Path
) -> None:
    image_module = pytest.importorskip("PIL.Image")
    for name in ("cat", "dog"):
        (tmp_path / "pets" / name).mkdir(parents=True)
        for number in range(12):
            image = image_module.new("RGB", (20, 16), (number * 20, 80, 40))
            image.save(tmp_path / "pets" / name / f"{number}.png")
    look(qtbot, wizard, tmp_path / "pets")
    assert wizard.place == PREVIEW
    qtbot.waitUntil(lambda: len(wizard.preview.findChildren(ImageTile)) == 12)
    wizard.next()
    wizard.next()
    wizard.next()
    assert wizard.job.busy
    wizard.reject()
    qtbot.waitUntil(lambda: not wizard.isVisible(), timeout=LONG_MS)
    assert not (home_path / "datasets" / "pets").exists()


def test_another_version_begins_from_the_recipe_of_the_first(
    qtbot: QtBot, session: Session, wizard: ImportWizard, table: Path
) -> None:
    look(qtbot, wizard, table)
    wizard.next()
    wizard.options.seed.setValue(42)
    wizard.next()
    assert wizard._recipe is not None
    from runners.datasets.importing import to_plain

    again = ImportWizard(wizard, session, to_plain(wizard._recipe))
    again.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
    qtbot.addWidget(again)
    assert again.files.paths == (table,)
    again.next()
    qtbot.waitUntil(lambda: again.place == PREVIEW and not again.job.busy, timeout=LONG_MS)
    again.next()
    assert again.options.seed.value() == 42


def test_files_that_are_dropped_on_the_first_step_are_taken(
    wizard: ImportWizard, table: Path
) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(table))])
    left, copy = Qt.MouseButton.LeftButton, Qt.DropAction.CopyAction
    wizard.files.dropEvent(
        QDropEvent(QPointF(5, 5), copy, data, left, Qt.KeyboardModifier.NoModifier)
    )
    assert wizard.files.paths == (table,)
    assert wizard.forward.isEnabled()
