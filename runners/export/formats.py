"""What a trained model can be exported to. Standard library only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from runners.protocol import FRAMEWORKS, Framework


class Precision(StrEnum):
    """How exactly a format computes, and so what it is held to (`runners.export.checking`)."""

    FULL = "float32"
    HALF = "float16"
    QUANTISED = "int8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """``runtime`` names the module of `runners.export.runtimes` that runs it.

    ``makers`` and ``runners`` are the packages, beside the framework, that making and running it take, by the framework that it is
    made from: the name to import and the requirement to install, such as ``{"onnx": "onnx>=1.21,<2"}``.
    ``note`` is what a person should know before choosing it, such as that it is deprecated.
    """

    id: str
    title: str
    summary: str
    runtime: str
    frameworks: tuple[Framework, ...] = FRAMEWORKS
    makers: Mapping[Framework, Mapping[str, str]]
    runners: Mapping[str, str]
    precision: Precision = Precision.FULL
    on_gpu_only: bool = False
    mobile: bool = False
    note: str = ""


_PYTORCH, _TENSORFLOW = (Framework.PYTORCH,), (Framework.TENSORFLOW,)
_ONNX = {"onnx": "onnx>=1.21,<2"}
_ONNX_SCRIPT = {"onnxscript": "onnxscript>=0.7,<0.8"}
_TF2ONNX = {"tf2onnx": "tf2onnx>=1.17,<2"}
_ONNX_RUNTIME = {"onnxruntime": "onnxruntime>=1.24,<2"}
_LITERT = {"ai_edge_litert": "ai-edge-litert>=2.1,<3"}
_LITERT_TORCH = {"litert_torch": "litert-torch>=0.9,<0.11"}
_SAFETENSORS = {"safetensors": "safetensors>=0.6,<1"}
_TENSORRT = {"tensorrt": "tensorrt>=10,<11", "polygraphy": "polygraphy>=0.49,<0.54"}
_ONNX_MAKERS = {
    Framework.PYTORCH: {**_ONNX, **_ONNX_SCRIPT},
    Framework.TENSORFLOW: {**_ONNX, **_TF2ONNX},
}
_NOTHING: Mapping[Framework, Mapping[str, str]] = {one: {} for one in FRAMEWORKS}

TRAINED = "trained"
FORMATS: tuple[Format, ...] = (
    Format(
        id=TRAINED,
        title="The framework itself",
        summary="No file of its own: the run's checkpoint in the framework that trained it, to compare the others with",
        runtime="trained",
        makers=_NOTHING,
        runners={},
    ),
    Format(
        id="safetensors",
        title="Weights (safetensors)",
        summary="Only the weights, in a file that holds no code; the model is built anew by the template",
        runtime="weights",
        makers=dict.fromkeys(FRAMEWORKS, _SAFETENSORS),
        runners=_SAFETENSORS,
    ),
    Format(
        id="pt2",
        title="torch.export (.pt2)",
        summary="The model's graph with its weights, for any later PyTorch, also from C++",
        runtime="exported_program",
        frameworks=_PYTORCH,
        makers=_NOTHING,
        runners={},
    ),
    Format(
        id="aoti",
        title="AOTInductor package",
        summary="Machine code for this kind of processor, also without Python",
        runtime="aot_inductor",
        frameworks=_PYTORCH,
        makers=_NOTHING,
        runners={},
        note="It takes a C++ compiler, and runs on machines like this one only",
    ),
    Format(
        id="torchscript",
        title="TorchScript",
        summary="The older graph format of PyTorch, which libtorch and old services read",
        runtime="torchscript",
        frameworks=_PYTORCH,
        makers=_NOTHING,
        runners={},
        note="Deprecated by PyTorch: choose torch.export for what is new",
    ),
    Format(
        id="keras",
        title="Keras (.keras)",
        summary="The Keras model with its weights, to go on with in Python",
        runtime="keras_file",
        frameworks=_TENSORFLOW,
        makers=_NOTHING,
        runners={},
    ),
    Format(
        id="saved-model",
        title="SavedModel",
        summary="Graph, weights, signatures and warm-up data, for TensorFlow Serving and everything of TensorFlow's",
        runtime="saved_model",
        frameworks=_TENSORFLOW,
        makers=_NOTHING,
        runners={},
    ),
    Format(
        id="onnx",
        title="ONNX",
        summary="The format between frameworks, run by ONNX Runtime and many others, in browsers too",
        runtime="onnx",
        makers=_ONNX_MAKERS,
        runners=_ONNX_RUNTIME,
    ),
    Format(
        id="litert",
        title="LiteRT (.tflite)",
        summary="For phones and small devices, formerly TensorFlow Lite",
        runtime="litert",
        makers={Framework.PYTORCH: _LITERT_TORCH, Framework.TENSORFLOW: {}},
        runners=_LITERT,
        mobile=True,
    ),
    Format(
        id="litert-float16",
        title="LiteRT, float16",
        summary="Half the size: weights of 16 bits",
        runtime="litert",
        frameworks=_TENSORFLOW,
        makers=_NOTHING,
        runners=_LITERT,
        precision=Precision.HALF,
        mobile=True,
    ),
    Format(
        id="litert-dynamic",
        title="LiteRT, int8 weights",
        summary="A quarter of the size: weights of 8 bits, everything else computed as before",
        runtime="litert",
        frameworks=_TENSORFLOW,
        makers=_NOTHING,
        runners=_LITERT,
        precision=Precision.QUANTISED,
        mobile=True,
    ),
    Format(
        id="litert-int8",
        title="LiteRT, full int8",
        summary="Computed in whole numbers, for the smallest devices and accelerators; calibrated on training data",
        runtime="litert",
        frameworks=_TENSORFLOW,
        makers=_NOTHING,
        runners=_LITERT,
        precision=Precision.QUANTISED,
        mobile=True,
    ),
    Format(
        id="tensorrt",
        title="TensorRT engine",
        summary="The fastest on NVIDIA's GPUs; made by way of ONNX, for the GPU of this machine",
        runtime="tensorrt",
        makers={one: {**_ONNX_MAKERS[one], **_TENSORRT} for one in FRAMEWORKS},
        runners=_TENSORRT,
        precision=Precision.HALF,
        on_gpu_only=True,
    ),
)


class UnknownFormat(LookupError):
    """There is no format of that name."""


def get_format(name: str) -> Format:
    """Raises UnknownFormat."""
    for one in FORMATS:
        if one.id == name:
            return one
    raise UnknownFormat(
        f"there is no format {name!r}; there are: {', '.join(f.id for f in FORMATS)}"
    )


def formats_of(framework: Framework) -> tuple[Format, ...]:
    """Those that a framework's models can be exported to, the framework itself first."""
    return tuple(one for one in FORMATS if framework in one.frameworks)
