from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import numpy as np
import pytest

from runners.datasets import prepare_dataset
from workbench.artifacts import Prediction, Predictions
from workbench.samples import Which, common_samples, read_pictures, worst_mistakes


def said(index: int, truth: str, given: str, chance: float | None) -> Prediction:
    return Prediction(index, truth, given, 0.5, chance)


def run(samples: list[Prediction], mistakes: list[Prediction]) -> Predictions:
    return Predictions({one.index: one for one in samples}, {one.index: one for one in mistakes})


ONE = run([said(0, "a", "a", 0.9), said(1, "b", "a", 0.2)], [said(1, "b", "a", 0.2), said(7, "c", "a", 0.1)])  # fmt: skip
OTHER = run([said(0, "a", "b", 0.1), said(1, "b", "c", 0.4)], [said(0, "a", "b", 0.1), said(1, "b", "c", 0.4)])  # fmt: skip


def test_the_same_samples_stand_beside_each_other_in_the_order_of_the_runs() -> None:
    samples = common_samples([ONE, OTHER])
    assert [each.index for each in samples] == [0, 1]
    assert [[answer.given for answer in each.answers] for each in samples] == [["a", "b"], ["a", "c"]]  # fmt: skip
    assert samples[0].loss == pytest.approx((-math.log(0.9) - math.log(0.1)) / 2)


def test_samples_are_found_by_what_the_runs_said() -> None:
    samples = common_samples([ONE, OTHER])
    found = {which: [each.index for each in samples if each.of(which)] for which in Which}
    assert found[Which.EVERY] == [0, 1]
    assert found[Which.DISAGREE] == [0, 1]
    assert found[Which.ANY_WRONG] == [0, 1]
    assert found[Which.ALL_WRONG] == [1]


def test_two_runs_that_make_the_same_mistake_agree() -> None:
    samples = common_samples([ONE, ONE])
    assert [each.of(Which.DISAGREE) for each in samples] == [False, False]


def test_mistakes_come_by_their_loss() -> None:
    mistakes = worst_mistakes([ONE, OTHER], [2, 2])
    assert [each.index for each in mistakes] == [7, 1, 0]
    losses = [each.loss for each in mistakes]
    assert losses == sorted(losses, reverse=True)


def test_a_run_that_kept_all_of_its_mistakes_was_right_about_the_others() -> None:
    seven = worst_mistakes([ONE, OTHER], [2, 2])[0]
    assert seven.answers[1].prediction is None
    assert seven.answers[1].right is True
    assert seven.of(Which.DISAGREE)


@pytest.mark.parametrize("total", [3, None])
def test_nothing_is_said_of_a_sample_that_a_run_with_more_mistakes_did_not_keep(
    total: int | None,
) -> None:
    seven = worst_mistakes([ONE, OTHER], [2, total])[0]
    assert seven.answers[1].right is None
    assert not seven.of(Which.DISAGREE)
    assert seven.of(Which.ALL_WRONG)


def test_a_mistake_whose_loss_is_not_known_comes_last() -> None:
    odd = run([], [said(3, "a", "b", None), said(4, "a", "b", 0.5)])
    assert [each.index for each in worst_mistakes([odd], [2])] == [4, 3]


# -- their pictures -----------------------------------------------------------------------------------
def test_pictures_are_those_of_the_test_part_as_bright_as_can_be(tmp_path: Path) -> None:
    dataset = prepare_dataset("digits", tmp_path)
    found = read_pictures(tmp_path, "digits", dataset.sha256, [0, 5, 10**6])
    assert found.problem == ""
    assert sorted(found.images) == [0, 5]
    stored = np.load(dataset.array("test_x"))[5]
    assert found.images[5].shape == stored.shape
    assert found.images[5].max() == 255 or stored.max() < dataset.info.scale


def test_a_dataset_that_is_gone_is_told(tmp_path: Path) -> None:
    dataset = prepare_dataset("digits", tmp_path)
    shutil.rmtree(dataset.folder)
    found = read_pictures(tmp_path, "digits", dataset.sha256, [0])
    assert not found.images
    assert "digits is not in this home any more" in found.problem


def test_a_dataset_that_is_another_one_is_told(tmp_path: Path) -> None:
    prepare_dataset("digits", tmp_path)
    assert "is not the one" in read_pictures(tmp_path, "digits", "0" * 64, [0]).problem
    assert "odd is not in this home" in read_pictures(tmp_path, "odd", "0" * 64, [0]).problem


def test_damaged_arrays_are_told(tmp_path: Path) -> None:
    dataset = prepare_dataset("digits", tmp_path)
    path = dataset.array("test_x")
    path.write_bytes(b"x" * path.stat().st_size)
    problem = read_pictures(tmp_path, "digits", dataset.sha256, [0]).problem
    assert problem.startswith("The samples of digits cannot be read: ")
    assert json.loads((dataset.folder / "dataset.json").read_text())["sha256"] == dataset.sha256
