"""What is known of files before anything is written: what the wizard shows. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass

from runners.datasets.importing.recipe import Kind, Reading, Recipe


@dataclass(frozen=True, kw_only=True)
class Given:
    """What a person has already decided about how files are read; None is to be recognised."""

    kind: Kind | None = None
    reading: Reading | None = None
    target: str | None = None


@dataclass(frozen=True, kw_only=True)
class ColumnFacts:
    """A column in the rows that were looked at. Its role and type are in the proposed recipe."""

    name: str
    missing: int
    distinct: int
    top: tuple[tuple[str, int], ...] = ()
    """The most frequent values with their counts, up to twelve."""
    low: float | None = None
    high: float | None = None
    mean: float | None = None
    """Of numbers."""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """An image or a text, with what it is labelled."""

    path: str = ""
    label: str = ""
    text: str = ""
    """The beginning of a text; of an image its size and mode."""
    mask: str = ""


@dataclass(frozen=True, kw_only=True)
class Notice:
    """Something to look at before the import: ``column`` is "" where it is about the whole."""

    text: str
    column: str = ""


@dataclass(frozen=True, kw_only=True)
class PartFacts:
    """What the files of a part hold, of which a bounded part was looked at."""

    part: str
    """``train``, ``test`` or ``validation``."""
    count: int
    unit: str
    exact: bool
    labels: tuple[tuple[str, int], ...] = ()
    """The classes with their counts among what was looked at, the most frequent first."""


@dataclass(frozen=True, kw_only=True)
class Preview:
    recipe: Recipe
    """The proposal, complete: it can be run as it is."""
    count: int
    """Rows, images, texts or bytes of text, as ``unit`` says."""
    unit: str
    exact: bool
    """Whether ``count`` was counted, or estimated from a part."""
    looked_at: int
    """How many of them the facts are about."""
    names: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    """The first rows as text; "" is missing."""
    columns: tuple[ColumnFacts, ...] = ()
    samples: tuple[Sample, ...] = ()
    labels: tuple[tuple[str, int], ...] = ()
    """The classes with their counts among what was looked at."""
    notices: tuple[Notice, ...] = ()
    sheets: tuple[str, ...] = ()
