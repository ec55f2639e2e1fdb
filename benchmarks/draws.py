"""How much the time of a step depends on what the weights are: one model, compiled once, with several draws of its weights.

``python -m benchmarks.draws [--seeds N] [--turns N]``. The raw script's `cnn` on Fashion-MNIST, with torch.compile, from PyTorch's default draw and from
Keras's, which is also that of the templates (Glorot's uniform, biases of zero). Each is trained for some steps; then all take turns in the
same tensors, with the same batches and the same compiled kernels, the first of them twice, which shows what chance makes. Prints for
each the median time of a forward and backward pass, and its ratio to that of the first. There is no aim: it says why trainings whose speed is
compared have to begin with the same weights.
"""

from __future__ import annotations

import argparse
import copy
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from runners.datasets import prepare_dataset
from runners.train.engine import prepare_environment

_TRAINED = 200
_TURN, _LEFT_OUT = 12, 2
"""Steps of a turn, and how many of its first ones find the caches full of what is another's."""


class CompiledScript:
    """The raw script's model, whose weights are exchanged. Imports PyTorch when it is made, since that reads the environment."""

    def __init__(self, dataset: Path) -> None:
        import torch

        from benchmarks.raw import pytorch as script

        self._script = script
        self._x, self._y, shape, self._scale = script.load(dataset, "train")
        self.model = script.build("cnn", shape)
        self._compiled = torch.compile(self.model)
        self._order = torch.randperm(len(self._y), generator=torch.Generator().manual_seed(0))

    def trained(self, seed: int, initial: str) -> dict[str, Any]:
        """The state after some steps from a draw: ``pytorch`` as PyTorch's layers draw by default, ``keras`` as Keras's do."""
        import torch

        torch.manual_seed(seed)
        for layer in self.model:
            if hasattr(layer, "reset_parameters"):
                layer.reset_parameters()
                if initial == "keras":
                    torch.nn.init.xavier_uniform_(layer.weight)
                    torch.nn.init.zeros_(layer.bias)
        optimizer = torch.optim.Adam(self.model.parameters(), lr=1e-3, fused=True)
        for number in range(_TRAINED):
            self.seconds(number)
            optimizer.step()
        return copy.deepcopy(self.model.state_dict())

    def seconds(self, number: int) -> float:
        """Of the forward and the backward pass of a batch."""
        size = self._script.BATCH
        chosen = self._order[number * size : (number + 1) * size]
        images, labels = self._script.images_of(self._x[chosen], self._scale), self._y[chosen]
        self.model.zero_grad()
        begun = perf_counter()
        self._script.cross_entropy(self._compiled(images), labels).backward()
        return perf_counter() - begun


def measure(dataset: Path, seeds: int, turns: int) -> None:
    script = CompiledScript(dataset)
    states = {
        f"{initial} {seed}": script.trained(seed, initial)
        for initial in ("pytorch", "keras")
        for seed in range(seeds)
    }
    states["pytorch 0 again"] = states["pytorch 0"]
    times: dict[str, list[float]] = {name: [] for name in states}
    for turn in range(turns):
        for name in list(states)[:: -1 if turn % 2 else 1]:
            script.model.load_state_dict(states[name])
            turn_s = [script.seconds(_TRAINED + number) for number in range(_TURN)]
            times[name] += turn_s[_LEFT_OUT:]
    first = median(times["pytorch 0"])
    for name, seconds in times.items():
        print(f"{name}: {1e3 * median(seconds):.2f} ms, {median(seconds) / first:.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--turns", type=int, default=24)
    given = parser.parse_args()
    prepare_environment("cpu")
    with tempfile.TemporaryDirectory() as folder:
        dataset = prepare_dataset("fashion-mnist", Path(folder))
        measure(dataset.folder, given.seeds, given.turns)


if __name__ == "__main__":
    main()
