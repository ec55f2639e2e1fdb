"""Short programs that use an exported model, written beside it: ``example.py`` for every format, and others where another language is usual.

They need the format's own runtime and nothing of Twinbench. `files` holds those that are not composed.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from runners.export.examples import python
from runners.export.formats import get_format
from runners.export.manifest import REFERENCE, Manifest

EXAMPLE = "example.py"
_FILES = Path(__file__).with_name("files")
_NATIVE = {
    "torchscript": ("torchscript.cpp", "CMakeLists.txt"),
    "aot_inductor": ("aot_inductor.cpp", "CMakeLists.txt"),
    "litert": ("litert.cpp",),
    "onnx": ("onnx.mjs",),
}
"""By runtime. The first of each becomes ``example`` with its ending, and reads ``sample.txt`` or ``sample.json``."""


def write(folder: Path, manifest: Manifest) -> tuple[str, ...]:
    """Write the examples into the folder of an export, where ``reference.npz`` lies already. Returns their names. Raises OSError."""
    written = {EXAMPLE: python.example(manifest)}
    native = _NATIVE.get(get_format(manifest.format).runtime, ())
    for name in native:
        text = (_FILES / name).read_text("utf-8")
        place = name if name == "CMakeLists.txt" else f"example{Path(name).suffix}"
        written[place] = _filled(text, manifest)
    if native:
        written |= _sample(folder, native[0])
    for name, text in written.items():
        (folder / name).write_text(text, "utf-8", newline="\n")
    return tuple(written)


def _filled(text: str, manifest: Manifest) -> str:
    given = manifest.inputs[0]
    shape = [1, *(size for size in given.shape[1:])]
    for mark, value in {
        "@TITLE@": python.title(manifest),
        "@SHAPE@": ", ".join(map(str, shape)),
        "@DTYPE@": given.dtype,
        "@NUMBER@": {"int32": "std::int32_t"}.get(given.dtype, "float"),
        "@TORCH_DTYPE@": {"int32": "torch::kInt32"}.get(given.dtype, "torch::kFloat32"),
    }.items():
        text = text.replace(mark, value)
    return text


def _sample(folder: Path, program: str) -> dict[str, str]:
    """The first held-out sample as a file that the program reads."""
    with np.load(folder / REFERENCE, allow_pickle=False) as arrays:
        numbers = arrays["input"][0].ravel().tolist()
    if program.endswith(".mjs"):
        return {"sample.json": json.dumps(numbers)}
    return {"sample.txt": "\n".join(map(repr, numbers)) + "\n"}
