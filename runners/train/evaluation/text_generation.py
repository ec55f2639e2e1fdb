"""Text generation: how well the next token is foretold, and texts that the model writes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from runners.protocol import ArtifactKind
from runners.train.data import Part
from runners.train.engine import Array, Engine, Outputs
from runners.train.evaluation.evaluation import Evaluation, Kept
from runners.train.setup import Setup

TEMPERATURES = (0.5, 0.8, 1.0)
_PROMPT = 32
_WRITTEN = 256


class TextGeneration(Evaluation):
    """``outputs`` are, for each sample, the mean loss of its tokens and the share of them that were foretold."""

    measure = "accuracy"
    batch = 16

    def __init__(self, setup: Setup, part: Part) -> None:
        super().__init__(setup, part)
        self._loss = self._right = 0.0

    def add(self, outputs: Outputs, x: Array, y: Array) -> None:
        del x, y
        losses, right = outputs
        self._loss += float(losses.sum(dtype=np.float64))
        self._right += float(right.sum(dtype=np.float64))

    def metrics(self) -> dict[str, float]:
        """``perplexity`` is e to the mean loss of a token: among how many equally likely tokens it seems to choose."""
        loss = self._loss / len(self._part)
        perplexity = math.exp(loss) if loss < 700 else math.inf
        return {"accuracy": self._right / len(self._part), "perplexity": perplexity}

    def pictures(self, engine: Engine) -> Iterator[Kept]:
        """How the model goes on with the beginning of the part, always with the same random numbers."""
        vocabulary = self._setup.vocabulary
        if vocabulary is None:
            return
        prompt = self._part.x[self._part.indices[0]][:_PROMPT]
        generator = np.random.default_rng([self._setup.seed, *b"text"])
        draws = generator.random((len(TEMPERATURES), _WRITTEN))
        context = self._setup.parameters["context"]
        written = write_on(engine, prompt, context, TEMPERATURES, draws)
        text = vocabulary.decode
        parts = [f"prompt\n{text(prompt)}"]
        for temperature, tokens in zip(TEMPERATURES, written, strict=True):
            parts.append(f"temperature {temperature}\n{text(tokens)}")
        yield Kept("texts/samples", ArtifactKind.TEXT, ".txt", "\n\n".join(parts) + "\n")


def write_on(
    engine: Engine,
    prompt: Array,
    context: int,
    temperatures: Sequence[float],
    draws: NDArray[np.float64],
) -> NDArray[np.int64]:
    """The tokens that follow a prompt, of shape (temperatures, tokens): a text for each temperature.

    ``draws``, of that shape and from 0 to 1, decide which tokens are taken, so that every framework takes the same
    ones where its probabilities are the same.
    """
    texts, count = draws.shape
    tokens = np.zeros((texts, len(prompt) + count), np.int64)
    tokens[:, : len(prompt)] = prompt
    window = np.zeros((texts, context), np.uint16)
    for place in range(len(prompt), len(prompt) + count):
        # What stands behind the last token of the window is not seen by it, so anything may.
        seen = tokens[:, max(0, place - context) : place]
        window[:, : seen.shape[1]] = seen
        scores = engine.predict(window)[:, seen.shape[1] - 1]
        for text, temperature in enumerate(temperatures):
            draw = draws[text, place - len(prompt)]
            tokens[text, place] = chosen(scores[text], temperature, draw)
    return tokens[:, len(prompt) :]


def chosen(scores: Array, temperature: float, draw: float) -> int:
    """The token that a number from 0 to 1 falls on, where each has the share softmax(scores / temperature)."""
    finite = np.nan_to_num(scores.astype(np.float64), posinf=1e30, neginf=-1e30)
    hot = finite / temperature
    limits = np.exp(hot - hot.max()).cumsum()
    return int(np.searchsorted(limits, draw * limits[-1], side="right").clip(0, len(scores) - 1))
