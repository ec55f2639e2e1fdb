from __future__ import annotations

from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication, QImage
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from storage.home import Home
from storage.store import Store
from tests.runners.export.answering.subjects import IMAGES
from tests.trying import digits_run, export_of
from tests.widgets.trying.conftest import TryExports
from widgets.trying.asked import Asked, asked_of_sample
from widgets.trying.image_source import ImageSource
from widgets.trying.row_source import RowSource
from widgets.trying.series_source import SeriesSource
from widgets.trying.text_source import TextSource
from widgets.trying.try_window import MOST, TryWindow
from workbench.app import compose, take_down
from workbench.session import Session


def image_source(window: TryWindow) -> ImageSource:
    assert isinstance(window.source, ImageSource)
    return window.source


def answered(qtbot: QtBot, window: TryWindow) -> None:
    """Wait until every model has said something of what is asked about."""
    qtbot.waitUntil(lambda: window.asked is not None and all(card.asked is not None and card.asked.given is window.asked.given for card in window.cards))  # fmt: skip


def test_models_stand_side_by_side_and_say_what_a_sample_of_the_test_part_is(qtbot: QtBot, try_exports: TryExports) -> None:  # fmt: skip
    window = try_exports("images", "images")
    answered(qtbot, window)
    assert window.browser.list.count() == 24
    assert "of the test part, truly" in window.heading.full
    one, other = (card.view for card in window.cards)
    assert one is not None
    assert other is not None
    assert len(one.bars.shares) == 10
    assert one.bars.shares == other.bars.shares  # the same weights
    assert sum(share.probability for share in one.bars.shares) == pytest.approx(1, abs=1e-5)


def test_a_drawing_is_asked_about_while_it_is_drawn_and_cleared_with_a_key(qtbot: QtBot, try_exports: TryExports) -> None:  # fmt: skip
    window = try_exports("images")
    answered(qtbot, window)
    canvas = image_source(window).canvas
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=QPoint(140, 60))
    for y in range(70, 220, 30):
        qtbot.mouseMove(canvas, QPoint(140, y))
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=QPoint(140, 220))
    qtbot.waitUntil(lambda: window.asked is not None and window.asked.given.name == "Your drawing")
    answered(qtbot, window)
    assert window.heading.full == "Your drawing"
    assert window.browser.list.currentRow() == -1
    seen = window.asked.given.x if window.asked else None
    assert seen is not None
    assert seen[..., 0].sum(0).argmax() in (3, 4)  # the line stands in the middle
    canvas.setFocus()
    qtbot.keyClick(canvas, Qt.Key.Key_Delete)
    assert window.asked is None
    assert window.heading.full == "Give a sample on the left"
    assert window.cards[0].view is not None
    assert window.cards[0].view.bars.shares == ()


def test_an_image_that_is_dropped_or_pasted_is_asked_about(qtbot: QtBot, try_exports: TryExports, tmp_path: Path) -> None:  # fmt: skip
    window = try_exports("images")
    answered(qtbot, window)
    path = tmp_path / "seven.png"
    Image.new("L", (40, 40), 200).save(path)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    drop = QDropEvent(QPoint(5, 5), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)  # fmt: skip
    window.dropEvent(drop)
    qtbot.waitUntil(lambda: window.heading.full == "seven.png")
    answered(qtbot, window)
    image = QImage(20, 20, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.black)
    QGuiApplication.clipboard().setImage(image)
    image_source(window).paste_button.click()
    qtbot.waitUntil(lambda: window.heading.full == "Your image")
    QGuiApplication.clipboard().clear()
    image_source(window).paste_button.click()
    assert "no image in the clipboard" in window.problem.text()


def test_a_file_that_is_no_image_is_told_and_what_was_shown_stays(qtbot: QtBot, try_exports: TryExports, tmp_path: Path) -> None:  # fmt: skip
    window = try_exports("images")
    answered(qtbot, window)
    before = window.asked
    path = tmp_path / "odd.png"
    path.write_bytes(b"nothing")
    image_source(window).read(path)
    qtbot.waitUntil(lambda: "odd.png is no image" in window.problem.text())
    assert window.asked is before


def test_mistakes_are_listed_with_the_largest_loss_first(qtbot: QtBot, try_exports: TryExports) -> None:  # fmt: skip
    window = try_exports("images")
    answered(qtbot, window)
    window.browser.which.set_value("mistakes")
    qtbot.waitUntil(lambda: "mistakes among 360" in window.browser.words.text())
    qtbot.waitUntil(lambda: window.browser.list.count() > 0)
    texts = [window.browser.list.item(at).text() for at in range(window.browser.list.count())]
    losses = [float(text.rpartition("· ")[2]) for text in texts]
    assert losses == sorted(losses, reverse=True)
    truth, given = texts[0].partition(" ·")[0].split(" → ")
    assert truth != given
    answered(qtbot, window)
    assert f"truly {truth}" in window.heading.full
    view = window.cards[0].view
    assert view is not None
    assert view.bars.shares[0].name == given


def test_occlusion_shows_what_an_answer_rests_on_and_gradients_say_why_not(qtbot: QtBot, try_exports: TryExports) -> None:  # fmt: skip
    window = try_exports("images")
    answered(qtbot, window)
    view = window.cards[0].view
    assert view is not None
    assert view.picture.isHidden()
    window.method.set_value("occlusion")
    qtbot.waitUntil(lambda: view.picture.isVisible() and not view.picture.pixmap().isNull())
    window.method.set_value("gradient")
    qtbot.waitUntil(lambda: "try occlusion" in window.cards[0].problem.text())
    assert view.picture.isHidden()
    window.method.set_value("")
    assert window.cards[0].problem.isHidden()


def test_a_row_is_typed_in_its_own_units_and_a_wrong_number_is_marked(qtbot: QtBot, try_exports: TryExports) -> None:  # fmt: skip
    window = try_exports("regression")
    source = window.source
    assert isinstance(source, RowSource)
    rooms = source.editors["rooms"]
    rooms.setFocus()
    rooms.selectAll()  # type: ignore[union-attr]
    qtbot.keyClicks(rooms, "5")
    qtbot.waitUntil(lambda: window.heading.full == "Your row")
    answered(qtbot, window)
    assert window.asked is not None
    assert window.asked.given.x is not None
    np.testing.assert_allclose(window.asked.given.x, [1, 0])
    view = window.cards[0].view
    assert view is not None
    assert view.words.text().startswith("price: ")
    qtbot.keyClick(rooms, Qt.Key.Key_Return)
    assert rooms.text() == "5"  # type: ignore[union-attr]
    qtbot.keyClicks(rooms, "x")
    assert rooms.property("wrong")
    assert "'5x' is no number" in window.problem.text()
    source.reset.click()
    assert not rooms.property("wrong")
    assert window.problem.isHidden()


def test_a_text_goes_on_until_it_is_stopped(qtbot: QtBot, try_exports: TryExports) -> None:
    window = try_exports("text")
    source, card = window.source, window.cards[0]
    assert isinstance(source, TextSource)
    source.write.click()
    assert "Type a text" in window.problem.text()
    source.editor.setPlainText("abc")
    source.count.setValue(5000)
    source.write.click()
    assert source.stop.isEnabled()
    assert card.view is not None
    text = card.view.text
    qtbot.waitUntil(lambda: len(text.toPlainText()) > 10)
    assert text.toPlainText().startswith("abc")
    source.stop.click()
    qtbot.waitUntil(lambda: not card.is_writing)
    assert not source.stop.isEnabled()
    assert len(text.toPlainText()) < 5000
    assert len(card.view.bars.shares) == 5


def test_the_same_text_and_seed_go_on_in_the_same_way(qtbot: QtBot, try_exports: TryExports) -> None:  # fmt: skip
    window = try_exports("text", "text")
    source = window.source
    assert isinstance(source, TextSource)
    source.editor.setPlainText("ab")
    source.count.setValue(20)
    source.write.click()
    qtbot.waitUntil(lambda: not any(card.is_writing for card in window.cards))
    one, other = (card.view.text.toPlainText() for card in window.cards if card.view)
    assert one == other
    assert one.startswith("ab")
    assert len(one) > 2


@pytest.mark.parametrize("kind", ["masks", "forecast", "rows"])
def test_what_has_no_test_part_here_says_so_and_takes_files(qtbot: QtBot, try_exports: TryExports, tmp_path: Path, kind: str) -> None:  # fmt: skip
    window = try_exports(kind)
    facts, source = window.cards[0].facts, window.source
    assert facts is not None
    assert source is not None
    path = tmp_path / "sample.npy"
    np.save(path, np.zeros(facts.shape, np.float32))
    source.read(path)
    answered(qtbot, window)
    assert window.cards[0].answer is not None


def test_a_series_is_typed_and_of_several_channels_one_is_shown(qtbot: QtBot, try_exports: TryExports) -> None:  # fmt: skip
    window = try_exports("forecast")  # of three steps of warmth and rain
    source, card = window.source, window.cards[0]
    assert isinstance(source, SeriesSource)
    source.editor.setPlainText("10, 1\n15, 3")
    qtbot.waitUntil(lambda: "2 steps, and the model looks at 3" in window.problem.text())
    source.editor.setPlainText("10, 1\n15, x\n20, 5")
    qtbot.waitUntil(lambda: "Line 2: rain: 'x' is no number" in window.problem.text())
    source.editor.setPlainText("10, 1\n15, 3\n20, 5")
    qtbot.waitUntil(lambda: window.heading.full == "Your series")
    answered(qtbot, window)
    assert window.problem.isHidden()
    assert window.asked is not None
    np.testing.assert_allclose(window.asked.given.x, [[0, 0], [1, 1], [2, 2]])  # type: ignore[arg-type]
    assert card.view is not None
    description = card.view.plot.accessibleDescription
    before = description()
    assert f"{float(card.answer[0, 0]):.3g}"[:3] in before
    assert [source.channel.itemText(at) for at in range(source.channel.count())] == ["warmth", "rain"]  # fmt: skip
    source.channel.setCurrentIndex(1)
    assert description() != before
    source.editor.clear()
    qtbot.waitUntil(lambda: window.asked is None)


def test_a_series_from_a_file_can_be_changed_as_text(qtbot: QtBot, try_exports: TryExports, tmp_path: Path) -> None:  # fmt: skip
    window = try_exports("forecast")
    source = window.source
    assert isinstance(source, SeriesSource)
    path = tmp_path / "air.csv"
    path.write_text("time;rain;warmth\n" + "".join(f"{at};{at};{10 + at}\n" for at in range(4)), "utf-8")  # fmt: skip
    source.read(path)
    qtbot.waitUntil(lambda: window.heading.full == "air.csv")
    assert source.editor.toPlainText() == "11, 1\n12, 2\n13, 3"
    path.write_text("time;warmth\n1;2\n", "utf-8")
    source.read(path)
    qtbot.waitUntil(lambda: "air.csv, there is no column rain" in window.problem.text())
    assert window.heading.full == "air.csv"
    source.editor.selectAll()
    qtbot.keyClicks(source.editor, "9 1")
    qtbot.keyClick(source.editor, Qt.Key.Key_Return)
    qtbot.keyClicks(source.editor, "8 1")
    qtbot.keyClick(source.editor, Qt.Key.Key_Return)
    qtbot.keyClicks(source.editor, "7 1")
    qtbot.waitUntil(lambda: window.heading.full == "Your series")


def test_a_model_of_other_samples_says_so_and_is_not_asked(qtbot: QtBot, try_exports: TryExports) -> None:  # fmt: skip
    window = try_exports("images", "regression")
    lead = next(card for card in window.cards if card.can_answer)
    other = next(card for card in window.cards if card is not lead)
    assert "other samples" in other.problem.text()
    assert not other.can_answer
    assert other.asked is None


def test_what_a_sample_truly_is_holds_for_models_of_its_dataset_alone() -> None:
    asked = asked_of_sample(IMAGES, "hash", 7, np.zeros((8, 8, 1)), np.array(1))
    assert asked.heading == "Sample 7 of the test part, truly right"
    assert asked.of("hash") is asked
    other = asked.of("another")
    assert other.truth is None
    assert other.given is asked.given
    typed = Asked(asked.given)
    assert typed.of("another") is typed


def test_a_run_without_a_checkpoint_says_what_to_do(qtbot: QtBot, session: Session, store: Store, home_path: Path) -> None:  # fmt: skip
    run = digits_run(store, Home(home_path))
    window = TryWindow(None, session)
    qtbot.addWidget(window)
    window.add_models(run_ids=[run.id])
    window.show()
    qtbot.waitUntil(lambda: bool(window.cards))
    assert "train it again" in window.cards[0].problem.text()
    assert window.source is None


def test_others_on_the_same_data_can_be_added_and_taken_away(qtbot: QtBot, try_exports: TryExports, store: Store, home_path: Path) -> None:  # fmt: skip
    window = try_exports("images")
    answered(qtbot, window)
    run = store.run(window.cards[0].tried.subject.run_id)
    export_of(store, Home(home_path), run, "another")
    window.add.click()
    qtbot.waitUntil(lambda: any("another" in action.text() for action in window.menu.actions()))
    next(action for action in window.menu.actions() if "another" in action.text()).trigger()
    window.menu.close()
    assert len(window.cards) == 2
    qtbot.waitUntil(lambda: window.cards[1].asked is not None)
    window.remove(window.cards[0])
    assert [card.tried.subject.title for card in window.cards] == ["another"]
    assert len(window.cards) <= MOST


def test_closing_the_window_ends_the_processes(qtbot: QtBot, try_exports: TryExports) -> None:
    window = try_exports("images")
    children = [each for each in psutil.Process().children() if "answer" in each.cmdline()]
    assert children
    window.close()
    qtbot.waitUntil(lambda: not any(each.is_running() and each.status() != psutil.STATUS_ZOMBIE for each in children))  # fmt: skip


def test_a_run_is_tried_from_the_menu_and_its_processes_end_with_the_window(qtbot: QtBot, store: Store, home_path: Path) -> None:  # fmt: skip
    home = Home(home_path)
    export = export_of(store, home, digits_run(store, home), "linear")
    session, window = compose(home_path)
    try:
        window.show()
        qtbot.waitUntil(lambda: bool(session.runs))
        session.select([export.run_id])
        window.actions_table["try"].trigger()
        (tried,) = window.findChildren(TryWindow)
        qtbot.waitUntil(lambda: bool(tried.cards))
        assert "train it again" in tried.cards[0].problem.text()
        window.views.models.try_wanted.emit([export.id])
        other = next(each for each in window.findChildren(TryWindow) if each is not tried)
        qtbot.waitUntil(lambda: bool(other.cards) and other.cards[0].tried.is_open)
        children = [each for each in psutil.Process().children() if "answer" in each.cmdline()]
        assert children
    finally:
        take_down(session, window)
    qtbot.waitUntil(lambda: not any(each.is_running() and each.status() != psutil.STATUS_ZOMBIE for each in children))  # fmt: skip


def test_everything_that_takes_the_keyboard_has_a_name(qtbot: QtBot, try_exports: TryExports) -> None:  # fmt: skip
    for kind in ("images", "regression", "text", "forecast"):
        window = try_exports(kind)
        window.browser.which.set_value("mistakes")
        unnamed = [each for each in window.findChildren(QWidget) if _takes_keyboard(each) and not (each.accessibleName() or getattr(each, "text", str)())]  # fmt: skip
        assert not unnamed
        window.close()


def _takes_keyboard(widget: QWidget) -> bool:
    takes = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus) and not widget.focusProxy()
    return takes and widget.isVisible() and not widget.objectName().startswith("qt_")
