"""Classes: their names in order, their numbers, and what cannot be learned."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from runners.datasets.importing.recipe import ImportProblem
from runners.datasets.importing.splitting import PARTS, TRAIN, Codes, Parts

_LARGEST = 1 << 16


def ordered(codes: Codes, values: Sequence[Any]) -> tuple[Codes, tuple[str, ...]]:
    """The classes in the order of their names, of numbers in the order of the numbers. Raises ImportProblem."""
    order = sorted(range(len(values)), key=lambda number: _key(values[number]))
    place = np.empty(len(values), np.int64)
    place[order] = np.arange(len(values))
    names = tuple(_name(values[number]) for number in order)
    if len(names) < 2:
        only = f": every sample is {names[0]!r}" if names else ""
        raise ImportProblem(
            f"There is one class only{only}. A classification needs at least two: choose another target or add samples"
        )
    if len(names) > _LARGEST or (len(names) > 1000 and len(names) * 2 > len(codes)):
        raise ImportProblem(
            f"The target has {len(names):,} different values in {len(codes):,} samples, which are no classes: choose "
            "regression or another target"
        )
    return place[codes], names


def check_known(codes: Codes, names: Sequence[str], parts: Parts) -> None:
    """Raises ImportProblem, which names them, for classes that another part has and training has not."""
    trained = np.bincount(codes[parts == TRAIN], minlength=len(names)) > 0
    for number in range(1, len(PARTS)):
        found = np.bincount(codes[parts == number], minlength=len(names)) > 0
        unknown = [names[code] for code in np.flatnonzero(found & ~trained).tolist()]
        if unknown:
            raise unknown_classes(PARTS[number], unknown)
    if trained.sum() < 2:
        raise ImportProblem(
            "The training part has one class only: split in another way or add samples"
        )


def unknown_classes(part: str, names: Sequence[str]) -> ImportProblem:
    """What to say of classes of a part that the training part has not."""
    shown = ", ".join(map(repr, names[:8])) + (", …" if len(names) > 8 else "")
    return ImportProblem(
        f"The {part} part has {len(names)} {'class' if len(names) == 1 else 'classes'} that the training part has not: "
        f"{shown}. Correct the labels, take those samples out, or split in another way"
    )


def dtype(names: Sequence[str]) -> type[np.uint8 | np.uint16]:
    return np.uint8 if len(names) <= 256 else np.uint16


def _key(value: Any) -> tuple[int, float, str]:
    """Numbers, or texts that are numbers, by size and before the others."""
    try:
        return (0, float(value), str(value))
    except ValueError:
        return (1, 0.0, str(value))


def _name(value: Any) -> str:
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return str(value)
