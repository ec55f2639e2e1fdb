"""The training loop, the same for every framework."""

from __future__ import annotations

import json
import math
import shutil
from dataclasses import dataclass
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from runners.protocol import ArtifactKind, Mode, Progress, RunFolder, write_atomically
from runners.train.control import Control, StopRequested
from runners.train.data import Data, Part
from runners.train.engine import Engine
from runners.train.evaluation import confusion_matrix, report
from runners.train.reporter import Reporter
from runners.train.schedule import learning_rate
from runners.train.setup import Setup, TrainerError

_PULSE_S = 0.05
_EVALUATION_BATCH = 256


@dataclass
class _Tally:
    """The sums over the samples seen so far."""

    samples: int = 0
    loss: float = 0.0
    right: int = 0

    def add(self, samples: int, loss: float, right: int) -> None:
        self.samples += samples
        self.loss += loss
        self.right += right

    def means(self, prefix: str) -> dict[str, float]:
        return {
            f"{prefix}/loss": self.loss / self.samples,
            f"{prefix}/accuracy": self.right / self.samples,
        }


class Training:
    """One training from its first step to its test. ``step`` counts the optimizer steps done."""

    def __init__(
        self,
        setup: Setup,
        engine: Engine,
        data: Data,
        folder: RunFolder,
        reporter: Reporter,
        control: Control,
    ) -> None:
        self._setup = setup
        self._engine = engine
        self._data = data
        self._folder = folder
        self._reporter = reporter
        self._control = control
        self._batch_size: int = setup.parameters["batch_size"]
        self._epochs: int = setup.parameters["epochs"]
        self._total_steps: int = self._epochs * data.train.batch_count(self._batch_size)
        self._phase = "compiling" if setup.mode is Mode.GRAPH else "training"
        self._epoch = 0
        self._best_loss = math.inf
        self._samples_per_s: float | None = None
        self._pace_start: tuple[float, int] | None = None
        self._next_pulse = 0.0
        self.step = 0

    def run(self) -> None:
        """Train, and test at last. Raises StopRequested, with the last checkpoint saved, and TrainerError."""
        folder = self._folder
        folder.checkpoints.mkdir(exist_ok=True)
        folder.artifacts.mkdir(exist_ok=True)
        try:
            while self._epoch < self._epochs:
                self._epoch += 1
                self._train_epoch()
            self._test()
        except StopRequested:
            self._save("last")
            raise

    def _train_epoch(self) -> None:
        start = perf_counter()
        tally = self._train_batches(start)
        seconds = perf_counter() - start
        metrics = tally.means("train")
        if len(self._data.validation):
            metrics |= self._evaluate(self._data.validation, "validating")[0].means("val")
        metrics["samples_per_s"] = tally.samples / seconds
        metrics["epoch_s"] = perf_counter() - start
        self._reporter.log(self.step, metrics)
        self._save_checkpoints(metrics.get("val/loss", metrics["train/loss"]))
        _print_epoch(self._epoch, self._epochs, metrics)

    def _train_batches(self, start: float) -> _Tally:
        parameters = self._setup.parameters
        schedule, base = parameters["schedule"], parameters["learning_rate"]
        tally = _Tally()
        self._pulse(self._phase if self.step == 0 else "training")
        order = self._data.train.shuffled(self._setup.seed, self._epoch)
        for images, labels in order.batches(self._batch_size):
            rate = learning_rate(schedule, base, self.step, self._total_steps)
            loss, right = self._engine.train_step(images, labels, rate)
            self.step += 1
            self._reporter.log(self.step, {"loss": loss, "lr": rate})
            if not math.isfinite(loss):
                raise TrainerError(_diverged(self.step, loss))
            tally.add(len(labels), loss * len(labels), right)
            now = perf_counter()
            if now >= self._next_pulse:
                self._samples_per_s = tally.samples / (now - start)
                self._pulse("training")
        return tally

    def _evaluate(self, part: Part, phase: str) -> tuple[_Tally, list[NDArray[np.int64]]]:
        """The sums over a part of the dataset, and the classes given, a batch each."""
        tally = _Tally()
        classes = []
        self._pulse(phase)
        for images, labels in part.batches(max(self._batch_size, _EVALUATION_BATCH)):
            loss, given = self._engine.evaluate(images, labels)
            tally.add(len(labels), loss, int(np.count_nonzero(given == labels)))
            classes.append(given)
            if perf_counter() >= self._next_pulse:
                self._pulse(phase)
        return tally, classes

    def _test(self) -> None:
        part = self._data.test
        tally, classes = self._evaluate(part, "testing")
        metrics = tally.means("test")
        self._reporter.log(self.step, metrics)
        names = self._setup.dataset.classes
        matrix = confusion_matrix(part.labels, np.concatenate(classes), len(names))
        path = self._folder.artifacts / "confusion.json"
        write_atomically(path, json.dumps(report(matrix, names), indent=1))
        self._reporter.artifact("confusion matrix", ArtifactKind.CONFUSION_MATRIX, path)
        print(f"test: loss {metrics['test/loss']:.4f}, accuracy {metrics['test/accuracy']:.4f}")

    def _save_checkpoints(self, loss: float) -> None:
        """Save the last checkpoint, which is also the best if its loss is the smallest so far."""
        self._save("last")
        if loss < self._best_loss:
            self._best_loss = loss
            suffix = self._engine.checkpoint_suffix
            best = self._folder.checkpoints / f"best{suffix}"
            unfinished = best.with_suffix(".new")
            shutil.copyfile(self._folder.checkpoints / f"last{suffix}", unfinished)
            unfinished.replace(best)
            self._reporter.artifact("best checkpoint", ArtifactKind.CHECKPOINT, best)

    def _save(self, name: str) -> None:
        path = self._folder.checkpoints / f"{name}{self._engine.checkpoint_suffix}"
        unfinished = path.with_suffix(".new")
        self._engine.save(unfinished)
        unfinished.replace(path)
        self._reporter.artifact(f"{name} checkpoint", ArtifactKind.CHECKPOINT, path)

    def _pulse(self, phase: str) -> None:
        """Report how far it is and look whether to stop. Raises StopRequested."""
        now = perf_counter()
        self._next_pulse = now + _PULSE_S
        self._control.check()
        self._reporter.progress(
            Progress(
                phase,
                self.step,
                self._total_steps,
                self._epoch,
                self._epochs,
                self._samples_per_s,
                self._remaining_s(now),
            )
        )

    def _remaining_s(self, now: float) -> float | None:
        """The seconds left at the pace since the first step, which alone is not typical."""
        if self.step == 0:
            return None
        if self._pace_start is None:
            self._pace_start = now, self.step
        start, first = self._pace_start
        if self.step == first:
            return None
        seconds_per_step = (now - start) / (self.step - first)
        return seconds_per_step * (self._total_steps - self.step)


def _print_epoch(epoch: int, epochs: int, metrics: dict[str, float]) -> None:
    shown = ", ".join(
        f"{name} {metrics[name]:.4f}"
        for name in ("train/loss", "train/accuracy", "val/loss", "val/accuracy")
        if name in metrics
    )
    print(f"epoch {epoch} of {epochs}: {shown}, {metrics['samples_per_s']:,.0f} samples/s")


def _diverged(step: int, loss: float) -> str:
    word = "not a number" if math.isnan(loss) else "infinite"
    return (
        f"the training loss became {word} at step {step}: try a smaller learning rate, "
        "or gradient clipping"
    )
