"""The rows of a table, read once, converted, and kept in a file of Arrow's that is mapped into memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from runners.datasets.dataset import ProgressCallback
from runners.datasets.importing import tables
from runners.datasets.importing.batch import Skipped
from runners.datasets.importing.conversion import typed
from runners.datasets.importing.part_files import part_paths
from runners.datasets.importing.recipe import (
    Column,
    How,
    ImportProblem,
    Missing,
    Recipe,
    Role,
    Type,
)
from runners.datasets.importing.splitting import Codes, Parts, part_named

_NEEDED = (Role.TARGET, Role.GROUP, Role.TIME, Role.PATH, Role.SPLIT)
_PART = "part of the file"


class Rows:
    """Rows that have been read. ``left_out`` counts those that lacked a value that they need."""

    def __init__(self, path: Path, left_out: int) -> None:
        self._file = pa.ipc.open_file(pa.memory_map(str(path)))
        self.left_out = left_out
        self.count = sum(len(batch) for _, batch in self.batches())

    def batches(self) -> Iterator[tuple[int, Any]]:
        """Each batch of rows with the number of its first."""
        start = 0
        for number in range(self._file.num_record_batches):
            batch = self._file.get_batch(number)
            yield start, batch
            start += len(batch)

    def column(self, name: str) -> Any:
        """A whole column, a chunked array that lies in the file."""
        return pa.chunked_array(
            [batch.column(name) for _, batch in self.batches()], self._file.schema.field(name).type
        )

    def codes(self, name: str) -> tuple[Codes, list[Any]]:
        """A column as numbers of its values, and those values."""
        encoded = self.column(name).combine_chunks().dictionary_encode()
        values = encoded.dictionary.to_pylist()
        return encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64), values

    def times(self, name: str) -> Codes:
        """A column of dates or numbers as what sorts."""
        column = self.column(name)
        if pa.types.is_timestamp(column.type):
            column = column.cast(pa.int64())
        found: Codes = column.to_numpy()
        return found

    def given_parts(self, recipe: Recipe) -> Parts | None:
        """The parts that files or a column give."""
        if recipe.split.how is How.FILES:
            found: Parts = self.column(_PART).to_numpy().astype(np.uint8)
            return found
        column = recipe.column_of(Role.SPLIT)
        if recipe.split.how is not How.GIVEN or column is None:
            return None
        codes, values = self.codes(column.name)
        numbers = [part_named(str(value)) for value in values]
        unknown = [value for value, part in zip(values, numbers, strict=True) if part is None]
        if unknown:
            raise ImportProblem(
                f"The column {column.name!r} is to say train, test or validation, but it holds "
                f"{', '.join(map(repr, unknown[:5]))}"
            )
        return np.array(numbers, np.uint8)[codes]


def read_rows(
    recipe: Recipe, scratch: Path, on_progress: ProgressCallback, skipped: Skipped
) -> Rows:
    """Read all files of the recipe into ``scratch``. Raises ImportProblem."""
    columns = needed_columns(recipe)
    schema = pa.schema([(column.name, _arrow_type(column)) for column in columns])
    schema = schema.append(pa.field(_PART, pa.uint8()))
    left_out = 0
    with pa.OSFile(str(scratch), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
        for part, folder, batch in _batches(recipe, columns, on_progress, skipped):
            converted = [_converted(batch, column, recipe, folder) for column in columns]
            rows = pa.record_batch(
                [*converted, pa.array(np.full(len(batch), part, np.uint8))], schema
            )
            whole = rows.filter(_wanted(rows, columns, len(batch)))
            left_out += len(rows) - len(whole)
            if len(whole):
                writer.write_batch(whole)
    skipped.check()
    found = Rows(scratch, left_out)
    if not found.count:
        raise ImportProblem(_nothing(recipe, left_out))
    return found


def needed_columns(recipe: Recipe) -> list[Column]:
    """Those that are read: where files say the part, no column does."""
    ignored = (Role.IGNORED, Role.SPLIT) if recipe.split.how is How.FILES else (Role.IGNORED,)
    return [column for column in recipe.columns if column.role not in ignored]


def _batches(
    recipe: Recipe, columns: list[Column], on_progress: ProgressCallback, skipped: Skipped
) -> Iterator[tuple[int, Path, Any]]:
    """The rows of all files, each batch with the part that its file is of, and the folder of the file."""
    files = part_paths(recipe)
    wanted = tuple(column.name for column in columns)
    for number, (part, name) in enumerate(files):
        path = Path(name)
        if not path.is_file():
            raise ImportProblem(f"{path} is not there: choose the file again")
        for batch, fraction in tables.batches(path, recipe.kind, recipe.reading, wanted, skipped):
            done = (number + fraction) / len(files)
            on_progress(f"reading {path.name}: {skipped.rows:,} rows", done)
            yield part, path.parent, batch


def _converted(batch: Any, column: Column, recipe: Recipe, folder: Path) -> Any:
    """A column by its type; the paths of images in it become absolute, from the folder of the file."""
    if column.role is Role.PATH:
        names = typed(batch.column(column.name), column, recipe.reading.decimal).to_pylist()
        return pa.array([name and str(folder / name) for name in names], pa.string())
    try:
        return typed(batch.column(column.name), column, recipe.reading.decimal)
    except ImportProblem as problem:
        if column.role is Role.TARGET and column.type is Type.NUMBER:
            raise ImportProblem(
                f"{problem}; or choose classification, where the target is a category"
            ) from None
        raise


def _wanted(rows: Any, columns: list[Column], count: int) -> Any:
    """Which rows have all that they need."""
    wanted = pa.array(np.ones(count, np.bool_))
    for column in columns:
        needed = column.role in _NEEDED or column.type is Type.TEXT
        if needed or column.missing is Missing.DROP:
            wanted = pc.and_(wanted, pc.is_valid(rows.column(column.name)))
    return wanted


def _arrow_type(column: Column) -> Any:
    match column.type:
        case Type.NUMBER | Type.BOOLEAN:
            return pa.float64()
        case Type.DATE:
            return pa.timestamp("us")
    return pa.string()


def _nothing(recipe: Recipe, left_out: int) -> str:
    names = ", ".join(recipe.paths)
    if not left_out:
        return f"{names} holds no rows: choose another file"
    targets = ", ".join(column.name for column in recipe.columns_of(*_NEEDED))
    return (
        f"None of the {left_out:,} rows of {names} has all values that it needs. Check the columns {targets}, and "
        "those whose missing values leave the row out"
    )
