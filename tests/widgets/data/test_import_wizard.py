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


@pytest.fixture
def held_out(table: Path, tmp_path: Path) -> Path:
    """A test file beside the table, of its first twelve rows."""
    path = tmp_path / "held out.csv"
    path.write_text("".join(table.read_text("utf-8").splitlines(keepends=True)[:13]), "utf-8")
    return path


def choose_files(qtbot: QtBot, wizard: ImportWizard, table: Path) -> None:
    """Go to the options and split by files, by the keyboard."""
    look(qtbot, wizard, table)
    qtbot.keyClick(wizard, Qt.Key.Key_Return)
    wizard.options.how.setFocus()
    qtbot.keyClicks(wizard.options.how, "by files")


def test_the_test_part_is_a_file_that_is_named_by_the_keyboard_and_counted(
    qtbot: QtBot, wizard: ImportWizard, table: Path, held_out: Path, home_path: Path
) -> None:
    choose_files(qtbot, wizard, table)
    options = wizard.options
    assert "name it" in wizard.problem.text()
    assert not wizard.forward.isEnabled()
    assert not options.test.isVisible()
    qtbot.keyClick(options.how, Qt.Key.Key_Tab)
    assert options.parts.test.edit.hasFocus()
    qtbot.keyClicks(options.parts.test.edit, str(held_out))
    qtbot.keyClick(options.parts.test.edit, Qt.Key.Key_Tab)
    with qtbot.waitSignal(options.settled, timeout=LONG_MS):
        assert options.busy
    assert wizard.problem.text() == ""
    assert options.parts.counts == {
        "Training part": "60 rows: red 40, blue 20",
        "Test part": "12 rows: red 8, blue 4",
    }
    qtbot.keyClick(wizard, Qt.Key.Key_Return)
    assert wizard.place == NAME
    assert wizard.naming.counts == options.parts.counts
    with qtbot.waitSignal(wizard.imported, timeout=LONG_MS):
        qtbot.keyClick(wizard, Qt.Key.Key_Return)
    found = PreparedDataset.read(home_path / "datasets" / "flowers")
    assert found is not None
    assert (found.info.train_count, found.info.test_count) == (60, 12)


def test_enter_in_the_field_of_the_test_part_goes_on_as_soon_as_it_is_known_to_be_good(
    qtbot: QtBot, wizard: ImportWizard, table: Path, held_out: Path
) -> None:
    choose_files(qtbot, wizard, table)
    edit = wizard.options.parts.test.edit
    edit.setFocus()
    edit.setText(str(held_out))
    qtbot.keyClick(edit, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: wizard.place == NAME, timeout=LONG_MS)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("id,width,height,colour\n1,2,3,green\n", "that the training part has not: 'green'"),
        ("id,width,colour\n1,2,red\n", "no column 'height'"),
        ("id,width,height,colour\n", "holds no rows"),
        ("", "is the same file as the training part"),
    ],
)
def test_a_test_part_that_does_not_go_with_the_training_part_is_told_in_place(
    qtbot: QtBot, wizard: ImportWizard, table: Path, tmp_path: Path, text: str, words: str
) -> None:
    other = tmp_path / "other.csv" if text else table
    if text:
        other.write_text(text, "utf-8")
    choose_files(qtbot, wizard, table)
    edit = wizard.options.parts.test.edit
    edit.setFocus()
    edit.setText(str(other))
    qtbot.keyClick(edit, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: words in wizard.problem.text(), timeout=LONG_MS)
    assert wizard.place == OPTIONS
    assert not wizard.forward.isEnabled()
    wizard.options.how.set_value("random")
    assert wizard.problem.text() == ""
    assert wizard.forward.isEnabled()


def test_another_version_has_the_files_of_the_parts_too(
    qtbot: QtBot, session: Session, wizard: ImportWizard, table: Path, held_out: Path
) -> None:
    choose_files(qtbot, wizard, table)
    wizard.options.parts.test.set_paths([held_out])
    wizard.next()
    qtbot.waitUntil(lambda: wizard.place == NAME, timeout=LONG_MS)
    assert wizard._recipe is not None
    from runners.datasets.importing import to_plain

    again = ImportWizard(wizard, session, to_plain(wizard._recipe))
    again.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
    qtbot.addWidget(again)
    again.next()
    qtbot.waitUntil(lambda: again.place == PREVIEW and not again.job.busy, timeout=LONG_MS)
    again.next()
    assert again.options.parts.test.paths == (held_out,)
    qtbot.waitUntil(lambda: not again.options.busy, timeout=LONG_MS)
    assert "Test part" in again.options.parts.counts


def test_a_wizard_that_closes_ends_the_look_at_the_files(
    qtbot: QtBot, wizard: ImportWizard, table: Path, held_out: Path
) -> None:
    choose_files(qtbot, wizard, table)
    wizard.options.parts.test.edit.setText(str(held_out))
    wizard.options.parts.test.chosen.emit()
    assert wizard.options.busy
    wizard.reject()
    assert not wizard.options.busy
    assert not wizard.isVisible()


def test_images_without_labels_are_imported(
    qtbot: QtBot, wizard: ImportWizard, tmp_path: Path, home_path: Path
) -> None:
    image_module = pytest.importorskip("PIL.Image")
    (tmp_path / "clouds").mkdir()
    for number in range(10):
        image = image_module.new("RGB", (20, 16), (number * 20, 80, 40))
        image.save(tmp_path / "clouds" / f"{number}.png")
    look(qtbot, wizard, tmp_path / "clouds")
    assert "have no labels" in wizard.preview.notices.text()
    wizard.next()
    assert wizard.options.task.currentText() == "The images themselves"
    wizard.next()
    with qtbot.waitSignal(wizard.imported, timeout=LONG_MS):
        wizard.next()
    found = PreparedDataset.read(home_path / "datasets" / "clouds")
    assert found is not None
    assert found.info.task is Task.RECONSTRUCTION
