"""Arrays in lines of JSON, for two processes that speak through a pipe."""

from __future__ import annotations

import base64
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

_ARRAY = "npy"


def packed(value: Any) -> Any:
    """The value with every array in it as ``{"npy": text}``: NumPy's own format, as base64."""
    if isinstance(value, np.ndarray):
        file = BytesIO()
        np.save(file, value, allow_pickle=False)
        return {_ARRAY: base64.b64encode(file.getbuffer()).decode("ascii")}
    if isinstance(value, dict):
        return {name: packed(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [packed(each) for each in value]
    return value.item() if isinstance(value, np.generic) else value


def unpacked(value: Any) -> Any:
    """What `packed` made into JSON. Raises ValueError for an array that is damaged."""
    if isinstance(value, dict):
        if set(value) == {_ARRAY}:
            return _array(value[_ARRAY])
        return {name: unpacked(each) for name, each in value.items()}
    if isinstance(value, list):
        return [unpacked(each) for each in value]
    return value


def _array(text: Any) -> NDArray[Any]:
    if not isinstance(text, str):
        raise ValueError("an array is not written as text")
    try:
        loaded: NDArray[Any] = np.load(
            BytesIO(base64.b64decode(text, validate=True)), allow_pickle=False
        )
    except (EOFError, OSError) as error:
        raise ValueError(f"an array is cut short: {error}") from error
    return loaded
