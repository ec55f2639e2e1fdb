"""Exports that are made by hand: a linear model as ONNX, of whatever kind of input and task, without a framework and a training."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from runners.datasets.dataset import DatasetInfo, Input, Task
from runners.datasets.digits import INFO as DIGITS
from runners.datasets.vocabulary import Vocabulary
from runners.export.manifest import PREPROCESSING, REFERENCE, Manifest, Tensor
from runners.export.preprocessing import Look, describe
from runners.protocol import Scalar
from runners.templates import get_template

FLOWERS = DatasetInfo(
    name="flowers", title="", summary="", source="", licence="", input=Input.FEATURES, input_shape=(3,),
    features=("length", "width", "colour=red"), feature_mean=(5.0, 3.0, 0.0), feature_std=(2.0, 0.5, 1.0),
    classes=("iris", "rose"), train_count=90, test_count=10,
)  # fmt: skip
HOUSES = DatasetInfo(
    name="houses", title="", summary="", source="", licence="", input=Input.FEATURES, input_shape=(2,),
    features=("rooms", "age"), feature_mean=(4.0, 30.0), feature_std=(1.0, 20.0), task=Task.REGRESSION,
    targets=("price",), target_mean=(1000.0,), target_std=(200.0,), train_count=90, test_count=10,
)  # fmt: skip
TEXT = DatasetInfo(
    name="text", title="", summary="", source="", licence="", input=Input.TOKENS, input_shape=(), vocabulary_size=6,
    task=Task.TEXT_GENERATION, train_count=900, test_count=100,
)  # fmt: skip
LETTERS = Vocabulary("characters", ("", "\ufffd", "a", "b", "c", " "))
REVIEWS = DatasetInfo(
    name="reviews", title="", summary="", source="", licence="", input=Input.TOKENS, input_shape=(5,), vocabulary_size=6,
    classes=("bad", "good"), train_count=90, test_count=10,
)  # fmt: skip
WORDS = Vocabulary("words", ("", "\ufffd", "not", "so", "good", "bad"), lower=True)
CELLS = DatasetInfo(
    name="cells", title="", summary="", source="", licence="", input_shape=(4, 4, 3), task=Task.SEGMENTATION,
    classes=("outside", "cell"), train_count=90, test_count=10, scale=255,
)  # fmt: skip
WEATHER = DatasetInfo(
    name="weather", title="", summary="", source="", licence="", input=Input.SERIES, input_shape=(2,), task=Task.FORECASTING,
    features=("warmth", "rain"), feature_mean=(10.0, 1.0), feature_std=(5.0, 2.0), targets=("warmth", "rain"),
    target_mean=(10.0, 1.0), target_std=(5.0, 2.0), train_count=900, test_count=100,
)  # fmt: skip
LOOKS = {1: Look("pad", 0.0, 1.0), 3: Look("crop", 0.5, 1.0)}
"""By the number of channels."""
KINDS: Mapping[str, tuple[str, DatasetInfo, dict[str, Scalar], Vocabulary | None]] = {
    "images": ("mlp", DIGITS, {}, None),
    "rows": ("mlp", FLOWERS, {}, None),
    "regression": ("mlp", HOUSES, {}, None),
    "masks": ("unet", CELLS, {}, None),
    "text": ("gpt", TEXT, {"context": 4}, LETTERS),
    "reviews": ("rnn", REVIEWS, {}, WORDS),
    "images again": ("vae", DIGITS, {}, None),
    "forecast": ("forecaster", WEATHER, {"context": 3, "horizon": 2}, None),
}


def make(folder: Path, kind: str) -> Manifest:
    """An export of one of `KINDS` in an empty folder."""
    name, info, parameters, vocabulary = KINDS[kind]
    look = LOOKS[info.input_shape[-1]] if info.input is Input.IMAGE else None
    about = describe(get_template(name), parameters, info, vocabulary, look)
    shape, gives = tuple(about["shape"]), _output_shape(about, parameters)
    dtype = "int32" if about["input"] == Input.TOKENS else "float32"
    generator = np.random.default_rng(3)
    weights = generator.normal(size=(math.prod(shape), math.prod(gives))).astype(np.float32)
    onnx.save(_model(weights / 10, shape, gives, dtype), folder / "model.onnx")
    x = generator.uniform(0, about["scale"], (8, *shape)).astype(np.float32)
    if dtype == "int32":
        x = generator.integers(2, info.vocabulary_size, (8, *shape)).astype(np.int32)
    output = (x.reshape(len(x), -1).astype(np.float32) @ (weights / 10)).reshape(-1, *gives)
    np.savez(folder / REFERENCE, input=x, output=output)
    (folder / PREPROCESSING).write_text(json.dumps(about), "utf-8")
    manifest = Manifest(
        format="onnx", run=7, spec={"template": name, "dataset": info.name, "framework": "pytorch"}, checkpoint="last", step=9,
        created=1, inputs=(Tensor("input", (None, *shape), dtype),), outputs=(Tensor("output", (None, *gives), "float32"),),
        versions={}, preprocessing=about, files={"model.onnx": ((folder / "model.onnx").stat().st_size, "0" * 64)},
    )  # fmt: skip
    manifest.write(folder)
    return manifest


def _output_shape(about: Mapping[str, Any], parameters: Mapping[str, Scalar]) -> tuple[int, ...]:
    match about["task"]:
        case Task.SEGMENTATION:
            return (*about["shape"][:2], len(about["classes"]))
        case Task.TEXT_GENERATION:
            return (*about["shape"], len(about["vocabulary"]["tokens"]))
        case Task.FORECASTING:
            return (int(str(parameters["horizon"])), len(about["targets"]))
        case Task.RECONSTRUCTION:
            return tuple(about["shape"])
        case Task.REGRESSION:
            return (len(about["targets"]),)
    return (len(about["classes"]),)


def _model(
    weights: np.ndarray[Any, Any], shape: tuple[int, ...], gives: tuple[int, ...], dtype: str
) -> onnx.ModelProto:
    kind = {"int32": TensorProto.INT32, "float32": TensorProto.FLOAT}[dtype]
    nodes = [
        helper.make_node("Cast", ["input"], ["cast"], to=TensorProto.FLOAT),
        helper.make_node("Flatten", ["cast"], ["flat"], axis=1),
        helper.make_node("MatMul", ["flat", "weights"], ["product"]),
        helper.make_node("Reshape", ["product", "shape"], ["output"]),
    ]
    constants = [
        numpy_helper.from_array(weights, "weights"),
        numpy_helper.from_array(np.array([-1, *gives], np.int64), "shape"),
    ]
    graph = helper.make_graph(
        nodes,
        "linear",
        [helper.make_tensor_value_info("input", kind, ["samples", *shape])],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, ["samples", *gives])],
        constants,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
