"""ONNX, by PyTorch's exporter that begins with torch.export."""

from __future__ import annotations

import re
from pathlib import Path

import onnx
import torch

from runners.export.pytorch.graph import example, exported
from runners.export.runtimes.onnx import FILE
from runners.export.trained import ExportError, Trained
from runners.export.voice import in_words

_UNKNOWN = re.compile(
    r"No (?:ONNX function|decompositions registered)[^<]*<OpOverload\(op='([\w.]+)'"
)
_LARGEST = 1 << 31
"""Bytes that a file of ONNX holds; weights beyond that lie beside it."""


def make(trained: Trained) -> tuple[str, ...]:
    """Raises ExportError."""
    path = trained.folder / FILE
    write(trained, path)
    onnx.checker.check_model(str(path), full_check=True)
    return ()


def write(trained: Trained, path: Path) -> None:
    """Raises ExportError."""
    program = exported(trained)
    trained.tell("translating to ONNX", 0.4)
    size = sum(value.numel() * value.element_size() for value in program.state_dict.values())
    try:
        with torch.no_grad():
            found = torch.onnx.export(
                program, (example(trained),), dynamo=True, verbose=False,
                input_names=[trained.input.name], output_names=[trained.output.name],
            )  # fmt: skip
    except torch.onnx.OnnxExporterError as error:
        raise ExportError(_told(error)) from error
    assert found is not None
    trained.tell("writing the file", 0.9)
    found.save(path, external_data=size > _LARGEST)


def _told(error: Exception) -> str:
    """Names the operator that ONNX has not."""
    causes: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in causes:
        causes.append(cause)
        cause = cause.__cause__ or cause.__context__
    for one in causes:
        if found := _UNKNOWN.search(str(one)):
            return f"ONNX cannot express the operator {found[1]}, which the model uses"
    return f"the model cannot be told in ONNX: {in_words(causes[-1])}"
