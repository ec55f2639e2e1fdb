"""The speed that a duel reports against that of the same training as a raw script, in each framework and mode.

``python -m benchmarks.duel_overhead [--template T] [--dataset D] [--epochs N] [--repeats N] [--only pytorch:eager ...]``.
A duel reads ``samples_per_s`` from the run's ``timing.json``. The raw script times its own steps in the same way: the
median, from batch to loss, without the first ten. Both run at once, each in a process of its own, and take turns of half a second in
which the other one is suspended, so that a machine whose speed changes from minute to minute slows both alike. Prints the medians
over the repeats, and the median of the ratios of the pairs, which is to be within 2 % of 1. The exit code is 1 if one is not.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import psutil

from benchmarks.trainer_overhead import write_run
from runners.datasets import all_datasets, prepare_dataset
from runners.datasets.dataset import PreparedDataset
from runners.protocol import MODES, Framework, Mode, RunFolder
from runners.train.engine import prepare_environment

_BATCH, _WARMUP = 128, 10
_TURN_S = 0.5
_AIM = 0.02
_CONTESTANTS = [f"{framework}:{mode}" for framework, modes in MODES.items() for mode in modes]
_TEMPLATES = ("mlp", "cnn")
"""Those that the raw scripts know."""


def raw_speed(folder: Path) -> float:
    """Samples a second of the raw script."""
    seconds = np.load(folder / "seconds.npy")
    return _BATCH / float(np.median(seconds[_WARMUP:]))


def told_speed(folder: Path) -> float:
    """Samples a second that a duel would report."""
    text = (RunFolder(folder).artifacts / "timing.json").read_text("utf-8")
    return float(json.loads(text)["samples_per_s"])


def in_turns(*commands: list[str]) -> None:
    """Run the modules until all have ended, one at a time for `_TURN_S`. Raises CalledProcessError."""
    running = [psutil.Popen([sys.executable, "-m", *command], stdout=subprocess.DEVNULL) for command in commands]  # fmt: skip
    for process in running[1:]:
        process.suspend()
    while running:
        process = running.pop(0)
        process.resume()
        try:
            code = process.wait(_TURN_S)
        except psutil.TimeoutExpired:
            process.suspend()
            running.append(process)
        else:
            if code:
                for other in running:
                    other.kill()
                raise subprocess.CalledProcessError(code, process.args)


def pair(
    framework: Framework, mode: Mode, given: argparse.Namespace, dataset: PreparedDataset
) -> tuple[float, float]:
    """Samples a second of the raw script and of the trainer, in the same minutes."""
    with tempfile.TemporaryDirectory() as raw, tempfile.TemporaryDirectory() as told:
        write_run(Path(told), framework, mode, given, dataset.sha256)
        in_turns(
            [f"benchmarks.raw.{framework}", str(dataset.folder), given.template, str(given.epochs), raw, mode],
            ["benchmarks.raw.trainer", told, str(dataset.folder.parent)],
        )  # fmt: skip
        return raw_speed(Path(raw)), told_speed(Path(told))


def measure(contestant: str, given: argparse.Namespace, dataset: PreparedDataset) -> float:
    """Print what is found of a contestant; return the ratio."""
    framework, mode = contestant.split(":")
    pairs = [pair(Framework(framework), Mode(mode), given, dataset) for _ in range(given.repeats)]
    raw, told = zip(*pairs, strict=True)
    ratios = [ours / theirs for ours, theirs in zip(told, raw, strict=True)]
    ratio, spread = float(np.median(ratios)), ", ".join(f"{one:.3f}" for one in ratios)
    print(
        f"{contestant}: raw {statistics.median(raw):,.0f} samples/s, told {statistics.median(told):,.0f}, "
        f"ratio {ratio:.3f} ({spread})",
        flush=True,
    )
    return ratio


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--template", default="cnn", choices=_TEMPLATES)
    parser.add_argument(
        "--dataset", default="fashion-mnist", choices=[d.name for d in all_datasets()]
    )
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--only", nargs="+", choices=_CONTESTANTS, default=_CONTESTANTS)
    given = parser.parse_args()
    prepare_environment("cpu")  # the processes inherit it
    with tempfile.TemporaryDirectory() as name:
        dataset = prepare_dataset(given.dataset, Path(name))
        ratios = [measure(contestant, given, dataset) for contestant in given.only]
    return int(any(abs(ratio - 1) > _AIM for ratio in ratios))


if __name__ == "__main__":
    sys.exit(main())
