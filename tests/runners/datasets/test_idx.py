from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from runners.datasets.dataset import DatasetError
from runners.datasets.idx import read_idx

LABELS = bytes([0, 0, 8, 1, 0, 0, 0, 5, 1, 2, 3, 4, 5])
IMAGES = bytes([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, *range(6)])


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_the_array_has_the_shape_of_the_header(tmp_path: Path, pack: type[bytes]) -> None:
    path = tmp_path / "images"
    path.write_bytes(pack(IMAGES))
    np.testing.assert_array_equal(read_idx(path, 3), np.arange(6).reshape(2, 1, 3))


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "does not start with two zero bytes"),
        (b"PK\3\4 no idx", "does not start with two zero bytes"),
        (bytes([0, 0, 0x0D]) + LABELS[3:], r"type of number is 0x0d, not unsigned bytes"),
        (IMAGES, "array has 3 dimensions, not 1"),
        (LABELS[:6], "ends within its header"),
        (LABELS[:-1], "is cut short: 12 bytes instead of 13"),
        (LABELS + b"!", "has bytes too many: 14 bytes instead of 13"),
        (gzip.compress(LABELS, mtime=0)[:-9], "compressed data is broken"),
        (gzip.compress(LABELS, mtime=0)[:-8] + bytes(8), "compressed data is broken"),
        (b"\x1f\x8b" + bytes(20), "compressed data is broken"),
    ],
)
def test_a_damaged_file_is_named_with_what_is_wrong_and_what_to_do(
    tmp_path: Path, data: bytes, what: str
) -> None:
    path = tmp_path / "labels-idx1"
    path.write_bytes(data)
    with pytest.raises(DatasetError, match=what) as caught:
        read_idx(path, 1)
    assert str(path) in str(caught.value)
    assert "Delete it and get it again" in str(caught.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="missing cannot be read: No such file"):
        read_idx(tmp_path / "missing", 1)
