"""The core that the window and the command line share: what can be done, without any of the two."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Self

from runners.datasets import prepare_dataset
from runners.datasets.dataset import PreparedDataset, ProgressCallback
from runners.devices import read_devices
from runners.protocol import Framework, Request, RunSpec
from runners.scheduler import launch
from storage.home import Home
from storage.records import RunRecord
from storage.store import Store
from workbench.errors import WorkbenchError
from workbench.interpreters import Installation, find_framework
from workbench.paths import default_home
from workbench.requests import CheckedRequest, InvalidRequest, RunRequest, check_request
from workbench.settings import get_setting, interpreter_setting, source_setting


class Workbench:
    """One home, opened. Safe to use from several threads."""

    def __init__(self, home: Home, store: Store) -> None:
        self.home = home
        self.store = store

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

    def queue(self, request: RunRequest, on_progress: ProgressCallback | None = None) -> RunRecord:
        """Check, prepare the dataset, freeze the spec, queue, and see that a scheduler runs.

        Raises InvalidRequest, DatasetError, WorkbenchError (a missing framework) or StoreError.
        """
        checked = check_request(request)
        _require_device(checked.device)
        installation = self.installation(checked.framework)
        if installation.problem:
            raise WorkbenchError(installation.problem)
        dataset = self.prepare(checked.dataset, on_progress)
        run = self.store.create_run(
            _freeze(checked, dataset, installation),
            name=checked.name,
            experiment=checked.experiment,
            tags=checked.tags,
        )
        self.start_scheduler()
        return run

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

    def installation(self, framework: Framework) -> Installation:
        """The framework as the interpreter that would train it has it."""
        setting = get_setting(interpreter_setting(framework))
        return find_framework(framework, setting.value(self.store))

    def stop(self, run_ids: Iterable[int], *, kill: bool = False) -> None:
        """Ask runs to stop and see that a scheduler runs that makes them."""
        self.store.request(run_ids, Request.KILL if kill else Request.STOP)
        self.start_scheduler()

    def start_scheduler(self) -> None:
        """Start the scheduler of this home, detached, unless it runs."""
        if not launch.scheduler_alive(self.store):
            launch.start_scheduler(self.home)

    def request_of(self, run: RunRecord) -> RunRequest:
        """The request that would train the same again."""
        spec = run.spec
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
        )

    def _source(self, dataset: str) -> Path | None:
        """The folder that the settings name for a dataset's files."""
        folder = self.store.setting(source_setting(dataset))
        return Path(folder) if folder else None


def _require_device(device: str) -> None:
    """Only a GPU that is there: a run for another one would wait for ever."""
    if not device.startswith("cuda:"):
        return
    there = [found.id for found in read_devices()]
    if device not in there:
        names = ", ".join(["auto", *there])
        raise InvalidRequest({"device": f"this machine has no {device}; there are: {names}"})


def _freeze(
    request: CheckedRequest, dataset: PreparedDataset, installation: Installation
) -> RunSpec:
    return RunSpec(
        template=request.template,
        framework=request.framework,
        mode=request.mode,
        dataset=request.dataset,
        dataset_hash=dataset.sha256,
        parameters=request.parameters,
        seed=request.seed,
        device=request.device,
        interpreter=installation.interpreter,
    )
