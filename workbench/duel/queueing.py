"""What can be done with duels: start, look, stop, resume, extend. Bound as ``Workbench.duels``."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from time import time_ns
from typing import TYPE_CHECKING
from uuid import uuid4

from runners.export.formats import get_format
from runners.parameters import Integer, Parameter, ParameterError, complete
from runners.protocol import DuelPart, RunSpec, Scalar, State
from storage.errors import StoreError, UnknownDuel
from storage.records import DuelRecord, NewRun, QueueOptions, RunRecord
from workbench.duel.checking import NO_LARGEST, check_match
from workbench.duel.match import Match
from workbench.duel.schedule import Part, newest, parts
from workbench.duel.state import DuelState, state_of
from workbench.errors import WorkbenchError
from workbench.requests import InvalidRequest

if TYPE_CHECKING:
    from workbench.bench import Workbench
    from workbench.duel.results import Results
    from workbench.exports.exporting import Exported

__all__ = ["DuelState", "Duels"]

logger = logging.getLogger(__name__)

_SHORTEST = 4
"""Characters of the beginning of an id that name a duel."""
_ALONE = QueueOptions(alone=True)
"""Without the memory that it needs: one that has too little of it is to fail and be reported, not to wait for ever."""
_MORE = Integer(name="seeds", title="Seeds", help="", default=1, minimum=1, maximum=1000)


class Duels:
    """The duels of a home. Safe to use from several threads. All methods raise StoreError; one that names a duel also where there is none."""

    def __init__(self, workbench: Workbench) -> None:
        self._bench = workbench

    # -- looking ------------------------------------------------------------------------------------
    def list(self, *, trashed: bool = False) -> Sequence[DuelState]:
        """Newest first. One that a newer version of Twinbench wrote is left out."""
        found: Sequence[DuelRecord] = self._bench.store.duels.list(trashed=trashed)
        states = []
        for duel in found:
            try:
                states.append(state_of(duel, self._runs(duel.id), _now()))
            except ValueError as error:
                logger.warning("the duel %s cannot be read: %s", duel.id, error)
        return states

    def state(self, duel: str) -> DuelState:
        record, _ = self._known(duel)
        return state_of(record, self._runs(duel), _now())

    def find(self, text: str, *, trashed: bool = False) -> DuelRecord:
        """By name, by id, or by the beginning of its id; the newest of that name. Raises UnknownDuel."""
        wanted = text.strip()
        every = self._bench.store.duels.list(trashed=trashed)
        named = [duel for duel in every if duel.name == wanted]
        if len(wanted) >= _SHORTEST:
            named += [duel for duel in every if duel.id.startswith(wanted)]
        if named:
            return named[0]
        raise UnknownDuel(f'There is no duel "{text}". `twinbench duels` lists them.')

    def results(self, duel: str) -> Results:
        """All that was measured so far."""
        from workbench.duel.collecting import collect

        return collect(self._bench.store, self._bench.home, self._bench.store.duels.read(duel))

    # -- asking -------------------------------------------------------------------------------------
    def start(
        self, match: Match, on_progress: Callable[[str, float], None] | None = None
    ) -> DuelRecord:
        """Check a match, prepare its dataset, and queue all its runs.

        A contestant whose framework is not installed gets runs that failed, which say so. Raises InvalidRequest, DatasetError, and
        WorkbenchError where no contestant can train.
        """
        bench = self._bench
        checked = check_match(match, bench.home.datasets, bench.home.templates)
        bench.require_device(match.device)
        self._require_gpu(match)
        found = [bench.installation(one.framework, one.interpreter) for one in checked]
        problems = [one.problem for one in found]
        if all(problems):
            raise WorkbenchError("\n".join(dict.fromkeys(problems)))
        dataset = bench.prepare(match.dataset, on_progress)
        specs = [
            one.spec(dataset.sha256, there.interpreter)
            for one, there in zip(checked, found, strict=True)
        ]
        match = _typed(match, checked[0].declared.declared, name=self._free_name(match))
        duel = uuid4().hex
        new = [
            replace(
                _new_run(duel, match, part, specs[part.contestant]),
                template=checked[part.contestant].declared.folder,
                problem=problems[part.contestant],
            )
            for part in parts(duel, match)
        ]
        record = bench.store.duels.create(duel, match.name, match.to_json(), new)
        bench.start_scheduler()
        return record

    def stop(self, duel: str) -> None:
        """Ask all its runs that have not ended to stop."""
        going = [run.id for run in self._runs(duel) if not run.state.final]
        self._bench.stop(going)

    def resume(self, duel: str) -> None:
        """Queue a new run for whatever did not finish, and release what is held. Raises WorkbenchError if that is nothing."""
        record, match = self._known(duel)
        runs = self._runs(duel)
        counted = newest(match, runs)
        missing = [part for part in parts(duel, match) if _is_missing(counted.get(part))]
        held = [
            run.id for run in counted.values() if run.state is State.QUEUED and run.options.held
        ]
        if not missing and not held:
            goes_on = any(not run.state.final for run in counted.values())
            why = "goes on already" if goes_on else "is finished: there is nothing left to train. Extend it by more seeds"  # fmt: skip
            raise WorkbenchError(f'The duel "{record.name}" {why}.')
        new = self._anew(record, match, missing, runs)
        if held:
            self._bench.hold(held, False)
        self._bench.store.duels.add(duel, match.to_json(), new)
        self._bench.start_scheduler()

    def extend(self, duel: str, seeds: int | str) -> None:
        """Let each contestant train with so many further seeds. Raises InvalidRequest and WorkbenchError."""
        try:
            count = _MORE.parse(str(seeds))
        except ParameterError as error:
            raise InvalidRequest({"seeds": str(error)}) from error
        assert isinstance(count, int)
        record, match = self._known(duel)
        first = max(match.seeds) + 1
        longer = replace(match, seeds=(*match.seeds, *range(first, first + count)))
        check_match(longer, self._bench.home.datasets, self._bench.home.templates)
        added = [part for part in parts(duel, longer) if part.seed >= first]
        new = self._anew(record, longer, added, self._runs(duel))
        self._bench.store.duels.add(duel, longer.to_json(), new)
        self._bench.start_scheduler()

    def export(
        self,
        duel: str,
        formats: Sequence[str] = (),
        on_progress: Callable[[str, float], None] = lambda _text, _fraction: None,
        on_log: Callable[[str], None] = lambda _line: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Sequence[tuple[RunRecord, Exported]]:
        """Export its trainings, as `workbench.duel.exporting.export_runs` does. Raises UnknownFormat, WorkbenchError."""
        from workbench.duel.exporting import export_runs, exportable

        asked = [get_format(name).id for name in formats]
        _, match = self._known(duel)
        runs = exportable(match, self._runs(duel))
        return export_runs(self._bench, runs, asked, on_progress, on_log, cancelled)

    def rename(self, duel: str, name: str) -> None:
        """Raises StoreError for an empty name."""
        self._bench.store.duels.rename(duel, name)

    def trash(self, duel: str) -> None:
        """Put it into the trash with its runs. Raises WorkbenchError while one of them trains."""
        record = self._bench.store.duels.read(duel)
        if any(run.state.active for run in self._runs(duel)):
            raise WorkbenchError(f'The duel "{record.name}" goes on. Stop it first, then it can be deleted.')  # fmt: skip
        self._bench.store.duels.trash(duel)

    def restore(self, duel: str) -> None:
        """Bring it back from the trash with its runs."""
        self._bench.store.duels.restore(duel)
        self._bench.keep_scheduler()

    def delete_forever(self, duel: str) -> None:
        """Remove one that is in the trash, with its runs and their files. Raises StoreError."""
        self._bench.store.duels.delete(duel)

    def _require_gpu(self, match: Match) -> None:
        """If that is what it takes. Raises InvalidRequest."""
        wanted = match.scaling is not None and match.scaling.largest_batch
        if wanted and [one.id for one in self._bench.devices()] == ["cpu"]:
            raise InvalidRequest({"largest_batch": NO_LARGEST})

    # -- the runs -----------------------------------------------------------------------------------
    def _known(self, duel: str) -> tuple[DuelRecord, Match]:
        record = self._bench.store.duels.read(duel)
        if record.trashed is not None:
            raise StoreError(f'The duel "{record.name}" is in the trash. Bring it back first.')
        try:
            return record, replace(Match.from_json(record.match), name=record.name)
        except ValueError as error:
            raise StoreError(f'The duel "{record.name}" cannot be read: {error}') from error

    def _runs(self, duel: str) -> Sequence[RunRecord]:
        return self._bench.store.duels.runs(duel)

    def _anew(
        self, record: DuelRecord, match: Match, wanted: Sequence[Part], runs: Iterable[RunRecord]
    ) -> Sequence[NewRun]:
        """Runs for parts of a duel that has begun, from what was frozen then. Raises WorkbenchError and DatasetError."""
        models = {
            run.spec.duel.contestant: run
            for run in runs
            if run.spec.duel is not None and not run.spec.duel.scaled
        }
        needed = {part.contestant for part in wanted}
        if gone := [match.contestants[at].name for at in sorted(needed - models.keys())]:
            raise WorkbenchError(
                f"All runs of {', '.join(gone)} were deleted, and with them what is to be trained: start the duel again."
            )
        self._bench.require_datasets(models[at] for at in needed)
        problems = {at: self._problem(models[at].spec) for at in needed}
        return [
            replace(
                _new_run(record.id, match, part, models[part.contestant].spec),
                template=self._template(models[part.contestant]),
                problem=problems[part.contestant],
            )
            for part in wanted
        ]

    def _problem(self, spec: RunSpec) -> str:
        return self._bench.installation(spec.framework, spec.interpreter).problem

    def _template(self, run: RunRecord) -> Path | None:
        """The template of the user's that a run keeps a copy of, if it does."""
        kept = self._bench.kept_template(run.id)
        return kept / run.spec.template if kept else None

    def _free_name(self, match: Match) -> str:
        """What the duel and the experiment of its runs are called."""
        wanted = " ".join(match.name.split()) or f"{match.template} on {match.dataset}"
        store = self._bench.store
        taken = {*store.experiments(), *(duel.name for duel in store.duels.list())}
        name, number = wanted, 1
        while name in taken:
            number += 1
            name = f"{wanted} {number}"
        return name


def _new_run(duel: str, match: Match, part: Part, spec: RunSpec) -> NewRun:
    role = DuelPart(duel, part.contestant, part.role, part.scaled)
    own = {part.scaled: part.value} if part.scaled else {}
    return NewRun(
        spec=replace(spec, seed=part.seed, duel=role, parameters={**spec.parameters, **own}),
        name=f"{match.name}: {part.called(match)}",
        experiment=match.name,
        options=_ALONE,
    )


def _typed(match: Match, declared: Sequence[Parameter], name: str) -> Match:
    """A match that was checked, with parameters in their types, whatever they were typed as."""

    def values(given: Mapping[str, Scalar]) -> dict[str, Scalar]:
        found, _ = complete(declared, given)
        return {name: found[name] for name in given}

    contestants = (replace(one, parameters=values(one.parameters)) for one in match.contestants)
    return replace(
        match, name=name, parameters=values(match.parameters), contestants=tuple(contestants)
    )


def _is_missing(run: RunRecord | None) -> bool:
    return run is None or (run.state.final and run.state is not State.FINISHED)


def _now() -> int:
    return time_ns() // 1000
