"""The core that the window and the command line share: what can be done, without any of the two."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from runners.datasets.dataset import ProgressCallback
from storage.home import Home
from storage.records import RunRecord
from storage.store import Store
from workbench.requests import RunRequest


class WorkbenchError(Exception):
    """Something cannot be done; the message says why and what to do."""


class Workbench:
    """One home, opened. Safe to use from several threads."""

    def __init__(self, home: Home, store: Store) -> None:
        self.home = home
        self.store = store

    @classmethod
    def open(cls, home: Path | None = None) -> Workbench:
        """Open the home (by default `workbench.paths.default_home`). Raises StoreError."""
        raise NotImplementedError

    def queue(self, request: RunRequest, on_progress: ProgressCallback | None = None) -> RunRecord:
        """Check, prepare the dataset, freeze the spec, queue, and see that a scheduler runs.

        Raises InvalidRequest, DatasetError, WorkbenchError (a missing framework) or StoreError.
        """
        raise NotImplementedError

    def stop(self, run_ids: Iterable[int], *, kill: bool = False) -> None:
        """Ask runs to stop and see that a scheduler runs that makes them."""
        raise NotImplementedError

    def start_scheduler(self) -> None:
        """Start the scheduler of this home, detached, unless it runs."""
        raise NotImplementedError

    def request_of(self, run: RunRecord) -> RunRequest:
        """The request that would train the same again."""
        raise NotImplementedError
