"""Exporting models of TensorFlow: `MAKERS` has a maker for each format. Importing this imports no TensorFlow; the makers do."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from runners.export.trained import Maker, Trained


def _maker(module: str, function: str = "make") -> Maker:
    """That of a module, which is imported with the framework when it is needed."""

    def make(trained: Trained) -> tuple[str, ...]:
        notes: tuple[str, ...] = getattr(import_module(module, __name__), function)(trained)
        return notes

    return make


MAKERS: Mapping[str, Maker] = {
    "safetensors": _maker(".weights"),
    "keras": _maker(".keras_file"),
    "saved-model": _maker(".saved_model"),
    "onnx": _maker(".onnx_file"),
    "litert": _maker(".litert"),
    "litert-float16": _maker(".litert", "make_float16"),
    "litert-dynamic": _maker(".litert", "make_dynamic"),
    "litert-int8": _maker(".litert", "make_int8"),
    "tensorrt": _maker("runners.export.tensorrt_engine"),
}
