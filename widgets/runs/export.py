"""Listed runs as text: to the clipboard with tabs, to a file with commas, in full precision, off the window's thread."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from storage.records import Cell
from widgets.runs.columns import Kind, column

if TYPE_CHECKING:
    from storage.store import Store

_AT_ONCE = 2_000
Progress = Callable[[int], None]


class Cancelled(Exception):
    """A person did not want to wait; nothing was kept of the file."""


class _Writer(Protocol):
    def writerow(self, row: Sequence[str], /) -> Any: ...


def as_text(store: Store, ids: Sequence[int], columns: Sequence[str]) -> str:
    """A line a run with tabs between the columns, and their names above."""
    out = io.StringIO()
    writer = csv.writer(out, dialect="excel-tab", lineterminator="\n")
    _write(store, ids, columns, writer, lambda _: None)
    return out.getvalue()


def write_csv(
    store: Store,
    path: Path,
    ids: Sequence[int],
    columns: Sequence[str],
    progress: Progress,
    cancelled: Callable[[], bool],
) -> int:
    """Write these runs, in this order, into a file, which is there when all of it is. Returns how many.

    ``progress`` gets the number of runs that are written. Raises OSError, and Cancelled where ``cancelled`` became true.
    """

    def tell(done: int) -> None:
        if cancelled():
            raise Cancelled
        progress(done)

    part = path.with_name(f"{path.name}.part")
    try:
        with open(part, "w", encoding="utf-8", newline="") as file:
            _write(store, ids, columns, csv.writer(file), tell)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return len(ids)


def _write(
    store: Store, ids: Sequence[int], columns: Sequence[str], writer: _Writer, tell: Progress
) -> None:
    names = columns if "id" in columns else ("id", *columns)
    writer.writerow(names)
    moments = [column(name).kind is Kind.MOMENT for name in names]
    for start in range(0, len(ids), _AT_ONCE):
        for row in _rows(store, ids[start : start + _AT_ONCE], names):
            writer.writerow([exact(cell, at) for cell, at in zip(row, moments, strict=True)])
        tell(min(len(ids), start + _AT_ONCE))


def _rows(store: Store, ids: Sequence[int], names: Sequence[str]) -> Iterator[tuple[Cell, ...]]:
    found = store.table(ids, [name for name in names if name != "id"])
    return zip(*(found[name] for name in names), strict=True)


def exact(cell: Cell, moment: bool) -> str:
    """A value so that it can be read back: floats in full, times as ISO 8601 in UTC, nothing where there is none."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if moment and isinstance(cell, int | float):
        return datetime.fromtimestamp(cell / 1e6, UTC).isoformat()
    return repr(cell) if isinstance(cell, float) else str(cell)
