"""One run from its spec to its outcome, whatever happens in between."""

from __future__ import annotations

import json
import platform
import sys
import traceback
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from time import time
from typing import Any

from runners.datasets.dataset import PreparedDataset
from runners.protocol import Outcome, Progress, RunFolder, RunSpec, State, write_atomically
from runners.templates import UnknownTemplate, get_template
from runners.train.control import Control, StopRequested
from runners.train.data import open_data
from runners.train.engine import Engine, EngineModule, import_engine
from runners.train.loop import Training
from runners.train.reporter import Reporter
from runners.train.setup import NoGpuError, Setup, TrainerError


def run_job(folder: RunFolder, datasets: Path, device: str, control: Control) -> Outcome:
    """Train the run in the folder. Raises nothing: what happened is in the outcome."""
    job = Job(folder, datasets, device, control)
    try:
        job.run()
    except StopRequested as request:
        return job.outcome(State.STOPPED, f"{request} at step {job.step}")
    except Exception as error:
        if not isinstance(error, TrainerError):
            traceback.print_exc(file=sys.stderr)
        return job.outcome(State.FAILED, _reason(error), error)
    return job.outcome(State.FINISHED, f"trained {job.step:,} steps")


class Job:
    def __init__(self, folder: RunFolder, datasets: Path, device: str, control: Control) -> None:
        self._folder = folder
        self._datasets = datasets
        self._device = device
        self._control = control
        self._training: Training | None = None
        self._environment: Mapping[str, Any] = {}

    @property
    def step(self) -> int:
        return self._training.step if self._training else 0

    def run(self) -> None:
        """Raises TrainerError, StopRequested, and whatever a framework raises."""
        reporter = Reporter(self._folder)
        try:
            self._run(reporter)
        finally:
            reporter.close()

    def _run(self, reporter: Reporter) -> None:
        spec = _read_spec(self._folder)
        dataset = _open_dataset(spec, self._datasets)
        setup = _setup(spec, dataset, self._device)
        self._control.check()
        reporter.progress(Progress(f"importing {spec.framework.display_name}"))
        module = import_engine(setup)
        self._control.check()
        reporter.progress(Progress("building"))
        engine = _create_engine(module, setup, may_choose=spec.device == "auto")
        self._describe(engine)
        data = open_data(dataset, setup.parameters["validation_split"], spec.seed)
        self._training = Training(setup, engine, data, self._folder, reporter, self._control)
        self._training.run()

    def _describe(self, engine: Engine) -> None:
        """Write down what was found, and show it in the log."""
        self._environment = {"python": platform.python_version(), **engine.environment()}
        write_atomically(self._folder.environment, json.dumps(self._environment, indent=1))
        packages = ", ".join(f"{k} {v}" for k, v in self._environment["packages"].items())
        print(f"{packages} on {self._environment['device']}")

    def outcome(self, state: State, reason: str, error: Exception | None = None) -> Outcome:
        return Outcome(
            state=state,
            reason=reason,
            exit_code=1 if error else 0,
            ended=round(time() * 1e6),
            error_type=type(error).__name__ if error else "",
            traceback=_unforeseen(error),
            environment=self._environment,
        )


def _read_spec(folder: RunFolder) -> RunSpec:
    try:
        return folder.read_spec()
    except ValueError as error:
        raise TrainerError(f"{folder.spec.name} is damaged: {error}") from error


def _open_dataset(spec: RunSpec, datasets: Path) -> PreparedDataset:
    dataset = PreparedDataset.read(datasets / spec.dataset)
    if dataset is None:
        raise TrainerError(
            f"the dataset {spec.dataset} is not prepared in {datasets}, or is damaged: "
            "prepare it and start the run again"
        )
    if dataset.sha256 != spec.dataset_hash:
        raise TrainerError(
            f"the dataset {spec.dataset} is not the one that the run was made for: its SHA-256 is "
            f"{dataset.sha256[:12]}…, that of the run {spec.dataset_hash[:12]}…. Clone the run "
            "to train it on the dataset as it is now"
        )
    return dataset


def _create_engine(module: EngineModule, setup: Setup, *, may_choose: bool) -> Engine:
    """The engine on the device it was given or, if the run leaves the choice, on the CPU where there is no GPU."""
    try:
        return module.create_engine(setup)
    except NoGpuError as error:
        if not may_choose:
            raise
        print(f"{error}. It goes on with the CPU.")
        return module.create_engine(replace(setup, device="cpu"))


def _setup(spec: RunSpec, dataset: PreparedDataset, device: str) -> Setup:
    try:
        template = get_template(spec.template)
    except UnknownTemplate as error:
        raise TrainerError(str(error)) from error
    if misfit := template.misfit(spec.parameters, dataset.info):
        raise TrainerError(misfit)
    return Setup(
        framework=spec.framework,
        mode=spec.mode,
        device=device,
        template=template,
        dataset=dataset.info,
        parameters=spec.parameters,
        seed=spec.seed,
    )


def _reason(error: Exception) -> str:
    """Why it failed, in a line."""
    if isinstance(error, TrainerError):
        return str(error)
    first_line = str(error).strip().partition("\n")[0]
    reason = f"{type(error).__name__}: {first_line}" if first_line else type(error).__name__
    if _is_out_of_memory(error):
        return f"the device ran out of memory: try a smaller batch size ({reason})"
    return reason


def _unforeseen(error: Exception | None) -> str:
    """The traceback of an error whose reason alone does not tell a person what to mend."""
    if error is None or isinstance(error, TrainerError):
        return ""
    return "".join(traceback.format_exception(error))


def _is_out_of_memory(error: Exception) -> bool:
    """By name, since no framework can be imported here to ask for its class."""
    names = {cls.__name__ for cls in type(error).__mro__}
    text = str(error).lower()
    return (
        bool(names & {"MemoryError", "OutOfMemoryError", "ResourceExhaustedError"})
        or "out of memory" in text
        or "can't allocate memory" in text
    )
