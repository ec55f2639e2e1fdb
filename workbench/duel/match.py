"""What a duel is about: who trains what, how often. No database, no framework."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from runners.protocol import Framework, Mode, Scalar

FEWEST_SEEDS = 3
"""With fewer nothing can be said about what chance does."""

_NAMES = {
    (Framework.PYTORCH, Mode.EAGER): "PyTorch",
    (Framework.PYTORCH, Mode.GRAPH): "torch.compile",
    (Framework.TENSORFLOW, Mode.EAGER): "TensorFlow",
    (Framework.TENSORFLOW, Mode.GRAPH): "tf.function",
    (Framework.TENSORFLOW, Mode.XLA): "XLA",
    (Framework.TENSORFLOW, Mode.FIT): "Keras fit",
}


@dataclass(frozen=True, slots=True)
class Contestant:
    """Who trains: a framework in a mode, with ``parameters`` of its own over those of the match.

    ``interpreter`` is "" for the one that the settings name for the framework.
    """

    framework: Framework
    mode: Mode
    parameters: Mapping[str, Scalar] = field(default_factory=dict)
    interpreter: str = ""

    @property
    def name(self) -> str:
        """As a person calls it: "torch.compile, learning_rate=0.01". No two contestants of a match have the same."""
        own = [f"{name}={_text(value)}" for name, value in self.parameters.items()]
        python = [f"python={self.interpreter}"] if self.interpreter else []
        return ", ".join([_NAMES[self.framework, self.mode], *own, *python])


@dataclass(frozen=True, slots=True)
class Target:
    """What validation is to reach, such as ``val/accuracy`` 0.9; whether higher is better follows from the metric."""

    metric: str
    value: float


@dataclass(frozen=True, slots=True)
class Scaling:
    """What is measured beside the trainings, once for each contestant: the speed with each of these sizes of a batch and with each of
    these numbers of threads, and ``largest_batch``, the largest one that the device has memory for.
    """

    batch_sizes: tuple[int, ...] = ()
    threads: tuple[int, ...] = ()
    largest_batch: bool = False

    @property
    def values(self) -> Mapping[str, tuple[int, ...]]:
        """What is tried of which parameter."""
        return {"batch_size": self.batch_sizes, "threads": self.threads}


@dataclass(frozen=True, slots=True)
class Match:
    """A duel as asked for.

    ``parameters`` are those that the contestants share and that are not the template's defaults; a budget is among them
    (``epochs``, ``time_limit``). Every contestant trains once with each of the ``seeds``.
    """

    template: str
    dataset: str
    contestants: tuple[Contestant, ...]
    seeds: tuple[int, ...]
    parameters: Mapping[str, Scalar] = field(default_factory=dict)
    device: str = "auto"
    target: Target | None = None
    name: str = ""
    scaling: Scaling | None = None

    def to_json(self) -> str:
        raw = {"version": 1, **asdict(self)}
        if self.scaling is None:
            del raw["scaling"]  # as it was before there was any
        return json.dumps(raw, indent=1, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Match:
        """Read what `to_json` wrote. Raises ValueError if it is something else."""
        try:
            raw: dict[str, Any] = json.loads(text)
            if raw.pop("version") != 1:
                raise ValueError("a newer version of Twinbench wrote it")
            raw["contestants"] = tuple(_contestant(one) for one in raw["contestants"])
            raw["seeds"] = tuple(raw["seeds"])
            raw["parameters"] = _scalars(raw["parameters"])
            raw["target"] = Target(**raw["target"]) if raw["target"] else None
            if "scaling" in raw:
                raw["scaling"] = _scaling(raw["scaling"])
            return cls(**raw)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"this is not a duel: {error}") from error


def _contestant(raw: Mapping[str, Any]) -> Contestant:
    framework, mode = Framework(raw["framework"]), Mode(raw["mode"])
    return Contestant(framework, mode, _scalars(raw["parameters"]), raw["interpreter"])


def _scaling(raw: Mapping[str, Any]) -> Scaling:
    return Scaling(tuple(raw["batch_sizes"]), tuple(raw["threads"]), raw["largest_batch"])


def _scalars(raw: Mapping[str, Any]) -> dict[str, Scalar]:
    return {k: tuple(v) if isinstance(v, list) else v for k, v in raw.items()}


def _text(value: Scalar) -> str:
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)
