"""What the store raises. Every message says what is wrong and what to do, for the user to read."""

from __future__ import annotations


class StoreError(Exception):
    """The history cannot be used; the message says why and what to do."""


class NewerSchema(StoreError):
    """A newer Twinbench wrote the database."""


class VanishedDatabase(StoreError):
    """The file of the history is not there any more."""


class QueryError(StoreError):
    """A filter that cannot be understood. ``start`` and ``stop`` are the characters that it is about."""

    def __init__(self, message: str, start: int, stop: int) -> None:
        super().__init__(message)
        self.start = start
        self.stop = stop


class UnknownDuel(StoreError):
    """There is no duel of that id or name."""


class UnknownExport(StoreError):
    """There is no exported model of that id or name."""


class UnknownRun(StoreError):
    """There is no such run."""
