"""Exports as the making, checking and measuring of real ones leave them."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

from runners.export.formats import TRAINED, Precision, get_format
from runners.export.manifest import Check, Manifest, Measurement, Speed, Tensor
from storage.home import Home
from storage.records import ExportRecord, RunRecord
from storage.store import Store

_START = 1_790_000_000_000_000
EXAMPLE = '"""Asks the model."""\n\nimport onnxruntime\n\nprint(onnxruntime.get_device())\n'


def speeds(p50_s: float) -> tuple[Speed, ...]:
    """Over three sizes of the batch and two numbers of threads; eight samples take four times as long as one."""
    found = []
    for threads in (1, 0):
        for batch in (1, 8, 32):
            seconds = p50_s * (1 + 0.4 * (batch - 1)) * (1.0 if threads else 0.8)
            found.append(Speed(batch, threads, 100, seconds, 1.2 * seconds, 1.5 * seconds, batch / seconds))  # fmt: skip
    return tuple(found)


def check(accuracy: float = 0.97, problem: str = "", **changes: Any) -> Check:
    metrics = {"accuracy": (0.97, accuracy), "loss": (0.1, 0.1)}
    return replace(Check(360, 3e-7, 1e-8, 1.0, metrics, problem), **changes)


def measurement(p50_s: float = 4e-4) -> Measurement:
    return Measurement(0.012, 0.4, 210_000_000, speeds(p50_s), "A processor", _START + 5_000_000)


def manifest(format: str = "onnx", **changes: Any) -> Manifest:
    quantised = get_format(format).precision is Precision.QUANTISED
    files = {} if format == TRAINED else {f"model.{format}": (9_000 if quantised else 36_000, hashlib.sha256(format.encode()).hexdigest())}  # fmt: skip
    made = Manifest(
        format=format, run=1, spec={"template": "mlp", "dataset": "digits", "dataset_hash": "ab" * 32},
        checkpoint="best", step=120, created=_START,
        inputs=(Tensor("input", (None, 8, 8, 1), "float32"),), outputs=(Tensor("output", (None, 10), "float32"),),
        versions={"python": "3.11.9", "onnx": "1.21.0"},
        preprocessing={"words": ["Images are 8 by 8 pixels, from 0 to 16."], "classes": list("0123456789")},
        files=files, notes=("Deprecated.",) if format == "torchscript" else (), seconds=2.5,
    )  # fmt: skip
    return replace(made, **changes)


def export(store: Store, home: Home, run: RunRecord, made: Manifest, folder: str = "") -> ExportRecord:  # fmt: skip
    """Take an export into the history, with its files and an example."""
    place = home.run_folder(run.id).path / "exports" / (folder or made.format)
    place.mkdir(parents=True)
    for name, (size, _) in made.files.items():
        (place / name).write_bytes(bytes(size))
    (place / "example.py").write_text(EXAMPLE, encoding="utf-8")
    (place / "example.cpp").write_text("int main() { return 0; }\n", encoding="utf-8")
    replace(made, run=run.id).write(place)
    return store.exports.add(run.id, place)


def checked(format: str = "onnx", accuracy: float = 0.97, p50_s: float = 4e-4) -> Manifest:
    """One that was checked and measured."""
    return manifest(format, check=check(accuracy), measurement=measurement(p50_s))
