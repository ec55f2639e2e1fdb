"""What all readers of tables share: batches of rows, what counts as missing, and lines that cannot be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from runners.datasets.importing.recipe import ImportProblem

MISSING = (
    "",
    "NA",
    "N/A",
    "n/a",
    "na",
    "NaN",
    "nan",
    "NULL",
    "null",
    "None",
    "none",
    "?",
    "#N/A",
    "-",
)
"""Texts that say that there is no value."""
_EXAMPLES = 3


class Batch(NamedTuple):
    rows: Any
    """A `pyarrow.RecordBatch`."""
    fraction: float
    """How much of the file has been read with it, 0 to 1."""


@dataclass
class Skipped:
    """Lines or images that could not be read."""

    what: str
    """In the plural, such as ``lines``."""
    allowed: float
    """The share of all that may be skipped."""
    rows: int = 0
    """What could be read."""
    count: int = 0
    examples: list[str] = field(default_factory=list)
    hint: str = ""

    def add(self, example: str, hint: str = "") -> None:
        self.count += 1
        self.hint = self.hint or hint
        if len(self.examples) < _EXAMPLES:
            self.examples.append(example)

    def check(self) -> None:
        """Raises ImportProblem if there are too many."""
        total = self.rows + self.count
        if self.count > self.allowed * total:
            raise ImportProblem(
                f"{self.count:,} of {total:,} {self.what} cannot be read, more than the {self.allowed:.0%} that may be "
                f"skipped: {'; '.join(self.examples)}"
                + (f". Mend them: {self.hint}" if self.hint else "")
            )

    @property
    def note(self) -> str:
        """What happened, or "" if nothing was skipped."""
        if not self.count:
            return ""
        return f"{self.count:,} {self.what} could not be read and were left out: {'; '.join(self.examples)}"


def unique_names(names: Sequence[object]) -> tuple[str, ...]:
    """The names of columns, those without one numbered and those that repeat one told apart."""
    found: list[str] = []
    for number, raw in enumerate(names, 1):
        name = base = str(raw if raw is not None else "").strip() or f"column {number}"
        again = 1
        while name in found:
            again += 1
            name = f"{base} {again}"
        found.append(name)
    return tuple(found)
