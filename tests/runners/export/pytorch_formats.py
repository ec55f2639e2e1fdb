"""Makes an export of every format of PyTorch's in one process, since importing it takes longer: ``python -m … RUN DATASETS``.

Prints for each its folder, and the largest difference from the reference where its runtime is asked for one sample and for many.
"""

from __future__ import annotations

import json
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from runners.export.making import make
from runners.export.manifest import REFERENCE
from runners.export.runtimes import load
from runners.protocol import RunFolder

FORMATS = ("trained", "safetensors", "pt2", "aoti", "torchscript", "onnx")
if find_spec("litert_torch"):
    FORMATS += ("litert",)


def main(run: Path, datasets: Path) -> None:
    found = {}
    for name in FORMATS:
        folder = make(RunFolder(run), datasets, name, "", "", lambda _text, _fraction: None)
        with np.load(folder / REFERENCE) as arrays:
            x, expected = arrays["input"], arrays["output"]
        _, predictor = load(folder, threads=1)
        given = np.concatenate([predictor.predict(x[:1]), predictor.predict(x[1:])])
        largest = float(np.abs(given - expected).max() / np.abs(expected).max())
        found[name] = {"folder": str(folder), "difference": largest}
    print(json.dumps(found))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
