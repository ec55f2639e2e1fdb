"""What a TensorFlow model can be written as. Importing this imports no TensorFlow; the makers do."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from runners.export.trained import Maker, Trained


def _later(module: str, function: str = "make") -> Maker:
    """A maker of a module that is imported when it is called."""

    def make(trained: Trained) -> tuple[str, ...]:
        maker: Maker = getattr(import_module(f"{__name__}.{module}"), function)
        return maker(trained)

    return make


MAKERS: Mapping[str, Maker] = {
    "safetensors": _later("weights"),
    "keras": _later("keras_file"),
    "saved-model": _later("saved_model"),
    "onnx": _later("onnx_file"),
    "litert": _later("litert"),
    "litert-float16": _later("litert", "make_float16"),
    "litert-dynamic": _later("litert", "make_dynamic"),
    "litert-int8": _later("litert", "make_int8"),
}
