"""Columns of a batch as numbers, dates and texts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from runners.datasets.importing.recipe import Column, ImportProblem, Type

TRUE = ("true", "yes", "y", "t", "1", "on", "True", "TRUE", "Yes", "YES", "Y", "T")
FALSE = ("false", "no", "n", "f", "0", "off", "False", "FALSE", "No", "NO", "N", "F")
DATE_FORMATS = (
    "",
    "%d.%m.%Y",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y %H:%M:%S",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d/%m/%Y %H:%M",
    "%m/%d/%Y %H:%M",
    "%d/%m/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M:%S",
    "%Y/%m/%d",
    "%Y/%m/%d %H:%M:%S",
    "%Y%m%d",
    "%d-%m-%Y",
    "%d %b %Y",
    "%b %d, %Y",
)
STAMP = pa.timestamp("us")


def typed(array: Any, column: Column, decimal: str) -> Any:
    """The values as float64 (numbers, booleans), timestamps or texts, as the column's type says.

    Raises ImportProblem, which names the column and its first value of another type.
    """
    match column.type:
        case Type.NUMBER:
            return numbers(array, column.name, decimal)
        case Type.BOOLEAN:
            return _booleans(array, column.name)
        case Type.DATE:
            return _dates(array, column)
    return texts(array)


def texts(array: Any) -> Any:
    """Texts without spaces around them; whole numbers without a fraction."""
    kind = array.type
    if _is_text(kind):
        return pc.utf8_trim_whitespace(pc.cast(array, pa.string()))
    if pa.types.is_dictionary(kind):
        return texts(array.dictionary_decode())
    if pa.types.is_floating(kind):
        return pa.array([_number_text(value) for value in array.to_pylist()], pa.string())
    if pa.types.is_nested(kind):
        raise ImportProblem(f"values of type {kind} are lists or records: leave the column out")
    try:
        return pc.cast(array, pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise ImportProblem(f"values of type {kind} cannot be read: {error}") from error


def numbers(array: Any, name: str, decimal: str = ".") -> Any:
    """As float64; what is not finite is missing."""
    if _is_text(array.type) or pa.types.is_dictionary(array.type):
        array = texts(array)
        if decimal == ",":
            array = pc.replace_substring(array, ",", ".")
    try:
        values = pc.cast(array, pa.float64())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise ImportProblem(
            f"the column {name!r} is said to hold numbers, but it holds {_first_bad(array)!r}. "
            "Make it a category, or choose another decimal mark"
        ) from None
    return pc.if_else(pc.fill_null(pc.is_finite(values), False), values, None)


def as_numpy(array: Any) -> NDArray[np.float64]:
    """Numbers with NaN for what is missing."""
    values: NDArray[np.float64] = array.to_numpy(zero_copy_only=False).astype(np.float64)
    return values


def _booleans(array: Any, name: str) -> Any:
    if pa.types.is_boolean(array.type):
        return pc.cast(array, pa.float64())
    values = texts(array)
    true = pc.is_in(values, pa.array(TRUE))
    false = pc.is_in(values, pa.array(FALSE))
    neither = pc.and_(pc.is_valid(values), pc.invert(pc.or_(true, false)))
    if pc.any(neither).as_py():
        bad = values.filter(neither)[0].as_py()
        raise ImportProblem(
            f"the column {name!r} is said to be true or false, but it holds {bad!r}. Make it a category"
        )
    return pc.if_else(pc.is_valid(values), pc.cast(true, pa.float64()), None)


def _dates(array: Any, column: Column) -> Any:
    if pa.types.is_timestamp(array.type):
        return pc.cast(array, STAMP, safe=False)
    if pa.types.is_date(array.type):
        return pc.cast(array, STAMP)
    values = texts(array)
    found = parse_dates(values, column.format)
    bad = pc.and_(pc.is_valid(values), pc.is_null(found))
    if pc.any(bad).as_py():
        example = values.filter(bad)[0].as_py()
        wanted = column.format or "ISO 8601, such as 2024-12-31"
        raise ImportProblem(
            f"the column {column.name!r} is said to hold dates ({wanted}), but it holds {example!r}. "
            "Choose another format, or make it a text"
        )
    return found


def parse_dates(values: Any, form: str) -> Any:
    """Texts as timestamps; null what is none of that form."""
    if form:
        return _strptime(values, form)
    try:
        return pc.cast(values, STAMP)
    except pa.ArrowInvalid:
        found = [_iso(value) for value in values.to_pylist()]
        return pa.array(found, STAMP)


def _strptime(values: Any, form: str) -> Any:
    """By Python, since Arrow's leaves the fraction of a second and the platform's language to chance."""
    known: dict[str, datetime | None] = {}
    for value in pc.unique(values).to_pylist():
        if value is not None:
            try:
                known[value] = datetime.strptime(value, form).replace(tzinfo=None)
            except ValueError:
                known[value] = None
    return pa.array([known.get(value) for value in values.to_pylist()], STAMP)


def _iso(value: str | None) -> datetime | None:
    """A date of ISO 8601; of one with a zone the same moment in UTC."""
    if value is None:
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    offset = found.utcoffset()
    return found.replace(tzinfo=None) - offset if offset else found.replace(tzinfo=None)


def _is_text(kind: Any) -> bool:
    return any(
        check(kind)
        for check in (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
    )


def _first_bad(array: Any) -> Any:
    """The first value that is no number, or the type if that is the reason."""
    for value in array.to_pylist():
        try:
            if value is not None:
                float(value)
        except (TypeError, ValueError):
            return value
    return array.type


def _number_text(value: float | None) -> str | None:
    if value is None or value != value:
        return None
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(value)
