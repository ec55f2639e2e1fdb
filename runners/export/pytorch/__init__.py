"""Exporting models of PyTorch: `MAKERS` has a maker for each format."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from runners.export.trained import Maker, Trained


def _maker(module: str) -> Maker:
    """That of a module, which is imported with the framework when it is needed."""

    def make(trained: Trained) -> tuple[str, ...]:
        notes: tuple[str, ...] = import_module(module, __name__).make(trained)
        return notes

    return make


MAKERS: Mapping[str, Maker] = {
    "safetensors": _maker(".weights"),
    "pt2": _maker(".exported_program"),
    "aoti": _maker(".aot_inductor"),
    "torchscript": _maker(".torchscript"),
    "onnx": _maker(".onnx_file"),
    "litert": _maker(".litert"),
    "tensorrt": _maker("runners.export.tensorrt_engine"),
}
