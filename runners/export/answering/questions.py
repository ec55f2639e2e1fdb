"""The questions, each a function from what is asked to what is told at last."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from runners.datasets.dataset import Input, Task
from runners.export.answering.judging import answers, losses, softmax
from runners.export.answering.saliency import saliency
from runners.export.answering.subject import Subject, Unanswerable
from runners.train.evaluation.text_generation import chosen

Array = NDArray[Any]
_MOST_WRITTEN = 100_000


class Teller(Protocol):
    """Where what is found on the way goes. Both may raise, to end the question."""

    def progress(self, text: str, fraction: float) -> None: ...

    def part(self, found: Mapping[str, Any]) -> None: ...


Question = Callable[[Subject, Mapping[str, Any], Teller], dict[str, Any]]


def _predict(subject: Subject, asked: Mapping[str, Any], teller: Teller) -> dict[str, Any]:
    place: int | None = None
    if "tokens" in asked:
        x, place = subject.tokens(_tokens(subject, asked))
    else:
        x = subject.inputs(_array(asked, "x"))
    size, found, seconds = subject.batch_size, [], 0.0
    for start in range(0, len(x), size):
        if start:
            teller.progress("Predicting", start / len(x))
        begun = perf_counter()
        outputs = subject.predict(x[start : start + size])
        seconds += perf_counter() - begun
        found.append(answers(subject.facts, outputs))
    told = np.concatenate(found)
    if place is not None and subject.facts.task is Task.TEXT_GENERATION:
        told = told[:, place]
    return {"answers": told, "seconds": seconds}


def _samples(subject: Subject, asked: Mapping[str, Any], teller: Teller) -> dict[str, Any]:
    del teller
    x, y = subject.samples([int(place) for place in asked["places"]])
    return {"x": x, "y": y}


@dataclass
class _Worst:
    """The samples seen so far, the largest loss first, at most so many."""

    most: int
    places: Array
    losses: Array
    given: Array

    def take(self, places: Array, losses: Array, given: Array) -> None:
        joined = [np.concatenate(pair) for pair in ((self.places, places), (self.losses, losses), (self.given, given))]  # fmt: skip
        worth = np.nan_to_num(joined[1].astype(np.float64), nan=np.inf)
        order = np.argsort(-worth, kind="stable")[: self.most]
        self.places, self.losses, self.given = (each[order] for each in joined)


def _mistakes(subject: Subject, asked: Mapping[str, Any], teller: Teller) -> dict[str, Any]:
    """Of a classification the samples whose class is wrong, of any other task all of them; the largest loss first.

    ``given`` and ``truth`` are the classes, -1 where there are none.
    """
    part, facts = subject.part(), subject.facts
    worst = _Worst(int(asked["most"]), np.zeros(0, np.int64), np.zeros(0, np.float32), np.zeros((0, 3)))  # fmt: skip
    seen = wrong = 0
    for x, y in subject.batches():
        teller.progress("Predicting the test part", seen / len(part))
        outputs = subject.predict(x)
        each = losses(facts, outputs, x, y)
        places = np.arange(seen, seen + len(x))
        given = np.full((len(x), 3), -1.0)
        kept = np.ones(len(x), bool)
        if facts.task is Task.CLASSIFICATION:
            shares, said = softmax(outputs), outputs.argmax(1)
            given = np.stack([said, y, shares[np.arange(len(x)), said]], 1).astype(np.float64)
            kept = said != y
        worst.take(places[kept], each[kept], given[kept])
        seen, wrong = seen + len(x), wrong + int(kept.sum())
    return {
        "places": worst.places,
        "losses": worst.losses,
        "given": worst.given[:, 0].astype(np.int64),
        "truth": worst.given[:, 1].astype(np.int64),
        "probability": worst.given[:, 2].astype(np.float32),
        "wrong": wrong,
        "count": seen,
    }


def _saliency(subject: Subject, asked: Mapping[str, Any], teller: Teller) -> dict[str, Any]:
    x = subject.inputs(_array(asked, "x")[None])[0]
    choice = asked.get("choice")
    found, output = saliency(
        subject, x, str(asked["method"]), None if choice is None else int(choice), teller.progress
    )
    return {"map": found, "choice": output}


def _write(subject: Subject, asked: Mapping[str, Any], teller: Teller) -> dict[str, Any]:
    """Token after token, each drawn with the share that softmax(scores / temperature) gives it."""
    if subject.facts.task is not Task.TEXT_GENERATION:
        raise Unanswerable("Only a model of text can go on with one")
    count, temperature = int(asked["count"]), float(asked["temperature"])
    if not 0 < temperature <= 10 or not 0 <= count <= _MOST_WRITTEN:
        raise Unanswerable("The temperature lies between 0 and 10")
    tokens = _tokens(subject, asked)
    draws = np.random.default_rng(int(asked["seed"]))
    begun = perf_counter()
    for _ in range(count):
        x, place = subject.tokens(tokens)
        token = chosen(subject.predict(x)[0, place], temperature, draws.random())
        tokens.append(token)
        teller.part({"tokens": [token]})
    return {"seconds": perf_counter() - begun}


def _tokens(subject: Subject, asked: Mapping[str, Any]) -> list[int]:
    if subject.facts.input is not Input.TOKENS or len(subject.facts.shape) != 1:
        raise Unanswerable("The model takes no text")
    tokens, most = [int(token) for token in asked["tokens"]], len(subject.facts.vocabulary.tokens) if subject.facts.vocabulary else 0  # fmt: skip
    if most and any(not 0 <= token < most for token in tokens):
        raise Unanswerable(f"Tokens are numbers from 0 to {most - 1:,}")
    return tokens


def _array(asked: Mapping[str, Any], name: str) -> Array:
    array = asked[name]
    if not isinstance(array, np.ndarray):
        raise Unanswerable(f"{name} is no array")
    return array


QUESTIONS: Mapping[str, Question] = {
    "predict": _predict,
    "samples": _samples,
    "mistakes": _mistakes,
    "saliency": _saliency,
    "write": _write,
}
