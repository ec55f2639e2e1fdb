"""What a model said of a sample, as a person reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runners.datasets.dataset import Task
from runners.export.facts import Facts
from runners.wire import packed

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Share:
    """How likely something is: a class, or a token that comes next."""

    place: int
    name: str
    probability: float


@dataclass(frozen=True, slots=True)
class Number:
    """A target in its own unit."""

    name: str
    value: float


def shares(facts: Facts, answer: Array, most: int = 0) -> list[Share]:
    """The classes or tokens by their probability, the likeliest first, ``most`` of them, or all where that is 0."""
    order = np.argsort(-np.nan_to_num(answer, nan=-1.0), kind="stable")
    return [
        Share(int(at), name_of(facts, int(at)), float(answer[at])) for at in order[: most or None]
    ]


def name_of(facts: Facts, place: int) -> str:
    """Of a class, or of a token in quotation marks, so that spaces are seen."""
    if facts.task is Task.TEXT_GENERATION:
        tokens = facts.vocabulary.tokens if facts.vocabulary else ()
        text = tokens[place] if place < len(tokens) else f"token {place}"
        return "“" + text.replace("\n", "⏎") + "”"
    return facts.classes[place] if place < len(facts.classes) else f"class {place}"


def numbers(facts: Facts, answer: Array) -> list[Number]:
    """A regression's, (targets,)."""
    return [Number(one.name, float(value)) for one, value in zip(facts.targets, answer, strict=True)]  # fmt: skip


def covered(facts: Facts, mask: Array) -> list[Share]:
    """The share of the pixels that each class of a mask has, the largest first."""
    counts = np.bincount(mask.ravel(), minlength=len(facts.classes))
    return [each for each in shares(facts, counts / max(1, mask.size)) if each.probability > 0]


def in_words(facts: Facts, answer: Array, most: int = 3) -> str:
    """In a line: ``7 (98.2 %), 1 (1.1 %)``."""
    match facts.task:
        case Task.CLASSIFICATION | Task.TEXT_GENERATION:
            return ", ".join(f"{one.name} ({one.probability:.1%})" for one in shares(facts, answer, most))  # fmt: skip
        case Task.REGRESSION:
            return ", ".join(f"{one.name} {one.value:.6g}" for one in numbers(facts, answer))
        case Task.SEGMENTATION:
            return ", ".join(f"{one.name} ({one.probability:.1%} of the pixels)" for one in covered(facts, answer)[:most])  # fmt: skip
        case Task.FORECASTING:
            return "; ".join(_steps(facts, answer))
    return f"an image of {' x '.join(map(str, answer.shape))}"


def _steps(facts: Facts, answer: Array) -> list[str]:
    """A forecast, channel by channel, the first steps of each."""
    told = []
    for at, one in enumerate(facts.targets):
        values = [f"{value:.6g}" for value in answer[:8, at]]
        told.append(f"{one.name} {', '.join(values)}{', …' if len(answer) > 8 else ''}")
    return told


def as_json(facts: Facts, answer: Array) -> dict[str, Any]:
    """For programs: names with numbers where there are names, else the array as nested lists, of what is large as ``npy``."""
    match facts.task:
        case Task.CLASSIFICATION:
            likeliest = shares(facts, answer)
            return {
                "predicted": likeliest[0].name,
                "probabilities": {one.name: one.probability for one in likeliest},
            }
        case Task.TEXT_GENERATION:
            return {"next": [{"token": facts.vocabulary.tokens[one.place] if facts.vocabulary else one.place, "probability": one.probability} for one in shares(facts, answer, 10)]}  # fmt: skip
        case Task.REGRESSION:
            return {"predicted": {one.name: one.value for one in numbers(facts, answer)}}
        case Task.FORECASTING:
            return {"forecast": {one.name: answer[:, at].tolist() for at, one in enumerate(facts.targets)}}  # fmt: skip
        case Task.SEGMENTATION:
            return {"pixels": {one.name: one.probability for one in covered(facts, answer)}, "mask": packed(answer)}  # fmt: skip
    return {"image": packed(answer)}
