"""Serves the ONNX model in the folder ``model`` beside this package: ``python -m service [--host HOST] [--port PORT]``."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import onnxruntime
import uvicorn

from .application import application
from .values import Array

MODEL = Path(__file__).parents[1] / "model"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m service", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="default: only this machine")
    parser.add_argument("--port", type=int, default=8000, help="default: 8000")
    given = parser.parse_args()
    manifest = json.loads((MODEL / "manifest.json").read_text("utf-8"))
    uvicorn.run(application(manifest, predictor(manifest)), host=given.host, port=given.port)


def predictor(manifest: dict[str, Any]) -> Callable[[Array], Array]:
    (file,) = (name for name in manifest["files"] if name.endswith(".onnx"))
    session = onnxruntime.InferenceSession(MODEL / file)

    def predict(x: Array) -> Array:
        output: Array = session.run(["output"], {"input": x})[0]
        return output

    return predict


if __name__ == "__main__":
    main()
