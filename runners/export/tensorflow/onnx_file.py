"""The model as ``model.onnx``, by tf2onnx from its graph with all weights as constants."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import tensorflow as tf
import tf2onnx
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2
from tf2onnx.handler import tf_op

from runners.export.trained import ExportError, Trained

FILE = "model.onnx"
_OPSET = 18
_SAMPLES = "samples"
"""What the open size of the batch is called."""


def make(trained: Trained) -> tuple[str, ...]:
    """Raises ExportError where ONNX has no operation for one of the model's."""
    trained.tell("writing its graph", 0.1)
    given, gives, model = trained.input, trained.output, trained.model
    spec = tf.TensorSpec(given.shape, given.dtype, name=given.name)
    graph = tf.function(lambda x: model(x, training=False), input_signature=[spec])
    frozen = convert_variables_to_constants_v2(
        graph.get_concrete_function(), lower_control_flow=False, aggressive_inlining=True
    )
    (start,), (end,) = frozen.inputs, frozen.outputs
    trained.tell("converting", 0.3)
    converted, _ = tf2onnx.convert.from_graph_def(
        frozen.graph.as_graph_def(),
        name=trained.setup.template.name,
        input_names=[start.name],
        output_names=[end.name],
        opset=_OPSET,
        tensors_to_rename={start.name: given.name, end.name: gives.name},
    )
    _check_operations(converted)
    for tensor in (*converted.graph.input, *converted.graph.output):
        tensor.type.tensor_type.shape.dim[0].dim_param = _SAMPLES
    onnx.save(converted, trained.folder / FILE)
    return ()


def _check_operations(model: onnx.ModelProto) -> None:
    known = {one.domain: one.version for one in model.opset_import}
    used = {(node.op_type, node.domain) for node in model.graph.node}
    unknown = sorted(
        name for name, domain in used if not onnx.defs.has(name, known.get(domain, 0), domain)
    )
    if unknown:
        raise ExportError(
            f"ONNX has no operation for {', '.join(unknown)} of this model: choose SavedModel"
        )


@tf_op("Erfc")
class _ComplementOfErf:
    """1 - erf(x), of which TensorFlow's exact GELU consists and which tf2onnx does not know."""

    @classmethod
    def version_9(cls, context: Any, node: Any, **_: Any) -> None:
        shapes, types = [context.get_shape(node.output[0])], [context.get_dtype(node.output[0])]
        kind = tf2onnx.utils.map_onnx_to_numpy_type(types[0])
        one = context.make_const(tf2onnx.utils.make_name("one"), np.ones((), kind))
        erf = context.make_node("Erf", list(node.input), shapes=shapes, dtypes=types)
        context.remove_node(node.name)
        context.make_node(
            "Sub",
            [one.output[0], erf.output[0]],
            name=node.name,
            outputs=list(node.output),
            shapes=shapes,
            dtypes=types,
        )
