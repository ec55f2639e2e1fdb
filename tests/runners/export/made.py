"""Folders of exports that were never made."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from runners.export.manifest import REFERENCE, Manifest, Tensor


def write_export(
    folder: Path, *, format: str = "onnx", files: Mapping[str, bytes] | None = None
) -> Path:
    """An export of a classifier of three classes, whose reference has ten samples."""
    for name, content in (files or {}).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    x = np.arange(40, dtype=np.float32).reshape(10, 4)
    truth = (np.arange(10) % 3).astype(np.uint8)
    np.savez(folder / REFERENCE, input=x, output=np.eye(3, dtype=np.float32)[truth], truth=truth)
    Manifest(
        format=format,
        run=1,
        spec={"framework": "pytorch"},
        checkpoint="last",
        step=1,
        created=1_790_000_000_000_000,
        inputs=(Tensor("input", (None, 4), "float32"),),
        outputs=(Tensor("output", (None, 3), "float32"),),
        versions={},
        preprocessing={"task": "classification", "scale": 1, "targets": []},
        files={
            name: (len(content), hashlib.sha256(content).hexdigest())
            for name, content in (files or {}).items()
        },
    ).write(folder)
    return folder
