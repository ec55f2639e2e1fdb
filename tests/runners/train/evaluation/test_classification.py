from __future__ import annotations

import json
import math
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image
from sklearn.metrics import confusion_matrix as reference_matrix
from sklearn.metrics import (
    f1_score,
    precision_recall_fscore_support,
    roc_auc_score,
    top_k_accuracy_score,
)

from runners.datasets.dataset import DatasetInfo, Task
from runners.protocol import Framework, Mode
from runners.templates import get_template
from runners.train.data import Part
from runners.train.evaluation.classification import (
    Answers,
    Classification,
    answers,
    confusion_matrix,
    macro_f1,
    mosaic,
    predictions,
    report,
    roc_auc,
    worst,
)
from runners.train.setup import Setup


def test_matrix_and_figures_are_those_of_scikit_learn() -> None:
    generator = np.random.default_rng(0)
    truth, given = generator.integers(0, 5, 400), generator.integers(0, 4, 400)
    matrix = confusion_matrix(truth.astype(np.uint8), given, 5)
    np.testing.assert_array_equal(matrix, reference_matrix(truth, given, labels=range(5)))
    figures = precision_recall_fscore_support(truth, given, labels=range(5), zero_division=0)
    per_class = report(matrix, "abcde")["per_class"]
    for index, name in enumerate("abcde"):
        expected = [column[index] for column in figures]
        assert list(per_class[name].values()) == pytest.approx(expected)


def test_a_class_that_is_neither_there_nor_given_has_figures_of_zero() -> None:
    matrix = confusion_matrix(np.array([0, 0]), np.array([0, 0]), 2)
    assert report(matrix, ["a", "b"])["per_class"]["b"] == {
        "precision": 0.0,
        "recall": 0.0,
        "f1": 0.0,
        "support": 0,
    }


def test_answers_are_the_likeliest_classes_with_the_probabilities_of_the_softmax() -> None:
    scores = np.array([[2.0, 0.0], [-1000.0, 1000.0]], np.float32)
    said = answers(scores, np.array([1, 1], np.uint8))
    assert said.classes.tolist() == [0, 1]
    assert said.right.tolist() == [False, True]
    sure = 1 / (1 + np.exp(-2.0))
    assert said.probability == pytest.approx([sure, 1.0])
    assert said.truth_probability == pytest.approx([1 - sure, 1.0])


def _metrics(scores: NDArray[Any], truth: NDArray[Any]) -> dict[str, float]:
    """As the trainer gets them, in batches, of samples that lie in another order than they are gone through."""
    classes = scores.shape[1]
    names = tuple(f"class {number}" for number in range(classes))
    texts = dict.fromkeys(("name", "title", "summary", "source", "licence"), "made-up")
    counts = {"train_count": len(truth), "test_count": len(truth)}
    info = DatasetInfo(
        **texts, **counts, task=Task.CLASSIFICATION, input_shape=(1, 1, 1), classes=names
    )
    setup = Setup(
        framework=Framework.PYTORCH,
        mode=Mode.EAGER,
        device="cpu",
        template=get_template("mlp"),
        dataset=info,
        parameters={},
        seed=0,
    )
    order = np.random.default_rng(1).permutation(len(truth))
    x, y = np.zeros((len(truth), 1, 1, 1), np.uint8), np.empty_like(truth)
    y[order] = truth
    part = Part(x, y, order)
    evaluation = Classification(setup, part)
    start = 0
    for some_x, some_y in part.batches(37):
        evaluation.add(scores[start : start + len(some_y)], some_x, some_y)
        start += len(some_y)
    return evaluation.metrics()


@given(st.integers(2, 9), st.integers(2, 300), st.integers(0, 2**31))
def test_the_figures_are_those_of_scikit_learn(classes: int, samples: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    truth = generator.permutation(np.arange(samples) % classes).astype(np.uint8)
    scores = generator.integers(-2, 3, (samples, classes)).astype(np.float32)  # many are equal
    scores += generator.permutation(classes).astype(np.float32) / 64  # but not within a sample
    found = _metrics(scores, truth)
    given = scores.argmax(1)
    assert found["accuracy"] == pytest.approx(np.mean(given == truth))
    assert found["macro_f1"] == pytest.approx(f1_score(truth, given, average="macro"))
    assert ("top5_accuracy" in found) == (classes > 5)
    if classes > 5:
        top = top_k_accuracy_score(truth, scores, k=5, labels=range(classes))
        assert found["top5_accuracy"] == pytest.approx(top)
    shares = answers(scores, truth).shares
    each = [roc_auc_score(truth == n, shares[:, n]) for n in range(min(classes, samples))]
    assert found["roc_auc"] == pytest.approx(np.mean(each))


def test_a_part_with_samples_of_one_class_has_no_roc_curve() -> None:
    found = _metrics(np.eye(2, dtype=np.float32), np.zeros(2, np.uint8))
    assert "roc_auc" not in found
    assert found["accuracy"] == 0.5


def test_a_model_that_gives_no_numbers_is_never_right_by_its_ranks() -> None:
    found = _metrics(np.full((12, 6), np.nan, np.float32), np.arange(12, dtype=np.uint8) % 6)
    assert found["top5_accuracy"] == 0
    assert "roc_auc" not in found


def test_the_area_under_the_curve_counts_equal_scores_as_half() -> None:
    shares = np.array([[0.5, 0.5], [0.5, 0.5], [0.9, 0.1]])
    assert roc_auc(shares, np.array([0, 1, 0])) == pytest.approx(0.75)
    assert math.isnan(roc_auc(shares, np.array([1, 1, 1])))


def test_classes_that_are_neither_there_nor_given_do_not_lower_the_mean_f1() -> None:
    assert macro_f1(np.array([[3, 0, 0], [0, 2, 0], [0, 0, 0]])) == 1


def _part() -> tuple[Part, Answers]:
    """Four samples of three classes: right, wrong and sure of it, wrong and unsure, right."""
    images = np.arange(4, dtype=np.uint8).reshape(4, 1, 1, 1)
    labels = np.array([0, 1, 2, 0], np.uint8)
    scores = np.array([[3.0, 0, 0], [9, 0, 0], [0, 0.1, 0], [1, 0, 0]], np.float32)
    return Part(images, labels, np.arange(4)), answers(scores, labels)


def test_the_worst_mistakes_are_those_whose_truth_seemed_least_likely() -> None:
    part, said = _part()
    assert worst(said, 25).tolist() == [1, 2]
    picture = mosaic(part, said, 255)
    assert picture is not None
    assert np.asarray(Image.open(BytesIO(picture)))[0, ::2].tolist()[:2] == [1, 2]


def test_the_largest_value_of_a_dataset_is_white_in_the_picture() -> None:
    part, said = _part()
    picture = mosaic(part, said, 2)
    assert picture is not None
    assert np.asarray(Image.open(BytesIO(picture)))[0, ::2].tolist()[:2] == [127, 255]


def test_without_mistakes_there_is_no_picture_of_them() -> None:
    part, _ = _part()
    scores = np.eye(3, dtype=np.float32)[part.y]
    assert mosaic(part, answers(scores, part.y), 255) is None


def test_predictions_name_the_classes_and_say_how_sure_the_model_was() -> None:
    part, said = _part()
    told = predictions(part, said, ["cat", "dog", "owl"])
    assert [each["index"] for each in told["samples"]] == [0, 1, 2, 3]
    first = told["mistakes"][0]
    assert (first["index"], first["truth"], first["predicted"]) == (1, "dog", "cat")
    assert first["probability"] == pytest.approx(1 / (1 + 2 * np.exp(-9)), abs=1e-6)


def test_predictions_of_a_model_that_gives_no_numbers_can_be_written() -> None:
    part, _ = _part()
    said = answers(np.full((4, 3), np.nan, np.float32), part.y)
    json.dumps(predictions(part, said, "abc"), allow_nan=False)
