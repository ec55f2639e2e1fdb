"""What judges the outputs of a model, without a framework."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from runners.protocol import ArtifactKind
from runners.train.data import Part
from runners.train.engine import Array, Engine, Outputs
from runners.train.setup import Setup


@dataclass(frozen=True, slots=True)
class Kept:
    """What a run keeps in a file besides its curves. The trainer adds the step to the name of a picture."""

    name: str
    kind: ArtifactKind
    suffix: str
    content: str | bytes

    @classmethod
    def as_json(cls, name: str, kind: ArtifactKind, value: Any) -> Kept:
        return cls(name, kind, ".json", json.dumps(value, indent=1))


class Evaluation:
    """Judges a model on one part of the data, whose samples come batch by batch, in their order."""

    measure: ClassVar[str]
    """The name of the quick measure that is also known of each step of training, such as ``accuracy``."""
    batch: ClassVar[int] = 256
    """How many samples are evaluated at once at least; less than a batch of training is never taken."""

    def __init__(self, setup: Setup, part: Part) -> None:
        self._setup = setup
        self._part = part

    def add(self, outputs: Outputs, x: Array, y: Array) -> None:
        """Take what the model gave for a batch."""
        raise NotImplementedError

    def metrics(self) -> dict[str, float]:
        """Figures of the whole part, by name, besides the loss."""
        raise NotImplementedError

    def pictures(self, engine: Engine) -> Iterator[Kept]:
        """What is kept after some of the epochs, from the validation part."""
        del engine
        yield from ()

    def results(self, engine: Engine) -> Iterator[Kept]:
        """What is kept at the end, from the test part."""
        del engine
        yield from ()
