"""What a person has to know of a model to ask it: what it takes and what it gives. Standard library only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from runners.datasets.dataset import Input, Task
from runners.datasets.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Scaled:
    """A column, channel or target. In its own unit it is number * ``std`` + ``mean``."""

    name: str
    mean: float
    std: float


@dataclass(frozen=True, kw_only=True)
class Facts:
    """The fields up to ``ink`` are those of `runners.export.preprocessing`; ``format`` is the id of an export's format.

    ``test_count`` samples of the test part can be asked for; where that is 0, ``test_problem`` says why.
    ``gradient`` says whether the model can be asked for gradients, which only the framework itself can.
    """

    format: str
    task: Task
    input: Input
    shape: tuple[int, ...]
    scale: int = 1
    classes: tuple[str, ...] = ()
    features: tuple[Scaled, ...] = ()
    targets: tuple[Scaled, ...] = ()
    vocabulary: Vocabulary | None = None
    resize: str = "pad"
    background: float = 0.0
    ink: float = 1.0
    test_count: int = 0
    test_problem: str = ""
    gradient: bool = False

    @property
    def explains(self) -> bool:
        """Whether it can be told what in an image an answer rests on."""
        return self.input is Input.IMAGE and self.task in (Task.CLASSIFICATION, Task.REGRESSION)

    def plain(self) -> dict[str, Any]:
        """As JSON takes it."""
        return asdict(self)

    @classmethod
    def from_plain(cls, raw: Mapping[str, Any]) -> Facts:
        """What `plain` gave, or the facts of a description with more fields. Raises ValueError if it is something else."""
        try:
            values = {name: raw[name] for name in cls.__dataclass_fields__ if name in raw}
            values["task"], values["input"] = Task(raw["task"]), Input(raw["input"])
            for name in ("shape", "classes"):
                values[name] = tuple(raw[name])
            for name in ("features", "targets"):
                values[name] = tuple(Scaled(each["name"], each["mean"], each["std"]) for each in raw[name])  # fmt: skip
            if (words := raw["vocabulary"]) is not None:
                values["vocabulary"] = Vocabulary(words["kind"], tuple(words["tokens"]), words["lower"])  # fmt: skip
            return cls(**values)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"these are not the facts of a model: {error}") from error
