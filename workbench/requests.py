"""What a person asks to be trained, checked before it is queued. No database, no framework, quick enough for every key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from runners.protocol import Framework, Mode, Scalar


@dataclass(frozen=True, kw_only=True)
class RunRequest:
    """A run as asked for; texts as typed. ``parameters`` may leave out what keeps its default."""

    template: str
    framework: str
    dataset: str
    mode: str = Mode.EAGER
    parameters: Mapping[str, object] = field(default_factory=dict)
    seed: int | str = 0
    device: str = "auto"
    name: str = ""
    experiment: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CheckedRequest:
    """A request that can be trained: every parameter given, in its type."""

    template: str
    framework: Framework
    dataset: str
    mode: Mode
    parameters: Mapping[str, Scalar]
    seed: int
    device: str
    name: str
    experiment: str
    tags: tuple[str, ...]


class InvalidRequest(ValueError):
    """``problems`` has a message per field: template, framework, dataset, mode, seed, device, or a parameter's name."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {text}" for name, text in problems.items()))
        self.problems = dict(problems)


@dataclass(frozen=True, slots=True)
class Estimate:
    """``memory_bytes`` is for weights, gradients, optimizer and activations of one batch, in float32."""

    parameter_count: int
    memory_bytes: int
    steps_per_epoch: int


def check_request(request: RunRequest) -> CheckedRequest:
    """The request with every value in its type. Raises InvalidRequest with all problems at once."""
    raise NotImplementedError


def estimate(request: CheckedRequest) -> Estimate:
    raise NotImplementedError
