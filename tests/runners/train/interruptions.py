"""Trainings that are interrupted in every way, as a process: all of the trainer is the real one.

``python -m tests.runners.train.interruptions FRAMEWORK DATASETS_FOLDER OUTPUT_FOLDER``
"""

from __future__ import annotations

import dataclasses
import json
import shutil
import sys
from itertools import count
from pathlib import Path
from typing import Any

from runners.events import EventReader, Points, Rewind
from runners.protocol import Framework, Mode, Progress, RunFolder, State
from runners.train import checkpoints, loop
from runners.train.control import Control, StopRequested
from runners.train.job import run_job
from tests.runners.train.conftest import new_spec

Curve = dict[str, list[list[float]]]

_MLP = {"hidden_widths": "16, 12", "dropout": 0.3, "batch_size": 300, "epochs": 2}
_RUN = {**_MLP, "schedule": "cosine", "weight_decay": 0.01, "gradient_clip": 1.0}
OPTIMIZERS: dict[str, dict[str, Any]] = {
    **{name: {**_RUN, "optimizer": name} for name in ("sgd", "momentum", "adam", "adamw")},
    "cnn": {"template": "cnn", "filters": "4", "batch_size": 300, "epochs": 2, "dropout": 0.3},
}
# Of the two epochs each has five steps. A pulse comes before them, after each, before the validation and after.
CASES: dict[str, tuple[int, ...]] = {
    "before the first step": (1,),
    "in the middle of an epoch": (4,),
    "after the last step of an epoch": (6,),
    "while validating": (8,),
    "at the border of two epochs": (9,),
    "while testing": (18,),
    "again and again": (3,) * 8,
    "killed in the second epoch": (-12,),
    "killed while testing": (-18,),
    "killed, then stopped": (-12, 4),
}
"""After how many pulses each attempt is stopped or, where negative, killed; the last goes on to the end."""


GRAPHS = {Framework.PYTORCH: (Mode.GRAPH,), Framework.TENSORFLOW: (Mode.GRAPH, Mode.FIT)}
"""The modes besides eager in which trainings are stopped. XLA's differs from graph in nothing that matters here."""


PAUSES = {1: "training", 4: "training", 8: "validating", 18: "testing"}
"""At which pulse a training is paused, and in which phase that is."""


def cases_of(optimizer: str) -> list[str]:
    """The interruptions that are tried with an optimizer: all with one, the two usual ones with the others."""
    return (
        list(CASES)
        if optimizer == "adam"
        else ["in the middle of an epoch", "at the border of two epochs"]
    )


class _Killed(BaseException):
    """Ends the trainer without another act, as SIGKILL would."""


class _InterruptAt(Control):
    """Interrupts the training at its nth pulse; 0 never does."""

    def __init__(self, folder: RunFolder, pulse: int) -> None:
        super().__init__(folder)
        self._pulse = pulse
        self._pulses = count(1)

    @property
    def pausing(self) -> bool:
        if next(self._pulses) == abs(self._pulse):
            raise StopRequested("stopped") if self._pulse > 0 else _Killed
        return False


class _PauseAt(Control):
    """Pauses the training at its nth pulse, for as long as it takes to look twice."""

    def __init__(self, folder: RunFolder, pulse: int) -> None:
        super().__init__(folder)
        self._pauses = (pulse, pulse + 1)
        self._looks = count(1)

    @property
    def pausing(self) -> bool:
        return next(self._looks) in self._pauses


def main(framework: Framework, datasets: Path, output: Path) -> None:
    loop._PULSE_S = 0.0
    lab = _Laboratory(framework, datasets, output)
    report = {
        optimizer: {
            "whole": lab.train((), **given),
            **{case: lab.train(CASES[case], **given) for case in cases_of(optimizer)},
        }
        for optimizer, given in OPTIMIZERS.items()
    }
    report["sgd without dropout"] = {"whole": lab.train((), **{**OPTIMIZERS["sgd"], "dropout": 0})}
    report["by time"] = lab.by_time(**OPTIMIZERS["adam"])
    report["paused"] = {str(pulse): lab.pause(pulse, **OPTIMIZERS["adam"]) for pulse in PAUSES}
    report["extended"] = lab.extend(**OPTIMIZERS["adam"])
    if framework is Framework.TENSORFLOW or shutil.which("g++") or shutil.which("clang++"):
        for mode in GRAPHS[framework]:
            given = {**OPTIMIZERS["adam"], "mode": mode}
            report[mode] = {"whole": lab.train((), **given), "stopped": lab.train((4,), **given)}
    (output / "courses.json").write_text(json.dumps(report), "utf-8")


class _Laboratory:
    def __init__(self, framework: Framework, datasets: Path, output: Path) -> None:
        self._framework = framework
        self._datasets = datasets
        self._output = output
        self._numbers = count(1)

    def train(self, pulses: tuple[int, ...], **given: Any) -> Curve:
        """The curve of a run that is interrupted at these pulses of its attempts."""
        folder = self._new_run(**given)
        for attempt, pulse in enumerate((*pulses, 0)):
            state = self._attempt(folder, pulse, resume=attempt > 0)
        assert state is State.FINISHED, (folder, pulses)
        return curve(folder)

    def by_time(self, **given: Any) -> dict[str, Any]:
        """A run that is killed in the middle of an epoch, with checkpoints that are always due."""
        interval, checkpoints._INTERVAL_S = checkpoints._INTERVAL_S, 0.0
        folder = self._new_run(**given)
        self._attempt(folder, -13, resume=False)
        checkpoints._INTERVAL_S = interval
        self._attempt(folder, 0, resume=True)
        events = EventReader(folder.events).read(final=True)
        rewinds = [event.step for event in events if isinstance(event, Rewind)]
        return {"curve": curve(folder), "rewinds": rewinds}

    def pause(self, pulse: int, **given: Any) -> dict[str, Any]:
        folder = self._new_run(**given)
        run_job(folder, self._datasets, "cpu", _PauseAt(folder, pulse))
        events = EventReader(folder.events).read(final=True)
        phases = [event.phase for event in events if isinstance(event, Progress)]
        return {"curve": curve(folder), "phases": phases}

    def extend(self, **given: Any) -> dict[str, Curve]:
        longer = {**given, "epochs": given["epochs"] + 2}
        folder = self._new_run(**given)
        self._attempt(folder, 0, resume=False)
        short = curve(folder)
        spec = folder.read_spec()
        spec = dataclasses.replace(spec, parameters={**spec.parameters, "epochs": longer["epochs"]})
        folder.spec.write_text(spec.to_json(), "utf-8")
        self._attempt(folder, 0, resume=True)
        return {"short": short, "extended": curve(folder), "long": self.train((), **longer)}

    def _new_run(self, mode: Mode = Mode.EAGER, **given: Any) -> RunFolder:
        folder = RunFolder(self._output / str(next(self._numbers)))
        folder.path.mkdir()
        spec = new_spec(self._framework, mode, self._datasets, **given)
        folder.spec.write_text(spec.to_json(), "utf-8")
        return folder

    def _attempt(self, folder: RunFolder, pulse: int, *, resume: bool) -> State:
        control = _InterruptAt(folder, pulse)
        try:
            return run_job(folder, self._datasets, "cpu", control, resume=resume).state
        except _Killed:
            return State.KILLED


def curve(folder: RunFolder) -> Curve:
    """What the history would hold of the run: each metric's steps and values, times and speeds left out."""
    found: Curve = {}
    reader = EventReader(folder.events)
    while arrived := reader.read(final=True):
        for event in arrived:
            if isinstance(event, Rewind):
                found = {n: [p for p in s if p[0] <= event.step] for n, s in found.items()}
            elif isinstance(event, Points):
                for name, value in zip(event.names, event.values, strict=True):
                    if name not in ("samples_per_s", "epoch_s"):
                        found.setdefault(name, []).append([event.step, value])
    return found


if __name__ == "__main__":
    main(Framework(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))
