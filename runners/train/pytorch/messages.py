"""What the process that trains says to those that train beside it, through their standard input.

A message is a line of JSON and then the bytes of the arrays that it announces.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from runners.datasets.dataset import info_from_raw
from runners.protocol import Framework, Mode
from runners.templates import get_template
from runners.train.data import Piece
from runners.train.engine import Array
from runners.train.setup import Setup


@dataclass(frozen=True, eq=False)
class Message:
    """``about`` says what to do and what JSON can hold of it."""

    about: Mapping[str, Any]
    arrays: Sequence[Array] = field(default=())


def write_message(file: BinaryIO, message: Message) -> None:
    """Raises OSError where nobody reads any more."""
    arrays = [np.ascontiguousarray(array) for array in message.arrays]
    forms = [(array.dtype.str, array.shape) for array in arrays]
    file.write(json.dumps({**message.about, "arrays": forms}).encode() + b"\n")
    for array in arrays:
        file.write(array.tobytes())
    file.flush()


def read_messages(file: BinaryIO) -> Iterator[Message]:
    """Until the file ends."""
    while line := file.readline():
        about = json.loads(line)
        forms = about.pop("arrays")
        yield Message(about, [_read_array(file, np.dtype(kind), shape) for kind, shape in forms])


def _read_array(file: BinaryIO, dtype: np.dtype[Any], shape: list[int]) -> Array:
    """One that may be written to, as frameworks want it."""
    read = bytearray(file.read(dtype.itemsize * math.prod(shape)))
    return np.frombuffer(read, dtype).reshape(shape)


def step_message(portion: Sequence[Piece], learning_rate: float, seed: int) -> Message:
    """A step with these pieces; ``seed`` is for what the framework draws in it."""
    facts = [[piece.share, piece.repeats, piece.full] for piece in portion]
    about = {"do": "step", "pieces": facts, "rate": learning_rate, "seed": seed}
    return Message(about, [array for piece in portion for array in (piece.x, piece.y)])


def portion_of(message: Message) -> list[Piece]:
    """The pieces of a `step_message`."""
    pairs = zip(message.arrays[::2], message.arrays[1::2], strict=True)
    facts = message.about["pieces"]
    return [Piece(x, y, *fact) for (x, y), fact in zip(pairs, facts, strict=True)]


def setup_message(setup: Setup) -> Message:
    """All of it but the vocabulary, which only evaluations need."""
    folder = setup.template.folder
    return Message(
        {
            "framework": setup.framework,
            "mode": setup.mode,
            "device": setup.device,
            "template": setup.template.name,
            "templates": str(folder.parent) if folder else None,
            "dataset": asdict(setup.dataset),
            "parameters": dict(setup.parameters),
            "seed": setup.seed,
            "dtype": setup.dtype,
            "replicas": setup.replicas,
            "class_weights": list(setup.class_weights),
        }
    )


def setup_of(message: Message) -> Setup:
    """What `setup_message` told."""
    about = message.about
    templates = about["templates"]
    return Setup(
        framework=Framework(about["framework"]),
        mode=Mode(about["mode"]),
        device=about["device"],
        template=get_template(about["template"], Path(templates) if templates else None),
        dataset=info_from_raw(about["dataset"]),
        parameters={
            name: tuple(value) if isinstance(value, list) else value
            for name, value in about["parameters"].items()
        },
        seed=about["seed"],
        dtype=about["dtype"],
        replicas=about["replicas"],
        class_weights=tuple(about["class_weights"]),
    )
