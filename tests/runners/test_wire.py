from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from runners.wire import packed, unpacked

NUMBERS = arrays.arrays(
    st.sampled_from([np.float32, np.float64, np.int64, np.int32, np.uint8, np.bool_]),
    arrays.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4),
)


@given(NUMBERS)
def test_an_array_comes_back_as_it_was_through_a_line_of_json(array: np.ndarray) -> None:
    sent = json.dumps(packed({"x": [array], "name": "a"}))
    assert "\n" not in sent
    back = unpacked(json.loads(sent))
    assert back["name"] == "a"
    assert back["x"][0].dtype == array.dtype
    np.testing.assert_array_equal(back["x"][0], array)


def test_numbers_of_numpy_become_plain_ones() -> None:
    assert packed({"a": np.float64(0.5), "b": (np.int32(3), None)}) == {"a": 0.5, "b": [3, None]}


@pytest.mark.parametrize("text", ["not base64!", "AAAA", "", 7])
def test_a_damaged_array_is_a_value_error(text: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        unpacked({"npy": text})


def test_what_would_run_code_is_not_unpacked() -> None:
    import base64
    from io import BytesIO

    file = BytesIO()
    np.save(file, np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(ValueError, match="allow_pickle"):
        unpacked({"npy": base64.b64encode(file.getvalue()).decode()})
