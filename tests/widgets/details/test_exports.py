from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from runners.protocol import State
from storage.home import Home
from storage.store import Store
from tests.widgets.conftest import MakeRun
from tests.widgets.models import made
from widgets.details.exports import RunExports
from widgets.parts import ElidedLabel
from workbench.session import Session


def said(shown: RunExports) -> list[str]:
    return [each.full for line in shown._lines for each in line.findChildren(ElidedLabel)]


def test_the_exports_of_the_run_are_listed_as_they_come_and_go(
    qtbot: QtBot, session: Session, store: Store, make_run: MakeRun
) -> None:
    run, other = make_run("one"), make_run("other")
    shown = RunExports(session)
    qtbot.addWidget(shown)
    shown.show()
    shown.show_run(run)
    assert not shown.show_them.isVisible()
    first = made.export(store, Home(session.home), run, made.checked())  # type: ignore[arg-type]
    qtbot.waitUntil(lambda: said(shown) == ["ONNX · 320 µs"])
    with qtbot.waitSignal(shown.shown_wanted) as told:
        qtbot.mouseClick(shown.show_them, Qt.MouseButton.LeftButton)
    assert told.args == [[first.id]]
    shown.show_run(other)
    assert said(shown) == []
    shown.show_run(run)
    qtbot.waitUntil(lambda: len(said(shown)) == 1)
    store.exports.trash([first.id])
    qtbot.waitUntil(lambda: said(shown) == [])


def test_only_what_has_ended_can_be_exported(
    qtbot: QtBot, session: Session, make_run: MakeRun
) -> None:
    shown = RunExports(session)
    qtbot.addWidget(shown)
    shown.show_run(make_run("busy", State.RUNNING))
    assert not shown.has_something
    shown.show_run(make_run("done"))
    assert shown.has_something
    with qtbot.waitSignal(shown.export_wanted):
        shown.export.click()


def test_what_has_no_checkpoint_is_not_offered_and_says_why(
    qtbot: QtBot, session: Session, home_path: Path, make_run: MakeRun
) -> None:
    proof, kept = make_run("proof"), make_run("kept")
    checkpoints = Home(home_path).run_folder(kept.id).checkpoints
    checkpoints.mkdir(parents=True)
    (checkpoints / "last.pt").write_bytes(b"weights")
    shown = RunExports(session)
    qtbot.addWidget(shown)
    shown.show()
    shown.show_run(proof)
    qtbot.waitUntil(lambda: not shown.export.isEnabled())
    assert "It has no checkpoint" in shown.export.toolTip()
    shown.show_run(kept)
    qtbot.waitUntil(lambda: shown.export.isEnabled() and not shown.export.toolTip())
