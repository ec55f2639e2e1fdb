"""Where the time and the memory of a training went, in one JSON file at its end.

``artifacts/timing.json`` has, as far as each is known:

- ``version`` 1; ``resumed``: whether this process did not begin at the first step
- ``import_s``, ``build_s``: importing the framework, building the model with its initial weights
- ``first_step_s``: the first step, with tracing and compiling; ``start_s``: from the trainer's first line to the end of that step
- ``steps``: that this process trained; ``warmup_steps``: so many of the first ones are left out of what follows
- ``step_s``: ``p1`` to ``p99`` and ``mean`` of the seconds of a step with its batch; ``samples_per_s``: samples of a batch over the median
- ``blocks``: the median seconds of a step in at most 20 consecutive equal parts; ``histogram``: ``edges`` (n + 1, seconds), ``counts`` (n), from p1 to p99
- ``input_share``: the share of the steps' time in which they waited for their batches; not where the framework reads ahead
- ``train_s``: all steps together; ``evaluation_samples_per_s``: batch and model alone, without the first batch
- ``memory``: high-water marks in bytes: ``imported``, ``built``, ``peak`` of the process, ``device_peak`` of the framework's own memory on a GPU
- ``graphs``: how many graphs were traced or compiled

A step ends when its loss was read, which waits for the device. Batches smaller than the others, at the end of an epoch, count among
``steps`` and in ``train_s`` alone. What the trainer does between two steps, such as logging, counts nowhere.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterator
from time import perf_counter
from typing import Any

import numpy as np

from runners.protocol import Mode
from runners.train.engine import Batch, Engine
from runners.train.memory import peak_bytes

_PERCENTILES = (1, 5, 25, 50, 75, 95, 99)
_WARMUP = 10
_BLOCKS = 20
_BINS = 60
_KEPT = 1 << 17


class Durations:
    """Numbers in their order, of which at most 2^17 are kept: when there are more, every second one goes."""

    def __init__(self) -> None:
        self._kept = array("d")
        self._every = 1
        self.count = 0

    def add(self, seconds: float) -> None:
        if self.count % self._every == 0:
            self._kept.append(seconds)
            if len(self._kept) > _KEPT:
                self._kept = self._kept[::2]
                self._every *= 2
        self.count += 1

    def after(self, first: int) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Those kept of the numbers from place ``first`` on."""
        return np.array(self._kept[-(-first // self._every) :])


class Timing:
    """Is told of the parts of a training as they end. The clock of the steps stands still from `stepped` to `resume`."""

    def __init__(self, begun: float) -> None:
        self._begun = begun
        self._since = begun
        self._facts: dict[str, Any] = {"version": 1, "resumed": False}
        self._memory: dict[str, int] = {}
        self._durations = Durations()
        self._steps = 0
        self._train_s = 0.0
        self._input_s = 0.0
        self._evaluated: tuple[int, float] = (0, 0.0)
        self._is_evaluated = False

    def begin(self) -> None:
        """Importing begins."""
        self._since = perf_counter()

    def imported(self) -> None:
        self._part("import_s", "imported")

    def built(self) -> None:
        self._part("build_s", "built")

    def resumed(self, step: int) -> None:
        """The training goes on after so many steps."""
        self._facts["resumed"] = step > 0

    def resume(self) -> None:
        """From now on time is that of the next step."""
        self._since = perf_counter()

    def stepped(self, *, whole: bool) -> None:
        """A step ended, of a batch that is a ``whole`` one."""
        now = perf_counter()
        seconds = now - self._since
        self._train_s += seconds
        if not self._steps:
            self._facts |= {"first_step_s": seconds, "start_s": now - self._begun}
        self._steps += 1
        if whole:
            self._durations.add(seconds)

    def waiting(self, batches: Iterator[Batch]) -> Iterator[Batch]:
        """The batches, with the time that making them takes noted."""
        while True:
            begun = perf_counter()
            batch = next(batches, None)
            self._input_s += perf_counter() - begun
            if batch is None:
                return
            yield batch

    def evaluated(self, samples: int, seconds: float) -> None:
        """A batch was evaluated. The first one, whose graph may have been traced, is left out."""
        if self._is_evaluated:
            before = self._evaluated
            self._evaluated = (before[0] + samples, before[1] + seconds)
        self._is_evaluated = True

    def told_with(self, engine: Engine, mode: Mode, batch_size: int) -> str:
        """`to_json`, with what the engine knows."""
        return self.to_json(
            batch_size,
            reads_ahead=mode is Mode.FIT,
            graphs=engine.graph_count(),
            device_peak=engine.device_peak(),
        )

    def to_json(
        self, batch_size: int, *, reads_ahead: bool, graphs: int | None, device_peak: int | None
    ) -> str:
        """All that is known, by the names that are told above."""
        told = dict(self._facts) | {"steps": self._steps, "train_s": self._train_s}
        told |= self._of_steps(batch_size)
        if not reads_ahead and self._train_s:
            told["input_share"] = self._input_s / self._train_s
        samples, seconds = self._evaluated
        if seconds:
            told["evaluation_samples_per_s"] = samples / seconds
        if graphs is not None:
            told["graphs"] = graphs
        marks = {**self._memory, "peak": self._peak(), "device_peak": device_peak}
        told["memory"] = {name: mark for name, mark in marks.items() if mark is not None}
        return json.dumps(told, indent=1)

    def _peak(self) -> int | None:
        """The system counts to some pages only, so that a later mark may be a little lower."""
        return max((mark for mark in (peak_bytes(), *self._memory.values()) if mark), default=None)

    def _part(self, name: str, mark: str) -> None:
        now = perf_counter()
        self._facts[name] = now - self._since
        self._since = now
        if peak := self._peak():
            self._memory[mark] = peak

    def _of_steps(self, batch_size: int) -> dict[str, Any]:
        warmup = max(1, min(_WARMUP, self._durations.count // 10))
        seconds = self._durations.after(warmup)
        if not len(seconds):
            return {"warmup_steps": warmup}
        shares = np.percentile(seconds, _PERCENTILES).tolist()
        found = {f"p{n}": share for n, share in zip(_PERCENTILES, shares, strict=True)}
        parts = np.array_split(seconds, min(_BLOCKS, len(seconds)))
        counts, edges = np.histogram(
            seconds, _BINS, (found["p1"], max(found["p99"], 1.01 * found["p1"]))
        )
        return {
            "warmup_steps": warmup,
            "samples_per_s": batch_size / found["p50"],
            "step_s": {**found, "mean": float(seconds.mean())},
            "blocks": [float(np.median(part)) for part in parts],
            "histogram": {"edges": edges.tolist(), "counts": counts.tolist()},
        }
