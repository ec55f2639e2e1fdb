"""A model with its optimizer in TensorFlow and Keras."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from functools import partial
from io import BytesIO
from typing import Any, BinaryIO

import keras
import numpy as np
import tensorflow as tf

from runners.datasets.dataset import Input
from runners.protocol import TPU, Mode
from runners.templates import framework_module
from runners.templates.initial import Weights
from runners.train.data import Piece, pieces, portions
from runners.train.engine import (
    Array,
    Batch,
    CheckpointError,
    OnStep,
    Outputs,
    step_by_step,
)
from runners.train.environment import package_versions
from runners.train.pretrained import starting_weights
from runners.train.setup import Setup, TrainerError
from runners.train.tensorflow.averaging import AveragedWeights
from runners.train.tensorflow.devices import device_name, prepare
from runners.train.tensorflow.fitting import Fit
from runners.train.tensorflow.keras_optimizers import KerasOptimizer
from runners.train.tensorflow.mirrors import mirrors
from runners.train.tensorflow.objectives import OBJECTIVES
from runners.train.tensorflow.optimizers import Sgd, clip, create_optimizer
from runners.train.tensorflow.precision import LossScale, plain_policy, set_policy
from runners.train.tensorflow.recomputing import with_recomputed_blocks
from runners.train.tensorflow.tpu import Cores
from runners.train.tensorflow.weights import load_weights, read_weights


def create_engine(setup: Setup) -> TensorflowEngine:
    """Build the model with its initial weights. Raises TrainerError."""
    prepare(setup)
    return TensorflowEngine(setup)


class TensorflowEngine:
    checkpoint_suffix = ".npz"

    def __init__(self, setup: Setup) -> None:
        # First, since the CPU cannot be divided later.
        self._mirrors = Cores(setup) if setup.device == TPU else mirrors(setup)
        keras.utils.set_random_seed(setup.seed)
        keras.config.set_floatx(setup.dtype)
        set_policy(setup)
        self._device = setup.device
        self._dtype = tf.as_dtype(setup.dtype)
        self._takes_images = setup.dataset.input is Input.IMAGE
        self._scale = tf.constant(1 / setup.dataset.scale, self._dtype)
        self._objective = OBJECTIVES[setup.task](setup)
        shape = setup.template.shape(setup.parameters, setup.dataset)
        self._layers = setup.template.layers(setup.parameters, shape)
        self._clip = setup.parameters["gradient_clip"]
        template = framework_module(setup.template, setup.framework)
        self._build = partial(template.build_model, setup.parameters, shape)
        with self._mirrors.scope():
            self._model = self._build()
            if setup.parameters["gradient_checkpointing"]:
                self._model = with_recomputed_blocks(self._model, self._layers)
            load_weights(self._model, self._layers, starting_weights(setup, self._layers))
            self._variables = [variable.value for variable in self._model.trainable_variables]
            # Keras's cannot apply gradients that are summed over several devices already.
            as_keras = setup.mode is Mode.EAGER and not self._mirrors.together
            self._optimizer: Sgd | KerasOptimizer = (
                KerasOptimizer(setup.parameters, self._model.trainable_variables)
                if as_keras
                else create_optimizer(setup.parameters, self._variables)
            )
            self._loss_scale = LossScale() if setup.parameters["precision"] == "float16" else None
        self._mirrors.adapt(self._model)
        self._steps = 0
        decay = setup.parameters["average"]
        self._averages = AveragedWeights(self._variables, decay) if decay else None
        self._pieces: int = setup.parameters["pieces"]
        self._mode = setup.mode
        self._batch_size: int = setup.parameters["batch_size"]
        self._compiled_size = self._batch_size // self._pieces
        self._graphs: dict[str, Any] = {}
        count = len(self._optimizer.rates(1, 1.0))
        self._fit = Fit(self._step, count, self._dtype) if setup.mode is Mode.FIT else None

    def close(self) -> None:
        """It starts nothing."""

    def train_step(self, x: Array, y: Array, learning_rate: float) -> tuple[float, float]:
        self._use_averages(on=False)
        rates = tuple(tf.constant(rate, self._dtype) for rate in self._rates(learning_rate))
        if self._mirrors.together:
            loss, measure = self._step_together(x, y, rates)
        elif self._pieces == 1:
            loss, measure = self._run_piece("step", self._step, *_tensors(x, y), rates)
        else:
            loss, measure = self._step_in_pieces(x, y, rates)
        self._count_step()
        return float(loss), float(measure)

    def _rates(self, learning_rate: float) -> tuple[float, ...]:
        """The optimizer's numbers for the next step."""
        return self._optimizer.rates(self._steps + 1, learning_rate)

    def _count_step(self) -> None:
        self._steps += 1
        if self._averages:
            self._averages.update(self._steps)

    def train_epoch(
        self, batches: Iterator[Batch], rate: Callable[[], float], on_step: OnStep
    ) -> None:
        if self._fit is None:
            step_by_step(self, batches, rate, on_step)
            return

        def fitted(loss: float, measure: float) -> bool:
            self._count_step()
            return on_step(loss, measure)

        self._use_averages(on=False)
        self._fit.train(batches, lambda: self._rates(rate()), fitted)

    def _step_in_pieces(self, x: Array, y: Array, rates: tuple[tf.Tensor, ...]) -> tuple[Any, Any]:
        done = []
        for piece in pieces(x, y, self._pieces):
            share = tf.constant(len(piece[0]) / len(x), self._dtype)
            done.append(self._run_piece("gradients", self._gradients, *_tensors(*piece), share))
        gradients = [tf.add_n(parts) for parts in zip(*(one[0] for one in done), strict=True)]
        self._run("apply", self._apply, gradients, rates)
        return sum(one[1] for one in done), sum(one[2] for one in done)

    def _step_together(self, x: Array, y: Array, rates: tuple[tf.Tensor, ...]) -> tuple[Any, Any]:
        """On several devices, and if so in pieces."""
        all_alike = not self._mirrors.any_size
        cut = portions(x, y, self._pieces, self._mirrors.count, self._batch_size, all_alike)
        shared = [[self._part(piece) for piece in at_once] for at_once in zip(*cut, strict=True)]
        parts = [self._mirrors.spread(piece) for piece in shared]
        if len(parts) == 1:
            return self._run("step", self._step_with, parts[0], rates)  # type: ignore[no-any-return]
        done = [self._run("gradients", self._pieces_with, part) for part in parts]
        gradients = [tf.add_n(parts) for parts in zip(*(one[0] for one in done), strict=True)]
        self._run("apply", self._apply_everywhere, gradients, rates)
        return sum(one[1] for one in done), sum(one[2] for one in done)

    def _part(self, piece: Piece) -> Part:
        numbers = (piece.share, 1 / piece.repeats)
        return *_tensors(piece.x, piece.y), *(tf.constant(n, self._dtype) for n in numbers)

    def evaluate(self, x: Array, y: Array) -> tuple[float, Outputs]:
        self._use_averages(on=True)
        evaluation = self._mirrors.everywhere(self._evaluation)
        loss, outputs = self._run("evaluation", evaluation, *_tensors(x, y))
        return float(loss), _arrays(outputs)

    def _use_averages(self, *, on: bool) -> None:
        if self._averages:
            self._averages.use(averages=on)

    def _run(self, name: str, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call the function as it is, or as a graph that was traced at its first call."""
        if self._mode is Mode.EAGER:
            return function(*arguments)
        if name not in self._graphs:
            known = self._mirrors.any_size
            specs = tf.nest.map_structure(_spec, arguments) if known else None
            self._graphs[name] = tf.function(function, input_signature=specs)
        return self._graphs[name](*arguments)

    def _run_piece(
        self, name: str, function: Callable[..., Any], x: tf.Tensor, *others: Any
    ) -> Any:
        """As `_run`, by XLA where the mode asks for it.

        A smaller last piece would be compiled once more, which takes longer than it saves, and is a graph without XLA.
        """
        if self._mode is not Mode.XLA or len(x) != self._compiled_size:
            return self._run(name, function, x, *others)
        if (compiled := self._graphs.get(f"compiled {name}")) is None:
            specs = tf.nest.map_structure(tf.TensorSpec.from_tensor, (x, *others))
            compiled = tf.function(function, input_signature=specs, jit_compile=True)
            self._graphs[f"compiled {name}"] = compiled
        try:
            return compiled(x, *others)
        except (tf.errors.InvalidArgumentError, tf.errors.UnimplementedError) as error:
            if "unsupported operations" not in str(error):
                raise
            raise TrainerError(f"XLA cannot compile this model: {_unsupported(error)}") from error

    def predict(self, *arrays: Array, part: str = "") -> Outputs:
        self._use_averages(on=True)
        inputs = [self._inputs(tf.convert_to_tensor(array)) for array in arrays]
        asked = getattr(self._model, part) if part else partial(self._model, training=False)
        return _arrays(self._mirrors.everywhere(asked)(*inputs))

    def deployed(self) -> keras.Model:
        """Built anew for float32, without what serves training alone: mixed precision, recomputed blocks, copies on devices."""
        self._use_averages(on=True)
        with plain_policy(self._dtype.name):
            model = self._build()
        load_weights(model, self._layers, read_weights(self._model, self._layers))
        return model

    def weights(self) -> Weights:
        self._use_averages(on=False)
        return read_weights(self._model, self._layers)

    def checkpoint(self, about: str) -> BytesIO:
        arrays: dict[str, Any] = {f"weights/{k}": array for k, array in self.weights().items()}
        for name, variable in self._state().items():
            arrays[name] = variable.numpy()
        file = BytesIO()
        np.savez(
            file,
            allow_pickle=False,
            about=np.frombuffer(about.encode(), np.uint8),
            steps=np.array(self._steps),
            **arrays,
        )
        return file

    def restore(self, file: BinaryIO) -> str:
        with np.load(file, allow_pickle=False) as loaded:
            arrays = {name: loaded[name] for name in loaded.files}
        weights, state = self.weights(), self._state()
        own = {f"weights/{name}": array.shape for name, array in weights.items()}
        own |= {name: tuple(variable.shape) for name, variable in state.items()}
        about, steps = arrays.pop("about"), arrays.pop("steps")
        if own != {name: array.shape for name, array in arrays.items()}:
            raise CheckpointError("its arrays have other names or shapes than those of the model")
        load_weights(self._model, self._layers, {k: arrays[f"weights/{k}"] for k in weights})
        for name, variable in state.items():
            variable.assign(arrays[name])
        self._mirrors.scatter_seeds(self._model)
        self._steps = int(steps)
        return str(about.tobytes(), "utf-8")

    def _state(self) -> dict[str, tf.Variable]:
        """What changes with training besides the weights: the optimizer's slots, dropout's seeds, averages."""
        fixed = [variable.value for variable in self._model.non_trainable_variables]
        return {
            **{f"optimizer/{number}": slot for number, slot in enumerate(self._optimizer.slots)},
            **{f"state/{number}": variable for number, variable in enumerate(fixed)},
            **{
                f"average/{n}": v
                for n, v in enumerate(self._averages.variables if self._averages else ())
            },
            **{
                f"scale/{n}": v
                for n, v in enumerate(self._loss_scale.variables if self._loss_scale else ())
            },
        }

    def graph_count(self) -> int | None:
        if self._mode is Mode.EAGER:
            return None
        traced = sum(graph.experimental_get_tracing_count() for graph in self._graphs.values())
        return int(traced) + (self._fit.traces if self._fit else 0)

    def device_peak(self) -> int | None:
        if self._device != "cuda":
            return None
        return int(tf.config.experimental.get_memory_info("GPU:0")["peak"])

    def environment(self) -> dict[str, Any]:
        return {
            "packages": package_versions(tf, keras, np),
            "device": device_name(self._device, self._mirrors.count),
            "threads": tf.config.threading.get_intra_op_parallelism_threads() or os.cpu_count(),
            "cuda": tf.sysconfig.get_build_info().get("cuda_version")
            if self._device == "cuda"
            else None,
        }

    def _step(
        self, x: tf.Tensor, y: tf.Tensor, rates: tuple[tf.Tensor, ...]
    ) -> tuple[tf.Tensor, tf.Tensor]:
        gradients, loss, measure = self._gradients(x, y)
        self._apply(gradients, rates)
        return loss, measure

    def _step_with(self, parts: Any, rates: tuple[tf.Tensor, ...]) -> Any:
        """A step, with the part of each device."""

        def step(part: Part) -> tuple[tf.Tensor, tf.Tensor]:
            gradients, loss, measure = self._piece_together(part)
            self._apply(gradients, rates)
            return loss, measure

        return self._mirrors.run(step, parts)

    def _pieces_with(self, parts: Any) -> Any:
        return self._mirrors.run(self._piece_together, parts)

    def _apply_everywhere(self, gradients: list[tf.Tensor], rates: tuple[tf.Tensor, ...]) -> None:
        nothing = self._mirrors.spread([()] * self._mirrors.count)
        self._mirrors.run(lambda _: self._apply(gradients, rates), nothing)

    def _piece_together(self, part: Part) -> Any:
        """`_gradients` of the part of one device, summed over all of them."""
        x, y, share, counted = part
        gradients, loss, measure = self._gradients(x, y, share)
        return self._mirrors.summed((gradients, loss, tf.cast(measure, loss.dtype) * counted))

    def _gradients(
        self, x: tf.Tensor, y: tf.Tensor, share: tf.Tensor | None = None
    ) -> tuple[list[tf.Tensor], tf.Tensor, tf.Tensor]:
        """Gradients and loss of a batch, or of a piece of it that is so large a share, and the measure."""
        inputs, targets = self._inputs(x), self._targets(y)
        with tf.GradientTape() as tape:
            outputs = self._outputs(inputs, targets, training=True)
            loss = self._objective.loss(outputs, inputs, targets)
            if share is not None:
                loss *= share
            lowered = self._loss_scale.scaled(loss) if self._loss_scale else loss
        found = tape.gradient(lowered, self._variables)
        gradients = [tf.convert_to_tensor(gradient) for gradient in found]
        if self._loss_scale:
            gradients = self._loss_scale.unscaled(gradients)
        return gradients, loss, self._objective.measure(outputs, inputs, targets)

    def _apply(self, gradients: list[tf.Tensor], rates: tuple[tf.Tensor, ...]) -> None:
        if self._clip:
            gradients = clip(gradients, self._clip)
        if self._loss_scale:
            self._loss_scale.step(gradients, lambda: self._optimizer.apply(gradients, rates))
        else:
            self._optimizer.apply(gradients, rates)

    def _outputs(self, x: tf.Tensor, y: tf.Tensor, *, training: bool) -> Any:
        """Of the model, in the type of its weights."""
        outputs = self._objective.outputs(self._model, x, y, training=training)
        return tf.nest.map_structure(lambda output: tf.cast(output, self._dtype), outputs)

    def _evaluation(self, x: tf.Tensor, y: tf.Tensor) -> tuple[tf.Tensor, Any]:
        """The summed loss, and what the evaluation is given."""
        inputs, targets = self._inputs(x), self._targets(y)
        outputs = self._outputs(inputs, targets, training=False)
        loss = tf.reduce_sum(self._objective.losses(outputs, inputs, targets))
        return loss, self._objective.judged(outputs, inputs, targets)

    def _inputs(self, x: tf.Tensor) -> tf.Tensor:
        if self._takes_images:
            values = tf.cast(x, self._dtype)
            return values * self._scale if x.dtype == tf.uint8 else values
        return self._targets(x)

    def _targets(self, y: tf.Tensor) -> tf.Tensor:
        return tf.cast(y, self._dtype if y.dtype.is_floating else tf.int64)


Part = tuple[tf.Tensor, ...]
"""x, y, the share of the batch by which the mean loss counts, and by how much the sum of the measure does."""


def _tensors(*arrays: Array) -> tuple[tf.Tensor, ...]:
    return tuple(map(tf.convert_to_tensor, arrays))


def _spec(tensor: tf.Tensor) -> tf.TensorSpec:
    """Of any number of samples, so that a smaller last batch is not traced again."""
    return tf.TensorSpec((None, *tensor.shape[1:]) if tensor.shape.rank else (), tensor.dtype)


def _arrays(outputs: Any) -> Outputs:
    if isinstance(outputs, tf.Tensor):
        return outputs.numpy()
    return tuple(output.numpy() for output in outputs)


def _unsupported(error: Exception) -> str:
    """Which operations XLA has no translation for, and what to do."""
    found = sorted(set(re.findall(r"No registered '(\w+)' OpKernel", str(error))))
    what = f"it knows no {', '.join(found)}" if found else str(error).strip().partition("\n")[0]
    return f"{what}. Choose the mode graph, which needs no XLA"
