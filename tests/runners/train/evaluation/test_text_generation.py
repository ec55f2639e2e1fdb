from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runners.datasets.dataset import Input, Task
from runners.datasets.vocabulary import Vocabulary, characters_of
from runners.protocol import ArtifactKind
from runners.templates import get_template
from runners.train.evaluation.text_generation import (
    TEMPERATURES,
    TextGeneration,
    chosen,
    write_on,
)
from runners.train.setup import Setup
from tests.runners.train.evaluation.numbers import part, setup

ALPHABET = characters_of("abcdefghij")
CONTEXT = 6


class Counting:
    """Says that after each token comes the next one in the alphabet; at its end comes its beginning."""

    def predict(self, window: Any, part: str = "") -> Any:
        assert window.shape == (len(window), CONTEXT)
        following = np.where(window + 1 < len(ALPHABET.tokens), window + 1, 2)
        return 100.0 * np.eye(len(ALPHABET.tokens), dtype=np.float32)[following]


def _setup(vocabulary: Vocabulary | None = ALPHABET) -> Setup:
    made_up = setup(Task.FORECASTING, context=CONTEXT)
    info = replace(
        made_up.dataset,
        task=Task.TEXT_GENERATION,
        input=Input.TOKENS,
        input_shape=(),
        vocabulary_size=len(ALPHABET.tokens),
    )
    return replace(made_up, template=get_template("gpt"), dataset=info, vocabulary=vocabulary)


def _evaluation(vocabulary: Vocabulary | None = ALPHABET) -> TextGeneration:
    tokens = np.array([ALPHABET.encode("abcdef"), ALPHABET.encode("ghijab")], np.uint16)
    return TextGeneration(_setup(vocabulary), part(tokens, tokens))


def test_the_perplexity_is_e_to_the_mean_loss_of_a_token() -> None:
    evaluation = _evaluation()
    for loss, right in ((1.0, 0.5), (2.0, 0.25)):
        outputs = np.array([loss], np.float32), np.array([right], np.float32)
        evaluation.add(outputs, np.zeros((1, CONTEXT)), np.zeros((1, CONTEXT)))
    metrics = evaluation.metrics()
    assert metrics["perplexity"] == pytest.approx(math.exp(1.5))
    assert metrics["accuracy"] == pytest.approx(0.375)


@pytest.mark.parametrize("loss", [1e9, math.inf, math.nan])
def test_a_loss_beyond_all_measure_breaks_nothing(loss: float) -> None:
    evaluation = _evaluation()
    evaluation.add((np.array([loss, 0.0]), np.zeros(2)), np.zeros(2), np.zeros(2))
    assert not math.isfinite(evaluation.metrics()["perplexity"])


@pytest.mark.parametrize("prompt", ["c", "abcdef", "bcdefghi"])
def test_a_prompt_is_written_on_beyond_the_context(prompt: str) -> None:
    draws = np.random.default_rng(0).random((2, 20))
    tokens = write_on(Counting(), np.array(ALPHABET.encode(prompt)), CONTEXT, (0.5, 1.0), draws)  # type: ignore[arg-type]
    start = ord(prompt[-1]) - ord("a") + 1
    expected = "".join("abcdefghij"[(start + place) % 10] for place in range(20))
    assert [ALPHABET.decode(row) for row in tokens] == [expected, expected]


def test_samples_show_the_prompt_and_a_text_for_each_temperature() -> None:
    (kept,) = _evaluation().pictures(Counting())  # type: ignore[arg-type]
    assert kept.kind is ArtifactKind.TEXT
    text = str(kept.content)
    assert text.startswith("prompt\nabcdef\n\n")
    for temperature in TEMPERATURES:
        assert f"temperature {temperature}\nghijabcdefghij" in text


def test_without_the_texts_of_the_tokens_there_are_no_samples() -> None:
    assert not list(_evaluation(None).pictures(Counting()))  # type: ignore[arg-type]


@given(st.lists(st.floats(-5, 5), min_size=2, max_size=8), st.sampled_from([0.3, 1.0, 2.0]))
def test_tokens_are_chosen_as_often_as_the_softmax_says(
    scores: list[float], temperature: float
) -> None:
    draws = (np.arange(2000) + 0.5) / 2000
    found = [chosen(np.array(scores), temperature, draw) for draw in draws]
    powers = np.exp(np.array(scores) / temperature)
    shares = np.bincount(found, minlength=len(scores)) / 2000
    np.testing.assert_allclose(shares, powers / powers.sum(), atol=1e-3)


@given(st.lists(st.floats(width=32), min_size=1, max_size=8), st.floats(0, 1, exclude_max=True))
def test_whatever_the_scores_a_token_is_chosen(scores: list[float], draw: float) -> None:
    assert 0 <= chosen(np.array(scores, np.float32), 0.5, draw) < len(scores)
