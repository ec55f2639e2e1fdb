"""Test and validation parts that are files of their own: looked at, imported, or refused with a reason."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from runners.datasets.importing import (
    How,
    ImportProblem,
    Recipe,
    Role,
    Split,
    Type,
    inspect,
    inspect_parts,
    run,
)
from tests.runners.datasets.importing.examples import (
    array,
    column,
    flowers,
    image,
    image_folders,
    with_columns,
    write_csv,
)

Make = Callable[[Path, int], Path]
"""Makes files in a folder, of so many samples, and returns what to name."""


def by_files(train: Path, test: Path, validation: Path | None = None) -> Recipe:
    """The proposal for the training files, with these as the other parts."""
    split = Split(
        how=How.FILES,
        test_paths=(str(test),),
        validation_paths=(str(validation),) if validation else (),
    )
    return replace(inspect(train).recipe, split=split)


def refused(recipe: Recipe, message: str, home: Path) -> None:
    """The look and the import are both refused with the message."""
    with pytest.raises(ImportProblem, match=message):
        inspect_parts(recipe)
    with pytest.raises(ImportProblem, match=message):
        run(recipe, home)


def _table(folder: Path, count: int) -> Path:
    folder.mkdir(parents=True)
    return flowers(folder / "t.csv", count)


def _image_classes(folder: Path, count: int) -> Path:
    return image_folders(folder, count // 2)


def _image_table(folder: Path, count: int) -> Path:
    """The images lie beside the table that names them."""
    rows = [(image(folder / f"{n}.png", seed=n).name, "ab"[n % 2]) for n in range(count)]
    return write_csv(folder / "t.csv", ("picture", "kind"), rows)


def _masks(folder: Path, count: int) -> Path:
    for number in range(count):
        image(folder / "images" / f"{number}.png", seed=number)
        path = folder / "masks" / f"{number}.png"
        image(path, (12, 16))
        from PIL import Image

        Image.fromarray(np.tile(np.array([0, 1], np.uint8), (12, 8))).save(path)
    return folder


def _images(folder: Path, count: int) -> Path:
    for number in range(count):
        image(folder / f"{number}.png", seed=number)
    return folder


def _npz(folder: Path, count: int) -> Path:
    folder.mkdir(parents=True)
    x = np.random.default_rng(count).normal(size=(count, 3))
    np.savez(folder / "all.npz", x=x, y=np.arange(count) % 2)
    return folder / "all.npz"


def _npy(folder: Path, count: int) -> Path:
    folder.mkdir(parents=True)
    np.save(folder / "x.npy", np.random.default_rng(count).normal(size=(count, 3)))
    np.save(folder / "labels.npy", np.arange(count) % 2)
    return folder


def _text_classes(folder: Path, count: int) -> Path:
    for number in range(count):
        path = folder / ("good", "bad")[number % 2] / f"{number}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"text {number} of many", "utf-8")
    return folder


def _series(folder: Path, count: int) -> Path:
    """A series to be forecast: a step a row."""
    folder.mkdir(parents=True)
    days = np.datetime64("2020-01-01") + np.arange(count)
    rows = [(str(day), f"{np.sin(n):.3f}") for n, day in enumerate(days)]
    return write_csv(folder / "t.csv", ("date", "value"), rows)


@pytest.mark.parametrize(
    ("make", "unit"),
    [
        (_table, "rows"),
        (_image_classes, "images"),
        (_image_table, "rows"),
        (_masks, "images"),
        (_images, "images"),
        (_npz, "samples"),
        (_npy, "samples"),
        (_text_classes, "texts"),
        (_series, "rows"),
    ],
)
def test_each_kind_of_files_takes_its_parts_from_files_of_their_own(
    tmp_path: Path, make: Make, unit: str
) -> None:
    counts = {"train": 40, "test": 12, "validation": 10}
    recipe = by_files(*(make(tmp_path / part, count) for part, count in counts.items()))
    looked = inspect_parts(recipe)
    assert {facts.part: facts.count for facts in looked} == counts
    assert all(facts.exact and facts.unit == unit for facts in looked)
    dataset, notes = run(recipe, tmp_path / "home")
    info = dataset.info
    assert {part: getattr(info, f"{part}_count") for part in counts} == counts
    assert info.parts == ("train", "test", "validation")
    assert notes == []


def test_the_texts_of_a_stream_are_its_parts(tmp_path: Path) -> None:
    texts = {"train": "abcabc" * 50, "test": "cab" * 20, "validation": "aaabbb" * 5}
    paths = []
    for part, text in texts.items():
        paths.append(tmp_path / f"{part}.txt")
        paths[-1].write_text(text, "utf-8")
    recipe = by_files(*paths)
    assert [(one.part, one.count, one.unit) for one in inspect_parts(recipe)] == [
        ("train", 300, "bytes"),
        ("test", 60, "bytes"),
        ("validation", 30, "bytes"),
    ]
    info = run(recipe, tmp_path / "home")[0].info
    assert (info.train_count, info.test_count, info.validation_count) == (300, 60, 30)


def test_the_classes_of_each_part_are_counted(tmp_path: Path) -> None:
    train = image_folders(tmp_path / "train", 10)
    test = image_folders(tmp_path / "test", 3, ("dog",))
    looked = inspect_parts(by_files(train, test))
    assert {one.part: dict(one.labels) for one in looked} == {
        "train": {"cat": 10, "dog": 10},
        "test": {"dog": 3},
    }


def test_the_samples_are_those_of_the_files(tmp_path: Path) -> None:
    train, test = _table(tmp_path / "a", 30), _table(tmp_path / "b", 17)
    dataset, _ = run(by_files(train, test), tmp_path / "home")
    widths = [line.split(",")[1] for line in test.read_text("utf-8").splitlines()[1:]]
    place = dataset.info.features.index("width")
    own = array(dataset, "test_x")[:, place] * dataset.info.feature_std[place]
    assert own + dataset.info.feature_mean[place] == pytest.approx(
        list(map(float, widths)), abs=1e-3
    )


def test_a_column_that_gives_parts_does_nothing_where_files_give_them(tmp_path: Path) -> None:
    rows = [(n % 7, "ab"[n % 2], ("train", "test")[n % 3 == 0]) for n in range(60)]
    train = write_csv(tmp_path / "train.csv", ("value", "kind", "split"), rows)
    assert inspect(train).recipe.column_of(Role.SPLIT) is not None
    test = write_csv(tmp_path / "test.csv", ("value", "kind"), [row[:2] for row in rows[:20]])
    info = run(by_files(train, test), tmp_path / "home")[0].info
    assert (info.train_count, info.test_count) == (60, 20)


def test_series_of_one_name_in_two_files_are_two(tmp_path: Path) -> None:
    def series(name: str, count: int) -> Path:
        rows = [(s, t, s + t, "ab"[s % 2]) for s in range(count) for t in range(5)]
        return write_csv(tmp_path / name, ("series_id", "step", "value", "kind"), rows)

    recipe = by_files(series("train.csv", 20), series("test.csv", 6))
    columns = (
        column("series_id", Role.GROUP),
        column("step", Role.TIME),
        column("value"),
        column("kind", Role.TARGET, Type.CATEGORY),
    )
    from runners.datasets.dataset import Input, Task

    recipe = replace(with_columns(recipe, *columns), input=Input.SERIES, task=Task.CLASSIFICATION)
    dataset, _ = run(recipe, tmp_path / "home")
    info = dataset.info
    assert (info.train_count, info.test_count, info.input_shape) == (20, 6, (5, 1))
    own = array(dataset, "test_x")[..., 0] * info.feature_std[0] + info.feature_mean[0]
    assert own == pytest.approx(np.arange(6)[:, None] + np.arange(5), abs=1e-4)


def test_classes_that_training_has_not_are_named(tmp_path: Path) -> None:
    train = image_folders(tmp_path / "train")
    test = image_folders(tmp_path / "test", 4, ("dog", "fox"))
    message = r"test part has 1 class that the training part has not: 'fox'\. Correct the labels"
    refused(by_files(train, test), message, tmp_path / "home")


def test_other_columns_are_named(tmp_path: Path) -> None:
    train = flowers(tmp_path / "train.csv")
    test = write_csv(tmp_path / "test.csv", ("size", "kind"), [(1, "large")] * 9)
    message = r"test.csv has no column 'width', 'colour'.*it has: size, kind"
    refused(by_files(train, test), message, tmp_path / "home")


def test_values_of_another_type_are_told_with_the_part(tmp_path: Path) -> None:
    train = flowers(tmp_path / "train.csv")
    rows = [("big", 1, "red", "large")] * 9
    test = write_csv(tmp_path / "test.csv", ("size", "width", "colour", "kind"), rows)
    with pytest.raises(ImportProblem, match=r"The test part: .*'size' is said to hold numbers"):
        inspect_parts(by_files(train, test))


def test_arrays_of_other_shapes_are_refused(tmp_path: Path) -> None:
    train, test = _npz(tmp_path / "a", 40), tmp_path / "test.npz"
    np.savez(test, x=np.ones((9, 5)), y=np.arange(9) % 2)
    refused(by_files(train, test), r"test.npz/x has samples of shape \(5,\)", tmp_path / "home")


def test_arrays_that_could_be_several_things_are_asked_for_by_name(tmp_path: Path) -> None:
    train, test = _npz(tmp_path / "a", 40), tmp_path / "test.npz"
    np.savez(test, one=np.ones((9, 3)), two=np.ones((9, 3)), y=np.arange(9) % 2)
    message = r"test part is as all.npz/x is not clear; there are: .*Call it x"
    refused(by_files(train, test), message, tmp_path / "home")


@pytest.mark.parametrize("make", [_table, _image_classes])
def test_the_training_files_are_no_test_part(tmp_path: Path, make: Make) -> None:
    train = make(tmp_path / "train", 40)
    message = "The test part is the same (file|folder) as the training part"
    refused(by_files(train, train), message, tmp_path / "home")
    spelled = Path(os.path.join(train.parent, ".", train.name))
    recipe = by_files(train, make(tmp_path / "test", 20), spelled)
    refused(recipe, message.replace("test", "validation"), tmp_path / "home")


def test_a_folder_in_the_training_folder_is_no_test_part(tmp_path: Path) -> None:
    train = image_folders(tmp_path / "all")
    test = image_folders(train / "held out", 3)
    refused(by_files(train, test), "lie in each other", tmp_path / "home")


def _nothing(folder: Path) -> Sequence[Path]:
    (folder / "empty").mkdir()
    table = write_csv(folder / "empty.csv", ("size", "width", "colour", "kind"), [])
    return flowers(folder / "train.csv"), table


def _no_images(folder: Path) -> Sequence[Path]:
    (folder / "empty").mkdir()
    return image_folders(folder / "train"), folder / "empty"


@pytest.mark.parametrize(
    ("make", "message"), [(_nothing, "holds no rows"), (_no_images, "has no folders with")]
)
def test_a_part_without_samples_is_refused(
    tmp_path: Path, make: Callable[[Path], Sequence[Path]], message: str
) -> None:
    train, test = make(tmp_path)
    with pytest.raises(ImportProblem, match=f"The test part: .*{message}"):
        inspect_parts(by_files(train, test))
    with pytest.raises(ImportProblem, match=r"test 0|has no folders"):
        run(by_files(train, test), tmp_path / "home")


def test_a_file_that_is_gone_is_told_with_its_part(tmp_path: Path) -> None:
    recipe = by_files(flowers(tmp_path / "train.csv"), tmp_path / "gone.csv")
    refused(recipe, "The test part: .*gone.csv is not there", tmp_path / "home")


def test_without_a_test_file_or_with_one_that_is_not_asked_for_a_recipe_is_refused(
    tmp_path: Path,
) -> None:
    recipe = inspect(flowers(tmp_path / "train.csv")).recipe
    named = replace(recipe.split, test_paths=("/x.csv",))
    refused(replace(recipe, split=named), "but the split is stratified", tmp_path / "home")
    nameless = Split(how=How.FILES)
    refused(replace(recipe, split=nameless), "test part is a file of its own", tmp_path / "home")
