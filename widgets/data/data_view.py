"""Data: the datasets of the home, a page for each, and bringing in one's own."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFileDialog, QMenu, QSplitter, QStackedWidget, QWidget

from widgets.data.dataset_list import DatasetList
from widgets.data.dataset_page import DatasetPageView
from widgets.dialogs import confirm
from widgets.parts import EmptyState, button, column, while_alive
from widgets.plain import caption
from widgets.text import plural, size
from workbench.dataset_jobs import DatasetJob, preparation
from workbench.datasets import (
    TRASH_DAYS,
    DatasetPage,
    Listed,
    clear_unfinished,
    list_datasets,
    read_page,
    restore_dataset,
    trash_dataset,
    trashed,
    trashed_name,
)
from workbench.session import Session
from workbench.settings import source_setting

if TYPE_CHECKING:
    from workbench.bench import Workbench


class DataView(QWidget):
    run_wanted = Signal(str)
    """The name of a dataset to train on."""
    import_wanted = Signal(object)
    """The recipe (a dict) of an imported dataset, another version of which is to be imported, or None."""
    changed = Signal()
    """A dataset was prepared, imported or deleted."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._asked = 0
        self._wanted = ""
        self._fresh = False
        self.list = DatasetList()
        self.page = DatasetPageView(session)
        self.add = button("Import your data …", "import")
        self.add.clicked.connect(lambda: self.import_wanted.emit(None))
        left = QWidget()
        self.deleted = button("Deleted", "delete-outline", flat=True)
        self.deleted.setToolTip(
            f"What was deleted in the last {TRASH_DAYS} days can be brought back"
        )
        self.deleted.setMenu(QMenu(self.deleted))
        self.deleted.hide()
        foot = column(self.add, self.deleted, margin=8)
        left.setLayout(column(self.list, foot, space=0))
        self._pages = QStackedWidget()
        self._pages.addWidget(
            EmptyState(
                "database-outline",
                "No dataset is chosen",
                "Choose one on the left, or import your own.",
            )
        )
        self._pages.addWidget(self.page)
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.addWidget(left)
        splitter.addWidget(self._pages)
        splitter.setStretchFactor(1, 1)
        splitter.setSizes([270, 700])
        splitter.setChildrenCollapsible(False)
        self.setLayout(column(splitter))
        self._connect()

    def _connect(self) -> None:
        self.list.chosen.connect(self._read_page)
        page = self.page
        page.run_wanted.connect(lambda: self.run_wanted.emit(self.list.current))
        page.preparation_wanted.connect(self.prepare)
        page.source_wanted.connect(self._ask_for_source)
        page.version_wanted.connect(self._ask_for_version)
        page.deletion_wanted.connect(self._ask_to_delete)
        self._session.ready.connect(self.refresh)

    # -- showing --------------------------------------------------------------------------------------
    def refresh(self) -> None:
        """Read again which datasets there are, now or when the view is next seen."""
        if not self.isVisible():
            self._fresh = False
            return
        self._fresh = True

        def read(workbench: Workbench) -> tuple[list[Listed], list[Path]]:
            folder = workbench.home.datasets
            return list_datasets(folder), trashed(folder)

        self._session.call(read, while_alive(self, self._show))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._fresh:
            self.refresh()

    def open_dataset(self, name: str) -> None:
        """Go to a dataset that was just made, or to its new state."""
        self._wanted = name
        self._fresh = False
        if self.isVisible():
            self.refresh()

    def show_imported(self, name: str, notes: Sequence[str]) -> None:
        """Go to a dataset that was just imported, with what a person should know of it."""
        self.open_dataset(name)
        self.page.say_notes(name, notes)
        self._session.notice.emit(f"Imported {name}", None)

    def _show(self, read: tuple[list[Listed], list[Path]]) -> None:
        found, deleted = read
        self.list.show_datasets(found)
        self._offer_deleted(deleted)
        before = self.list.current
        if self._wanted:
            self.list.search.clear()
            self.list.choose(self._wanted)
            self._wanted = ""
        if self.list.current == before and before:
            self._read_page(before)

    def _offer_deleted(self, places: list[Path]) -> None:
        menu = self.deleted.menu()
        menu.clear()
        for place in places:
            action = menu.addAction(caption(f"Bring back {trashed_name(place)}"))
            action.triggered.connect(partial(self._restore, place))
        self.deleted.setVisible(bool(places))

    def _read_page(self, name: str) -> None:
        self._asked += 1
        number = self._asked

        def take(page: DatasetPage) -> None:
            if number == self._asked:
                runs = sum(run.spec.dataset == name for run in self._session.runs.values())
                self.page.show_page(page, runs)
                self.page.allow(not self.page.job.busy)
                self._pages.setCurrentIndex(1)

        self._session.call(
            lambda workbench: read_page(workbench.home.datasets, name), while_alive(self, take)
        )

    # -- acting ---------------------------------------------------------------------------------------
    def prepare(self) -> None:
        """Prepare, or download, the dataset in sight, from the folder that the settings name if they do."""
        name = self.list.current

        def source(workbench: Workbench) -> Path | None:
            folder = workbench.store.setting(source_setting(name))
            return Path(folder) if folder else None

        self._session.call(source, while_alive(self, lambda folder: self._prepare(name, folder)))

    def _prepare(self, name: str, source: Path | None) -> None:
        if self.page.job.busy:
            return
        job = preparation(name, self._session.datasets_folder, source)
        job.done.connect(lambda _: self._tell_done(name))
        job.failed.connect(self.page.say_problem)
        job.cancelled.connect(partial(self._cleared, name))
        self.follow(job, f"preparing {name} …")

    def follow(self, job: DatasetJob, doing: str) -> None:
        self.page.say_problem("")
        self.page.allow(False)
        job.failed.connect(lambda _: self.page.allow(True))
        job.cancelled.connect(lambda: self.page.allow(True))
        self.page.job.follow(job, doing)

    def _cleared(self, name: str) -> None:
        self._session.call(lambda workbench: clear_unfinished(workbench.home.datasets, name))

    def _tell_done(self, name: str) -> None:
        self._session.notice.emit(f"Prepared {name}", None)
        self.changed.emit()
        self.refresh()

    def _ask_for_source(self) -> None:
        dialog = QFileDialog(self, "The folder with the dataset's files")
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        name = self.list.current
        dialog.fileSelected.connect(lambda folder: self._prepare(name, Path(folder)))
        dialog.open()

    def _ask_for_version(self) -> None:
        page = self.page.page
        if page is not None and page.listed.prepared is not None:
            self.import_wanted.emit(dict(page.listed.prepared.recipe))

    def _ask_to_delete(self) -> None:
        page = self.page.page
        if page is None or page.listed.prepared is None:
            return
        info = page.listed.info
        older = f", with {plural(len(page.versions), 'earlier version')}" if page.versions else ""
        again = (
            f"It was imported{older}; the files that it was made from stay where they are."
            if page.listed.prepared.recipe
            else "It can be prepared again at any time."
        )
        runs = sum(run.spec.dataset == info.name for run in self._session.runs.values())
        used = (
            f" {plural(runs, 'run')} trained on it: they keep their results, but cannot go on without it."
            if runs
            else ""
        )
        confirm(
            self,
            "Delete a dataset",
            f"Delete {info.title} from this home?",
            f"It can be brought back for {TRASH_DAYS} days; then {size(info.size_bytes)} become free. {again}{used}",
            "Delete",
            partial(self._delete, info.name, bool(page.listed.prepared.recipe)),
        )

    def _delete(self, name: str, versions: bool) -> None:
        def deleted(place: Path) -> None:
            self._session.notice.emit(f"Deleted {name}", lambda: self._restore(place))
            self.changed.emit()
            self.refresh()

        self._session.call(
            lambda workbench: trash_dataset(workbench.home.datasets, name, versions=versions),
            while_alive(self, deleted),
            while_alive(self, lambda error: self.page.say_problem(str(error))),
        )

    def _restore(self, place: Path) -> None:
        name = trashed_name(place)

        def restored(_: None) -> None:
            self._session.notice.emit(f"Brought back {name}", None)
            self.changed.emit()
            self.open_dataset(name)

        self._session.call(
            lambda workbench: restore_dataset(workbench.home.datasets, place),
            while_alive(self, restored),
        )
