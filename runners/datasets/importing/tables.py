"""Tables of every kind: their columns, and their rows in batches. Values of text files are text until converted."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa

from runners.datasets.importing import separated
from runners.datasets.importing.batch import MISSING, Batch, Skipped, unique_names
from runners.datasets.importing.encoding import text_blocks
from runners.datasets.importing.recipe import ImportProblem, Kind, Reading

ROWS = 1 << 15
"""Of a batch of those readers that can choose."""
_HEAD_LINES = 2000


def names(path: Path, kind: Kind, reading: Reading) -> tuple[str, ...]:
    """The names of the columns. Raises ImportProblem."""
    match kind:
        case Kind.SEPARATED:
            return separated.names(path, reading)
        case Kind.PARQUET:
            return tuple(map(str, _parquet(path).schema_arrow.names))
        case Kind.JSON_LINES:
            return _json_names(path, reading)
    with _Workbook(path, reading.sheet) as rows:
        return unique_names(_header(path, rows))


def batches(
    path: Path, kind: Kind, reading: Reading, wanted: tuple[str, ...], skipped: Skipped
) -> Iterator[Batch]:
    """The wanted columns in batches; `skipped` counts rows and lines that cannot be read. Raises ImportProblem."""
    found = names(path, kind, reading)
    if lacking := [name for name in wanted if name not in found]:
        raise ImportProblem(
            f"{path} has no column {', '.join(map(repr, lacking))}; it has: {', '.join(found)}"
        )
    read: Callable[[Path, Reading, tuple[str, ...], Skipped], Iterator[Batch]] = {
        Kind.SEPARATED: separated.batches,
        Kind.PARQUET: _parquet_batches,
        Kind.JSON_LINES: _json_batches,
        Kind.EXCEL: _excel_batches,
    }[kind]
    yield from read(path, reading, wanted, skipped)


def row_count(path: Path, kind: Kind) -> int | None:
    """The number of rows where the file says it."""
    return int(_parquet(path).metadata.num_rows) if kind is Kind.PARQUET else None


def sheets(path: Path) -> tuple[str, ...]:
    """The names of a workbook's sheets."""
    with _Workbook(path, "") as book:
        return book.sheets


def sheet_rows(path: Path, sheet: str) -> int:
    """How many rows a sheet says that it has, without its header; 0 where it does not say."""
    with _Workbook(path, sheet) as book:
        return max(0, book.total - 1)


def _parquet(path: Path) -> Any:
    import pyarrow.parquet as pq

    try:
        return pq.ParquetFile(path, memory_map=False)
    except (pa.ArrowException, OSError) as error:
        raise ImportProblem(
            f"{path} is no Parquet file, or damaged: get it again ({error})"
        ) from error


def _parquet_batches(
    path: Path, reading: Reading, wanted: tuple[str, ...], skipped: Skipped
) -> Iterator[Batch]:
    del reading
    file = _parquet(path)
    total, done = max(file.metadata.num_rows, 1), 0
    try:
        for batch in file.iter_batches(batch_size=ROWS, columns=list(wanted)):
            done += len(batch)
            skipped.rows += len(batch)
            yield Batch(batch.select(list(wanted)), done / total)
    except (pa.ArrowException, OSError) as error:
        raise ImportProblem(f"{path} is damaged: get it again ({error})") from error


def _json_names(path: Path, reading: Reading) -> tuple[str, ...]:
    found: dict[str, None] = {}
    skipped = Skipped("lines", 1.0)
    for record, _ in islice(_json_records(path, reading, skipped), _HEAD_LINES):
        found.update(dict.fromkeys(record))
    if not found:
        raise ImportProblem(
            f'{path} holds no JSON lines: each line must be one object such as {{"age": 3}}'
        )
    return tuple(found)


def _json_records(
    path: Path, reading: Reading, skipped: Skipped
) -> Iterator[tuple[dict[str, Any], int]]:
    """The objects with the bytes read so far."""
    number, rest = 0, ""
    for text, done in text_blocks(path, reading.encoding):
        lines = (rest + text).split("\n")
        rest = lines.pop()
        for line in lines:
            number += 1
            if record := _json_record(line, number, path, skipped):
                yield record, done
    if record := _json_record(rest, number + 1, path, skipped):
        yield record, path.stat().st_size


def _json_record(line: str, number: int, path: Path, skipped: Skipped) -> dict[str, Any] | None:
    line = line.strip().removeprefix("\ufeff")
    if not line:
        return None
    try:
        record = json.loads(line)
        if isinstance(record, dict):
            return record
        what = "it is no object"
    except (ValueError, RecursionError) as error:
        what = str(error)
    skipped.add(
        f"line {number:,} of {path.name}: {what}", "each line must be one whole JSON object"
    )
    return None


def _json_batches(
    path: Path, reading: Reading, wanted: tuple[str, ...], skipped: Skipped
) -> Iterator[Batch]:
    size = max(path.stat().st_size, 1)
    records = _json_records(path, reading, skipped)
    while chunk := list(islice(records, ROWS)):
        columns = [[record.get(name) for record, _ in chunk] for name in wanted]
        skipped.rows += len(chunk)
        yield Batch(_as_text(columns, wanted), min(1.0, chunk[-1][1] / size))


def _excel_batches(
    path: Path, reading: Reading, wanted: tuple[str, ...], skipped: Skipped
) -> Iterator[Batch]:
    with _Workbook(path, reading.sheet) as rows:
        found = unique_names(_header(path, rows))
        places = [found.index(name) for name in wanted]
        done = 0
        while chunk := [row for row in islice(rows, ROWS) if row]:
            filled = [row for row in chunk if any(cell is not None for cell in row)]
            done += len(chunk)
            skipped.rows += len(filled)
            columns = [[row[at] if at < len(row) else None for row in filled] for at in places]
            yield Batch(_as_text(columns, wanted), min(1.0, done / max(rows.total, done)))


class _Workbook:
    """The rows of one sheet of an Excel file, read as they are asked for."""

    def __init__(self, path: Path, sheet: str) -> None:
        import warnings
        from zipfile import BadZipFile

        import openpyxl

        if path.suffix.lower() == ".xls":
            raise ImportProblem(f"{path} is of the old form of Excel: save it as .xlsx")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of styles and the like that are not read
                self._book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        except (BadZipFile, KeyError, ValueError, OSError) as error:
            raise ImportProblem(f"{path} is no Excel workbook, or damaged ({error})") from error
        self.sheets = tuple(self._book.sheetnames)
        if sheet and sheet not in self.sheets:
            self._book.close()
            raise ImportProblem(f"{path} has no sheet {sheet!r}; it has: {', '.join(self.sheets)}")
        chosen = self._book[sheet or self.sheets[0]]
        self.total = int(chosen.max_row or 0)
        self._rows = chosen.iter_rows(values_only=True)

    def __enter__(self) -> _Workbook:
        return self

    def __exit__(self, *_error: object) -> None:
        self._book.close()

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return iter(self._rows)


def _header(path: Path, rows: _Workbook) -> tuple[Any, ...]:
    for row in rows:
        if any(cell is not None for cell in row):
            last = max(place for place, cell in enumerate(row) if cell is not None)
            return tuple(row[: last + 1])
    raise ImportProblem(f"{path}: the sheet is empty. Choose another sheet or file")


def _as_text(columns: list[list[Any]], names: tuple[str, ...]) -> Any:
    arrays = [pa.array([_cell(value) for value in column], pa.string()) for column in columns]
    return pa.RecordBatch.from_arrays(arrays, names=list(names))


def _cell(value: Any) -> str | None:
    """A value of JSON or Excel as a text file would have it."""
    if value is None:
        return None
    if isinstance(value, str):
        return None if value.strip() in MISSING else value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return json.dumps(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)
