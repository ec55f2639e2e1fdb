from __future__ import annotations

import numpy as np

from runners.templates.initial import initial_weights
from runners.templates.layers import convolution, dense

LAYERS = [convolution("convolution", (8, 8, 3), 16, 3), dense("dense", 100, 50)]


def test_the_seed_decides_the_weights() -> None:
    first, again, other = (initial_weights(LAYERS, seed) for seed in (1, 1, 2))
    for name in ("convolution/kernel", "dense/kernel"):
        np.testing.assert_array_equal(first[name], again[name])
        assert (first[name] != other[name]).any()


def test_a_layer_keeps_its_weights_when_another_is_added() -> None:
    alone = initial_weights(LAYERS[1:], 1)
    np.testing.assert_array_equal(alone["dense/kernel"], initial_weights(LAYERS, 1)["dense/kernel"])


def test_kernels_are_spread_evenly_within_the_limit_of_glorot_and_biases_are_zero() -> None:
    weights = initial_weights(LAYERS, 5)
    limit = np.sqrt(6 / 150)
    assert weights["dense/kernel"].dtype == np.float32
    assert np.abs(weights["dense/kernel"]).max() <= limit
    assert weights["dense/kernel"].std() == np.float32(0) + np.clip(
        weights["dense/kernel"].std(), 0.97 * limit / np.sqrt(3), 1.03 * limit / np.sqrt(3)
    )
    assert not weights["dense/bias"].any()


def test_shapes_are_in_the_canonical_layout() -> None:
    weights = initial_weights(LAYERS, 0)
    assert weights["convolution/kernel"].shape == (3, 3, 3, 16)
    assert weights["dense/kernel"].shape == (100, 50)
