"""What the store raises. Every message says what is wrong and what to do, for the user to read."""

from __future__ import annotations


class StoreError(Exception):
    """The history cannot be used; the message says why and what to do."""


class NewerSchema(StoreError):
    """A newer Twinbench wrote the database."""


class VanishedDatabase(StoreError):
    """The file of the history is not there any more."""


class UnknownRun(StoreError):
    """There is no such run."""
