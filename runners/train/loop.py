"""The training loop, the same for every framework."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from time import perf_counter, sleep

from runners.protocol import ArtifactKind, Mode, Progress, RunFolder
from runners.train.checkpoints import Checkpoints
from runners.train.control import Control, StopRequested
from runners.train.data import Data, Part
from runners.train.engine import Batch, Engine
from runners.train.evaluation import EVALUATIONS, Evaluation, Kept
from runners.train.pictures import histograms, is_moment
from runners.train.position import Position
from runners.train.reporter import Reporter
from runners.train.schedule import learning_rate
from runners.train.setup import Setup, TrainerError
from runners.train.timing import Timing
from runners.train.transforms import evaluation_transforms, training_transforms, transformed

_PULSE_S = 0.05
_HELD_PULSE_S = 0.1


class Training:
    """One training from a position, which may be its beginning, to its test.

    Stopped between any two steps and gone on with from its checkpoint, it does what it would have
    done without: the same batches, weights, learning rates and random numbers.
    """

    def __init__(
        self,
        setup: Setup,
        engine: Engine,
        data: Data,
        folder: RunFolder,
        reporter: Reporter,
        control: Control,
        checkpoints: Checkpoints,
        position: Position,
        timing: Timing,
    ) -> None:
        self._setup = setup
        self._engine = engine
        self._data = data
        self._folder = folder
        self._reporter = reporter
        self._control = control
        self._checkpoints = checkpoints
        self._position = position
        self._timing = timing
        self._batch_size: int = setup.parameters["batch_size"]
        self._epochs: int = setup.parameters["epochs"]
        self._evaluation = EVALUATIONS[setup.task]
        self._transforms = training_transforms(setup)
        self._needed = evaluation_transforms(setup)
        self._batches = data.train.batch_count(self._batch_size)
        self._total_steps: int = self._epochs * self._batches
        self._whole = data.whole_batch(self._batch_size)
        self._compiling = setup.mode is not Mode.EAGER
        self._until_compiled = ExitStack()
        self._time_limit: float = setup.parameters["time_limit"]
        self._epoch_start = 0.0
        self._stops_when_diverged = setup.parameters.get("non_finite", "stop") == "stop"
        self._keeps_pictures = bool(setup.parameters.get("pictures", False))
        self._patience: int = setup.parameters["patience"]
        self._is_finite = True
        self._held_s = 0.0
        self._pace_start: tuple[float, int] | None = None
        self._next_pulse = 0.0
        self._may_save = True

    @property
    def step(self) -> int:
        """How many optimizer steps are done."""
        return self._position.step

    def run(self) -> None:
        """Train, and test at last. Raises StopRequested, with the last checkpoint saved, and TrainerError."""
        position = self._position
        try:
            while not position.epoch_over or (
                position.epoch < self._epochs and not self._time_is_up
            ):
                if position.epoch_over:
                    position.begin_epoch()
                self._train_epoch()
                if self._patience and position.since_best >= self._patience:
                    self._end_early()
                    break
            self._test()
        except StopRequested:
            self._save()
            self._keep_timing()
            raise
        self._keep_timing()

    @property
    def early(self) -> str:
        """Why it ended before its last step, as the end of a sentence, or ""."""
        if self._time_is_up and self.step < self._total_steps:
            return f", and ended with its time limit of {self._time_limit:g} s of training"
        if not self._patience or self._position.epoch == self._epochs:
            return ""
        return (
            f", and ended early after epoch {self._position.epoch}: the validation loss had not fallen for "
            f"{self._position.since_best} epochs"
        )

    def _end_early(self) -> None:
        """Take over the best weights, to test them. The last checkpoint stays that of the last epoch."""
        if self._position.epoch == self._epochs:
            return
        self._may_save = False
        self._checkpoints.load_best(self._engine)
        print(f"The training ends{self.early}.")

    def settle(self) -> bool:
        """Try again to write what could not be written. Returns whether the checkpoints are saved."""
        if self._reporter.tend() or self._checkpoints.unsaved:
            self._save()
        return not self._checkpoints.unsaved

    def _train_epoch(self) -> None:
        position = self._position
        self._train_batches()
        metrics = position.tally.means("train", self._evaluation.measure)
        start = self._now()
        given = None
        if len(self._data.validation):
            given, found = self._evaluate(self._data.validation, "validating")
            metrics |= {f"val/{name}": value for name, value in found.items()}
        metrics["samples_per_s"] = position.tally.samples / position.train_s
        metrics["epoch_s"] = position.train_s + self._now() - start
        self._reporter.log_once(position.step, metrics)
        if self._keeps_pictures and is_moment(position.epoch, self._epochs):
            self._keep_pictures(given)
        position.epoch_over = True
        self._save_epoch(metrics.get("val/loss", metrics["train/loss"]))
        _print_epoch(position.epoch, self._epochs, metrics)

    def _train_batches(self) -> None:
        position = self._position
        self._epoch_start = self._now() - position.train_s
        self._pulse("compiling" if self._compiling else "training")
        with ExitStack() as self._until_compiled:
            if self._compiling:
                self._may_save = False  # an interrupted step leaves the engine somewhere in between
                self._until_compiled.enter_context(self._control.interruptible())
            batches = self._timing.waiting(self._rest_of_epoch())
            self._timing.resume()
            self._engine.train_epoch(batches, self._rate, self._on_step)
        self._may_save = True
        position.train_s = self._now() - self._epoch_start

    def _rest_of_epoch(self) -> Iterator[Batch]:
        """The batches that are not done yet; they may be asked for ahead of their steps."""
        if self._time_is_up:
            return
        seed, epoch, first = self._setup.seed, self._position.epoch, self._position.batch
        order = self._data.train.shuffled(seed, epoch)
        for number, batch in enumerate(order.batches(self._batch_size, first), first):
            yield transformed(self._transforms, *batch, seed, epoch, number)

    def _rate(self) -> float:
        """The learning rate of the next step."""
        given = self._setup.parameters
        schedule, base, warmup = given["schedule"], given["learning_rate"], given["warmup"]
        return learning_rate(schedule, base, self.step, self._total_steps, warmup)

    def _on_step(self, loss: float, measure: float) -> bool:
        """Take note of a step that is done. Returns whether the epoch goes on."""
        position = self._position
        samples = min(self._batch_size, len(self._data.train) - position.batch * self._batch_size)
        self._timing.stepped(whole=samples == self._whole)
        if self._compiling:
            self._until_compiled.close()
            self._may_save, self._compiling = True, False
        rate = self._rate()
        position.step += 1
        position.batch += 1
        self._reporter.log(position.step, {"loss": loss, "lr": rate})
        if not math.isfinite(loss):
            self._diverged(loss)
        position.tally.add(samples, loss * samples, measure)
        position.train_s = self._now() - self._epoch_start
        if perf_counter() >= self._next_pulse:
            position.samples_per_s = position.tally.samples / position.train_s
            self._pulse("training")
            if self._checkpoints.due():
                self._save()
        self._timing.resume()
        return not self._time_is_up

    @property
    def _time_is_up(self) -> bool:
        return 0 < self._time_limit <= self._position.trained_s

    def _diverged(self, loss: float) -> None:
        """Raises TrainerError unless the run is to go on."""
        trouble = _trouble(self.step, loss)
        if self._stops_when_diverged:
            self._may_save = False
            raise TrainerError(f"{trouble}: try a smaller learning rate, or gradient clipping")
        if self._is_finite:
            self._is_finite = False
            print(f"{trouble}; the training goes on, as it was set to.")

    def _evaluate(self, part: Part, phase: str) -> tuple[Evaluation, dict[str, float]]:
        """What a part of the dataset shows of the model, and its figures, the mean loss first."""
        evaluation = self._evaluation(self._setup, part)
        loss = 0.0
        self._pulse(phase)
        size = max(self._batch_size, self._evaluation.batch)
        begun = perf_counter()
        for number, batch in enumerate(part.batches(size)):
            x, y = transformed(self._needed, *batch, self._setup.seed, 0, number)
            batch_loss, outputs = self._engine.evaluate(x, y)
            self._timing.evaluated(len(x), perf_counter() - begun)
            loss += batch_loss
            evaluation.add(outputs, x, y)
            if perf_counter() >= self._next_pulse:
                self._pulse(phase)
            begun = perf_counter()
        return evaluation, {"loss": loss / len(part), **evaluation.metrics()}

    def _keep_timing(self) -> None:
        """Keep where the time went, also of a training that was stopped."""
        facts = self._timing.told_with(self._engine, self._setup.mode, self._whole)
        self._keep(Kept("timing", ArtifactKind.TIMING, ".json", facts))

    def _keep_pictures(self, validation: Evaluation | None) -> None:
        """Keep the histograms of the weights, and what the validation part, if there is one, shows."""
        weights = json.dumps(histograms(self._engine.weights()))
        self._keep(Kept("histograms/weights", ArtifactKind.HISTOGRAM, ".json", weights), self.step)
        for kept in validation.pictures(self._engine) if validation else ():
            self._keep(kept, self.step)

    def _keep(self, kept: Kept, step: int | None = None) -> None:
        """Write it into a file named by it, and by the step if it belongs to one."""
        name = kept.name if step is None else f"{kept.name}/{step}"
        path = self._folder.artifacts / f"{name.replace(' ', '-')}{kept.suffix}"
        self._reporter.keep_file(path, kept.content)
        self._reporter.artifact(name, kept.kind, path, step)

    def _test(self) -> None:
        evaluation, metrics = self._evaluate(self._data.test, "testing")
        self._reporter.log_once(self.step, {f"test/{name}": v for name, v in metrics.items()})
        for kept in evaluation.results(self._engine):
            self._keep(kept)
        print("test: " + ", ".join(f"{name} {value:.4f}" for name, value in metrics.items()))

    def _save_epoch(self, loss: float) -> None:
        """Save the last checkpoint, which is also the best if its loss is the smallest so far."""
        before = self._position.best_loss
        self._position.since_best = 0 if loss < before else self._position.since_best + 1
        self._position.best_loss = min(before, loss)
        if not self._save(best=loss < before):
            self._position.best_loss = before

    def _save(self, *, best: bool = False) -> bool:
        return self._may_save and self._checkpoints.save(self._engine, self._position, best=best)

    def _pulse(self, phase: str) -> None:
        """Report how far it is, and do what is asked for. Raises StopRequested."""
        self._control.check()
        if self._reporter.tend():
            self._save()
        if self._control.pausing:
            self._save()
            self._hold("paused", lambda: self._control.pausing)
        if self._reporter.overdue:
            self._hold("waiting for disk space", lambda: self._reporter.overdue)
        self._report(phase)
        self._next_pulse = perf_counter() + _PULSE_S

    def _hold(self, phase: str, lasts: Callable[[], bool]) -> None:
        """Wait as long as it lasts, which counts nowhere as time of the training. Raises StopRequested."""
        start = perf_counter()
        try:
            while lasts():
                self._report(phase)
                sleep(_HELD_PULSE_S)
                self._control.check()
                if self._reporter.tend():
                    self._save()
        finally:
            self._held_s += perf_counter() - start

    def _report(self, phase: str) -> None:
        position = self._position
        self._reporter.progress(
            Progress(
                phase,
                position.step,
                self._total_steps,
                position.epoch,
                self._epochs,
                position.samples_per_s,
                self._remaining_s(),
            )
        )

    def _remaining_s(self) -> float | None:
        """The seconds left at the pace since the first step of this process, which alone is not typical."""
        now, step = self._now(), self.step
        if self._pace_start is None:
            if step > 0 and not self._compiling:
                self._pace_start = now, step
            return None
        start, first = self._pace_start
        if step == first:
            return None
        return (now - start) / (step - first) * (self._total_steps - step)

    def _now(self) -> float:
        """Seconds of a clock that stands still while the training is held."""
        return perf_counter() - self._held_s


def _print_epoch(epoch: int, epochs: int, metrics: dict[str, float]) -> None:
    shown = ", ".join(
        f"{name} {value:.4f}"
        for name, value in metrics.items()
        if name.startswith(("train/", "val/"))
    )
    print(f"epoch {epoch} of {epochs}: {shown}, {metrics['samples_per_s']:,.0f} samples/s")


def _trouble(step: int, loss: float) -> str:
    word = "not a number" if math.isnan(loss) else "infinite"
    return f"the training loss became {word} at step {step}"
