from __future__ import annotations

import json
import subprocess
import sys
import urllib.error
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from runners.datasets import (
    UnknownDataset,
    fashion_mnist,
    get_dataset,
    prepare_dataset,
    prepared,
)
from runners.datasets.dataset import DatasetError, PreparedDataset

ROOT = Path(__file__).parents[3]
needs_fashion_mnist = pytest.mark.skipif(
    not all(fashion_mnist._find(fashion_mnist.DEBIAN_FOLDER, name) for name in fashion_mnist.NAMES),
    reason="Fashion-MNIST is not here: on Debian, apt install dataset-fashion-mnist",
)


def test_an_unknown_dataset_is_answered_with_those_that_there_are(tmp_path: Path) -> None:
    for ask in (get_dataset, lambda name: prepared(name, tmp_path), lambda name: prepare_dataset(name, tmp_path)):  # fmt: skip
        with pytest.raises(UnknownDataset, match="no dataset 'cifar'; there are: austen, "):
            ask("cifar")


@pytest.fixture
def digits(tmp_path: Path) -> PreparedDataset:
    return prepare_dataset("digits", tmp_path)


def test_digits_are_split_into_plain_arrays_of_bytes(digits: PreparedDataset) -> None:
    arrays = {
        name: np.load(digits.array(name), mmap_mode="r")
        for name in ("train_x", "train_y", "test_x", "test_y")
    }
    assert arrays["train_x"].shape == (1437, 8, 8, 1)
    assert arrays["test_x"].shape == (360, 8, 8, 1)
    assert arrays["train_x"].max() == digits.info.scale
    assert all(array.dtype == np.uint8 for array in arrays.values())
    assert set(arrays["test_y"]) == set(arrays["train_y"]) == set(range(10))
    assert sum(array.nbytes for array in arrays.values()) == digits.info.size_bytes


def test_a_dataset_is_prepared_once(digits: PreparedDataset, tmp_path: Path) -> None:
    before = digits.array("train_x").stat().st_mtime_ns
    assert prepare_dataset("digits", tmp_path) == digits == prepared("digits", tmp_path)
    assert digits.array("train_x").stat().st_mtime_ns == before


def test_every_preparation_gives_the_same_bytes(digits: PreparedDataset, tmp_path: Path) -> None:
    assert prepare_dataset("digits", tmp_path / "other").sha256 == digits.sha256


def test_what_was_not_prepared_is_not_there(tmp_path: Path) -> None:
    assert prepared("digits", tmp_path) is None
    assert prepared("digits", tmp_path / "missing") is None


def _cut(dataset: PreparedDataset) -> None:
    path = dataset.array("train_x")
    path.write_bytes(path.read_bytes()[:-1])


def _delete(dataset: PreparedDataset) -> None:
    dataset.array("test_y").unlink()


def _scribble(dataset: PreparedDataset) -> None:
    (dataset.folder / "dataset.json").write_text("[1, 2", "utf-8")


def _age(dataset: PreparedDataset) -> None:
    path = dataset.folder / "dataset.json"
    path.write_text(path.read_text("utf-8").replace('"scale": 16', '"scale": 15'), "utf-8")


@pytest.mark.parametrize("harm", [_cut, _delete, _scribble, _age])
def test_what_is_damaged_or_out_of_date_is_prepared_anew(
    digits: PreparedDataset, tmp_path: Path, harm: Callable[[PreparedDataset], None]
) -> None:
    harm(digits)
    assert prepared("digits", tmp_path) is None
    assert prepare_dataset("digits", tmp_path) == digits
    assert prepared("digits", tmp_path) == digits


def test_an_interrupted_preparation_is_redone(digits: PreparedDataset, tmp_path: Path) -> None:
    home = tmp_path / "home"
    unfinished = home / ".digits.new"
    unfinished.mkdir(parents=True)
    (unfinished / "train_x.npy").write_bytes(b"half")
    assert prepared("digits", home) is None
    assert prepare_dataset("digits", home).sha256 == digits.sha256
    assert not unfinished.exists()


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    occupied = tmp_path / "file"
    occupied.write_text("")
    with pytest.raises(DatasetError, match=r"Digits cannot be written into .*file"):
        prepare_dataset("digits", occupied)


@pytest.fixture(scope="module")
def clothes(tmp_path_factory: pytest.TempPathFactory) -> PreparedDataset:
    return prepare_dataset("fashion-mnist", tmp_path_factory.mktemp("datasets"))


@needs_fashion_mnist
def test_fashion_mnist_is_prepared_from_debians_files(clothes: PreparedDataset) -> None:
    arrays = {
        name: np.load(clothes.array(name), mmap_mode="r")
        for name in ("train_x", "train_y", "test_x", "test_y")
    }
    assert arrays["train_x"].shape == (60_000, 28, 28, 1)
    assert arrays["test_x"].shape == (10_000, 28, 28, 1)
    assert list(np.bincount(arrays["test_y"])) == [1000] * 10
    assert clothes.info.size_bytes == 70_000 * 785


@needs_fashion_mnist
def test_fashion_mnist_can_come_from_a_folder_with_unpacked_files(
    clothes: PreparedDataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import gzip

    for name, file_name in fashion_mnist.NAMES.items():
        packed = fashion_mnist._find(fashion_mnist.DEBIAN_FOLDER, name)
        assert packed is not None
        (tmp_path / file_name).write_bytes(gzip.decompress(packed.read_bytes()))
    monkeypatch.setenv(fashion_mnist.FOLDER_VARIABLE, str(tmp_path))
    assert prepare_dataset("fashion-mnist", tmp_path / "home").sha256 == clothes.sha256


def _write_idx(path: Path, shape: tuple[int, ...]) -> None:
    header = bytes([0, 0, 8, len(shape)]) + b"".join(n.to_bytes(4, "big") for n in shape)
    path.write_bytes(header + bytes(int(np.prod(shape))))


def test_files_of_another_dataset_are_refused(tmp_path: Path) -> None:
    for name, file_name in fashion_mnist.NAMES.items():
        _write_idx(tmp_path / file_name, (4, 28, 28) if name.endswith("_x") else (4,))
    with pytest.raises(DatasetError, match=r"train-images-idx3-ubyte is not the file of Fashion-"):
        prepare_dataset("fashion-mnist", tmp_path / "home", source=tmp_path)


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse(*_arguments: Any, **_options: Any) -> None:
        raise urllib.error.URLError("Name or service not known")

    monkeypatch.setattr(fashion_mnist, "DEBIAN_FOLDER", tmp_path / "nothing")
    monkeypatch.delenv(fashion_mnist.FOLDER_VARIABLE, raising=False)
    monkeypatch.setattr("urllib.request.urlopen", refuse)


@pytest.mark.usefixtures("offline")
@pytest.mark.parametrize("source", [None, "empty"])
def test_without_the_files_and_a_network_all_ways_to_get_them_are_told(
    tmp_path: Path, source: str | None
) -> None:
    with pytest.raises(DatasetError) as caught:
        prepare_dataset("fashion-mnist", tmp_path, source=tmp_path / source if source else None)
    message = str(caught.value)
    for way in ("with a network", "dataset-fashion-mnist", "--source"):
        assert way in message


def _prepare_in_a_process(*arguments: str) -> tuple[int, list[dict[str, Any]]]:
    result = subprocess.run(
        [sys.executable, "-m", "runners.datasets", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.stderr == ""
    return result.returncode, [json.loads(line) for line in result.stdout.splitlines()]


def test_the_process_reports_progress_and_at_last_the_hash(
    digits: PreparedDataset, tmp_path: Path
) -> None:
    code, lines = _prepare_in_a_process("digits", str(tmp_path / "home"))
    assert code == 0
    fractions = [line["fraction"] for line in lines[:-1]]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert lines[-1] == {"done": digits.sha256}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["cifar"], "there is no dataset 'cifar'"),
        (["fashion-mnist", "--source", "/nowhere"], " has no train-images-idx3-ubyte and no "),
    ],
)
def test_the_process_reports_what_went_wrong(
    tmp_path: Path, arguments: list[str], message: str
) -> None:
    code, lines = _prepare_in_a_process(arguments[0], str(tmp_path), *arguments[1:])
    assert code == 1
    assert message in lines[-1]["error"]
