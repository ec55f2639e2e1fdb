"""The memory that gradient checkpointing saves, and the time it costs, in each framework.

``python -m benchmarks.gradient_checkpointing [--only CASE ...] [--frameworks F ...] [--mode M]``. Each training of a few steps on made-up
data has a process of its own, with and without. Memory is what the process had at most above what it had after a step of two samples, which
has loaded all that a step needs; time is the median of the later steps, and worth something on a quiet machine alone.
The aim: at most 0.6 of the memory, but for U-Nets, whose largest block holds much of what there is.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import psutil

from runners.datasets.dataset import Input, Task
from runners.protocol import FRAMEWORKS, Framework, Mode
from runners.templates.table import kept_numbers
from runners.train.engine import prepare_environment
from runners.train.setup import Setup
from tests.runners.templates.cases import SEED, Case, made_up, prepared

_STEPS = 3
_IMAGES = made_up(Task.CLASSIFICATION, Input.IMAGE, (32, 32, 3), train_count=256)
_TEXT = made_up(
    Task.TEXT_GENERATION, Input.TOKENS, (), vocabulary_size=96, train_count=5000, test_count=500
)
_MASKS = made_up(Task.SEGMENTATION, Input.IMAGE, (64, 64, 3), train_count=64)
CASES = {
    "gpt": Case(
        template="gpt",
        dataset=_TEXT,
        parameters={"context": 128, "depth": 12, "width": 96, "heads": 4, "batch_size": 12},
    ),
    "vit": Case(
        template="vit",
        dataset=_IMAGES,
        parameters={"patch_size": 4, "depth": 12, "width": 96, "heads": 4, "batch_size": 24},
    ),
    "resnet": Case(
        template="resnet", dataset=_IMAGES, parameters={"depth": "32", "batch_size": 32}
    ),
    "mobilenet": Case(
        template="mobilenet", dataset=_IMAGES, parameters={"width": 0.5, "batch_size": 32}
    ),
    "unet": Case(template="unet", dataset=_MASKS, parameters={"batch_size": 12}),
}
"""Small enough for a few seconds on the CPU, and deep enough that there is something to save."""


_GIVEN_BACK = {"MALLOC_MMAP_THRESHOLD_": "65536", "MALLOC_TRIM_THRESHOLD_": "0"}
"""Lets the C library of Linux give memory back as soon as it is free, so that what is resident is what is used."""


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="+", choices=CASES, default=list(CASES), metavar="CASE")
    parser.add_argument("--frameworks", nargs="+", type=Framework, default=list(FRAMEWORKS))
    parser.add_argument("--mode", choices=("eager", "graph"), default="eager")
    parser.add_argument("--measure", nargs=4, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        framework, mode, name, on = given.measure
        print(*_measure(Framework(framework), Mode(mode), name, on=on == "on"))
        return 0
    print("| case | framework | MiB without | with | ratio | by estimate | time of a step, ratio |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: |")
    for name in given.only:
        for framework in given.frameworks:
            print(_row(name, framework, given.mode), flush=True)
    return 0


def _row(name: str, framework: Framework, mode: str) -> str:
    (before, slow), (after, fast) = (_process(framework, mode, name, on) for on in ("off", "on"))
    case = CASES[name]
    layers = case.declared.layers_for(case.values(), case.dataset)
    kept = [kept_numbers(layers, recomputed=recomputed) for recomputed in (False, True)]
    figures = f"{before:,.0f} | {after:,.0f} | {after / before:.2f} | {kept[1] / kept[0]:.2f}"
    return f"| {name} | {framework.display_name} | {figures} | {fast / slow:.2f} |"


def _process(framework: Framework, mode: str, name: str, on: str) -> tuple[float, float]:
    command = [sys.executable, "-m", __spec__.name, "--measure", framework, mode, name, on]
    environment = {**os.environ, **_GIVEN_BACK}
    result = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=environment)
    memory, seconds = result.stdout.splitlines()[-1].split()
    return float(memory), float(seconds)


def _measure(framework: Framework, mode: Mode, name: str, *, on: bool) -> tuple[float, float]:
    """MiB and seconds."""
    prepare_environment("cpu")
    from tests.runners.templates.parity import Model

    case = CASES[name]
    with TemporaryDirectory() as folder:
        dataset = prepared(case.dataset, Path(folder) / "dataset")
        setup = Setup(
            framework=framework,
            mode=mode,
            device="cpu",
            template=case.declared,
            dataset=case.dataset,
            parameters=case.values(gradient_checkpointing=on),
            seed=SEED,
        )
        model = Model(case, setup, dataset)
        seconds = []
        model.engine.train_step(*(array[:2] for array in next(model.batches())), 1e-3)
        with _peak() as peak:
            for _step, (x, y) in zip(range(_STEPS), model.batches(), strict=False):
                start = perf_counter()
                model.engine.train_step(x, y, 1e-3)
                seconds.append(perf_counter() - start)
        return peak[0] / 2**20, statistics.median(seconds[1:])


@contextmanager
def _peak() -> Iterator[list[int]]:
    """In its one number, the most bytes that the process had above what it has now; looked at every millisecond."""
    process, ended = psutil.Process(), threading.Event()
    begin, most = process.memory_info().rss, [0]

    def look() -> None:
        while not ended.wait(0.001):
            most[0] = max(most[0], process.memory_info().rss - begin)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield most
    finally:
        ended.set()
        thread.join()


if __name__ == "__main__":
    sys.exit(main())
