"""Records to JSON and back, by the types of their fields. Standard library only."""

from __future__ import annotations

import json
import types
from dataclasses import asdict, fields, is_dataclass
from enum import Enum
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from runners.datasets.importing.recipe import ImportProblem

Record = TypeVar("Record")


def to_plain(record: Any) -> dict[str, Any]:
    """A record of dataclasses, enumerations, tuples and scalars as what JSON knows."""
    plain: dict[str, Any] = json.loads(json.dumps(asdict(record)))
    return plain


def from_plain(kind: type[Record], raw: Any) -> Record:
    """The record that `to_plain` wrote; absent fields have their defaults.

    Raises ImportProblem, which names the field, for anything else.
    """
    result: Record = _read(kind, raw, kind.__name__.lower())
    return result


def _read(kind: Any, raw: Any, where: str) -> Any:
    if get_origin(kind) in (Union, types.UnionType):
        (inner,) = (option for option in get_args(kind) if option is not type(None))
        return None if raw is None else _read(inner, raw, where)
    if get_origin(kind) is tuple:
        return _read_tuple(get_args(kind), raw, where)
    if is_dataclass(kind):
        return _read_record(kind, raw, where)
    if isinstance(kind, type) and issubclass(kind, Enum):
        try:
            return kind(raw)
        except ValueError:
            choices = ", ".join(str(member.value) for member in kind)
            raise ImportProblem(f"{where} is {raw!r}; it can be: {choices}") from None
    if kind is float and type(raw) is int:
        return float(raw)
    if type(raw) is not kind:
        raise ImportProblem(f"{where} is {raw!r}, which is no {kind.__name__}")
    return raw


def _read_tuple(kinds: tuple[Any, ...], raw: Any, where: str) -> tuple[Any, ...]:
    if not isinstance(raw, list | tuple):
        raise ImportProblem(f"{where} is {raw!r}, which is no list")
    inner = [kinds[0]] * len(raw) if kinds[-1] is Ellipsis else list(kinds)
    if len(inner) != len(raw):
        raise ImportProblem(f"{where} has {len(raw)} values instead of {len(inner)}")
    return tuple(_read(kind, value, where) for kind, value in zip(inner, raw, strict=True))


def _read_record(kind: Any, raw: Any, where: str) -> Any:
    if not isinstance(raw, dict):
        raise ImportProblem(f"{where} is {raw!r}, which is no record")
    hints = get_type_hints(kind)
    known = {field.name for field in fields(kind)}
    if unknown := sorted(set(raw) - known):
        raise ImportProblem(f"{where} has unknown fields: {', '.join(unknown)}")
    values = {name: _read(hints[name], value, f"{where}.{name}") for name, value in raw.items()}
    try:
        return kind(**values)
    except TypeError as error:
        raise ImportProblem(f"{where} is incomplete: {error}") from None
