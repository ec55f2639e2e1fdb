"""Reading batches as the trainer does, against indexing the arrays in a raw loop, in each framework.

``python -m benchmarks.batches [--repeats N] [--size N] [--frameworks F ...]``. Both sides go through an epoch of the same samples in a random
order and end with tensors of the framework: the trainer from its mapped files, the raw loop from arrays that it loaded into memory. They
take turns, and the ratio is the median of those of the turns. The aim is at most 1.05. For comparison there is also the framework's own
indexing of tensors in memory.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time, sleep
from typing import Any

import numpy as np

from runners.datasets.dataset import DatasetInfo, Input, PreparedDataset, Task
from runners.parameters import complete
from runners.protocol import FRAMEWORKS, Framework, Mode
from runners.templates import get_template
from runners.train.data import open_data
from runners.train.engine import prepare_environment
from runners.train.setup import Setup
from runners.train.transforms import training_transforms, transformed

CONTEXT = 128
_REST_S = 0.1
"""After it a framework's threads, which spin for a while when they have nothing to do, sleep: that time belongs to nobody's batches."""
Convert = Callable[[Any], Any]


def _info(name: str, count: int, input_shape: tuple[int, ...], **more: Any) -> DatasetInfo:
    texts = dict.fromkeys(("title", "summary", "source", "licence"), "made up")
    counts = {"train_count": count, "test_count": 2 * CONTEXT}
    return DatasetInfo(name=name, input_shape=input_shape, **{**texts, **counts, **more})


CLASSES = tuple("0123456789")
TEXT = {"task": Task.TEXT_GENERATION, "input": Input.TOKENS, "vocabulary_size": 100}
DATASETS = {
    "cnn": _info("28 x 28 pixels", 20_000, (28, 28, 1), classes=CLASSES),
    "resnet": _info("32 x 32 x 3 pixels", 20_000, (32, 32, 3), classes=CLASSES),
    "mlp": _info("30 columns", 40_000, (30,), classes=CLASSES, input=Input.FEATURES),
    "gpt": _info(f"{CONTEXT} characters", 2_000_000, (), **TEXT),
}
"""By the template that would read them."""


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--size", type=int, default=128, help="samples of a batch")
    parser.add_argument("--frameworks", nargs="+", type=Framework, default=list(FRAMEWORKS))
    parser.add_argument("--here", action="store_true", help="in this process, for one framework")
    given = parser.parse_args()
    if given.here:
        _measure(given.frameworks[0], given.repeats, given.size)
        return 0
    prepare_environment("cpu")  # the processes inherit it
    for framework in given.frameworks:
        words = ["--repeats", str(given.repeats), "--size", str(given.size), "--here"]
        command = [sys.executable, "-m", "benchmarks.batches", *words, "--frameworks", framework]
        subprocess.run(command, check=True)
    return 0


def _measure(framework: Framework, repeats: int, size: int) -> None:
    convert, gather = _pytorch() if framework is Framework.PYTORCH else _tensorflow()
    print(f"{framework.display_name}, batches of {size}, µs of the processor a batch")
    print(f"{'sample':20} {'trainer':>8} {'raw loop':>8} {'ratio':>6} {'own indexing':>12}")
    for template, info in DATASETS.items():
        with TemporaryDirectory() as folder:
            dataset = _prepared(info, Path(folder))
            epochs = Epochs(_setup(framework, template, info, size), dataset, convert, gather)
            _report(info.name, epochs, repeats)


def _pytorch() -> tuple[Convert, Callable[[Any, Any], Any]]:
    import torch

    def convert(array: Any) -> Any:
        return torch.from_numpy(array)

    return convert, lambda tensor, chosen: tensor[torch.from_numpy(chosen)]


def _tensorflow() -> tuple[Convert, Callable[[Any, Any], Any]]:
    import tensorflow as tf

    return tf.convert_to_tensor, tf.gather


def _prepared(info: DatasetInfo, folder: Path) -> PreparedDataset:
    """Random arrays, in files as a preparation leaves them."""
    generator = np.random.default_rng(0)
    dataset = PreparedDataset(info, folder, sha256="")
    dtype = {Input.TOKENS: np.uint16, Input.FEATURES: np.float32}.get(info.input, np.uint8)
    for part, count in (("train", info.train_count), ("test", info.test_count)):
        x = generator.integers(0, 100, (count, *info.input_shape), np.uint8)
        np.save(dataset.array(f"{part}_x"), x.astype(dtype))
        np.save(dataset.array(f"{part}_y"), generator.integers(0, 10, count, np.uint8))
    return dataset


def _setup(framework: Framework, template: str, info: DatasetInfo, size: int) -> Setup:
    declared = get_template(template)
    given = {"batch_size": size, "validation_split": 0.0}
    if info.task.streams:
        given["context"] = CONTEXT
    return Setup(
        framework=framework,
        mode=Mode.EAGER,
        device="cpu",
        template=declared,
        dataset=info,
        parameters=complete(declared.declared, given)[0],
        seed=0,
    )


@dataclass
class Epochs:
    """One epoch of the same data, read in three ways."""

    setup: Setup
    dataset: PreparedDataset
    convert: Convert
    gather: Callable[[Any, Any], Any]

    def __post_init__(self) -> None:
        self.size: int = self.setup.parameters["batch_size"]
        self.part = open_data(self.dataset, self.setup).train
        self.arrays = self._arrays()
        self.tensors = [self.convert(array) for array in self.arrays]

    def _arrays(self) -> list[Any]:
        x = np.load(self.dataset.array("train_x"))
        if not self.dataset.info.task.streams:
            return [x, np.load(self.dataset.array("train_y"))]
        whole = (len(x) - 1) // CONTEXT * CONTEXT
        return [x[:whole].reshape(-1, CONTEXT), x[1 : whole + 1].reshape(-1, CONTEXT)]

    @property
    def batches(self) -> int:
        return self.part.batch_count(self.size)

    def trainer(self) -> None:
        transforms = training_transforms(self.setup)
        for number, (x, y) in enumerate(self.part.shuffled(0, 1).batches(self.size)):
            for array in transformed(transforms, x, y, 0, 1, number):
                self.convert(array)

    def raw(self) -> None:
        order = np.random.default_rng(1).permutation(len(self.part))
        for start in range(0, len(order), self.size):
            chosen = order[start : start + self.size]
            for array in self.arrays:
                self.convert(array[chosen])

    def own(self) -> None:
        order = np.random.default_rng(1).permutation(len(self.part))
        for start in range(0, len(order), self.size):
            chosen = order[start : start + self.size]
            for tensor in self.tensors:
                self.gather(tensor, chosen)


def _report(name: str, epochs: Epochs, repeats: int) -> None:
    sides = (epochs.trainer, epochs.raw, epochs.own)
    turns = [[_seconds(side) for side in sides] for _ in range(repeats + 1)][1:]
    trainer, raw, own = (
        statistics.median(side) / epochs.batches * 1e6 for side in zip(*turns, strict=True)
    )
    ratio = statistics.median(ours / theirs for ours, theirs, _ in turns)
    print(f"{name:20} {trainer:8.1f} {raw:8.1f} {ratio:6.2f} {own:12.1f}", flush=True)


def _seconds(side: Callable[[], None]) -> float:
    sleep(_REST_S)
    begin = process_time()  # others on the machine cost turns, but no time of the processor
    side()
    return process_time() - begin


if __name__ == "__main__":
    sys.exit(main())
