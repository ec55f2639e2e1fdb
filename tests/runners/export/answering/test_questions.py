from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from runners.export.answering.questions import QUESTIONS
from runners.export.answering.subject import Subject, Unanswerable
from runners.train.data import Part
from tests.runners.export.answering import subjects


class Listener:
    """Keeps what is told; from so many words on it wants no more."""

    def __init__(self, most: int = 10_000) -> None:
        self.parts: list[Mapping[str, Any]] = []
        self.told: list[float] = []
        self._most = most

    def progress(self, text: str, fraction: float) -> None:
        self.told.append(fraction)
        self._check()

    def part(self, found: Mapping[str, Any]) -> None:
        self.parts.append(found)
        self._check()

    def _check(self) -> None:
        if len(self.parts) + len(self.told) >= self._most:
            raise KeyboardInterrupt


def ask(
    subject: Subject, name: str, listener: Listener | None = None, **asked: Any
) -> dict[str, Any]:
    return QUESTIONS[name](subject, asked, listener or Listener())


def test_a_batch_of_any_size_is_predicted() -> None:
    x = np.zeros((150, 8, 8, 1))
    x[:, 4, 1] = 16
    done = ask(subjects.images(), "predict", x=x)
    assert done["answers"].shape == (150, 2)
    assert (done["answers"].argmax(1) == 0).all()
    assert done["seconds"] > 0


def test_samples_of_another_shape_are_refused_in_words() -> None:
    with pytest.raises(Unanswerable, match="8 x 8 x 1, and was given 28 x 28 x 1"):
        ask(subjects.images(), "predict", x=np.zeros((1, 28, 28, 1)))
    with pytest.raises(Unanswerable, match="takes no text"):
        ask(subjects.images(), "predict", tokens=[1])


def test_samples_of_the_test_part_come_with_what_they_are() -> None:
    done = ask(subjects.images(), "samples", places=[3, 0])
    assert done["x"].shape == (2, 8, 8, 1)
    assert done["x"][1, 4, 1, 0] == 16
    assert list(done["y"]) == [0, 0]
    with pytest.raises(Unanswerable, match="samples 0 to 5"):
        ask(subjects.images(), "samples", places=[6])
    with pytest.raises(Unanswerable, match="the dataset is gone"):
        ask(replace(subjects.images(), test=None, facts=replace(subjects.IMAGES, test_problem="the dataset is gone")), "samples", places=[0])  # fmt: skip


def test_mistakes_come_with_the_largest_loss_first() -> None:
    done = ask(subjects.images(), "mistakes", most=2)
    assert done["wrong"] == 3
    assert done["count"] == 6
    assert list(done["places"]) == [5, 3]
    assert list(done["given"]) == [1, 1]
    assert list(done["truth"]) == [0, 0]
    assert done["losses"][0] > done["losses"][1] > 0
    assert done["probability"][0] > 0.9


def test_looking_for_mistakes_can_be_ended_between_two_batches() -> None:
    with pytest.raises(KeyboardInterrupt):
        ask(subjects.images(200), "mistakes", Listener(2), most=5)


def test_of_numbers_every_sample_has_its_loss() -> None:
    x = np.array([[0, 0], [1, 1], [5, 5]], np.float32)
    subject = subjects.houses()
    part = Part(x, np.zeros((3, 1), np.float32), np.arange(3))
    done = ask(replace(subject, test=part), "mistakes", most=2)
    assert list(done["places"]) == [2, 1]
    np.testing.assert_allclose(done["losses"], [100, 4])
    assert list(done["given"]) == [-1, -1]


def test_a_text_goes_on_token_after_token() -> None:
    listener = Listener()
    done = ask(subjects.text(), "write", listener, tokens=[2], count=5, temperature=0.5, seed=1)
    assert [part["tokens"] for part in listener.parts] == [[3], [4], [2], [3], [4]]
    assert done["seconds"] > 0


def test_the_next_token_is_told_of_the_end_of_a_text_however_long_it_is() -> None:
    for tokens in ([3], [2, 3, 4, 2, 3]):
        done = ask(subjects.text(), "predict", tokens=tokens)
        assert done["answers"].shape == (1, 5)
        assert done["answers"][0].argmax() == 4


@pytest.mark.parametrize(("asked", "words"), [
    ({"tokens": []}, "no text"),
    ({"tokens": [2, 99]}, "0 to 4"),
    ({"tokens": [2], "temperature": 0}, "temperature"),
])  # fmt: skip
def test_what_cannot_be_gone_on_with_is_refused_in_words(asked: dict[str, Any], words: str) -> None:
    given = {"count": 1, "temperature": 1, "seed": 0, **asked}
    with pytest.raises(Unanswerable, match=words):
        ask(subjects.text(), "write", **given)


def test_only_a_model_of_text_writes() -> None:
    with pytest.raises(Unanswerable, match="Only a model of text"):
        ask(subjects.images(), "write", tokens=[2], count=1, temperature=1, seed=0)
