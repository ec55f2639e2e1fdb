"""How a table of runs is looked at: its columns, order, groups, colours and filter, as one value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from storage.records import RunQuery, Scope, SortBy

COLUMNS = (
    "name", "state", "progress", "result", "framework", "template", "dataset", "duration", "created",
    "experiment", "tags",
)  # fmt: skip
"""What a table shows that nobody arranged."""
WIDEST = 2000


class Shown(StrEnum):
    """Which figure of a column stands in the row of a group."""

    MEAN = "mean"
    MINIMUM = "minimum"
    MAXIMUM = "maximum"


@dataclass(frozen=True, slots=True)
class View:
    """Columns, sort keys and groups are terms of the filter language, such as ``lr`` and ``best(val/loss)``.

    ``pinned`` columns stand first, in the order of ``columns``, and do not scroll sideways. ``widths`` are in
    pixels, for columns that a person resized. ``scales`` are columns whose values are painted on a scale of colours.
    ``aggregates`` tell which figure the row of a group shows, where it is not the mean.
    """

    columns: tuple[str, ...] = COLUMNS
    widths: Mapping[str, int] = field(default_factory=dict)
    pinned: tuple[str, ...] = ("name",)
    sort: tuple[SortBy, ...] = ()
    group: tuple[str, ...] = ()
    scales: tuple[str, ...] = ()
    aggregates: Mapping[str, Shown] = field(default_factory=dict)
    filter: str = ""
    scope: Scope = Scope.LISTED

    @property
    def query(self) -> RunQuery:
        return RunQuery(self.filter, self.sort, self.group, self.scope)

    @property
    def ordered(self) -> tuple[str, ...]:
        """The columns from left to right: the pinned ones first."""
        first = [each for each in self.columns if each in self.pinned]
        return (*first, *(each for each in self.columns if each not in self.pinned))

    def to_json(self) -> dict[str, Any]:
        return {
            "columns": list(self.columns),
            "widths": dict(self.widths),
            "pinned": list(self.pinned),
            "sort": [[each.column, each.descending] for each in self.sort],
            "group": list(self.group),
            "scales": list(self.scales),
            "aggregates": {name: shown.value for name, shown in self.aggregates.items()},
            "filter": self.filter,
            "scope": self.scope.value,
        }

    @classmethod
    def from_json(cls, data: Any) -> View:
        """The view that was written; what cannot be understood of it is as in a new one."""
        if not isinstance(data, dict):
            return cls()
        new = cls()
        return cls(
            columns=_names(data.get("columns")) or new.columns,
            widths=_widths(data.get("widths")),
            pinned=_names(data["pinned"]) if "pinned" in data else new.pinned,
            sort=_sort(data.get("sort")),
            group=_names(data.get("group")),
            scales=_names(data.get("scales")),
            aggregates=_aggregates(data.get("aggregates")),
            filter=data["filter"] if isinstance(data.get("filter"), str) else "",
            scope=_scope(data.get("scope")),
        )

    # -- what a person does to it -----------------------------------------------------------------
    def sorted_by(self, column: str, *, descending: bool | None = None, add: bool = False) -> View:
        """Sorted by the column. Without a direction, one that it is sorted by already turns around."""
        there = next((each for each in self.sort if each.column == column), None)
        if descending is None:
            descending = not there.descending if there else False
        key = SortBy(column, descending)
        if add and there:
            return replace(self, sort=tuple(key if each is there else each for each in self.sort))
        return replace(self, sort=(*self.sort, key) if add else (key,))

    def without(self, column: str) -> View:
        """The column hidden. The last one stays."""
        rest = tuple(each for each in self.columns if each != column)
        return replace(self, columns=rest or self.columns)

    def pin(self, column: str, on: bool) -> View:
        pinned = tuple(each for each in self.pinned if each != column)
        return replace(self, pinned=(*pinned, column) if on else pinned)

    def grouped_by(self, column: str, on: bool) -> View:
        group = tuple(each for each in self.group if each != column)
        return replace(self, group=(*group, column) if on else group)

    def scaled(self, column: str, on: bool) -> View:
        scales = tuple(each for each in self.scales if each != column)
        return replace(self, scales=(*scales, column) if on else scales)

    def sized(self, column: str, width: int) -> View:
        return replace(self, widths={**self.widths, column: width})

    def aggregated(self, column: str, shown: Shown) -> View:
        return replace(self, aggregates={**self.aggregates, column: shown})


def _names(data: Any) -> tuple[str, ...]:
    if not isinstance(data, list):
        return ()
    return tuple(dict.fromkeys(each for each in data if isinstance(each, str) and each))


def _widths(data: Any) -> dict[str, int]:
    if not isinstance(data, dict):
        return {}
    return {name: size for name, size in data.items() if type(size) is int and 0 < size <= WIDEST}


def _sort(data: Any) -> tuple[SortBy, ...]:
    if not isinstance(data, list):
        return ()
    pairs = [each for each in data if isinstance(each, list) and len(each) == 2]
    return tuple(SortBy(name, down is True) for name, down in pairs if isinstance(name, str))


def _aggregates(data: Any) -> dict[str, Shown]:
    if not isinstance(data, dict):
        return {}
    known = {each.value: each for each in Shown}
    return {
        name: known[each] for name, each in data.items() if isinstance(each, str) and each in known
    }


def _scope(data: Any) -> Scope:
    return next((each for each in Scope if each.value == data), Scope.LISTED)
