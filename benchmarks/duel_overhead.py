"""The speed that a duel reports against that of the same training as a raw script, in each framework and mode.

``python -m benchmarks.duel_overhead [--template T] [--dataset D] [--epochs N] [--repeats N] [--only pytorch:eager ...] [--null]``.
A duel reads ``samples_per_s`` from the run's ``timing.json``. The raw script times its own steps in the same way: the
median, from batch to loss, of the whole batches without the first ten. Both run at once, each in a process of its own, and take turns of half a second in
which the other one is suspended, so that a machine whose speed changes from minute to minute slows both alike. Prints the medians
over the repeats, and the median of the ratios of the pairs, with its 95 % interval (of six pairs on), which is to be within 2 % of 1. The exit code is 1 if one is not.
With ``--null`` the script runs against itself, which shows how much of that chance makes between two processes.

Beside it stands the processor's time for a step, the median of the seconds that all threads of the process together computed. The host of a virtual machine that
takes the processor away lengthens a step on the wall and not, where the system knows of it, that time, which therefore scatters less: what the trainer computes more than the script shows there
although the wall is too unsteady to show it. It does not show waiting, nor that one thread computes while others have nothing to do, so it
is told beside the speed and decides nothing.

Both processes keep the memory that they have once taken (two variables of the C library on Linux, unless they are set already). By default large blocks go back to the system and are
taken anew in every step, in one process more often than in another, as chance lays out the heap: the same script then differs from itself by a tenth.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
import psutil
from scipy.stats import quantile_test

from benchmarks.raw.start import TEMPLATES, write_start
from benchmarks.trainer_overhead import write_run
from runners.datasets import all_datasets, prepare_dataset
from runners.datasets.dataset import PreparedDataset
from runners.protocol import MODES, Framework, Mode, RunFolder
from runners.train.engine import prepare_environment

_BATCH, _WARMUP = 128, 10
_TURN_S = 0.5
_AIM = 0.02
_KEPT_MEMORY = ("MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_")
_CONTESTANTS = [f"{framework}:{mode}" for framework, modes in MODES.items() for mode in modes]


def told_speed(folder: Path) -> float:
    """Samples a second that a duel would report."""
    text = (RunFolder(folder).artifacts / "timing.json").read_text("utf-8")
    return float(json.loads(text)["samples_per_s"])


def _medians(folder: Path) -> tuple[float, float]:
    """Seconds of a step that a `Clock` kept there: on the wall, and of the processor."""
    wall, processor = np.median(np.load(folder / "seconds.npy")[_WARMUP:], axis=0)
    return float(wall), float(processor)


def in_turns(*commands: list[str]) -> None:
    """Run the modules until all have ended, one at a time for `_TURN_S`. Raises CalledProcessError."""
    running = [psutil.Popen([sys.executable, "-m", *command], stdout=subprocess.DEVNULL) for command in commands]  # fmt: skip
    try:
        for process in running[1:]:
            process.suspend()
        while running:
            running[0].resume()
            if _ended(running[0]):
                running.pop(0)
            else:
                running[0].suspend()
                running.append(running.pop(0))
    finally:  # what is suspended does not end by itself
        for process in running:
            with suppress(psutil.NoSuchProcess):
                process.kill()


def _ended(process: psutil.Popen) -> bool:
    """Give it its turn. Raises CalledProcessError where it failed."""
    try:
        code = process.wait(_TURN_S)
    except psutil.TimeoutExpired:
        return False
    if code:
        raise subprocess.CalledProcessError(code, process.args)
    return True


@dataclass(frozen=True, slots=True)
class Pair:
    """What a script and the trainer, or the script again, took in the same minutes: samples a second, and seconds of the processor for a step."""

    raw_speed: float
    told_speed: float
    raw_processor_s: float
    trainer_processor_s: float


def pair(
    framework: Framework, mode: Mode, given: argparse.Namespace, dataset: PreparedDataset
) -> Pair:
    with tempfile.TemporaryDirectory() as raw, tempfile.TemporaryDirectory() as told:
        write_run(Path(told), framework, mode, given, dataset.sha256)
        write_start(Path(told), dataset)
        script = [f"benchmarks.raw.{framework}", str(dataset.folder), given.template, told]
        other = ["benchmarks.raw.trainer", told, str(dataset.folder.parent)]
        if given.null:
            other = [*script, told, mode]
        in_turns([*script, raw, mode], other)
        raw_s, raw_processor_s = _medians(Path(raw))
        other_s, other_processor_s = _medians(Path(told))
        speed = _BATCH / other_s if given.null else told_speed(Path(told))
        return Pair(_BATCH / raw_s, speed, raw_processor_s, other_processor_s)


def measure(contestant: str, given: argparse.Namespace, dataset: PreparedDataset) -> float:
    """Print what is found of a contestant; return the ratio of the speeds."""
    framework, mode = contestant.split(":")
    pairs = [pair(Framework(framework), Mode(mode), given, dataset) for _ in range(given.repeats)]
    raw, told = (median(one.raw_speed for one in pairs), median(one.told_speed for one in pairs))
    ratio = _told(contestant, f"raw {raw:,.0f} samples/s, told {told:,.0f}", [one.told_speed / one.raw_speed for one in pairs])  # fmt: skip
    raw, told = (median(one.raw_processor_s for one in pairs), median(one.trainer_processor_s for one in pairs))  # fmt: skip
    _told(
        "  processor's time for a step", f"raw {1e3 * raw:.2f} ms, trainer {1e3 * told:.2f} ms",
        [one.trainer_processor_s / one.raw_processor_s for one in pairs],
    )  # fmt: skip
    return ratio


def _told(what: str, medians: str, ratios: Sequence[float]) -> float:
    """Print it, and return the median of the ratios."""
    low, high = quantile_test(ratios, q=1, p=0.5).confidence_interval()
    interval = "" if np.isnan(low + high) else f" [{low:.3f}, {high:.3f}]"
    spread = ", ".join(f"{one:.3f}" for one in ratios)
    print(f"{what}: {medians}, ratio {median(ratios):.3f}{interval} ({spread})", flush=True)
    return median(ratios)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--template", default="cnn", choices=TEMPLATES)
    parser.add_argument(
        "--dataset", default="fashion-mnist", choices=[d.name for d in all_datasets()]
    )
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--only", nargs="+", choices=_CONTESTANTS, default=_CONTESTANTS)
    parser.add_argument("--null", action="store_true", help="the script against itself")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that no suspended process is left
    prepare_environment("cpu")  # the processes inherit it
    for variable in _KEPT_MEMORY:
        os.environ.setdefault(variable, str(1 << 30))
    with tempfile.TemporaryDirectory() as name:
        dataset = prepare_dataset(given.dataset, Path(name))
        ratios = [measure(contestant, given, dataset) for contestant in given.only]
    return int(not all(abs(ratio - 1) <= _AIM for ratio in ratios))


if __name__ == "__main__":
    sys.exit(main())
