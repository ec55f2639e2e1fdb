"""What can be done with exports: rename, stage, copy, open, measure, delete and bring back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QWidget

from storage.records import ExportRecord, Stage
from widgets.dialogs import ask_line, confirm
from widgets.models.reading import Item, read_examples
from widgets.models.words import STAGES
from widgets.parts import while_alive
from widgets.text import plural
from workbench.edits import named
from workbench.session import Session

if TYPE_CHECKING:
    from workbench.bench import Workbench

_GONE = "Their files are removed from the disk. Nothing brings them back; the runs can be exported again."  # fmt: skip


class ExportActions(QObject):
    measuring_wanted = Signal(list)
    """list[int]: the ids of exports to be measured."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self._session, self._parent = session, parent

    def rename(self, item: Item) -> None:
        record = item.record
        ask_line(
            self._parent, "Rename the export", "Its name", record.name,
            lambda name: self.give_name(record, name.strip()),
            lambda name: "" if name.strip() else "An export needs a name.",
        )  # fmt: skip

    def give_name(self, record: ExportRecord, name: str) -> None:
        self._do(
            lambda workbench: workbench.exports.rename(record.id, name), f"Renamed {record.name} to {name}",
            lambda workbench: workbench.exports.rename(record.id, record.name),
        )  # fmt: skip

    def set_stage(self, items: Sequence[Item], stage: str) -> None:
        """Give exports a stage; `notice` offers the undo."""
        before = {one.record.id: one.record.stage for one in items}

        def take_back(workbench: Workbench) -> None:
            for old in set(before.values()):
                workbench.exports.set_stage([id_ for id_, was in before.items() if was == old], old)

        names = named([one.record.name for one in items])
        told = f"{STAGES[stage]}: {names}" if stage else f"Took the stage from {names}"
        self._do(lambda workbench: workbench.exports.set_stage(list(before), Stage(stage)), told, take_back)  # fmt: skip

    def delete(self, items: Sequence[Item]) -> None:
        """Put exports into the trash; `notice` offers the undo."""
        ids = [one.record.id for one in items]
        names = named([one.record.name for one in items])
        self._do(lambda workbench: workbench.exports.trash(ids), f"Deleted {names}", lambda workbench: workbench.exports.restore(ids))  # fmt: skip

    def restore(self, record: ExportRecord) -> None:
        self._do(lambda workbench: workbench.exports.restore([record.id]), f"Brought back {record.name}")  # fmt: skip

    def delete_forever(self, records: Sequence[ExportRecord]) -> None:
        """Ask, then remove trashed exports from the disk."""
        ids = [one.id for one in records]
        told = f"Deleted {plural(len(ids), 'export')} forever"
        confirm(
            self._parent, "Delete forever", f"Delete {plural(len(ids), 'export')} forever?",
            "\n".join([_GONE, "", *(one.name for one in records)]), "Delete forever",
            lambda: self._do(lambda workbench: workbench.exports.delete(ids), told),
        )  # fmt: skip

    def _do(
        self,
        work: Callable[[Workbench], object],
        told: str,
        undo: Callable[[Workbench], object] | None = None,
    ) -> None:
        take_back = partial(self._session.call, undo) if undo is not None else None
        self._session.call(work, while_alive(self, lambda _: self._session.notice.emit(told, take_back)))  # fmt: skip

    # -- outside --------------------------------------------------------------------------------------
    def open_folder(self, item: Item) -> None:
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(item.folder))):
            self._session.notice.emit(f"No program was found to open {item.folder}", None)

    def copy_example(self, item: Item) -> None:
        """Put the example in Python into the clipboard."""

        def copy(found: dict[str, str]) -> None:
            if found:
                self.copy(next(iter(found.values())), f"the example of {item.record.name}")
            else:
                self._session.failed.emit(f"There is no example in {item.folder}")

        self._session.call(lambda _: read_examples(item.folder), while_alive(self, copy))

    def copy(self, text: str, what: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self._session.notice.emit(f"Copied {what}", None)
