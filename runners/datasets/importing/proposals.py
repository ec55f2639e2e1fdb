"""What a column probably is, from the rows that were looked at."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from runners.datasets.importing.conversion import (
    DATE_FORMATS,
    FALSE,
    TRUE,
    as_numpy,
    parse_dates,
    texts,
    typed,
)
from runners.datasets.importing.listing import IMAGES
from runners.datasets.importing.recipe import Column, ImportProblem, Missing, Role, Type
from runners.datasets.importing.splitting import part_named

_DATE_SAMPLE = 2000
_TARGET_NAMES = (
    "target",
    "label",
    "labels",
    "class",
    "y",
    "outcome",
    "species",
    "category",
    "sentiment",
)
_SPLIT_NAMES = ("split", "part", "set", "partition", "subset", "fold")
_IDENTIFIER = re.compile(r"(^|[_\s.-])(id|uuid|guid|index|key)$|^unnamed|^column 1$|Id$", re.I)
_GROUP = re.compile(
    r"(patient|subject|user|customer|group|session|speaker|person|series|sample|device|case)", re.I
)
_FEW_VALUES = 20


@dataclass(frozen=True)
class Seen:
    """A column of the rows that were looked at."""

    name: str
    raw: Any
    """As it was read, an Arrow array; nested values became None."""
    values: Any
    """Converted by its type."""
    type: Type
    format: str
    present: int
    distinct: int

    @property
    def rows(self) -> int:
        return len(self.raw)

    @property
    def whole_numbers(self) -> bool:
        if self.type is not Type.NUMBER:
            return False
        found = as_numpy(self.values)
        return bool(np.array_equal(found, np.round(found), equal_nan=True))

    @property
    def rises(self) -> bool:
        """Whether each value is larger than the one before."""
        if self.type not in (Type.NUMBER, Type.DATE) or self.present < max(self.rows, 3):
            return False
        values = self.values.cast(pa.int64()) if self.type is Type.DATE else self.values
        return bool((np.diff(values.to_numpy()) > 0).all())

    @property
    def looks_like_class(self) -> bool:
        """Whether it could be a target of classification."""
        few = 2 <= self.distinct <= max(_FEW_VALUES, 0) and self.distinct * 5 <= self.present
        if self.type is Type.NUMBER:
            return self.whole_numbers and few
        return self.type in (Type.CATEGORY, Type.BOOLEAN) and (
            few or self.distinct * 2 <= self.present
        )

    @property
    def is_identifier(self) -> bool:
        """Whether it numbers or names the rows: another value in each, and a name or an order that says so."""
        if self.distinct < self.present or self.rows < 10 or self.type in (Type.TEXT, Type.DATE):
            return False
        if self.type is Type.NUMBER:
            steps = (
                self.rises
                and self.whole_numbers
                and bool((np.diff(as_numpy(self.values)) == 1).all())
            )
            return self.whole_numbers and (steps or bool(_IDENTIFIER.search(self.name)))
        return True

    @property
    def names_images(self) -> bool:
        sample = self.raw.drop_null()[:50]
        return (
            self.type in (Type.CATEGORY, Type.TEXT)
            and len(sample) > 0
            and all(PurePath(str(v)).suffix.lower() in IMAGES for v in texts(sample).to_pylist())
        )

    @property
    def gives_parts(self) -> bool:
        found = texts(self.raw.drop_null()).unique().to_pylist() if self.distinct <= 3 else []
        parts = {part_named(value) for value in found}
        return self.name.lower() in _SPLIT_NAMES and None not in parts and len(parts) > 1


def look(name: str, raw: Any, decimal: str) -> Seen:
    """Guess a column's type and convert it."""
    if pa.types.is_nested(raw.type) or pa.types.is_binary(raw.type):
        raw = pa.array([None] * len(raw), pa.string())
    kind, form = guess_type(name, raw, decimal)
    column = Column(name=name, role=Role.FEATURE, type=kind, format=form)
    values = typed(raw, column, decimal)
    present = len(values) - values.null_count
    distinct = pc.count_distinct(values, mode="only_valid").as_py()
    return Seen(name, raw, values, kind, form, present, distinct)


def guess_type(name: str, raw: Any, decimal: str) -> tuple[Type, str]:
    """The type of a column, and of dates as text their format."""
    if pa.types.is_boolean(raw.type):
        return Type.BOOLEAN, ""
    if pa.types.is_temporal(raw.type):
        return Type.DATE, ""
    values = texts(raw.drop_null())
    if not len(values):
        return Type.CATEGORY, ""
    found = values.unique()
    if 1 < len(found) <= 2 and set(found.to_pylist()) in _BOOLEAN_PAIRS:
        return Type.BOOLEAN, ""
    if "date" in name.lower() and _all_dates(found, "%Y%m%d"):
        return Type.DATE, "%Y%m%d"
    try:
        typed(raw, Column(name=name, role=Role.FEATURE, type=Type.NUMBER), decimal)
    except ImportProblem:
        return _guess_text_type(found, values)
    return Type.NUMBER, ""


_BOOLEAN_PAIRS = [{true, false} for true, false in zip(TRUE, FALSE, strict=True)]


def _guess_text_type(found: Any, values: Any) -> tuple[Type, str]:
    for form in DATE_FORMATS:
        if form != "%Y%m%d" and _all_dates(found, form):
            return Type.DATE, form
    length = pc.mean(pc.utf8_length(values)).as_py()
    words = pc.mean(pc.count_substring(values, " ")).as_py() + 1
    is_text = len(found) > _FEW_VALUES and (length > 60 or words >= 5)
    return (Type.TEXT if is_text else Type.CATEGORY), ""


def _all_dates(found: Any, form: str) -> bool:
    sample = found[:_DATE_SAMPLE]
    first = sample[:1]
    if parse_dates(first, form).null_count:
        return False
    return bool(parse_dates(sample, form).null_count == 0)


def is_ambiguous_date(column: Seen) -> bool:
    """Whether day and month could be the other way round."""
    if not column.format.startswith("%d/%m/"):
        return False
    return _all_dates(
        texts(column.raw.drop_null()).unique(), column.format.replace("%d/%m", "%m/%d")
    )


def propose_columns(columns: list[Seen], target: str | None) -> list[Column]:
    """A role for each column; ``target`` is what a person chose, or None."""
    chosen = target if target is not None else _propose_target(columns)
    found: list[Column] = []
    taken: set[Role] = set()
    for column in columns:
        role = Role.TARGET if column.name == chosen else _role(column, taken)
        if role in (Role.GROUP, Role.PATH, Role.SPLIT):
            taken.add(role)
        kind = column.type
        if role in (Role.PATH, Role.SPLIT) or (role is Role.GROUP and kind is not Type.NUMBER):
            kind = Type.CATEGORY
        found.append(
            Column(
                name=column.name,
                role=role,
                type=kind,
                missing=_missing(column),
                format=column.format,
            )
        )
    return found


def _role(column: Seen, taken: set[Role]) -> Role:
    if column.distinct <= 1:
        return Role.IGNORED
    if column.names_images and Role.PATH not in taken:
        return Role.PATH
    if column.gives_parts and Role.SPLIT not in taken:
        return Role.SPLIT
    if column.is_identifier:
        return Role.IGNORED
    repeats = column.distinct * 2 <= column.present and column.distinct > 2
    named = _IDENTIFIER.search(column.name) and _GROUP.search(column.name)
    if (
        named
        and repeats
        and Role.GROUP not in taken
        and (column.whole_numbers or column.type is Type.CATEGORY)
    ):
        return Role.GROUP
    many = column.distinct > max(100, column.present // 2)
    if column.type is Type.CATEGORY and many:
        return Role.IGNORED
    return Role.FEATURE


def _propose_target(columns: list[Seen]) -> str | None:
    fit = [
        column
        for column in columns
        if column.type is not Type.TEXT
        and column.type is not Type.DATE
        and column.distinct > 1
        and not column.names_images
        and not column.gives_parts
        and not (column.type is Type.CATEGORY and not column.looks_like_class)
    ]
    for name in _TARGET_NAMES:
        for column in fit:
            if column.name.lower() == name:
                return column.name
    usable = [column for column in fit if not column.is_identifier]
    return usable[-1].name if usable else None


def _missing(column: Seen) -> Missing:
    if column.type in (Type.CATEGORY, Type.DATE):
        return Missing.OWN if column.present < column.rows else Missing.MOST_FREQUENT
    return Missing.MEAN
