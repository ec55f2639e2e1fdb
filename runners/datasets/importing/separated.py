"""Separated values: how a file is laid out, and its rows in batches of text."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as arrow_csv

from runners.datasets.importing import encoding
from runners.datasets.importing.batch import MISSING, Batch, Skipped, unique_names
from runners.datasets.importing.recipe import ImportProblem, Reading

_SEPARATORS = ",\t;|"
_BLOCK_BYTES = 1 << 23


def recognise(path: Path, given: Reading | None = None) -> Reading:
    """How the file is to be read, as its beginning shows; what was given stays."""
    data = encoding.head(path)
    if given:
        return given
    if encoding.looks_binary(data):
        raise ImportProblem(f"{path} is no table of text: it holds zero bytes")
    name = encoding.recognise(encoding.head(path, _BLOCK_BYTES))  # all that a preview reads
    text = data.decode(name, errors="replace")
    if len(data) == encoding.HEAD_BYTES:
        text = text[: text.rfind("\n") + 1] or text
    lines = [line for line in text.splitlines() if line.strip()][:200]
    separator = max(_SEPARATORS, key=lambda mark: _fits(lines, mark))
    rows = list(csv.reader(lines, delimiter=separator))
    reading = Reading(encoding=name, separator=separator, header=_has_header(rows))
    return replace(reading, decimal=_decimal(rows[reading.header :], separator))


def names(path: Path, reading: Reading) -> tuple[str, ...]:
    """The columns' names, each another; numbered where there is no header."""
    first = _first_row(path, reading)
    if not reading.header:
        return tuple(f"column {number + 1}" for number in range(len(first)))
    return unique_names(first)


def batches(
    path: Path, reading: Reading, wanted: tuple[str, ...], skipped: Skipped
) -> Iterator[Batch]:
    """The wanted columns as text, in batches. Raises ImportProblem."""
    size = path.stat().st_size
    all_names = names(path, reading)
    with pa.OSFile(str(path)) as raw:
        packed = str(path).endswith(".gz")
        source = pa.CompressedInputStream(raw, "gzip") if packed else raw
        try:
            reader = arrow_csv.open_csv(
                source, *_options(reading, all_names, wanted, path, skipped)
            )
            while True:
                batch = reader.read_next_batch()
                skipped.rows += len(batch)
                yield Batch(batch, min(1.0, raw.tell() / max(size, 1)))
        except StopIteration:
            return
        except (pa.ArrowInvalid, UnicodeDecodeError) as error:
            raise _unreadable(path, reading, error) from error


def _options(
    reading: Reading,
    all_names: tuple[str, ...],
    wanted: tuple[str, ...],
    path: Path,
    skipped: Skipped,
) -> tuple[object, object, object]:
    def ragged(row: object) -> str:
        number, found = getattr(row, "number", None), getattr(row, "actual_columns", 0)
        line = f"line {number:,}" if number else "a line"
        skipped.add(
            f"{line} of {path.name} has {found} values instead of {len(all_names)}",
            "check that the separator is right, and that values that hold it stand in quotes",
        )
        return "skip"

    name = reading.encoding
    return (
        arrow_csv.ReadOptions(
            use_threads=False,
            block_size=_BLOCK_BYTES,
            column_names=list(all_names),
            skip_rows=_lines_to_header(path, reading) if reading.header else 0,
            encoding="utf8" if name in ("utf-8", "utf-8-sig") else name,
        ),
        arrow_csv.ParseOptions(
            delimiter=reading.separator, newlines_in_values=True, invalid_row_handler=ragged
        ),
        arrow_csv.ConvertOptions(
            include_columns=list(wanted),
            column_types={column: pa.string() for column in wanted},
            null_values=list(MISSING),
            strings_can_be_null=True,
        ),
    )


def _unreadable(path: Path, reading: Reading, error: Exception) -> ImportProblem:
    encoding.check_encoding(path, reading.encoding)  # says where, if that is the reason
    hint = ""
    if "straddl" in str(error):
        hint = ": a quote that is never closed swallows the lines that follow it"
    return ImportProblem(f"{path} cannot be read as separated values{hint} ({error})")


def _fits(lines: list[str], separator: str) -> tuple[float, int]:
    """How well a separator explains the lines: the share of rows of the commonest length, and that length."""
    try:
        lengths = Counter(map(len, csv.reader(lines, delimiter=separator)))
    except csv.Error:
        return (0.0, 0)
    length, count = max(lengths.items(), key=lambda item: (item[1], item[0]))
    return (count / max(len(lines), 1), length) if length > 1 else (0.0, 0)


def _has_header(rows: list[list[str]]) -> bool:
    """Whether the first row names the others: it holds texts alone, where others hold numbers or other texts."""
    if not rows or any(is_number(cell) or not cell.strip() for cell in rows[0]):
        return bool(rows) and not any(map(is_number, rows[0])) and len(rows) > 1
    return len(set(rows[0])) == len(rows[0])


def _decimal(rows: list[list[str]], separator: str) -> str:
    """A comma where numbers are written with one and another mark separates."""
    if separator == ",":
        return "."
    cells = [cell.strip() for row in rows for cell in row]
    commas = sum("," in cell and is_number(cell.replace(",", ".", 1)) for cell in cells)
    points = sum("." in cell and is_number(cell) for cell in cells)
    return "," if commas > points else "."


def is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text


def _first_row(path: Path, reading: Reading) -> list[str]:
    text = _beginning(path, reading)
    row = next(
        (row for row in csv.reader(io.StringIO(text), delimiter=reading.separator) if row), []
    )
    if not row:
        raise ImportProblem(f"{path} is empty: choose another file")
    return row


def _lines_to_header(path: Path, reading: Reading) -> int:
    """How many lines end with the header: more than one where it holds line ends, or empty lines stand before."""
    reader = csv.reader(io.StringIO(_beginning(path, reading)), delimiter=reading.separator)
    for row in reader:
        if row:
            break
    return reader.line_num


def _beginning(path: Path, reading: Reading) -> str:
    """The first lines, without the mark of their encoding."""
    data = encoding.head(path)
    try:
        return data.decode(reading.encoding, errors="ignore").removeprefix("\ufeff")
    except LookupError:
        encoding.check_encoding(path, reading.encoding)
        raise
