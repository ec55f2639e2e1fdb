"""What an example needs of each runtime: the packages, the lines that load the model, and a ``predict`` for a batch of inputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Runtime:
    imports: tuple[str, ...]
    packages: tuple[str, ...]
    load: str
    predict: str
    standard: tuple[str, ...] = ()
    """What it imports of the standard library."""


_TORCH_PREDICT = """\
def predict(x: np.ndarray) -> np.ndarray:
    with torch.inference_mode():
        return model(torch.from_numpy(x)).numpy()
"""
_TORCH = ("import torch",)

RUNTIMES: Mapping[str, Runtime] = {
    "trained": Runtime(
        ("from runners.export.runtimes import load",),
        (),
        "_, model = load(HERE)",
        """\
def predict(x: np.ndarray) -> np.ndarray:
    return model.predict(x)
""",
    ),
    "exported_program": Runtime(
        _TORCH,
        ("torch",),
        'model = torch.export.load(HERE / "model.pt2").module()',
        _TORCH_PREDICT,
    ),
    "aot_inductor": Runtime(
        ("import torch", "import torch._inductor"),
        ("torch",),
        'model = torch._inductor.aoti_load_package(str(HERE / "model.pt2"))',
        _TORCH_PREDICT,
    ),
    "torchscript": Runtime(
        _TORCH,
        ("torch",),
        'model = torch.jit.load(HERE / "model.pt").eval()',
        _TORCH_PREDICT,
    ),
    "keras_file": Runtime(
        ("import keras",),
        ("tensorflow",),
        """\
code = HERE / "layers.py"  # is there where the model has layers of its own
own = runpy.run_path(str(code)) if code.is_file() else {}
layers = {name: one for name, one in own.items() if isinstance(one, type) and issubclass(one, keras.Layer)}
model = keras.saving.load_model(HERE / "model.keras", custom_objects=layers, compile=False)""",
        """\
def predict(x: np.ndarray) -> np.ndarray:
    return model.predict(x, verbose=0)
""",
        ("import runpy",),
    ),
    "saved_model": Runtime(
        ("import tensorflow as tf",),
        ("tensorflow",),
        """\
model = tf.saved_model.load(str(HERE / "saved_model"))
signature = model.signatures["serving_default"]""",
        """\
def predict(x: np.ndarray) -> np.ndarray:
    return signature(input=tf.constant(x))["output"].numpy()
""",
    ),
    "onnx": Runtime(
        ("import onnxruntime",),
        ("onnxruntime",),
        'session = onnxruntime.InferenceSession(HERE / "model.onnx")',
        """\
def predict(x: np.ndarray) -> np.ndarray:
    return session.run(["output"], {"input": x})[0]
""",
    ),
    "litert": Runtime(
        ("from ai_edge_litert.interpreter import Interpreter",),
        ("ai-edge-litert",),
        """\
model = Interpreter(model_path=str(HERE / "model.tflite"))
(given,), (gives,) = model.get_input_details(), model.get_output_details()""",
        """\
def predict(x: np.ndarray) -> np.ndarray:
    size = given["shape_signature"][0]
    if size == -1:  # takes as many samples as it is told beforehand
        return batch(x)
    filled = np.concatenate([x, np.repeat(x[-1:], -len(x) % size, axis=0)])
    pieces = [batch(filled[start : start + size]) for start in range(0, len(filled), size)]
    return np.concatenate(pieces)[: len(x)]


def batch(x: np.ndarray) -> np.ndarray:
    model.resize_tensor_input(given["index"], x.shape)
    model.allocate_tensors()
    model.set_tensor(given["index"], x)
    model.invoke()
    return model.get_tensor(gives["index"])
""",
    ),
    "tensorrt": Runtime(
        (
            "from polygraphy.backend.common import BytesFromPath",
            "from polygraphy.backend.trt import EngineFromBytes, TrtRunner",
        ),
        ("tensorrt>=10,<11", "polygraphy"),
        """\
model = TrtRunner(EngineFromBytes(BytesFromPath(str(HERE / "model.engine"))))
model.activate()""",
        """\
def predict(x: np.ndarray) -> np.ndarray:
    return model.infer({"input": x})["output"].copy()
""",
    ),
}

WEIGHTS = '''\
"""Reads the weights of a model ({title}), {how}.

    pip install safetensors numpy
    python example.py

They are the weights alone: the model that takes them is built by the template, or by the script that Twinbench saves of the run.
"""

from pathlib import Path

from safetensors.numpy import load_file

HERE = Path(__file__).parent
weights = load_file(HERE / "model.safetensors")
for name, array in weights.items():
    print(f"{{name}}  {{array.shape}}  {{array.dtype}}")
print(f"{{sum(array.size for array in weights.values()):,}} numbers in {{len(weights)}} arrays")
'''
