"""TensorRT engines, for either framework by way of ONNX. Written after the documentation of TensorRT 10 and Polygraphy; not tried on a GPU."""

from __future__ import annotations

from polygraphy.backend.trt import (
    CreateConfig,
    EngineBytesFromNetwork,
    NetworkFromOnnxPath,
    Profile,
)
from polygraphy.exception import PolygraphyException

from runners.export.preparing import package
from runners.export.runtimes.onnx import FILE as ONNX_FILE
from runners.export.runtimes.tensorrt import FILE, MOST_SAMPLES
from runners.export.trained import ExportError, Trained

_USUAL = 8
"""The size of the batch that the engine is tuned for."""


def make(trained: Trained) -> tuple[str, ...]:
    """Raises ExportError, also where there is no GPU."""
    package(trained.setup.framework).MAKERS["onnx"](trained)
    between = trained.folder / ONNX_FILE
    trained.tell("building the engine", 0.5)
    sample = trained.input.shape[1:]
    sizes = [(size, *sample) for size in (1, _USUAL, MOST_SAMPLES)]
    config = CreateConfig(fp16=True, profiles=[Profile().add(trained.input.name, *sizes)])
    try:
        engine = EngineBytesFromNetwork(NetworkFromOnnxPath(str(between)), config=config)()
    except (PolygraphyException, RuntimeError, TypeError) as error:
        raise ExportError(
            "TensorRT built no engine, which takes an NVIDIA GPU in this machine, and operators that it knows; the log says more"
        ) from error
    between.unlink()
    (trained.folder / FILE).write_bytes(engine)
    return (
        f"It runs on GPUs of the kind that it was made on, with this version of TensorRT, up to {MOST_SAMPLES} samples at once",
        "TensorRT exports were written after its documentation and not tried on a GPU",
    )
