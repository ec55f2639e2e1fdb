"""What the store raises. Every message says what is wrong and what to do, for the user to read."""

from __future__ import annotations


class StoreError(Exception):
    """The history cannot be used; the message says why and what to do."""


class NewerSchema(StoreError):  # noqa: N818 - reads as what is the case
    """A newer Twinbench wrote the database."""


class UnknownRun(StoreError):  # noqa: N818
    """There is no such run."""
