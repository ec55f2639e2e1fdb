"""A person's files as samples of a model's input."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runners.datasets.dataset import Input
from runners.export.facts import Facts
from workbench.errors import WorkbenchError
from workbench.trying.images import SUFFIXES, image_input
from workbench.trying.rows import read_rows

_MOST_TEXT = 1 << 20


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """One sample: ``x`` without an axis for samples, or the ``tokens`` of a text. ``name`` is what it is called to a person."""

    name: str
    x: NDArray[Any] | None = None
    tokens: tuple[int, ...] = ()
    text: str = ""

    @property
    def question(self) -> dict[str, Any]:
        """What `predict` is asked with."""
        return {"tokens": list(self.tokens)} if self.x is None else {"x": self.x[None]}


def read_given(path: Path, facts: Facts, *, invert: bool | None = None) -> list[Given]:
    """The samples in a file: an image, rows or steps as CSV, a text, or arrays as .npy. Raises WorkbenchError."""
    if not path.is_file():
        raise WorkbenchError(f"There is no file {path}")
    kind = path.suffix.lower()
    if kind == ".npy":
        return list(_arrays(path, facts))
    match facts.input:
        case Input.IMAGE:
            return [Given(path.name, image_input(path, facts, invert=invert))]
        case Input.TOKENS:
            return [_text(path, facts)]
    if kind in SUFFIXES:
        raise WorkbenchError(f"{path.name} is an image, and the model takes {facts.input.value}")
    rows = read_rows(path, facts)
    single = len(rows) == 1
    return [Given(path.name if single else f"{path.name}, row {at + 1}", row) for at, row in enumerate(rows)]  # fmt: skip


def given_text(text: str, facts: Facts, name: str = "text") -> Given:
    """Raises WorkbenchError for an empty one, or where the model takes none."""
    if facts.vocabulary is None:
        raise WorkbenchError(f"The model takes no text, but {facts.input.value}")
    tokens = tuple(facts.vocabulary.encode(text))
    if not tokens:
        raise WorkbenchError("There is no text: type some")
    return Given(name, tokens=tokens, text=text)


def _text(path: Path, facts: Facts) -> Given:
    try:
        with open(path, encoding="utf-8-sig") as file:
            text = file.read(_MOST_TEXT)
    except (OSError, UnicodeDecodeError) as error:
        raise WorkbenchError(f"{path.name} is no text in UTF-8: {error}") from error
    return given_text(text, facts, path.name)


def _arrays(path: Path, facts: Facts) -> Iterator[Given]:
    """One sample, or several along a first axis. Raises WorkbenchError."""
    try:
        array = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise WorkbenchError(f"{path.name} is no array of NumPy's: {error}") from error
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "fiub":
        raise WorkbenchError(f"{path.name} holds no numbers")
    if array.shape == facts.shape:
        yield Given(path.name, array)
    elif array.shape[1:] == facts.shape and len(array):
        yield from (Given(f"{path.name}[{at}]", each) for at, each in enumerate(array))
    else:
        wanted, there = (" x ".join(map(str, shape)) for shape in (facts.shape, array.shape))
        raise WorkbenchError(f"{path.name} has the shape {there}, and the model takes {wanted}")
