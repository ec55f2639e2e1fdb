"""Reading CIFAR's binary version: records of one or two labels and 3 by 32 by 32 bytes, in a tar file.

The Python version holds pickles, which are programs; this one holds numbers only.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from runners.datasets.dataset import Contents, DatasetError, DatasetInfo

if TYPE_CHECKING:
    import tarfile

_PIXELS = 3 * 32 * 32


def read_cifar(
    info: DatasetInfo, path: Path, train: tuple[str, ...], test: tuple[str, ...], labels: int
) -> Contents:
    """The arrays from the members of these names. Of several labels a record the last is taken.

    Raises DatasetError.
    """
    import tarfile
    import zlib

    import numpy as np

    arrays = {}
    try:
        with tarfile.open(path) as archive:
            for part, members, count in (
                ("train", train, info.train_count),
                ("test", test, info.test_count),
            ):
                data = b"".join(_member(archive, member) for member in members)
                records = np.frombuffer(data, np.uint8).reshape(count, labels + _PIXELS)
                planes = records[:, labels:].reshape(count, 3, 32, 32)
                arrays[f"{part}_x"] = np.ascontiguousarray(planes.transpose(0, 2, 3, 1))
                arrays[f"{part}_y"] = records[:, labels - 1].copy()
    except (tarfile.TarError, KeyError, ValueError, EOFError, OSError, zlib.error) as error:
        raise DatasetError(
            f"{path} is damaged ({error}). Delete it and get it again, or name another folder"
        ) from error
    return Contents(arrays)


def _member(archive: tarfile.TarFile, name: str) -> bytes:
    file = archive.extractfile(name)
    if file is None:
        raise KeyError(f"{name} is no file")
    return file.read()
