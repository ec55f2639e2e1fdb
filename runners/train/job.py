"""One run from its spec to its outcome, whatever happens in between."""

from __future__ import annotations

import errno
import json
import math
import platform
import sys
import traceback
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from time import monotonic, perf_counter, sleep, time
from typing import Any

from runners.protocol import (
    ArtifactKind,
    DuelRole,
    Outcome,
    Progress,
    RunFolder,
    RunSpec,
    State,
)
from runners.templates.own import line_in
from runners.templates.template import Template
from runners.train.apart import ROLES, Apart
from runners.train.checkpoints import Checkpoints
from runners.train.class_weights import class_weights
from runners.train.code import code_facts, template_files
from runners.train.control import Control, StopRequested
from runners.train.data import Data, open_data
from runners.train.engine import CheckpointError, Engine, EngineModule, import_engine
from runners.train.loop import Training
from runners.train.memory import is_out_of_memory
from runners.train.position import Position
from runners.train.preparing import open_dataset, read_spec, setup_of
from runners.train.pretrained import weights_facts, without_weights
from runners.train.reporter import Reporter
from runners.train.setup import NoGpuError, Setup, TrainerError
from runners.train.timing import Timing

_FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
_RETRY_S = 0.5
_PATIENCE_S = 5.0
"""How long a full disk is waited for at the end by a trainer that is asked to stop."""


def run_job(
    folder: RunFolder,
    datasets: Path,
    device: str,
    control: Control,
    *,
    resume: bool = False,
    begun: float | None = None,
    replicas: int = 1,
) -> Outcome:
    """Train the run in the folder and write down how it ended. Raises nothing.

    While there is no space to write, it waits, unless it is asked to stop. ``begun`` is when the trainer
    did, by `perf_counter`, ``replicas`` how many copies of the model train together.
    """
    timing = Timing(perf_counter() if begun is None else begun)
    job = Job(folder, datasets, device, control, timing, resume=resume, replicas=replicas)
    try:
        job.run()
    except StopRequested as request:
        outcome = job.outcome(State.STOPPED, f"{request} {job.whereabouts}")
    except Exception as error:
        if not isinstance(error, TrainerError):
            traceback.print_exc(file=sys.stderr)
        outcome = job.outcome(State.FAILED, job.reason(error), error)
    else:
        outcome = job.outcome(State.FINISHED, job.done)
    job.leave(outcome)
    return outcome


class Job:
    def __init__(
        self,
        folder: RunFolder,
        datasets: Path,
        device: str,
        control: Control,
        timing: Timing,
        *,
        resume: bool,
        replicas: int,
    ) -> None:
        self._folder = folder
        self._datasets = datasets
        self._device = device
        self._replicas = replicas
        self._engine: Engine | None = None
        self._control = control
        self._resume = resume
        self._reporter: Reporter | None = None
        self._training: Training | None = None
        self._setup: Setup | None = None
        self._environment: Mapping[str, Any] = {}
        self._timing = timing
        self._apart = ""

    @property
    def step(self) -> int:
        return self._training.step if self._training else 0

    @property
    def done(self) -> str:
        if self._apart:
            return self._apart
        early = self._training.early if self._training else ""
        return f"trained {self.step:,} steps{early}"

    @property
    def whereabouts(self) -> str:
        if self._training:
            return f"at step {self._training.step}"
        return "before it went on" if self._resume else "before its first step"

    def reason(self, error: Exception) -> str:
        """Why it failed, in a line, and where in a template of the user's."""
        own = self._setup.template.folder if self._setup else None
        place = line_in(error, own) if own else ""
        return f"{_reason(error)} ({own.name}/{place})" if own and place else _reason(error)

    def run(self) -> None:
        """Raises TrainerError, StopRequested, and whatever a framework raises."""
        self._reporter = reporter = self._open_reporter()
        spec = read_spec(self._folder)
        reporter.keep_file(self._folder.spec, spec.to_json(), written=True)
        dataset = open_dataset(spec, self._datasets)
        self._setup = setup_of(
            spec, dataset, self._device, self._replicas, self._folder, resume=self._resume
        )
        data = open_data(dataset, self._setup)
        setup = replace(self._setup, class_weights=class_weights(self._setup, data.train))
        self._keep_code(setup.template, spec, reporter)
        module = self._import(setup, reporter)
        if spec.duel is not None and spec.duel.role in ROLES:
            self._apart = self._do_apart(module, spec, setup, data, reporter)
        else:
            self._training = self._begin(module, spec, setup, data, reporter)
            self._training.run()

    def _import(self, setup: Setup, reporter: Reporter) -> EngineModule:
        reporter.progress(Progress(f"importing {setup.framework.display_name}"))
        with self._control.interruptible():
            self._timing.begin()
            module = import_engine(setup)
            self._timing.imported()
        return module

    def _begin(
        self, module: EngineModule, spec: RunSpec, setup: Setup, data: Data, reporter: Reporter
    ) -> Training:
        """The training at its beginning, or where its last checkpoint left it."""
        reporter.progress(Progress("building"))
        bare = replace(setup, parameters=without_weights(setup.parameters))
        with self._control.interruptible():
            built = bare if self._resume else setup
            engine = _create_engine(module, built, may_choose=spec.device == "auto")
            self._engine = engine
            self._timing.built()
            self._describe(engine, reporter)
            checkpoints = Checkpoints(setup, self._folder, reporter)
            position = Position()
            if self._resume:
                engine, position = _go_on(module, (bare, setup), spec, engine, checkpoints)
                self._engine = engine
                reporter.rewind(position.step)
                self._timing.resumed(position.step)
        return Training(
            setup, engine, data, self._folder, reporter, self._control, checkpoints, position, self._timing
        )  # fmt: skip

    def _do_apart(
        self, module: EngineModule, spec: RunSpec, setup: Setup, data: Data, reporter: Reporter
    ) -> str:
        """What a run does for its duel in the place of a training."""
        assert spec.duel
        role = spec.duel.role
        may_choose = spec.device == "auto" and role is not DuelRole.LARGEST

        def create(given: Setup) -> Engine:
            with self._control.interruptible():
                engine = _create_engine(module, given, may_choose=may_choose)
            self._describe(engine, reporter)
            return engine

        artifacts, control = self._folder.artifacts, self._control
        return ROLES[role](Apart(create, setup, data, artifacts, reporter, control, self._timing))

    def leave(self, outcome: Outcome) -> None:
        """Write what could not be written yet, and the outcome as the last act."""
        patience = math.inf
        while not self._left(outcome):
            if patience == math.inf and (self._reporter is None or self._is_to_stop()):
                patience = monotonic() + _PATIENCE_S
            if monotonic() >= patience:
                print("How it ended could not be written down: there is no space.")
                break
            if self._reporter is not None:
                self._reporter.progress(Progress("waiting for disk space", self.step))
            sleep(_RETRY_S)
        if self._engine is not None:
            self._engine.close()
        if self._reporter is not None:
            self._reporter.close()

    def _left(self, outcome: Outcome) -> bool:
        reason = outcome.reason
        if self._training is not None and not self._training.settle():
            reason += "; there was no space for its last checkpoint"
        if self._reporter is not None:
            self._reporter.tend()
            if not self._reporter.settled:
                return False
        try:
            self._folder.write_outcome(replace(outcome, reason=reason, ended=_now()))
        except OSError:
            return False
        return True

    def _is_to_stop(self) -> bool:
        try:
            self._control.check()
        except StopRequested:
            return True
        return False

    def _open_reporter(self) -> Reporter:
        """Raises OSError for other reasons than a full disk, which is waited for, and StopRequested."""
        while True:
            self._control.check()
            try:
                return Reporter(self._folder)
            except OSError as error:
                if error.errno not in _FULL:
                    raise
            sleep(_RETRY_S)

    def _keep_code(self, template: Template, spec: RunSpec, reporter: Reporter) -> None:
        """Keep the files that are trained with, and what is known of where they come from."""
        files = template_files(template, spec.framework)
        self._environment = {"python": platform.python_version(), "code": code_facts(files)}
        for name, text in files.items():
            path = self._folder.artifacts / "code" / name
            reporter.keep_file(path, text)
            reporter.artifact(f"code/{name}", ArtifactKind.CODE, path)

    def _describe(self, engine: Engine, reporter: Reporter) -> None:
        """Write down what was found, and show it in the log."""
        found = {**engine.environment(), **self._weights_facts()}
        self._environment = {**self._environment, **found}
        reporter.keep_file(self._folder.environment, json.dumps(self._environment, indent=1))
        packages = ", ".join(f"{k} {v}" for k, v in self._environment["packages"].items())
        print(f"{packages} on {self._environment['device']}")

    def _weights_facts(self) -> Mapping[str, Any]:
        """As `weights_facts`. A resumed training does not look at the file again."""
        if not self._resume:
            return weights_facts(self._setup) if self._setup else {}
        try:
            before = json.loads(self._folder.environment.read_text("utf-8"))
            return {"weights": before["weights"]}
        except (OSError, ValueError, LookupError, TypeError):
            return {}

    def outcome(self, state: State, reason: str, error: Exception | None = None) -> Outcome:
        return Outcome(
            state=state,
            reason=reason,
            exit_code=1 if error else 0,
            ended=_now(),
            error_type=type(error).__name__ if error else "",
            traceback=_unforeseen(error),
            environment=self._environment,
        )


def _create_engine(module: EngineModule, setup: Setup, *, may_choose: bool) -> Engine:
    """The engine on the device it was given or, if the run leaves the choice, on the CPU where there is no GPU."""
    try:
        return module.create_engine(setup)
    except NoGpuError as error:
        if not may_choose:
            raise
        print(f"{error}. It goes on with the CPU.")
        return module.create_engine(replace(setup, device="cpu"))


def _go_on(
    module: EngineModule,
    setups: tuple[Setup, Setup],
    spec: RunSpec,
    engine: Engine,
    checkpoints: Checkpoints,
) -> tuple[Engine, Position]:
    """An engine in the state of the last usable checkpoint and where that was, or both at their beginning.

    ``setups`` are for an engine that gets the weights of a checkpoint, and for one that begins anew.
    """
    bare, setup = setups
    for path in checkpoints.candidates(engine):
        try:
            position = checkpoints.load(engine, path)
        except CheckpointError as error:
            print(f"The checkpoint {path.name} cannot be used: {error}.")
            engine.close()
            engine = _create_engine(module, bare, may_choose=spec.device == "auto")
        else:
            print(f"The training goes on from {path.name}, at step {position.step}.")
            return engine, position
    print("There is no usable checkpoint: the training begins anew.")
    if bare.parameters != setup.parameters:
        engine.close()
        engine = _create_engine(module, setup, may_choose=spec.device == "auto")
    return engine, Position()


def _now() -> int:
    return round(time() * 1e6)


def _reason(error: Exception) -> str:
    """Why it failed, in a line."""
    if isinstance(error, TrainerError):
        return str(error)
    first_line = str(error).strip().partition("\n")[0]
    reason = f"{type(error).__name__}: {first_line}" if first_line else type(error).__name__
    if is_out_of_memory(error):
        return f"the device ran out of memory: try a smaller batch size ({reason})"
    return reason


def _unforeseen(error: Exception | None) -> str:
    """The traceback of an error whose reason alone does not tell a person what to mend."""
    if error is None or isinstance(error, TrainerError):
        return ""
    return "".join(traceback.format_exception(error))
