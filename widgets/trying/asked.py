"""What all models are asked about at the moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from runners.datasets.dataset import Input, Task
from runners.export.facts import Facts
from workbench.trying.files import Given
from workbench.trying.said import name_of

_BEGINNING = 64
"""Tokens of a sample that models are to go on with."""


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """``truth`` is what the sample truly is, as the dataset has it, or None; of a text to go on with, the token that comes next."""

    given: Given
    truth: NDArray[Any] | None = None

    def truth_words(self, facts: Facts) -> str:
        """``truly 7``, ``goes on with “m”``; "" where it is not known or no words could tell it."""
        if self.truth is None:
            return ""
        if facts.task is Task.REGRESSION:
            mean_std = zip(facts.targets, self.truth, strict=True)
            return "truly " + ", ".join(f"{one.name} {value * one.std + one.mean:.6g}" for one, value in mean_std)  # fmt: skip
        if facts.task is Task.TEXT_GENERATION:
            return f"goes on with {name_of(facts, int(self.truth))}"
        return (
            f"truly {name_of(facts, int(self.truth))}" if facts.task is Task.CLASSIFICATION else ""
        )


def asked_of_sample(facts: Facts, place: int, x: NDArray[Any], y: NDArray[Any]) -> Asked:
    """About a sample of the test part, as the model takes it."""
    name = f"Sample {place:,} of the test part"
    if facts.input is not Input.TOKENS:
        known = facts.task is not Task.RECONSTRUCTION
        return Asked(Given(name, x), y if known else None)
    tokens = [int(token) for token in x]
    if facts.task is Task.TEXT_GENERATION:
        seen = tokens[: min(_BEGINNING, len(tokens))]
        return Asked(Given(name, tokens=tuple(seen)), y[len(seen) - 1])
    while tokens and not tokens[-1]:
        tokens.pop()
    return Asked(Given(name, tokens=tuple(tokens)), y)


def fits(lead: Facts, facts: Facts) -> bool:
    """Whether a model takes the same samples as another one, and says the same kind of thing."""
    same = (lead.task, lead.input, lead.scale, lead.vocabulary) == (facts.task, facts.input, facts.scale, facts.vocabulary)  # fmt: skip
    return same and (lead.input is Input.TOKENS or lead.shape == facts.shape)
