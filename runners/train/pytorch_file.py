"""Reads the tensors of a file that PyTorch saved, without PyTorch and without running anything that is in it.

A file holds a pickle that names the tensors and, beside it, their numbers: as members of a ZIP archive, or, from before
PyTorch 1.6 and still of some known weights, one after the other. Only what rebuilds tensors and dictionaries is let through.
"""

from __future__ import annotations

import pickle
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO
from zipfile import BadZipFile, ZipFile, is_zipfile

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

Array = NDArray[Any]
_TYPES = {
    "FloatStorage": "<f4",
    "DoubleStorage": "<f8",
    "HalfStorage": "<f2",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "ByteStorage": "u1",
    "CharStorage": "i1",
    "BoolStorage": "?",
}
_MAGIC = 0x1950A86A20F9469CFC6C
_NESTED = ("model", "state_dict")
"""Under these names checkpoints keep the tensors of a model beside other things."""


_DAMAGES = (
    *(pickle.UnpicklingError, BadZipFile, EOFError, ValueError, LookupError),
    *(TypeError, AttributeError, OverflowError, MemoryError, NotImplementedError),
)
"""What unpickling raises for bytes that are damaged or of something else."""


class NotAPytorchFile(Exception):
    """It is something else, or holds what only PyTorch can make; the message says what."""


def read_tensors(path: Path) -> dict[str, Array]:
    """The tensors of a model by their names, in the order of the model. Raises NotAPytorchFile and OSError."""
    try:
        with path.open("rb") as file:
            found = _read_archive(file) if is_zipfile(file) else _read_sequence(file)
        for name in _NESTED:
            if isinstance(found, Mapping) and isinstance(found.get(name), Mapping):
                found = found[name]
        return {str(name): t.array() for name, t in found.items() if isinstance(t, _Tensor)}
    except _DAMAGES as error:
        raise NotAPytorchFile(f"{path.name} holds no tensors that can be read: {error}") from error


class _Storage:
    """The numbers that tensors look into; in some files they come after the tensors."""

    def __init__(self, kind: str) -> None:
        self.dtype = np.dtype(kind)
        self.values: Array = np.zeros(0, self.dtype)


@dataclass(frozen=True, eq=False)
class _Tensor:
    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    def array(self) -> Array:
        """A copy. Raises ValueError where it would look beyond its storage."""
        last = sum((size - 1) * step for size, step in zip(self.shape, self.strides, strict=True))
        values = self.storage.values[self.offset :]
        if min(self.offset, 0, *self.shape, *self.strides) < 0:
            raise ValueError("a tensor has a negative size")
        if 0 in self.shape:
            return np.zeros(self.shape, values.dtype)
        if last >= len(values):
            raise ValueError("a tensor is cut short")
        steps = [step * values.itemsize for step in self.strides]
        return as_strided(values, self.shape, steps).copy()


class _Unpickler(pickle.Unpickler):
    """``storage`` gives the storage of a type and a key."""

    def __init__(self, file: BinaryIO, storage: Callable[[str, str], _Storage]) -> None:
        super().__init__(file, encoding="utf-8")
        self._storage = storage

    def find_class(self, module: str, name: str) -> Any:
        if module == "torch" and name in _TYPES:
            return _TYPES[name]
        if (module, name) not in _KNOWN:
            raise pickle.UnpicklingError(f"it holds {module}.{name}, which is no tensor")
        return _KNOWN[module, name]

    def persistent_load(self, reference: Any) -> _Storage:
        _word, kind, key, *_others = reference
        return self._storage(kind, str(key))


def _rebuild_tensor(
    storage: _Storage, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_others: Any
) -> _Tensor:
    return _Tensor(storage, offset, tuple(shape), tuple(strides))


def _rebuild_parameter(tensor: _Tensor, *_others: Any) -> _Tensor:
    return tensor


_KNOWN: dict[tuple[str, str], Callable[..., Any]] = {
    ("collections", "OrderedDict"): OrderedDict,
    ("torch._utils", "_rebuild_tensor_v2"): _rebuild_tensor,
    ("torch._utils", "_rebuild_parameter"): _rebuild_parameter,
}


def _read_archive(file: BinaryIO) -> Any:
    with ZipFile(file) as archive:
        pickled = next((n for n in archive.namelist() if n.rpartition("/")[2] == "data.pkl"), None)
        if pickled is None:
            raise ValueError("it is another archive")
        folder = pickled.removesuffix("data.pkl")

        def storage(kind: str, key: str) -> _Storage:
            found = _Storage(kind)
            found.values = np.frombuffer(archive.read(f"{folder}data/{key}"), found.dtype)
            return found

        return _Unpickler(BytesIO(archive.read(pickled)), storage).load()


def _read_sequence(file: BinaryIO) -> Any:
    """Four pickles, a list of keys, and for each of these its count and its numbers."""
    file.seek(0)
    storages: dict[str, _Storage] = {}

    def storage(kind: str, key: str) -> _Storage:
        return storages.setdefault(key, _Storage(kind))

    def pickled() -> Any:
        return _Unpickler(file, storage).load()

    if pickled() != _MAGIC:
        raise ValueError("it begins with something else")
    _version, _system, found = pickled(), pickled(), pickled()
    for key in pickled():
        (count,) = np.frombuffer(file.read(8), "<i8")
        one = storages[key]
        one.values = np.frombuffer(file.read(int(count) * one.dtype.itemsize), one.dtype)
    return found
