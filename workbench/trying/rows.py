"""Numbers and categories in a person's own units as the input of a model that takes features or a series."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runners.datasets.dataset import Input
from runners.export.facts import Facts, Scaled
from workbench.errors import WorkbenchError

Floats = NDArray[np.float32]
_OF = ": "
"""Between the name of a column of categories and one of them, as an import writes it."""


@dataclass(frozen=True, slots=True)
class Field:
    """What a person gives: a number, or one of the ``choices``. ``columns`` of the input hold it, one for each choice."""

    name: str
    columns: tuple[int, ...]
    scale: Scaled
    choices: tuple[str, ...] = ()


def fields(facts: Facts) -> list[Field]:
    """A field for each number of a row and each column of categories, in their order."""
    found = []
    for name, group in groupby(enumerate(facts.features), key=lambda one: _category_of(one[1])):
        columns = list(group)
        if name and len(columns) > 1:
            choices = tuple(each.name.removeprefix(f"{name}{_OF}") for _, each in columns)
            found.append(Field(name, tuple(at for at, _ in columns), columns[0][1], choices))
        else:
            found += [Field(each.name, (at,), each) for at, each in columns]
    return found


def _category_of(column: Scaled) -> str:
    """The name before the category; "" for what is no category."""
    name, colon, _ = column.name.rpartition(_OF)
    return name if colon and (column.mean, column.std) == (0.0, 1.0) else ""


def row_input(facts: Facts, given: Mapping[str, str]) -> Floats:
    """One row (features,) from what was given for each field. Raises WorkbenchError, naming the field."""
    row = np.zeros(len(facts.features), np.float32)
    for field in fields(facts):
        if field.name not in given:
            raise WorkbenchError(f"There is no value for {field.name}")
        text = given[field.name].strip()
        if field.choices:
            row[field.columns[_choice(field, text)]] = 1
        else:
            row[field.columns[0]] = (number(text, field.name) - field.scale.mean) / field.scale.std
    return row


def given_of(facts: Facts, row: NDArray[Any]) -> dict[str, str]:
    """What a person would give for a row, to six digits."""
    given = {}
    for field in fields(facts):
        values = row[list(field.columns)]
        if field.choices:
            given[field.name] = field.choices[int(values.argmax())]
        else:
            given[field.name] = f"{float(values[0]) * field.scale.std + field.scale.mean:.6g}"
    return given


def number(text: str, name: str) -> float:
    """Raises WorkbenchError."""
    try:
        value = float(text.replace(",", ".") if text.count(",") == 1 and "." not in text else text)
    except ValueError:
        value = float("nan")
    if not np.isfinite(value):
        raise WorkbenchError(f"{name}: {text!r} is no number")
    return value


def _choice(field: Field, text: str) -> int:
    for at, choice in enumerate(field.choices):
        if choice == text:
            return at
    raise WorkbenchError(f"{field.name}: {text!r} is none of {', '.join(field.choices)}")


def read_rows(path: Path, facts: Facts) -> Floats:
    """A CSV file as samples: each line is one, (lines, features); of a series the lines are steps, and the last ones are one sample,
    (1, steps, channels). The first line may name the columns; others than the model's are left out. Raises WorkbenchError.
    """
    lines = list(_lines(path))
    if not lines:
        raise WorkbenchError(f"{path.name} holds no line")
    wanted = [field.name for field in fields(facts)]
    named = set(wanted) & {cell.strip() for cell in lines[0]}
    names, lines = ([cell.strip() for cell in lines[0]], lines[1:]) if named else (wanted, lines)
    if missing := [name for name in wanted if name not in names]:
        raise WorkbenchError(f"{path.name} has no column {', '.join(missing)}")
    rows = [_row(facts, path, at, names, line) for at, line in enumerate(lines, 1 + bool(named))]
    if not rows:
        raise WorkbenchError(f"{path.name} holds nothing but the names of its columns")
    table = np.stack(rows)
    return table if facts.input is not Input.SERIES else series_input(facts, table, path.name)


def series_input(facts: Facts, steps: Floats, name: str) -> Floats:
    """The last steps, (1, steps, channels). Raises WorkbenchError where there are too few."""
    length = facts.shape[0]
    if len(steps) < length:
        raise WorkbenchError(
            f"{name} has {len(steps):,} steps, and the model looks at {length:,} of them"
        )
    return np.ascontiguousarray(steps[None, -length:], np.float32)


def _row(facts: Facts, path: Path, at: int, names: Sequence[str], line: Sequence[str]) -> Floats:
    if len(line) != len(names):
        raise WorkbenchError(
            f"{path.name}, line {at}: {len(line)} values, and there are {len(names)} columns"
        )
    try:
        return row_input(facts, dict(zip(names, line, strict=True)))
    except WorkbenchError as error:
        raise WorkbenchError(f"{path.name}, line {at}: {error}") from error


def _lines(path: Path) -> Iterator[list[str]]:
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            yield from (line for line in csv.reader(file) if any(cell.strip() for cell in line))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise WorkbenchError(f"{path.name} cannot be read: {error}") from error
