"""Opens TensorBoard on runs in the browser, without ever making the window wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices

from widgets.text import plural
from workbench.session import Session

if TYPE_CHECKING:
    from workbench.bench import Workbench
    from workbench.tensorboard.launcher import TensorBoard


class TensorBoardOpener(QObject):
    """One TensorBoard at a time; asking for the same runs again opens the one that is there."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._board: TensorBoard | None = None
        self._run_ids: tuple[int, ...] = ()
        self._url = ""
        self._starting = False

    def open(self, run_ids: tuple[int, ...]) -> None:
        """Open it on these runs, or on all where there is none."""
        if self._starting:
            self._session.notice.emit("TensorBoard is on its way …", None)
        elif self._url and self._board and self._board.lives and run_ids == self._run_ids:
            self._show(self._url)
        else:
            self._start(run_ids)

    def close(self) -> None:
        if self._board is not None:
            self._board.close()
        self._board, self._url = None, ""

    def _start(self, run_ids: tuple[int, ...]) -> None:
        self.close()
        self._starting, self._run_ids = True, run_ids
        what = plural(len(run_ids), "run") if run_ids else "all runs"
        self._session.notice.emit(f"Starting TensorBoard on {what} …", None)

        def work(workbench: Workbench) -> TensorBoard:
            from workbench.tensorboard.launcher import TensorBoard

            return TensorBoard(workbench.home, run_ids)

        self._session.call(work, self._started, self._failed)

    def _started(self, board: TensorBoard) -> None:
        self._board = board
        self._session.call(lambda _: board.wait(), self._show, self._failed)

    def _show(self, url: str) -> None:
        self._starting, self._url = False, url
        if QDesktopServices.openUrl(QUrl(url)):
            self._session.notice.emit(f"TensorBoard is open at {url}", None)
        else:
            self._session.notice.emit(
                f"TensorBoard runs at {url}, but no browser was found to open it in", None
            )

    def _failed(self, error: Exception) -> None:
        self._starting = False
        self._session.failed.emit(str(error))
