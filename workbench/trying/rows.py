"""Numbers and categories in a person's own units as the input of a model that takes features or a series."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runners.datasets.dataset import Input
from runners.export.facts import Facts, Scaled
from runners.export.serving.service import values
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
        there = row[list(field.columns)]
        if field.choices:
            given[field.name] = field.choices[int(there.argmax())]
        else:
            given[field.name] = f"{own_units([field.scale], there)[0]:.6g}"
    return given


def number(text: str, name: str) -> float:
    """Raises WorkbenchError."""
    try:
        value = float(text.replace(",", ".") if text.count(",") == 1 and "." not in text else text)
    except ValueError:
        value = float("nan")
    if not np.isfinite(value):
        said = f"{text!r} is no number" if text.strip() else "there is no number"
        raise WorkbenchError(f"{name}: {said}")
    return value


def _choice(field: Field, text: str) -> int:
    for at, choice in enumerate(field.choices):
        if choice == text:
            return at
    raise WorkbenchError(f"{field.name}: {text!r} is none of {', '.join(field.choices)}")


def read_rows(path: Path, facts: Facts) -> Floats:
    """A CSV file as samples: each line is one, (lines, features); of a series the lines are steps of one sample, (1, steps, channels).

    Values are apart by semicolons, tabs, commas or spaces. The first line may name the columns; others than the model's are left out.
    Raises WorkbenchError.
    """
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise WorkbenchError(f"{path.name} cannot be read: {error}") from error
    found = _table(text, facts, f"{path.name}, ")
    return found if facts.input is not Input.SERIES else series_input(facts, found)


def typed_series(text: str, facts: Facts) -> Floats:
    """As `read_rows`, of what a person typed or pasted; of a single channel the steps may stand in a line. Raises WorkbenchError."""
    return series_input(facts, _table(text, facts, ""))


def text_of_series(facts: Facts, steps: NDArray[Any]) -> str:
    """What a person would type for steps (steps, channels) as the model takes them, to six digits."""
    own = own_units(facts.features, steps)
    return "\n".join(", ".join(f"{value:.6g}" for value in step) for step in own)


def own_units(columns: Sequence[Scaled], values: NDArray[Any]) -> NDArray[np.float64]:
    """Standardised values, the columns on the last axis, in their own units; what float32 leaves of a zero is one."""
    mean, std = np.array([(one.mean, one.std) for one in columns]).T
    least = np.where(std > 0, std, 1.0) * 1e-6
    result: NDArray[np.float64] = np.round((values * std + mean) / least) * least + 0.0
    return result


def series_input(facts: Facts, steps: Floats) -> Floats:
    """One sample, (1, steps, channels), of the steps of a series. Raises WorkbenchError where there are too few."""
    try:
        return values.window(steps, {"shape": facts.shape, "task": facts.task.value})[None]
    except ValueError as error:
        raise WorkbenchError(str(error)) from error


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    cells: list[str]


def _table(text: str, facts: Facts, name: str) -> Floats:
    """(lines, features). ``name`` stands before what is wrong. Raises WorkbenchError."""
    try:
        lines = _lines(text)
    except csv.Error as error:
        raise WorkbenchError(f"{name}this is no table: {error}") from error
    wanted = [field.name for field in fields(facts)]
    named = bool(lines) and bool(set(wanted) & set(lines[0].cells))
    names, lines = (lines[0].cells, lines[1:]) if named else (wanted, lines)
    if not lines:
        raise WorkbenchError(f"{name}there are no numbers" if name else "There are no numbers")
    if missing := [each for each in wanted if each not in names]:
        raise WorkbenchError(f"{name}there is no column {', '.join(missing)}")
    if facts.input is Input.SERIES and len(names) == 1:
        lines = [_Line(line.number, [cell]) for line in lines for cell in line.cells]
    return np.stack([_row(facts, name, names, line) for line in lines])


def _row(facts: Facts, name: str, names: Sequence[str], line: _Line) -> Floats:
    place = f"{name}line {line.number}" if name else f"Line {line.number}"
    if len(line.cells) != len(names):
        columns = f"{len(names)} columns ({', '.join(names[:6])}{', …' if len(names) > 6 else ''})"
        raise WorkbenchError(f"{place}: {len(line.cells)} values, and there are {columns}")
    try:
        return row_input(facts, dict(zip(names, line.cells, strict=True)))
    except WorkbenchError as error:
        raise WorkbenchError(f"{place}: {error}") from error


def _lines(text: str) -> list[_Line]:
    """Those that are not empty, with their numbers."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    apart = next((sign for sign in ";\t," if sign in first), " ")
    reader = csv.reader(text.splitlines(), delimiter=apart, skipinitialspace=True)
    found = []
    for each in reader:
        cells = [cell.strip() for cell in each]
        kept = cells if apart != " " else list(filter(None, cells))
        if any(cells):
            found.append(_Line(reader.line_num, kept))
    return found
