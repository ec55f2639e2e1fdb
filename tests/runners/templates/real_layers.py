"""What the frameworks themselves say of a model: its parameters, the shapes of its layers, its multiply-adds."""

from __future__ import annotations

from typing import Any

import numpy as np


def count_trained(model: Any) -> int:
    """How many numbers the framework would train."""
    if hasattr(model, "named_modules"):
        return sum(p.numel() for p in model.parameters() if p.requires_grad)
    return sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)


def keras_shapes(engine: Any, x: Any, y: Any) -> dict[str, tuple[int, ...]]:
    """The shape of a sample of what each Keras layer gives when it is first called, by the layer's name."""
    import keras

    shapes: dict[str, tuple[int, ...]] = {}
    original = keras.Layer.__call__

    def noted(layer: Any, *args: Any, **kwargs: Any) -> Any:
        given = original(layer, *args, **kwargs)
        if hasattr(given, "shape"):
            shapes.setdefault(layer.name, tuple(given.shape[1:]))
        return given

    keras.Layer.__call__ = noted
    try:
        engine.evaluate(x, y)
    finally:
        keras.Layer.__call__ = original
    return shapes


def pytorch_multiply_adds(engine: Any, x: Any, y: Any) -> float:
    """Those of a sample in matrix products and convolutions, as PyTorch counts them."""
    import torch
    from torch.nn.attention import SDPBackend, sdpa_kernel
    from torch.utils.flop_counter import FlopCounterMode

    # Without oneDNN and without one kernel for all of attention these are matrix products, which can be counted.
    plain = torch.backends.mkldnn.flags(enabled=False), sdpa_kernel(SDPBackend.MATH)
    with plain[0], plain[1], FlopCounterMode(display=False) as counter:
        engine.evaluate(x, y)
    return float(counter.get_total_flops() / 2 / len(x))
