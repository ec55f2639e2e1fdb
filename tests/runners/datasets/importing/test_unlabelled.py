"""Images without labels: a dataset that only a template without a target can learn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from runners.datasets.dataset import Input, Task
from runners.datasets.importing import How, ImportProblem, Kind, inspect
from runners.datasets.samples import sample
from runners.datasets.statistics import statistics
from runners.templates import all_templates, get_template
from tests.runners.datasets.importing.examples import array, image, image_folders, imported


def images(folder: Path, count: int) -> Path:
    for number in range(count):
        image(folder / f"{number:03}.png", seed=number)
    return folder


def test_a_folder_of_images_becomes_a_dataset_without_a_target(tmp_path: Path) -> None:
    dataset = imported(images(tmp_path / "pictures", 20), tmp_path / "home")
    info = dataset.info
    assert (info.task, info.input, info.classes) == (Task.RECONSTRUCTION, Input.IMAGE, ())
    assert (info.train_count, info.test_count, info.input_shape) == (16, 4, (12, 16, 3))
    assert array(dataset, "test_y").shape == (4, 0)
    assert array(dataset, "train_x").shape == (16, 12, 16, 3)
    found = sample(dataset, "test", 3)
    assert found.image is not None
    assert (found.label, found.mask, found.targets) == ("", None, ())
    facts = statistics(dataset)
    assert facts["parts"]["train"] == {"count": 16}
    assert len(facts["samples"]["train"]) == 16


def test_the_preview_says_what_can_be_learned_of_them(tmp_path: Path) -> None:
    preview = inspect(images(tmp_path / "pictures", 20))
    assert (preview.count, preview.unit, preview.exact) == (20, "images", True)
    assert preview.recipe.kind is Kind.IMAGES
    assert preview.recipe.split.how is How.RANDOM
    assert "have no labels" in preview.notices[0].text
    assert len(preview.samples) == 12


def test_images_in_one_folder_within_the_folder_have_no_labels_either(tmp_path: Path) -> None:
    images(tmp_path / "faces" / "aligned", 10)
    assert imported(tmp_path / "faces", tmp_path / "home").info.train_count == 8


def test_folders_train_and_test_give_the_parts(tmp_path: Path) -> None:
    for part, count in (("train", 9), ("test", 4)):
        images(tmp_path / "pictures" / part, count)
    preview = inspect(tmp_path / "pictures")
    assert preview.recipe.split.how is How.GIVEN
    assert "give the parts train, test" in preview.notices[1].text
    info = imported(tmp_path / "pictures", tmp_path / "home").info
    assert (info.train_count, info.test_count) == (9, 4)


def test_folders_of_two_classes_are_still_classes(tmp_path: Path) -> None:
    assert inspect(image_folders(tmp_path / "pets")).recipe.kind is Kind.IMAGE_FOLDERS


def test_images_that_cannot_be_read_are_left_out_or_refused(tmp_path: Path) -> None:
    folder = images(tmp_path / "pictures", 20)
    (folder / "010.png").write_bytes(b"no image")
    with pytest.raises(ImportProblem, match=r"1 of 20 images cannot be read"):
        imported(folder, tmp_path / "home")
    info = imported(folder, tmp_path / "home", skip=0.1).info
    assert info.train_count + info.test_count == 19


def test_a_template_without_a_target_fits_and_the_others_say_why_not(tmp_path: Path) -> None:
    info = imported(images(tmp_path / "pictures", 20), tmp_path / "home").info
    assert get_template("vae").unfit(info) == ""
    takes_images = [each for each in all_templates() if Input.IMAGE in each.inputs]
    reasons = {each.name: each.unfit(info) for each in takes_images if each.name != "vae"}
    assert len(reasons) > 3
    for reason in reasons.values():
        assert "pictures has no labels" in reason


def test_the_same_files_give_the_same_bytes(tmp_path: Path) -> None:
    folder = images(tmp_path / "pictures", 20)
    one, other = (imported(folder, tmp_path / home) for home in ("a", "b"))
    assert one.sha256 == other.sha256
    assert np.array_equal(array(one, "test_x"), array(other, "test_x"))
