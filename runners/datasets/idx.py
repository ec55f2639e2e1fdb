"""Reading IDX files, the format of MNIST and its kin (https://yann.lecun.org/exdb/mnist, "the IDX file format")."""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from runners.datasets.dataset import DatasetError

_UNSIGNED_BYTE = 0x08
_GZIP_MAGIC = b"\x1f\x8b"


def read_idx(path: Path, dimensions: int) -> NDArray[np.uint8]:
    """The array of unsigned bytes in an IDX file, compressed with gzip or not.

    ``dimensions`` is how many the array must have: 3 for images, 1 for labels.
    Raises DatasetError, which names the file and what to do, if it cannot be read or is damaged.
    """
    data = _read(path)
    if len(data) < 4 or data[:2] != b"\0\0":
        raise _damaged(path, "it is no IDX file: it does not start with two zero bytes")
    kind, found = data[2], data[3]
    if kind != _UNSIGNED_BYTE:
        raise _damaged(path, f"its type of number is 0x{kind:02x}, not unsigned bytes (0x08)")
    if found != dimensions:
        raise _damaged(path, f"its array has {found} dimensions, not {dimensions}")
    start = 4 + 4 * dimensions
    if len(data) < start:
        raise _damaged(path, "it ends within its header")
    shape = struct.unpack_from(f">{dimensions}I", data, 4)
    expected = start + math.prod(shape)
    if len(data) != expected:
        what = "is cut short" if len(data) < expected else "has bytes too many"
        raise _damaged(path, f"it {what}: {len(data):,} bytes instead of {expected:,}")
    return np.frombuffer(data, np.uint8, offset=start).reshape(shape)


def _read(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DatasetError(f"{path} cannot be read: {error.strerror or error}") from error
    if not data.startswith(_GZIP_MAGIC):
        return data
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as error:
        raise _damaged(path, f"its compressed data is broken ({error})") from error


def _damaged(path: Path, what: str) -> DatasetError:
    return DatasetError(
        f"{path} is damaged: {what}. Delete it and get it again, or name another folder"
    )
