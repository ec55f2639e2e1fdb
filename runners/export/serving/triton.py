"""A model repository for the Triton Inference Server, after https://docs.nvidia.com/deeplearning/triton-inference-server
(model repository, model configuration, and KServe's protocol for inference).
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from runners.export.manifest import Tensor
from runners.export.serving.exported import Exported, write_rest, write_text

TITLE, FORMATS = "Triton", "ONNX, TorchScript or a TensorRT engine"
_BACKENDS = {
    "onnx": ("onnxruntime", "model.onnx", "model.onnx"),
    "torchscript": ("pytorch", "model.pt", "model.pt"),
    "tensorrt": ("tensorrt", "model.engine", "model.plan"),
}
"""By runtime: the backend, and what the export and what Triton calls the file."""
RUNTIMES = tuple(_BACKENDS)
_TYPES = {"float32": "FP32", "float16": "FP16", "int32": "INT32"}
_BATCH = 64
_CONFIG = """\
name: "{name}"
backend: "{backend}"
max_batch_size: {batch}
input [
  {{
    name: "{input}"
    data_type: TYPE_{input_type}
    dims: [ {input_dims} ]
  }}
]
output [
  {{
    name: "{output}"
    data_type: TYPE_{output_type}
    dims: [ {output_dims} ]
{labels}  }}
]
{batching}"""
_ANSWER = """\
(output,) = json.load(answer)["outputs"]
        return np.array(output["data"]).reshape(output["shape"])"""
_README = """\
# {title}, for the Triton Inference Server

From this folder, on a machine with an NVIDIA GPU (without one leave `--gpus all` away):

```
docker run --rm --gpus all -p 127.0.0.1:8000:8000 -p 127.0.0.1:8001:8001 --mount type=bind,source="$PWD/models",target=/models,readonly nvcr.io/nvidia/tritonserver:25.06-py3 tritonserver --model-repository=/models
```

Port 8000 answers to HTTP, port 8001 to gRPC. A newer version of the model goes beside the first, into `models/{name}/2`.
`models/{name}/config.pbtxt` lets the server join requests into batches.
"""


def write(exported: Exported, output: Path) -> None:
    """``models/NAME`` has ``config.pbtxt`` and a folder for each version. Raises OSError."""
    name, manifest = exported.name, exported.manifest
    backend, file, theirs = _BACKENDS[exported.runtime]
    place = output / "models" / name
    exported.copy(manifest.files, place / "1")
    (place / "1" / file).replace(place / "1" / theirs)
    # PyTorch's backend tells inputs and outputs by their places.
    given, gives = ("INPUT__0", "OUTPUT__0") if backend == "pytorch" else ("input", "output")
    labelled = manifest.preprocessing["task"] == "classification"
    write_text(place / "config.pbtxt", _config(exported, backend, given, gives, labelled=labelled))
    if labelled:
        names = (" ".join(one.split()) for one in manifest.preprocessing["classes"])
        write_text(place / "labels.txt", "".join(f"{one}\n" for one in names))
    samples, kind = exported.samples(), _TYPES[manifest.inputs[0].dtype]
    tensor: dict[str, Any] = {"name": given, "shape": samples.shape, "datatype": kind}
    write_rest(
        exported,
        output,
        f"http://127.0.0.1:8000/v2/models/{name}/infer",
        {"inputs": [{**tensor, "data": samples.ravel().tolist()}]},
        _README.format(title=exported.title, name=name),
        f'{{"inputs": [{{"name": "{given}", "shape": x.shape, "datatype": "{kind}", "data": x.ravel().tolist()}}]}}',
        _ANSWER,
    )


def _config(
    exported: Exported, backend: str, input_name: str, output_name: str, *, labelled: bool
) -> str:
    """``max_batch_size`` is 0 where the model takes batches of one size alone; its dimensions then include that."""
    given, gives = exported.manifest.inputs[0], exported.manifest.outputs[0]
    dynamic = given.shape[0] is None
    return _CONFIG.format(
        name=exported.name,
        backend=backend,
        batch=_BATCH if dynamic else 0,
        input=input_name,
        input_type=_TYPES[given.dtype],
        input_dims=_dims(given, dynamic),
        output=output_name,
        output_type=_TYPES[gives.dtype],
        output_dims=_dims(gives, dynamic),
        labels='    label_filename: "labels.txt"\n' if labelled else "",
        batching="dynamic_batching { }\n" if dynamic else "",
    )


def _dims(tensor: Tensor, dynamic: bool) -> str:
    shape: Iterable[int | None] = tensor.shape[1:] if dynamic else tensor.shape
    return ", ".join("-1" if size is None else str(size) for size in shape)
