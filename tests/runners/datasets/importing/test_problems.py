"""Bad input: each is refused with a message that says what is wrong and how to mend it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from runners.datasets.dataset import DatasetError, Input, Task
from runners.datasets.importing import (
    How,
    ImportProblem,
    Reading,
    Role,
    Split,
    Type,
    inspect,
    run,
)
from tests.runners.datasets.importing.examples import (
    column,
    flowers,
    image,
    image_folders,
    imported,
    with_columns,
    write_csv,
)


def refused(path: Path, home: Path, message: str, **changes: object) -> None:
    """The import is refused with the message, and leaves nothing."""
    with pytest.raises(ImportProblem, match=message):
        imported(path, home, **changes)
    assert not [entry for entry in home.glob("*") if not entry.name.endswith(".lock")]


def test_a_ragged_table(tmp_path: Path) -> None:
    path = flowers(tmp_path / "t.csv")
    lines = path.read_text("utf-8").splitlines()
    lines[5:7] = ["1,2,3", "1,2,3,4,5,6"]
    path.write_text("\n".join(lines), "utf-8")
    assert any("line 6 of t.csv has 3 values instead of 4" in n.text for n in inspect(path).notices)
    message = r"2 of 120 lines cannot be read, more than the 1% .* line 6 of t.csv has 3 values instead of 4; line 7"
    refused(path, tmp_path / "home", message)
    dataset, notes = run(replace(inspect(path).recipe, skip=0.05), tmp_path / "home")
    assert dataset.info.train_count + dataset.info.test_count == 118
    assert "2 lines could not be read and were left out" in notes[0]


def test_a_wrong_encoding_far_behind_the_beginning(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    rows = "".join(f"{n % 7},{'ab'[n % 2]},{'fine' * 10}\n" for n in range(200_000))
    path.write_bytes(b"value,kind,word\n" + rows.encode() + "1,Café,x\n".encode("cp1252"))
    refused(
        path, tmp_path / "home", r"line 200,002, is not utf-8: it has a byte 0xE9 .* such as cp1252"
    )
    recipe = inspect(path).recipe
    reading = replace(recipe.reading, encoding="cp1252")
    assert run(replace(recipe, reading=reading), tmp_path / "home")[0].info.train_count > 0


def test_an_encoding_that_does_not_exist(tmp_path: Path) -> None:
    path = flowers(tmp_path / "t.csv")
    refused(path, tmp_path / "home", "no encoding 'klingon'", reading=Reading(encoding="klingon"))


@pytest.mark.parametrize(
    "name", ["t.csv", "t.jsonl", "t.txt", "t.parquet", "t.xlsx", "t.npy", "t.npz", "t.h5"]
)
@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02rubbish" * 20])
def test_empty_and_broken_files(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ImportProblem, match=str(tmp_path / name)):
        imported(tmp_path / name, tmp_path / "home")


def test_a_table_with_a_header_only(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "t.csv", ("a", "b"), [])
    refused(path, tmp_path / "home", "holds no rows|is empty")


def test_a_quote_that_is_never_closed(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,b\n" + "1,x\n" * 50 + '2,"y\n' + "3,z\n" * 5_000_000, "utf-8")
    with pytest.raises(ImportProblem, match=r"quote that is never closed|cannot be read"):
        imported(path, tmp_path / "home")


def test_one_class_only(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "t.csv", ("a", "kind"), [(n, "x") for n in range(40)])
    recipe = with_columns(
        inspect(path).recipe, column("a"), column("kind", Role.TARGET, Type.CATEGORY)
    )
    recipe = replace(recipe, task=Task.CLASSIFICATION, input=Input.FEATURES)
    with pytest.raises(ImportProblem, match="one class only: every sample is 'x'"):
        run(recipe, tmp_path / "home")


def test_labels_that_only_the_test_part_has(tmp_path: Path) -> None:
    rows = [(n, "ab"[n % 2], "train") for n in range(40)] + [(1, "c", "test"), (2, "a", "test")]
    path = write_csv(tmp_path / "t.csv", ("value", "kind", "split"), rows)
    refused(path, tmp_path / "home", r"test part has 1 class that the training part has not: 'c'\.")


def test_a_target_that_is_no_number(tmp_path: Path) -> None:
    path = flowers(tmp_path / "t.csv")
    recipe = with_columns(inspect(path).recipe, column("kind", Role.TARGET, Type.NUMBER))
    recipe = replace(recipe, task=Task.REGRESSION)
    message = (
        "column 'kind' is said to hold numbers, but it holds '(small|large)'.*choose classification"
    )
    with pytest.raises(ImportProblem, match=message):
        run(recipe, tmp_path / "home")
    recipe = with_columns(recipe, column("kind", Role.TARGET, Type.CATEGORY))
    with pytest.raises(ImportProblem, match="A regression predicts numbers, and kind holds none"):
        run(recipe, tmp_path / "home")


def test_no_target(tmp_path: Path) -> None:
    path = flowers(tmp_path / "t.csv")
    recipe = with_columns(inspect(path).recipe, column("kind", Role.IGNORED, Type.CATEGORY))
    with pytest.raises(ImportProblem, match="No column is the target"):
        run(recipe, tmp_path / "home")


def test_a_target_that_is_missing_in_every_row(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "t.csv", ("a", "kind"), [(n, "") for n in range(40)])
    recipe = with_columns(
        inspect(path).recipe, column("a"), column("kind", Role.TARGET, Type.CATEGORY)
    )
    recipe = replace(recipe, task=Task.CLASSIFICATION, input=Input.FEATURES)
    with pytest.raises(ImportProblem, match=r"None of the 40 rows .* columns kind"):
        run(recipe, tmp_path / "home")


def test_a_column_that_the_file_lost(tmp_path: Path) -> None:
    recipe = inspect(flowers(tmp_path / "t.csv")).recipe
    write_csv(tmp_path / "t.csv", ("size", "kind"), [(1, "a"), (2, "b")])
    with pytest.raises(ImportProblem, match="no column 'width', 'colour'; it has: size, kind"):
        run(recipe, tmp_path / "home")
    (tmp_path / "t.csv").unlink()
    with pytest.raises(ImportProblem, match="is not there: choose the file again"):
        run(recipe, tmp_path / "home")


def test_too_little_data_for_the_split(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "t.csv", ("a", "kind"), [(1, "x"), (2, "y")])
    recipe = with_columns(
        inspect(path).recipe, column("a"), column("kind", Role.TARGET, Type.CATEGORY)
    )
    recipe = replace(recipe, task=Task.CLASSIFICATION, input=Input.FEATURES)
    with pytest.raises(ImportProblem, match="Too little data for the split: of 2 samples"):
        run(recipe, tmp_path / "home")


@pytest.mark.parametrize(("test", "validation"), [(0.0, 0.0), (0.7, 0.3), (1.2, 0.0), (0.2, -0.1)])
def test_shares_that_leave_no_training_part(tmp_path: Path, test: float, validation: float) -> None:
    split = Split(test=test, validation=validation)
    refused(flowers(tmp_path / "t.csv"), tmp_path / "home", "shares of test and", split=split)


@pytest.mark.parametrize("name", ["", "../up", "Big Name", ".hidden", "digits"])
def test_a_name_that_no_folder_can_have_or_that_is_taken(tmp_path: Path, name: str) -> None:
    refused(flowers(tmp_path / "t.csv"), tmp_path / "home", "name", name=name)


def test_corrupt_images_are_counted_and_refused_beyond_the_share(tmp_path: Path) -> None:
    folder = image_folders(tmp_path / "animals", 20)
    for number in range(3):
        whole = folder / "cat" / f"{number}.png"
        whole.write_bytes(whole.read_bytes()[:90])
    (folder / "dog" / "5.png").write_bytes(b"no image")
    message = r"4 of 40 images cannot be read, more than the 1% that may be skipped: .*cat"
    refused(folder, tmp_path / "home", message)
    dataset, notes = run(replace(inspect(folder).recipe, skip=0.2), tmp_path / "home")
    assert dataset.info.train_count + dataset.info.test_count == 36
    assert "4 images could not be read and were left out" in notes[0]


def test_a_mask_of_another_size(tmp_path: Path) -> None:
    for number in range(6):
        image(tmp_path / "cells" / "images" / f"{number}.png")
        shape = (12, 16) if number != 3 else (10, 16)
        mask = tmp_path / "cells" / "masks" / f"{number}.png"
        mask.parent.mkdir(exist_ok=True)
        _write_mask(mask, shape)
    message = r"3.png has 16 by 12 pixels and its mask .*3.png has 16 by 10"
    refused(tmp_path / "cells", tmp_path / "home", message)


def _write_mask(path: Path, shape: tuple[int, int]) -> None:
    from PIL import Image

    values = (np.arange(shape[0] * shape[1]) % 2 * 255).astype(np.uint8)
    Image.fromarray(values.reshape(shape)).save(path)


def test_smooth_masks(tmp_path: Path) -> None:
    for number in range(4):
        image(tmp_path / "cells" / "images" / f"{number}.png")
        image(tmp_path / "cells" / "masks" / f"{number}.png", seed=number)
    refused(tmp_path / "cells", tmp_path / "home", "a mask has one for each class")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda folder: folder.mkdir(), "is empty"),
        (
            lambda folder: (folder.mkdir(), flowers(folder / "t.csv")),
            "holds tables: choose .* t.csv",
        ),
    ],
)
def test_folders_that_are_no_dataset(tmp_path: Path, make: object, message: str) -> None:
    make(tmp_path / "folder")  # type: ignore[operator]
    with pytest.raises(ImportProblem, match=message):
        inspect(tmp_path / "folder")


def test_python_objects_in_arrays_are_not_read(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.array([{"a": 1}], object), allow_pickle=True)
    with pytest.raises(ImportProblem, match="Python objects, which are not read"):
        inspect(tmp_path / "x.npy")


def test_arrays_of_different_lengths(tmp_path: Path) -> None:
    np.savez(tmp_path / "t.npz", x=np.zeros((10, 3)), y=np.arange(9) % 2)
    refused(tmp_path / "t.npz", tmp_path / "home", "10 samples and 9 targets")


def test_a_given_split_that_nothing_gives(tmp_path: Path) -> None:
    path = flowers(tmp_path / "t.csv")
    refused(
        path,
        tmp_path / "home",
        "no column, folder or array gives",
        split=Split(how=How.GIVEN),
    )


def test_a_home_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DatasetError, match=r"cannot be written into .*file"):
        imported(flowers(tmp_path / "t.csv"), tmp_path / "file")
