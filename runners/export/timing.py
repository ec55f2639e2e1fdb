"""How long one exported model takes to load and to answer, with one number of threads, measured in this process.

It is to be a fresh one: importing, memory and, in TensorFlow, the number of threads are a process's once and for all.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import asdict
from importlib import import_module
from itertools import cycle
from pathlib import Path
from time import perf_counter, time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runners.export.checking import missing_runtime, read_manifest
from runners.export.formats import get_format
from runners.export.manifest import REFERENCE, Manifest, Measurement, Speed
from runners.export.runtimes import Predictor, load
from runners.export.trained import ExportError
from runners.export.voice import Voice, end_with_input, in_words
from runners.processor import cpu_name
from runners.protocol import Framework
from runners.train.engine import prepare_environment
from runners.train.memory import peak_bytes
from runners.train.setup import TrainerError

Array = NDArray[Any]
Tell = Callable[[str, float], None]
_WITHOUT_FRAMEWORK = ("onnx", "litert", "tensorrt")
"""The runtimes that do not need the framework that trained the model."""
_WITH_ENGINE = ("trained", "weights")
"""Those that have the template build the model."""
_ROUNDS = 4
"""Each size of the batch has its turn so often, in an order drawn anew, so that drift of the machine meets all alike."""
_FEWEST = 5
"""Calls in a turn, however long they take."""
_WARM_UP_SHARE, _WARM_UP_CALLS = 0.2, 3
_INPUTS = 16
"""Different batches that are asked about in turns."""


def run(arguments: list[str], voice: Voice) -> dict[str, Any]:
    """The command ``time``; what is done is a `Measurement` as JSON. Raises ExportError."""
    parser = argparse.ArgumentParser("python -m runners.export time", description="Times an export with one number of threads.")  # fmt: skip
    parser.add_argument("folder", type=Path, help="the folder of the export")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--batch-sizes", type=sizes, default=[1])
    parser.add_argument("--seconds", type=float, default=1.0)
    asked = parser.parse_args(arguments)
    end_with_input()
    found = timed(asked.folder, asked.threads, asked.batch_sizes, asked.seconds, voice.progress)
    return asdict(found)


def numbers(text: str, least: int = 0) -> list[int]:
    """Whole numbers with commas between them. Raises ValueError."""
    found = [int(part) for part in text.split(",")]
    if min(found) < least:
        raise ValueError(f"below {least}")
    return found


def sizes(text: str) -> list[int]:
    """As `numbers`, of which none is 0."""
    return numbers(text, 1)


def timed(
    folder: Path, threads: int, batch_sizes: Sequence[int], seconds: float, tell: Tell
) -> Measurement:
    """``threads`` 0 leaves the number to the runtime; each size of the batch is asked for ``seconds`` in all.

    Raises ExportError where it cannot be run.
    """
    manifest = read_manifest(folder)
    form = get_format(manifest.format)
    try:
        x = _inputs(folder, max(batch_sizes))
        tell("importing the runtime", 0.0)
        import_s = _imported(manifest)
        tell("loading", 0.05)
        begun = perf_counter()
        _, predictor = load(folder, threads)
        predictor.predict(x[:1])
        load_s = perf_counter() - begun
        speeds = _Turns(predictor, x, threads, seconds, tell).all(batch_sizes)
    except (ExportError, TrainerError):
        raise
    except ModuleNotFoundError as error:
        raise ExportError(missing_runtime(form, error)) from error
    except Exception as error:
        raise ExportError(f"{form.title} cannot be run: {in_words(error)}") from error
    return Measurement(load_s, import_s, peak_bytes(), speeds, cpu_name(), round(time() * 1e6))


def _inputs(folder: Path, size: int) -> Array:
    """Held-out samples for all batches. No more than that is read, as it counts as memory. Raises what `numpy.load` raises."""
    with np.load(folder / REFERENCE, allow_pickle=False) as arrays:
        x: Array = arrays["input"][: size * _INPUTS].copy()
    return x


def _imported(manifest: Manifest) -> float:
    """Import what runs the format. Returns how long that took."""
    form = get_format(manifest.format)
    framework = Framework(manifest.spec["framework"])
    prepare_environment("cuda" if form.on_gpu_only else "cpu")
    begun = perf_counter()
    for name in [
        *form.runners,
        *([] if form.runtime in _WITHOUT_FRAMEWORK else [framework.package]),
    ]:
        import_module(name)
    import_module(f"runners.export.runtimes.{form.runtime}")
    if form.runtime in _WITH_ENGINE:
        import_module(f"runners.train.{framework}.engine")
    return perf_counter() - begun


class _Turns:
    def __init__(
        self, predictor: Predictor, x: Array, threads: int, seconds: float, tell: Tell
    ) -> None:
        self._predictor = predictor
        self._x = x
        self._threads = threads
        self._seconds = seconds
        self._tell = tell

    def all(self, sizes: Sequence[int]) -> tuple[Speed, ...]:
        """The speed with each size of the batch."""
        batches = {size: self._batches(size) for size in sizes}
        for size in sizes:
            self._tell(f"warming up, batches of {size:,}", 0.1)
            self._turn(batches[size], self._seconds * _WARM_UP_SHARE, _WARM_UP_CALLS)
        taken: dict[int, list[float]] = {size: [] for size in sizes}
        turns = [size for _ in range(_ROUNDS) for size in np.random.default_rng().permutation(sizes)]  # fmt: skip
        for at, size in enumerate(turns):
            self._tell(f"measuring, batches of {size:,}", 0.1 + 0.9 * at / len(turns))
            taken[size] += self._turn(batches[size], self._seconds / _ROUNDS, _FEWEST)
        return tuple(self._speed(size, taken[size]) for size in sizes)

    def _batches(self, size: int) -> list[Array]:
        """Held-out samples, taken again from the first where there are not enough."""
        places = np.arange(size * _INPUTS).reshape(_INPUTS, size) % len(self._x)
        return [np.ascontiguousarray(self._x[some]) for some in places]

    def _turn(self, batches: Sequence[Array], seconds: float, fewest: int) -> list[float]:
        """The seconds that each call took."""
        taken: list[float] = []
        end = perf_counter() + seconds
        for batch in cycle(batches):
            begun = perf_counter()
            self._predictor.predict(batch)
            now = perf_counter()
            taken.append(now - begun)
            if now >= end and len(taken) >= fewest:
                break
        return taken

    def _speed(self, size: int, taken: Sequence[float]) -> Speed:
        p50, p95, p99 = (float(value) for value in np.percentile(taken, [50, 95, 99]))
        return Speed(size, self._threads, len(taken), p50, p95, p99, size / p50)
