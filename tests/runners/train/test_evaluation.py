from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix as reference_matrix
from sklearn.metrics import precision_recall_fscore_support

from runners.train.evaluation.classification import answers, confusion_matrix, report


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
