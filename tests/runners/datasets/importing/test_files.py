"""Images, texts, arrays and series."""

from __future__ import annotations

import gzip
import json
import struct
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
from PIL import Image

from runners.datasets.dataset import Input, PreparedDataset, Task
from runners.datasets.importing import (
    Given,
    How,
    ImageRule,
    ImportProblem,
    Resize,
    Role,
    Split,
    TextRule,
    Tokeniser,
    inspect,
    run,
)
from runners.datasets.vocabulary import Vocabulary
from tests.runners.datasets.importing.examples import (
    array,
    column,
    image,
    image_folders,
    imported,
    with_columns,
    write_csv,
)


def test_a_folder_of_images_for_each_class(tmp_path: Path) -> None:
    folder = image_folders(tmp_path / "My Animals", 10)
    dataset = imported(folder, tmp_path / "home")
    info = dataset.info
    assert (info.name, info.title, info.classes) == ("my-animals", "My Animals", ("cat", "dog"))
    assert (info.input, info.input_shape, info.scale) == (Input.IMAGE, (12, 16, 3), 255)
    assert (info.train_count, info.test_count) == (16, 4)
    pixels = {array(dataset, "train_x")[n].tobytes() for n in range(16)}
    whole = {np.asarray(Image.open(path)).tobytes() for path in folder.rglob("*.png")}
    assert pixels <= whole


def test_folders_train_and_test_give_the_parts(tmp_path: Path) -> None:
    image_folders(tmp_path / "pets" / "train", 6)
    image_folders(tmp_path / "pets" / "val", 3)
    image_folders(tmp_path / "pets" / "test", 2)
    info = imported(tmp_path / "pets", tmp_path / "home").info
    assert (info.train_count, info.validation_count, info.test_count) == (12, 6, 4)


@pytest.mark.parametrize(
    ("resize", "corner", "centre"),
    [(Resize.STRETCH, 200, 200), (Resize.CROP, 200, 200), (Resize.PAD, 0, 200)],
)
def test_images_are_brought_to_one_size(
    tmp_path: Path, resize: Resize, corner: int, centre: int
) -> None:
    for name in ("a", "b"):
        for number in range(5):
            path = tmp_path / "shapes" / name / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("L", (40, 20), 200).save(path)
    rule = ImageRule(height=16, width=16, colour=False, resize=resize)
    dataset = imported(tmp_path / "shapes", tmp_path / "home", image=rule)
    x = array(dataset, "train_x")
    assert x.shape == (8, 16, 16, 1)
    assert (x[0, 0, 0, 0], x[0, 8, 8, 0]) == (corner, centre)


def test_grey_and_turned_and_sixteen_bit_images_are_seen_as_they_look(tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    for name in ("a", "b"):
        for number in range(4):
            image(folder / name / f"{number}.png", (10, 20, 3))
        turned = Image.new("RGB", (20, 10), "red")
        turned.putpixel((0, 0), (0, 0, 255))
        exif = turned.getexif()
        exif[0x0112] = 6
        turned.save(folder / name / "turned.png", exif=exif)
        deep = np.full((10, 20), 257 * 128, np.uint16)
        Image.fromarray(deep).save(folder / name / "deep.png")
    rule = ImageRule(height=20, width=10, resize=Resize.STRETCH)
    dataset = imported(folder, tmp_path / "home", image=rule, split=Split(test=0.1, seed=2))
    x = np.concatenate([array(dataset, "train_x"), array(dataset, "test_x")])
    blue = (x[:, 0, 9] == (0, 0, 255)).all(axis=1)
    assert blue.sum() == 2
    assert sum((sample == 128).all() for sample in x) == 2


def test_a_table_names_images_and_their_labels(tmp_path: Path) -> None:
    folder = image_folders(tmp_path / "animals", 8)
    rows = [(f"{kind}/{n}.png", kind) for kind in ("cat", "dog") for n in range(8)]
    path = write_csv(folder / "labels.csv", ("file", "kind"), rows)
    dataset = imported(path, tmp_path / "home")
    assert (dataset.info.input, dataset.info.classes) == (Input.IMAGE, ("cat", "dog"))
    assert array(dataset, "train_x").shape == (13, 12, 16, 3)


def test_images_with_numbers_to_predict(tmp_path: Path) -> None:
    for number in range(30):
        image(tmp_path / "scans" / f"{number}.png", seed=number)
    rows = [(f"{n}.png", 20.5 + n) for n in range(30)]
    path = write_csv(tmp_path / "scans" / "ages.csv", ("scan", "age"), rows)
    info = imported(path, tmp_path / "home").info
    assert (info.task, info.targets, info.train_count) == (Task.REGRESSION, ("age",), 24)


@pytest.mark.parametrize("colours", [False, True])
def test_images_with_masks(tmp_path: Path, colours: bool) -> None:
    generator = np.random.default_rng(0)
    masks = []
    for number in range(10):
        image(tmp_path / "cells" / "images" / f"{number}.png", seed=number)
        classes = generator.integers(0, 3, (12, 16)).astype(np.uint8)
        masks.append(classes)
        shown = (
            np.array([(0, 0, 0), (0, 255, 0), (255, 0, 0)], np.uint8)[classes]
            if colours
            else classes * 100
        )
        target = tmp_path / "cells" / "masks" / f"{number}_mask.png"
        target.parent.mkdir(exist_ok=True)
        Image.fromarray(shown).save(target)
    dataset = imported(tmp_path / "cells", tmp_path / "home")
    assert dataset.info.task is Task.SEGMENTATION
    assert dataset.info.classes == (
        ("background", "#00ff00", "#ff0000") if colours else ("background", "100", "200")
    )
    y = array(dataset, "train_y")
    assert (y.shape, y.dtype) == ((8, 12, 16), np.uint8)
    assert {mask.tobytes() for mask in y} <= {mask.tobytes() for mask in masks}


TEXT = "Call me Ishmael. Some years ago I went to sea.\n" * 60


@pytest.mark.parametrize("tokeniser", [Tokeniser.CHARACTERS, Tokeniser.BYTE_PAIRS])
def test_a_text_becomes_a_stream_that_reads_as_the_text(
    tmp_path: Path, tokeniser: Tokeniser
) -> None:
    (tmp_path / "moby.txt").write_text(TEXT, "utf-8")
    rule = TextRule(tokeniser=tokeniser, merges=30)
    split = Split(how=How.TIME, test=0.1, validation=0.1)
    dataset = imported(tmp_path / "moby.txt", tmp_path / "home", text=rule, split=split)
    info, vocabulary = dataset.info, Vocabulary.read(dataset.folder)
    assert (info.task, info.input_shape, info.ordered) == (Task.TEXT_GENERATION, (), True)
    assert info.vocabulary_size == len(vocabulary.tokens)
    parts = [array(dataset, f"{part}_x") for part in ("train", "validation", "test")]
    assert "".join(vocabulary.decode(part.tolist()) for part in parts) == TEXT
    if tokeniser is Tokeniser.BYTE_PAIRS:
        assert len(parts[0]) < len(TEXT) / 2


def test_several_text_files_follow_each_other(tmp_path: Path) -> None:
    folder = tmp_path / "books"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.txt").write_text(f"book {number} " * 50, "utf-8")
    dataset = imported(folder, tmp_path / "home")
    vocabulary = Vocabulary.read(dataset.folder)
    text = vocabulary.decode(array(dataset, "train_x").tolist() + array(dataset, "test_x").tolist())
    assert text == "".join(f"book {number} " * 50 for number in range(3))


def test_what_only_the_test_part_has_is_unknown(tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text("ab " * 180 + "xyz" * 20, "utf-8")
    dataset = imported(tmp_path / "t.txt", tmp_path / "home", split=Split(how=How.TIME, test=0.1))
    assert set(array(dataset, "test_x").tolist()) == {1}


def test_texts_of_a_table_become_rows_of_tokens(tmp_path: Path) -> None:
    words = ("a good film with heart", "a bad film without any heart at all")
    rows = [(f"{words[n % 2]} number {n}", ("good", "bad")[n % 2]) for n in range(60)]
    path = write_csv(tmp_path / "t.csv", ("review", "label"), rows)
    rule = TextRule(tokeniser=Tokeniser.WORDS, length=6)
    dataset = imported(path, tmp_path / "home", text=rule)
    assert (dataset.info.input, dataset.info.input_shape) == (Input.TOKENS, (6,))
    vocabulary = Vocabulary.read(dataset.folder)
    first, label = array(dataset, "train_x")[0], array(dataset, "train_y")[0]
    assert dataset.info.classes[label] in vocabulary.decode(first.tolist())
    assert array(dataset, "train_x").dtype == np.uint16


def test_text_files_in_a_folder_for_each_class(tmp_path: Path) -> None:
    for label in ("neg", "pos"):
        for number in range(10):
            path = tmp_path / "reviews" / label / f"{number}.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"this is {label}" + " and more" * number, "utf-8")
    dataset = imported(tmp_path / "reviews", tmp_path / "home")
    info = dataset.info
    assert (info.classes, info.train_count, info.input) == (("neg", "pos"), 16, Input.TOKENS)
    x = array(dataset, "train_x")
    assert (x[:, -1] == 0).all()


def _npz(folder: Path, x: np.ndarray, y: np.ndarray) -> Path:
    np.savez(folder / "data.npz", x=x, y=y)
    return folder / "data.npz"


def _compressed(folder: Path, x: np.ndarray, y: np.ndarray) -> Path:
    np.savez_compressed(folder / "data.npz", x=np.asfortranarray(x), y=y)
    return folder / "data.npz"


def _npy(folder: Path, x: np.ndarray, y: np.ndarray) -> Path:
    (folder / "data").mkdir()
    np.save(folder / "data" / "x.npy", x)
    np.save(folder / "data" / "labels.npy", y)
    return folder / "data"


def _hdf5(folder: Path, x: np.ndarray, y: np.ndarray) -> Path:
    with h5py.File(folder / "data.h5", "w") as file:
        file["group/x"], file["group/labels"] = x, y
    return folder / "data.h5"


def _idx(folder: Path, x: np.ndarray, y: np.ndarray) -> Path:
    (folder / "data").mkdir()
    for name, values in (("images-idx3-ubyte", x), ("labels-idx1-ubyte", y)):
        start = bytes([0, 0, 8, values.ndim]) + struct.pack(f">{values.ndim}I", *values.shape)
        packed = gzip.compress(start + values.astype(np.uint8).tobytes())
        (folder / "data" / f"{name}.gz").write_bytes(packed)
    return folder / "data"


@pytest.mark.parametrize("form", [_npz, _compressed, _npy, _hdf5, _idx])
def test_every_form_of_arrays_gives_the_same_bytes(tmp_path: Path, form) -> None:  # type: ignore[no-untyped-def]
    x = np.random.default_rng(0).integers(0, 256, (40, 6, 5), dtype=np.uint8)
    y = np.arange(40) % 3
    dataset = imported(form(tmp_path, x, y), tmp_path / "home", name="data")
    assert (dataset.info.input_shape, dataset.info.classes) == ((6, 5, 1), ("0", "1", "2"))
    (tmp_path / "one").mkdir()
    other = imported(_npz(tmp_path / "one", x, y), tmp_path / "home", name="other")
    assert dataset.sha256 == other.sha256
    assert {image.tobytes() for image in array(dataset, "train_x")} <= {i.tobytes() for i in x}


@pytest.mark.parametrize(
    ("x", "expected"),
    [
        (np.linspace(0, 1, 240).reshape(10, 1, 4, 6), (4, 6, 1)),
        (np.linspace(0, 255, 720).astype(np.uint8).reshape(10, 3, 4, 6), (4, 6, 3)),
        (np.linspace(0, 255, 720).astype(np.uint8).reshape(10, 4, 6, 3), (4, 6, 3)),
    ],
)
def test_images_in_arrays_have_their_channels_last(
    tmp_path: Path, x: np.ndarray, expected: tuple[int, ...]
) -> None:
    dataset = imported(_npz(tmp_path, x, np.arange(10) % 2), tmp_path / "home")
    assert dataset.info.input_shape == expected
    largest = max(array(dataset, f"{part}_x").max() for part in ("train", "test"))
    assert largest == dataset.info.scale == 255


def test_one_column_for_each_class_is_understood(tmp_path: Path) -> None:
    y = np.eye(3)[np.arange(30) % 3]
    x = np.random.default_rng(0).normal(size=(30, 4))
    recipe = inspect(_npz(tmp_path, x, y)).recipe
    dataset, _ = run(replace(recipe, task=Task.CLASSIFICATION, split=Split()), tmp_path / "home")
    assert dataset.info.classes == ("0", "1", "2")


def test_a_series_in_an_array_is_a_stream(tmp_path: Path) -> None:
    values = np.cumsum(np.random.default_rng(0).normal(size=(200, 2)), axis=0)
    np.save(tmp_path / "walk.npy", values)
    dataset = imported(tmp_path / "walk.npy", tmp_path / "home")
    info = dataset.info
    assert (info.task, info.input_shape, info.arrays) == (
        Task.FORECASTING,
        (2,),
        ("train_x", "test_x"),
    )
    stream = np.concatenate([array(dataset, "train_x"), array(dataset, "test_x")])
    own = stream * info.target_std + info.target_mean
    assert own == pytest.approx(values, abs=1e-4)


def test_a_table_with_a_rising_date_and_numbers_is_a_series_to_be_forecast(tmp_path: Path) -> None:
    rows = [(f"2024-{1 + n // 28:02d}-{1 + n % 28:02d}", n * 0.5, 100 - n) for n in range(300)]
    path = write_csv(tmp_path / "power.csv", ("day", "load", "price"), rows)
    dataset = imported(path, tmp_path / "home")
    info = dataset.info
    assert (info.task, info.input) == (Task.FORECASTING, Input.SERIES)
    assert (info.targets, info.train_count, info.test_count) == (("load", "price"), 240, 60)
    own = array(dataset, "test_x") * info.target_std + info.target_mean
    assert own[:, 0] == pytest.approx([n * 0.5 for n in range(240, 300)], abs=1e-3)


def test_groups_of_rows_are_series_of_one_class(tmp_path: Path) -> None:
    rows = [
        (f"s{series}", step, series + step / 10, "ab"[series % 2])
        for series in range(20)
        for step in reversed(range(5 + series % 3))
    ]
    path = write_csv(tmp_path / "gait.csv", ("series_id", "step", "x", "label"), rows)
    recipe = with_columns(inspect(path).recipe, column("step", Role.TIME))
    recipe = replace(recipe, input=Input.SERIES, split=Split())
    dataset, notes = run(recipe, tmp_path / "home")
    x = array(dataset, "train_x")
    assert x.shape == (16, 7, 1)
    assert notes == ["14 series were filled up to 7 steps"]
    assert (np.diff(x[:, :5, 0]) > 0).all()
    rows[3] = (*rows[3][:3], "b")
    write_csv(path, ("series_id", "step", "x", "label"), rows)
    with pytest.raises(ImportProblem, match="series 's0' has rows of several classes"):
        run(recipe, tmp_path / "home")


def test_a_row_is_a_series_where_no_column_groups(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    lines = [[str(1 + n % 2), *(f"{v:.3f}" for v in generator.normal(size=12))] for n in range(40)]
    path = tmp_path / "beats.tsv"
    path.write_text("\n".join("\t".join(line) for line in lines), "utf-8")
    preview = inspect(path, Given(target="column 1"))
    assert not preview.recipe.reading.header
    dataset, _ = run(replace(preview.recipe, input=Input.SERIES), tmp_path / "home")
    assert dataset.info.input_shape == (12, 1)
    assert array(dataset, "train_x").mean() == pytest.approx(0, abs=1e-6)


def test_every_imported_dataset_has_statistics(tmp_path: Path) -> None:
    dataset: PreparedDataset = imported(image_folders(tmp_path / "animals", 6), tmp_path / "home")
    assert json.loads((dataset.folder / "statistics.json").read_text("utf-8"))
