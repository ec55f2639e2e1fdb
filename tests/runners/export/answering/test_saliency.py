from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from runners.export.answering.saliency import saliency, scaled
from runners.export.answering.subject import Subject, Unanswerable
from tests.runners.export.answering import subjects

IMAGE = np.zeros((8, 8, 1), np.float32)
IMAGE[4, 1], IMAGE[4, 6] = 10, 4


def nothing(text: str, fraction: float) -> None: ...


def test_hiding_finds_the_pixel_that_the_answer_rests_on() -> None:
    found, choice = saliency(subjects.images(), IMAGE, "occlusion", None, nothing)
    assert choice == 0
    assert found.shape == (8, 8)
    assert found[4, 1] == found.max() == 1
    assert found[4, 6] == 0  # hiding it makes the answer surer


def test_another_class_rests_on_another_pixel() -> None:
    found, choice = saliency(subjects.images(), IMAGE, "occlusion", 1, nothing)
    assert choice == 1
    assert found[4, 6] == found.max() == 1


def test_what_is_like_the_background_hides_nothing() -> None:
    subject = subjects.images()
    plain = replace(subject, facts=replace(subject.facts, background=0.25))
    found, _ = saliency(plain, np.full((8, 8, 1), 4, np.float32), "occlusion", 0, nothing)
    assert not found.any()


def test_of_a_large_image_every_place_is_hidden_once_at_least() -> None:
    facts = replace(subjects.IMAGES, shape=(31, 23, 3))
    subject = Subject(facts, subjects.Function(lambda x: np.stack([x.sum((1, 2, 3)), 0 * x.sum((1, 2, 3))], 1)))  # fmt: skip
    found, _ = saliency(subject, np.ones((31, 23, 3), np.float32) / 1000, "occlusion", 0, nothing)
    assert (found > 0).all()


def test_gradients_are_asked_of_the_framework_alone() -> None:
    with pytest.raises(Unanswerable, match="try occlusion"):
        saliency(subjects.images(), IMAGE, "gradient", None, nothing)
    own = replace(subjects.images(), gradient=lambda x, choice: -x * (choice + 1))
    found, _ = saliency(own, IMAGE, "gradient", None, nothing)
    np.testing.assert_allclose(found, IMAGE[..., 0] / 10)


def test_of_a_row_nobody_can_point_at_pixels() -> None:
    with pytest.raises(Unanswerable, match="Only of an image"):
        saliency(subjects.houses(), np.zeros(2, np.float32), "occlusion", None, nothing)


def test_a_class_that_is_not_there_is_refused() -> None:
    with pytest.raises(Unanswerable, match="no output 7"):
        saliency(subjects.images(), IMAGE, "occlusion", 7, nothing)


def test_a_map_lies_between_nothing_and_one_whatever_it_holds() -> None:
    np.testing.assert_allclose(scaled(np.array([0, 2, np.nan, np.inf])), [0, 1, 0, 0])
    np.testing.assert_allclose(scaled(np.zeros(3)), 0)
