"""What a person writes about runs, many at once: notes, stars, colours, tags, experiments, the archive, the trash.

Each function works inside the transaction that it is given. It raises UnknownRun, before it changes anything, if one of the
runs is not there, and returns of each run that it changed what was there before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, delete, insert

from runners.protocol import State
from storage import journal
from storage.bulk import execute_many
from storage.changes import (
    COLORS,
    AnyRow,
    now,
    parts,
    refresh_search,
    rows_of,
    tags_of,
    tidy,
    touch_exports,
    update_many,
)
from storage.errors import StoreError
from storage.models import runs, tags
from storage.plain import clean, one_line


def rename(connection: Connection, run_id: int, name: str) -> dict[int, str]:
    """Raises StoreError for an empty name."""
    name = one_line(name)
    if not name:
        raise StoreError("A run needs a name.")
    before: dict[int, str] = _set(
        connection, [run_id], "name", name, lambda row: f'renamed from "{row.name}" to "{name}"'
    )
    refresh_search(connection, before)
    return before


def set_note(connection: Connection, run_id: int, text: str) -> dict[int, str]:
    text = clean(text).strip()
    words = "note written" if text else "note removed"
    before: dict[int, str] = _set(connection, [run_id], "note", text, words)
    refresh_search(connection, before)
    return before


def set_starred(connection: Connection, run_ids: Iterable[int], on: bool) -> dict[int, bool]:
    return _set(connection, run_ids, "starred", on, "starred" if on else "star taken away")


def set_color(connection: Connection, run_ids: Iterable[int], index: int) -> dict[int, int]:
    """Raises StoreError for an index outside the palette."""
    if not 0 <= index < COLORS:
        raise StoreError(f"There is no colour {index}; the palette has 0 to {COLORS - 1}.")
    return _set(connection, run_ids, "color", index, f"colour {index}")


def set_experiment(connection: Connection, run_ids: Iterable[int], name: str) -> dict[int, str]:
    """An empty name is "default"."""
    name = one_line(name) or "default"
    text = f'moved to the experiment "{name}"'
    before: dict[int, str] = _set(connection, run_ids, "experiment", name, text)
    refresh_search(connection, before)
    return before


def archive(connection: Connection, run_ids: Iterable[int]) -> dict[int, None]:
    there = [row.id for row in rows_of(connection, run_ids) if row.archived is None]
    return _set(connection, there, "archived", now(), "archived")


def unarchive(connection: Connection, run_ids: Iterable[int]) -> dict[int, int]:
    return _set(connection, run_ids, "archived", None, "taken out of the archive")


def trash(connection: Connection, run_ids: Iterable[int]) -> dict[int, None]:
    """Raises StoreError for a run that is active."""
    rows = [row for row in rows_of(connection, run_ids) if row.trashed is None]
    for row in rows:
        if State(row.state).active:
            raise StoreError(
                f'Run {row.id} "{row.name}" is {row.state}. Stop it first, then it can be deleted.'
            )
    ids = [row.id for row in rows]
    touch_exports(connection, ids)
    return _set(connection, ids, "trashed", now(), "moved to the trash")


def restore(connection: Connection, run_ids: Iterable[int]) -> dict[int, int]:
    ids = list(run_ids)
    touch_exports(connection, ids)
    return _set(connection, ids, "trashed", None, "brought back from the trash")


def set_tags(
    connection: Connection, wanted: Mapping[int, Sequence[str]]
) -> dict[int, tuple[str, ...]]:
    """Replace the tags of runs. Empty and repeated ones are left out."""
    ids = [row.id for row in rows_of(connection, wanted)]
    there = tags_of(connection, ids)
    new = {run_id: kept for run_id in ids if (kept := tidy(wanted[run_id])) != there[run_id]}
    for part in parts(new):
        connection.execute(delete(tags).where(tags.c.run_id.in_(part)))
    rows = [
        {"run_id": run_id, "name": name, "place": place}
        for run_id, names in new.items()
        for place, name in enumerate(names)
    ]
    execute_many(connection, insert(tags), rows)
    refresh_search(connection, new)
    entries = {
        run_id: (f"tags: {', '.join(names)}" if names else "no tags", {"tags": names})
        for run_id, names in new.items()
    }
    journal.write_many(connection, now(), "described", entries)
    return {run_id: there[run_id] for run_id in new}


def tag(
    connection: Connection, run_ids: Iterable[int], add: Sequence[str], remove: Sequence[str]
) -> dict[int, tuple[str, ...]]:
    """Give tags to runs and take others from them."""
    there = tags_of(connection, [row.id for row in rows_of(connection, run_ids)])
    unwanted = set(tidy(remove))
    return set_tags(
        connection,
        {
            run_id: [*(name for name in old if name not in unwanted), *add]
            for run_id, old in there.items()
        },
    )


def delete_forever(connection: Connection, run_ids: Iterable[int]) -> list[int]:
    """Remove runs and all that belongs to them. Raises StoreError for one that is not in the trash."""
    rows = rows_of(connection, run_ids)
    for row in rows:
        if row.trashed is None:
            raise StoreError(f'Run {row.id} "{row.name}" is not in the trash. Delete it first.')
    ids = [row.id for row in rows]
    for part in parts(ids):
        connection.execute(delete(runs).where(runs.c.id.in_(part)))
    return ids


def _set(
    connection: Connection,
    run_ids: Iterable[int],
    column: str,
    value: Any,
    text: str | Callable[[AnyRow], str],
) -> dict[int, Any]:
    """Set a column of those runs that have another value there, and say so in their journals."""
    rows = [row for row in rows_of(connection, run_ids) if getattr(row, column) != value]
    changed = {column: value}
    update_many(connection, {row.id: changed for row in rows})
    entries = {row.id: (text if isinstance(text, str) else text(row), changed) for row in rows}
    journal.write_many(connection, now(), "described", entries)
    return {row.id: getattr(row, column) for row in rows}
