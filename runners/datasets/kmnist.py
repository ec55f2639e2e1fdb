"""Kuzushiji-MNIST: characters of old Japanese books, 28 by 28 pixels, as hard again as MNIST.

Clanuwat et al. (2018), "Deep Learning for Classical Japanese Literature", https://arxiv.org/abs/1812.01718. The checksums
are those that TensorFlow Datasets publishes for the same addresses.
"""

from __future__ import annotations

from pathlib import Path

from runners.datasets.dataset import Contents, DatasetInfo, ProgressCallback
from runners.datasets.idx_files import load_idx, remote_files

INFO = DatasetInfo(
    name="kmnist",
    title="Kuzushiji-MNIST",
    summary="70,000 characters of old Japanese books of 28 by 28 pixels; downloads 21 MB",
    source="KMNIST dataset, made by ROIS-DS Center for Open Data in the Humanities, codh.rois.ac.jp/kmnist",
    licence="CC BY-SA 4.0",
    input_shape=(28, 28, 1),
    classes=("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
    train_count=60_000,
    test_count=10_000,
    scale=255,
)
FILES = remote_files(
    "http://codh.rois.ac.jp/kmnist/dataset/kmnist/",
    {
        "train_x": "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4",
        "train_y": "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17",
        "test_x": "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5",
        "test_y": "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c",
    },
)


def load(datasets_folder: Path, source: Path | None, on_progress: ProgressCallback) -> Contents:
    return load_idx(INFO, FILES, datasets_folder, source, on_progress)
