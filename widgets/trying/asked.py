"""What all models are asked about at the moment."""

from __future__ import annotations

from dataclasses import dataclass, replace
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
    """``truth`` is what the sample truly is, as its ``dataset`` has it (by its hash), or None; of a text to go on with, the token that comes next.

    ``words`` say the same: ``truly 7``, ``goes on with “m”``; "" where it is not known or no words could tell it.
    """

    given: Given
    truth: NDArray[Any] | None = None
    words: str = ""
    dataset: str = ""

    @property
    def heading(self) -> str:
        """``Sample 36 of the test part, truly 9``."""
        return f"{self.given.name}, {self.words}" if self.words else self.given.name

    def of(self, dataset: str) -> Asked:
        """For a model that learned from a dataset: what is true of one says nothing to those of another."""
        return self if self.dataset in ("", dataset) else replace(self, truth=None, words="")


def asked_of_sample(
    facts: Facts, dataset: str, place: int, x: NDArray[Any], y: NDArray[Any]
) -> Asked:
    """About a sample of a test part, as the model takes it."""
    name = f"Sample {place:,} of the test part"
    if facts.input is not Input.TOKENS:
        return Asked(Given(name, x), y, _words(facts, y), dataset)
    tokens, truth = [int(token) for token in x], y
    if facts.task is Task.TEXT_GENERATION:
        tokens = tokens[:_BEGINNING]
        truth = y[len(tokens) - 1]
    while tokens and not tokens[-1]:
        tokens.pop()
    return Asked(Given(name, tokens=tuple(tokens)), truth, _words(facts, truth), dataset)


def fits(lead: Facts, facts: Facts) -> bool:
    """Whether a model takes the same samples as another one."""
    if lead.input is Input.TOKENS:
        return (lead.task, lead.vocabulary) == (facts.task, facts.vocabulary)
    return (lead.input, lead.shape, lead.scale) == (facts.input, facts.shape, facts.scale)


def _words(facts: Facts, truth: NDArray[Any]) -> str:
    match facts.task:
        case Task.CLASSIFICATION:
            return f"truly {name_of(facts, int(truth))}"
        case Task.TEXT_GENERATION:
            return f"goes on with {name_of(facts, int(truth))}"
        case Task.REGRESSION:
            pairs = zip(facts.targets, truth, strict=True)
            return "truly " + ", ".join(f"{one.name} {value * one.std + one.mean:.6g}" for one, value in pairs)  # fmt: skip
    return ""
