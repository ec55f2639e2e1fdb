"""Datasets from a network, read from small files of their form."""

from __future__ import annotations

import gzip
import io
import tarfile
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from runners.datasets import cifar10, cifar100, kmnist, mnist, prepare_dataset, tiny_shakespeare
from runners.datasets.cifar import read_cifar
from runners.datasets.dataset import DatasetError
from runners.datasets.download import RemoteFile
from runners.datasets.idx_files import FILES as NAMES

GENERATOR = np.random.default_rng(0)


@pytest.mark.parametrize("module", [mnist, kmnist, cifar10, cifar100, tiny_shakespeare])
def test_each_file_has_an_address_and_a_sha256(module: object) -> None:
    for file in module.FILES:  # type: ignore[attr-defined]
        assert file.url.startswith(("https://", "http://"))
        assert len(bytes.fromhex(file.sha256)) == 32
        assert file.name


def _idx(array: np.ndarray) -> bytes:
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return gzip.compress(bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes())


def test_images_of_four_idx_files_are_prepared_from_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrays = {
        "train_x": GENERATOR.integers(0, 256, (40, 28, 28), np.uint8),
        "train_y": GENERATOR.integers(0, 10, 40).astype(np.uint8),
        "test_x": GENERATOR.integers(0, 256, (20, 28, 28), np.uint8),
        "test_y": GENERATOR.integers(0, 10, 20).astype(np.uint8),
    }
    files = []
    for name, file_name in NAMES.items():
        data = _idx(arrays[name])
        (tmp_path / f"{file_name}.gz").write_bytes(data)
        files.append(RemoteFile(f"http://nowhere/{file_name}.gz", sha256(data).hexdigest()))
    monkeypatch.setattr(mnist, "FILES", tuple(files))
    with pytest.raises(DatasetError, match=r"its array is \(40, 28, 28\), not \(60000, 28, 28\)"):
        prepare_dataset("mnist", tmp_path / "home", source=tmp_path)
    monkeypatch.setattr(mnist, "INFO", replace(mnist.INFO, train_count=40, test_count=20))
    dataset = prepare_dataset("mnist", tmp_path / "home", source=tmp_path)
    np.testing.assert_array_equal(np.load(dataset.array("test_x"))[..., 0], arrays["test_x"])
    np.testing.assert_array_equal(np.load(dataset.array("train_y")), arrays["train_y"])


def _tar(path: Path, members: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, data in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return path


def test_cifars_planes_become_pixels_and_the_fine_label_counts(tmp_path: Path) -> None:
    info = replace(cifar100.INFO, train_count=3, test_count=2)
    pixels = GENERATOR.integers(0, 256, (5, 3, 32, 32), np.uint8)
    records = [
        bytes([19, label]) + image.tobytes() for label, image in zip(range(5), pixels, strict=True)
    ]
    path = _tar(
        tmp_path / "cifar.tar.gz", {"train": b"".join(records[:3]), "test": b"".join(records[3:])}
    )
    arrays = read_cifar(info, path, ("train",), ("test",), labels=2).arrays
    np.testing.assert_array_equal(arrays["train_x"][:, :, :, 1], pixels[:3, 1])
    assert arrays["test_y"].tolist() == [3, 4]
    assert len(set(cifar100.INFO.classes)) == 100


@pytest.mark.parametrize(
    "members", [{"train": b"short", "test": b""}, {"train": b""}, {}], ids=["short", "one", "none"]
)
def test_a_tar_file_without_the_records_is_damaged(
    tmp_path: Path, members: dict[str, bytes]
) -> None:
    path = _tar(tmp_path / "cifar.tar.gz", members)
    with pytest.raises(DatasetError, match=r"cifar.tar.gz is damaged .* get it again"):
        read_cifar(cifar10.INFO, path, ("train",), ("test",), labels=1)


def test_what_is_no_tar_file_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "cifar.tar.gz"
    path.write_bytes(b"<html>not found</html>")
    with pytest.raises(DatasetError, match="is damaged"):
        read_cifar(cifar10.INFO, path, ("train",), ("test",), labels=1)


def test_a_text_is_cut_into_its_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "Speak, speak.\n" * 10
    (tmp_path / "input.txt").write_text(text, "utf-8", newline="")
    checksum = sha256(text.encode()).hexdigest()
    monkeypatch.setattr(
        tiny_shakespeare, "FILES", (RemoteFile("http://nowhere/input.txt", checksum),)
    )
    small = replace(
        tiny_shakespeare.INFO,
        train_count=100,
        validation_count=20,
        test_count=20,
        vocabulary_size=12,
    )
    monkeypatch.setattr(tiny_shakespeare, "INFO", small)
    dataset = prepare_dataset("tiny-shakespeare", tmp_path / "home", source=tmp_path)
    assert [len(np.load(dataset.array(f"{part}_x"))) for part in small.parts] == [100, 20, 20]
