"""What a model gives before its first step and loses in its first ones, to prove that different engines train the same.

A duel's proof run keeps this in ``artifacts/proof.npz``, with ``float32/`` and ``float64/`` before each name but the last four:

- ``output/N``: what the model gives for at most 64 samples of the test part before its first step
- ``losses``: the losses of the first 20 steps of the run's own training: its order, transforms, optimizer and schedule, in batches of at most 32
- ``parameters``: how many numbers are trained
- ``graphs``: how many graphs were traced or compiled for those steps; ``shape_change_graphs``: how many more for batches of half the size
- ``shape_change_s``: how much longer, in seconds, the first step with batches of half the size took than one with whole batches did

There is no dropout, whose random numbers no two frameworks share, and no mixed precision, whose rounding would cover all else.
Both types of numbers say the same where their sums are only in another order: float64 to its rounding, float32 as long as
rounding has not been amplified, which takes longer than 20 steps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from functools import partial
from io import BytesIO
from itertools import count
from time import perf_counter
from typing import Any

import numpy as np

from runners.datasets.dataset import Task
from runners.train.data import Data
from runners.train.engine import Array, Batch, Engine
from runners.train.schedule import learning_rate
from runners.train.setup import Setup
from runners.train.transforms import evaluation_transforms, training_transforms, transformed

STEPS = 20
_SAMPLES = 64
_MOST_IN_A_STEP = 32
"""More samples prove no more, and in float64 a large model takes minutes for them."""
_FEW = 3
Found = dict[str, Array]
Tell = Callable[[str, int], None]


def prove(create: Callable[[Setup], Engine], setup: Setup, data: Data, tell: Tell) -> Found:
    """All of the above. ``tell`` is called with the type of numbers and the number of steps done; what it raises comes through."""
    found: Found = {}
    for dtype in dtypes(setup):
        plain = replace(setup, dtype=dtype, parameters=as_proved(setup.parameters))
        tell(dtype, 0)
        with closing(create(plain)) as engine:
            for number, array in enumerate(first_outputs(engine, plain, data)):
                found[f"{dtype}/output/{number}"] = array
            losses = first_losses(engine, plain, data, partial(tell, dtype))
            found[f"{dtype}/losses"] = np.array(losses)
            if dtype == "float32":
                found["parameters"] = np.array(trained_count(engine, plain))
                found |= _shape_change(engine, plain, data)
    return found


def dtypes(setup: Setup) -> tuple[str, ...]:
    """The types of numbers that the device knows."""
    return ("float32",) if setup.device in ("mps", "tpu") else ("float32", "float64")


def to_bytes(found: Found) -> bytes:
    """As the content of an ``.npz``."""
    file = BytesIO()
    np.savez(file, allow_pickle=False, **found)
    return file.getvalue()


def as_proved(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters without dropout and mixed precision, and with batches that a processor is quick enough for."""
    changed = {name: 0.0 for name in parameters if "dropout" in name}
    size = min(parameters["batch_size"], _MOST_IN_A_STEP)
    return {**parameters, **changed, "precision": "float32", "batch_size": size}


def first_outputs(engine: Engine, setup: Setup, data: Data) -> list[Array]:
    """What the model gives for the first samples of the test part."""
    first = next(data.test.batches(_SAMPLES))
    x, y = transformed(evaluation_transforms(setup), *first, setup.seed, 0, 0)
    if setup.task is Task.SEGMENTATION:  # of which evaluation is given the classes alone
        outputs = engine.predict(x)
    else:
        _loss, outputs = engine.evaluate(x, y)
    return [np.asarray(one) for one in (outputs if isinstance(outputs, tuple) else (outputs,))]


def first_losses(
    engine: Engine, setup: Setup, data: Data, tell: Callable[[int], object] = bool
) -> list[float]:
    """The losses of the first steps of the training. ``tell`` is called with the number of those done."""
    size = setup.parameters["batch_size"]
    losses: list[float] = []

    def on_step(loss: float, measure: float) -> bool:
        del measure
        losses.append(loss)
        tell(len(losses))
        return len(losses) < STEPS

    engine.train_epoch(
        without_end(setup, data, size), lambda: rate_at(setup, data, len(losses)), on_step
    )
    return losses


def trained_count(engine: Engine, setup: Setup) -> int:
    """How many numbers of the model are trained."""
    weights = engine.weights()
    layers = setup.template.layers_for(setup.parameters, setup.dataset)
    return sum(weights[one.name].size for layer in layers for one in layer.weights if one.trained)


def without_end(setup: Setup, data: Data, size: int) -> Iterator[Batch]:
    """Epoch after epoch, as the training loop has them."""
    transforms = training_transforms(setup)
    for epoch in count(1):
        order = data.train.shuffled(setup.seed, epoch)
        for number, batch in enumerate(order.batches(size)):
            yield transformed(transforms, *batch, setup.seed, epoch, number)


def rate_at(setup: Setup, data: Data, step: int) -> float:
    """The learning rate of the training's step."""
    given = setup.parameters
    total = given["epochs"] * data.train.batch_count(given["batch_size"])
    done = min(step, total - 1)
    return learning_rate(given["schedule"], given["learning_rate"], done, total, given["warmup"])


def _shape_change(engine: Engine, setup: Setup, data: Data) -> Found:
    size = data.whole_batch(setup.parameters["batch_size"])
    before = engine.graph_count() or 0
    usual = _first_seconds(engine, setup, data, size)
    changed = _first_seconds(engine, setup, data, max(1, size // 2))
    more = (engine.graph_count() or 0) - before
    return {
        "graphs": np.array(before),
        "shape_change_graphs": np.array(more),
        "shape_change_s": np.array(max(0.0, changed - usual)),
    }


def _first_seconds(engine: Engine, setup: Setup, data: Data, size: int) -> float:
    """How long the first of a few steps with batches of that size takes."""
    ended: list[float] = []

    def on_step(loss: float, measure: float) -> bool:
        del loss, measure
        ended.append(perf_counter())
        return len(ended) < _FEW

    begun = perf_counter()
    engine.train_epoch(without_end(setup, data, size), lambda: 0.0, on_step)
    return ended[0] - begun
