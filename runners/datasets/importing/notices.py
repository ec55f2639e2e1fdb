"""What a person should look at before an import: columns that give the answer away, duplicates, rare classes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from runners.datasets.importing.conversion import as_numpy
from runners.datasets.importing.listing import in_ranks
from runners.datasets.importing.preview import Notice
from runners.datasets.importing.proposals import Seen, is_ambiguous_date
from runners.datasets.importing.recipe import Column, Role, Type

_ENOUGH_ROWS = 30
_ROWS_A_VALUE = 3
_SAME = 0.9999
_IMBALANCE = 10
_RARE = 5


def of_columns(columns: Sequence[Seen], roles: Sequence[Column]) -> list[Notice]:
    """Constant columns, identifiers, and values that are mostly missing."""
    found = []
    for column, given in zip(columns, roles, strict=True):
        if not column.present:
            text = "is empty, or holds lists or records"
        elif column.distinct == 1:
            text = "has the same value in every row"
        elif given.role is Role.IGNORED and column.is_identifier:
            text = "has another value in every row, as an identifier has: nothing can be learned from it"
        elif given.role is Role.IGNORED:
            text = f"has {column.distinct:,} different values in {column.present:,} rows, too many for categories"
        elif column.present * 2 < column.rows:
            text = f"has no value in {1 - column.present / column.rows:.0%} of the rows"
        elif is_ambiguous_date(column):
            text = "holds dates that can be read day first or month first: check the format"
        else:
            continue
        found.append(Notice(text=f"{column.name} {text}", column=column.name))
    return found


def of_leakage(columns: Sequence[Seen], roles: Sequence[Column]) -> list[Notice]:
    """Features that determine the target."""
    target = next((c for c, r in zip(columns, roles, strict=True) if r.role is Role.TARGET), None)
    if target is None or target.rows < _ENOUGH_ROWS:
        return []
    return [
        Notice(
            text=f"{column.name} determines {target.name} in the rows looked at. If it is only known afterwards, "
            "ignore it",
            column=column.name,
        )
        for column, given in zip(columns, roles, strict=True)
        if given.role is Role.FEATURE
        and given.type is not Type.TEXT
        and _determines(column, target)
    ]


def of_labels(labels: Sequence[tuple[str, int]]) -> list[Notice]:
    """One class only, rare classes, unequal classes."""
    if len(labels) == 1:
        return [
            Notice(text=f"There is one class only, {labels[0][0]!r}: a classification needs two")
        ]
    found = []
    rare = [name for name, count in labels if count < _RARE]
    if rare:
        shown = ", ".join(rare[:6]) + (", …" if len(rare) > 6 else "")
        found.append(Notice(text=f"Classes with fewer than {_RARE} samples: {shown}"))
    counts = [count for _, count in labels]
    if counts and max(counts) > _IMBALANCE * min(counts):
        found.append(
            Notice(
                text=f"The classes are unequal: {max(counts):,} samples of the largest, {min(counts):,} of the smallest"
            )
        )
    return found


def of_duplicates(columns: Sequence[Seen]) -> list[Notice]:
    rows = list(zip(*(column.raw.to_pylist() for column in columns), strict=True))
    again = len(rows) - len({str(row) for row in rows})
    if not again:
        return []
    text = f"{again:,} of {len(rows):,} rows repeat another: the same row may be in the training and the test part"
    return [Notice(text=text)]


def label_counts(values: Sequence[object]) -> tuple[tuple[str, int], ...]:
    return tuple(Counter(str(value) for value in values if value is not None).most_common())


def _determines(column: Seen, target: Seen) -> bool:
    """Whether the column is the target in another form, or each of its repeated values goes with one target."""
    if column.type is Type.NUMBER and target.type is Type.NUMBER and target.distinct > 2:
        x, y = as_numpy(column.values), as_numpy(target.values)
        both = ~np.isnan(x) & ~np.isnan(y)
        varied = both.sum() >= _ENOUGH_ROWS and x[both].std() > 0 and y[both].std() > 0
        if varied and abs(np.corrcoef(x[both], y[both])[0, 1]) > _SAME:
            return True
    if column.distinct * _ROWS_A_VALUE > column.present or column.distinct < min(
        target.distinct, 2
    ):
        return False
    x_codes, _ = in_ranks([str(value) for value in column.values.to_pylist()])
    y_codes, _ = in_ranks([str(value) for value in target.values.to_pylist()])
    pairs = len(set(zip(x_codes, y_codes, strict=True)))
    return pairs == len(set(x_codes)) and column.distinct >= target.distinct
