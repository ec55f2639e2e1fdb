"""The core that the window and the command line share: what can be done, without any of the two."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Self

from runners.datasets import prepare_dataset
from runners.datasets.dataset import PreparedDataset, ProgressCallback, find_version
from runners.devices import FOUND_DEVICES_SETTING, Device, read_devices
from runners.parameters import Parameter, ParameterError
from runners.protocol import FRAMEWORKS, Framework, Request, RunSpec, State, device_ids
from runners.scheduler import launch
from runners.scheduler.queue import ALL_GPUS
from runners.training_parameters import TRAINING_PARAMETERS
from storage.home import Home
from storage.records import RunFilter, RunRecord, can_resume
from storage.store import Store, StoreError
from workbench import control, health
from workbench.duel.queueing import Duels
from workbench.errors import WorkbenchError
from workbench.exports.door import Exports
from workbench.found_devices import find_devices
from workbench.interpreters import Installation, environment_beside, find_framework, require_python
from workbench.paths import default_home
from workbench.requests import (
    PRIORITY,
    CheckedRequest,
    InvalidRequest,
    RunRequest,
    check_request,
    estimate,
)
from workbench.script_requests import ScriptRequest, check_script, request_of_script
from workbench.settings import get_setting, interpreter_setting, source_setting

QUEUE_HELD = "queue.held"
_EPOCHS = next(one for one in TRAINING_PARAMETERS if one.name == "epochs")


class Workbench:
    """One home, opened. Safe to use from several threads."""

    def __init__(self, home: Home, store: Store) -> None:
        self.home = home
        self.store = store
        self.duels = Duels(self)
        self.exports = Exports(self)

    @classmethod
    def open(cls, home: Path | None = None) -> Workbench:
        """Open the home (by default `workbench.paths.default_home`). Raises StoreError."""
        place = Home((home or default_home()).absolute())
        return cls(place, Store.open(place))

    def close(self) -> None:
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def queue(
        self,
        request: RunRequest | ScriptRequest,
        on_progress: ProgressCallback | None = None,
        templates: Path | None = None,
    ) -> RunRecord:
        """Check, prepare the dataset, freeze the spec, queue, and see that a scheduler runs.

        ``templates`` is where templates of the user's are, by default in the home.

        Raises InvalidRequest, DatasetError, WorkbenchError (a missing framework) or StoreError.
        """
        if isinstance(request, ScriptRequest):
            return self._queue_script(request)
        checked = check_request(request, self.home.datasets, templates or self.home.templates)
        self.require_device(checked.device)
        installation = self.installation(checked.framework, checked.interpreter)
        if installation.problem:
            raise WorkbenchError(installation.problem)
        dataset = self.prepare(checked.dataset, on_progress)
        run = self.store.create_run(
            checked.spec(dataset.sha256, installation.interpreter),
            name=checked.name,
            experiment=checked.experiment,
            tags=checked.tags,
            options=replace(checked.options, memory_bytes=_memory_bytes(checked)),
            parent=checked.parent,
            template=checked.declared.folder,
        )
        self.start_scheduler()
        return run

    def _queue_script(self, request: ScriptRequest) -> RunRecord:
        checked = check_script(request)
        self.require_device(checked.device)
        interpreter = self.script_interpreter(request, checked.framework)
        require_python(interpreter, Path(checked.script.path))
        run = self.store.create_run(
            checked.spec(interpreter),
            name=checked.name,
            experiment=checked.experiment,
            tags=checked.tags,
            options=checked.options,
            parent=checked.parent,
        )
        self.start_scheduler()
        return run

    def script_interpreter(self, request: ScriptRequest, framework: Framework) -> str:
        """The Python that runs a script: the one asked for, that of an environment beside the script, the
        framework's by the settings, or the one that Twinbench runs in. Raises InvalidRequest.
        """  # fmt: skip
        if request.interpreter.strip():
            return _parsed_interpreter(request.interpreter)
        if beside := environment_beside(Path(request.script).expanduser().absolute().parent):
            return str(beside)
        set_one = framework in FRAMEWORKS and get_setting(interpreter_setting(framework))
        return (set_one and set_one.value(self.store)) or sys.executable

    def prepare(
        self,
        dataset: str,
        on_progress: ProgressCallback | None = None,
        source: Path | None = None,
    ) -> PreparedDataset:
        """The dataset in the home, prepared first if need be. Raises DatasetError."""
        if source is None:
            source = self._source(dataset)
        return prepare_dataset(
            dataset,
            self.home.datasets,
            source=source,
            on_progress=on_progress or (lambda _text, _fraction: None),
        )

    def installation(self, framework: Framework, interpreter: str = "") -> Installation:
        """The framework as an interpreter has it, by default the one that the settings name. Raises InvalidRequest."""
        if interpreter:
            return find_framework(framework, _parsed_interpreter(interpreter))
        setting = get_setting(interpreter_setting(framework))
        return find_framework(framework, setting.value(self.store))

    def devices(self) -> list[Device]:
        """The CPU, the GPUs, and what frameworks were found to see."""
        return read_devices(self.store.setting(FOUND_DEVICES_SETTING))

    def find_devices(
        self, *, anew: bool = False, cancelled: Callable[[], bool] = lambda: False
    ) -> None:
        """Ask the installed frameworks which devices they see, each installation once or ``anew``. Takes seconds."""
        find_devices(self.store, self.installation, anew=anew, cancelled=cancelled)

    def stop(self, run_ids: Iterable[int], *, kill: bool = False) -> None:
        """Ask runs to stop and see that a scheduler runs that makes them."""
        self.store.request(run_ids, Request.KILL if kill else Request.STOP)
        self.start_scheduler()

    def pause(self, run_ids: Iterable[int]) -> None:
        """Let runs that train wait at their next step, and hold those that are queued."""
        control.pause(self.store, run_ids)
        self.start_scheduler()

    def resume(self, run_ids: Iterable[int]) -> None:
        """Let paused runs go on, release held ones, and queue again those that ended before they were finished.

        Raises WorkbenchError with the reason of each run that cannot go on; then none is changed.
        """
        ids = list(run_ids)
        runs = [self.store.run(run_id) for run_id in ids]
        self.require_datasets(run for run in runs if can_resume(run))
        control.resume(self.store, self.home, ids)
        self.start_scheduler()

    def retry(
        self, run_ids: Iterable[int], on_progress: ProgressCallback | None = None
    ) -> list[RunRecord]:
        """Train the same as ended runs again, each as a new run whose parent is the old one. Raises as `queue`."""
        return [
            self.queue(self.request_of(run), on_progress, self.kept_template(run.id))
            for run in control.ended(self.store, run_ids)
        ]

    def kept_template(self, run_id: int) -> Path | None:
        """Where the run's own copy of a template of the user's is, if it has one."""
        kept = self.home.run_folder(run_id).template
        return kept if kept.is_dir() else None

    def extend(self, run_id: int, epochs: int | str) -> RunRecord:
        """Let an ended run go on from its last checkpoint to more epochs, ``epochs`` in all.

        Raises InvalidRequest for a number out of range, WorkbenchError for a run that cannot go on.
        """
        wanted = _parsed(_EPOCHS, epochs)
        self.require_datasets([self.store.run(run_id)])
        control.extend(self.store, self.home, run_id, wanted)
        self.start_scheduler()
        return self.store.run(run_id)

    def hold(self, run_ids: Iterable[int], held: bool) -> None:
        """Let queued runs wait until they are released, or release them."""
        self.store.set_queue_options(run_ids, held=held)
        self.start_scheduler()

    def set_priority(self, run_ids: Iterable[int], priority: int | str) -> None:
        """Among queued runs a larger priority starts first. Raises InvalidRequest for one out of range."""
        self.store.set_queue_options(run_ids, priority=_parsed(PRIORITY, priority))
        self.start_scheduler()

    def set_alone(self, run_ids: Iterable[int], alone: bool) -> None:
        """Let queued runs train while nothing else does on the machine, or beside others."""
        self.store.set_queue_options(run_ids, alone=alone)
        self.start_scheduler()

    def hold_queue(self, held: bool) -> None:
        """Start nothing more until the queue is released. What trains goes on."""
        self.store.set_setting(QUEUE_HELD, held)
        self.start_scheduler()

    def health(self) -> health.Health:
        """Whether the home can take what runs and people give it; never raises."""
        try:
            alive = launch.scheduler_alive(self.store)
        except StoreError as error:
            found = health.look(self.home)
            return replace(found, problem=found.problem or str(error))
        return health.look(self.home, alive)

    def keep_scheduler(self) -> None:
        """Start a scheduler if there is something for it to do and none lives, so that states are true. Raises StoreError."""
        if launch.scheduler_alive(self.store) is None and self._is_busy():
            launch.start_scheduler(self.home)

    def _is_busy(self) -> bool:
        filters = [
            RunFilter(state=state, trashed=trashed, limit=1)
            for state in State
            if state.active
            for trashed in (False, True)
        ]
        return bool(self.store.queue()) or any(self.store.runs(which) for which in filters)

    def start_scheduler(self) -> None:
        """Start the scheduler of this home, detached, unless it runs."""
        if not launch.scheduler_alive(self.store):
            launch.start_scheduler(self.home)

    def request_of(self, run: RunRecord) -> RunRequest | ScriptRequest:
        """The request that would train the same again, with the run as the parent."""
        spec = run.spec
        if spec.script is not None:
            return replace(
                request_of_script(spec),
                experiment=run.experiment,
                tags=run.tags,
                priority=run.options.priority,
                alone=run.options.alone,
                parent=run.id,
            )
        return RunRequest(
            template=spec.template,
            framework=spec.framework,
            dataset=spec.dataset,
            mode=spec.mode,
            parameters=dict(spec.parameters),
            seed=spec.seed,
            device=spec.device,
            experiment=run.experiment,
            tags=run.tags,
            priority=run.options.priority,
            alone=run.options.alone,
            parent=run.id,
            interpreter=self._chosen_interpreter(spec),
        )

    def _chosen_interpreter(self, spec: RunSpec) -> str:
        """That of a run, "" where it is the one that the settings name or is gone."""
        usual = get_setting(interpreter_setting(spec.framework)).value(self.store) or sys.executable
        kept = spec.interpreter != usual and Path(spec.interpreter).is_file()
        return spec.interpreter if kept else ""

    def require_device(self, device: str) -> None:
        """Only a GPU that is there: a run for another one would wait for ever. Raises InvalidRequest."""
        there = [found.id for found in self.devices()]
        if device == ALL_GPUS and there == ["cpu"]:
            raise InvalidRequest({"device": "this machine has no GPU; there are: auto, cpu"})
        for one in () if device == ALL_GPUS else device_ids(device):
            if one not in ("auto", *there):
                names = ", ".join(["auto", *there])
                raise InvalidRequest({"device": f"this machine has no {one}; there are: {names}"})

    def require_datasets(self, runs: Iterable[RunRecord]) -> None:
        """See that ended runs find the same data as before. Raises WorkbenchError, DatasetError."""
        for run in runs:
            if run.spec.script or not run.state.final:
                continue
            if not self.has_data_of(run):
                raise WorkbenchError(
                    f'Run {run.id} "{run.name}" cannot go on: the dataset {run.spec.dataset} is not the one '
                    "that it began with. Retry it to train on the present one as a new run."
                )

    def has_data_of(self, run: RunRecord, on_progress: ProgressCallback | None = None) -> bool:
        """Whether the very data are there that a run was trained on, prepared first if need be. Raises DatasetError."""
        name, sha256 = run.spec.dataset, run.spec.dataset_hash
        if find_version(self.home.datasets, name, sha256):
            return True
        return self.prepare(name, on_progress).sha256 == sha256

    def _source(self, dataset: str) -> Path | None:
        """The folder that the settings name for a dataset's files."""
        folder = self.store.setting(source_setting(dataset))
        return Path(folder) if folder else None


def _parsed_interpreter(text: str) -> str:
    """Raises InvalidRequest."""
    try:
        return str(get_setting(interpreter_setting(Framework.PYTORCH)).parse(text))
    except ValueError as error:
        raise InvalidRequest({"interpreter": str(error)}) from error


def _parsed(parameter: Parameter, given: int | str) -> int:
    """Raises InvalidRequest."""
    try:
        value = parameter.parse(str(given))
    except ParameterError as error:
        raise InvalidRequest({parameter.name: str(error)}) from error
    assert isinstance(value, int)
    return value


def _memory_bytes(request: CheckedRequest) -> int:
    """What a run needs of its device's memory, roughly."""
    found = estimate(request)
    return found.memory_bytes + found.framework_bytes
