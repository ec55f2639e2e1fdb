"""Gathers all that the runs of a duel measured into one record that can be judged without them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from runners.protocol import FRAMEWORKS, DuelRole, Framework, State
from runners.templates import folder_of
from storage.errors import StoreError
from storage.home import Home
from storage.records import DuelRecord, RunRecord
from storage.store import Store
from workbench.duel import unequal
from workbench.duel.checking import request_of
from workbench.duel.exporting import read_exports
from workbench.duel.machine import machine
from workbench.duel.match import Match
from workbench.duel.measuring import measure, measure_scaled
from workbench.duel.proving import by_contestant, proofs
from workbench.duel.results import Results
from workbench.duel.schedule import newest, parts
from workbench.requests import CheckedRequest, InvalidRequest, check_request
from workbench.script_writer.writer import CannotBeWrittenError, Training, script

_SCALED = (DuelRole.SCALE, DuelRole.LARGEST)


def collect(store: Store, home: Home, duel: DuelRecord) -> Results:
    """What is known so far. Raises StoreError, also for a duel that cannot be read."""
    try:
        match = replace(Match.from_json(duel.match), name=duel.name)
    except ValueError as error:
        raise StoreError(f'The duel "{duel.name}" cannot be read: {error}') from error
    counted = newest(match, store.duels.runs(duel.id))
    ran = [
        (part, counted[part])
        for part in parts(duel.id, match)
        if part in counted and counted[part].state is not State.QUEUED
    ]
    of_proofs = by_contestant([run for part, run in ran if part.role is DuelRole.PROOF])
    trained = [(part, run) for part, run in ran if part.role is DuelRole.MATCH]
    measured = tuple(measure(store, run, match.target, part.contestant) for part, run in trained)
    scaled = [measure_scaled(store, run, part) for part, run in ran if part.role in _SCALED]
    request = _request(match, home, [*counted.values()])
    return Results(
        duel=duel.id,
        name=duel.name,
        created=duel.created,
        match=match,
        dataset_hash=next((run.spec.dataset_hash for run in counted.values()), ""),
        proofs=tuple(proofs(match, of_proofs)),
        measured=measured,
        machine=machine([run for _, run in ran], measured),
        unequal=tuple(unequal.sentences(match, request, measured)) if request else (),
        code=_code(request) if request else {},
        scaled=tuple(scaled),
        exported=tuple(read_exports(store, home, {run.id: part for part, run in trained})),
    )


def _request(match: Match, home: Home, runs: Sequence[RunRecord]) -> CheckedRequest | None:
    """What the first contestant trains, with the template that its runs kept; None if it cannot be told any more."""
    kept = [home.run_folder(run.id).template for run in runs]
    templates = next((folder for folder in kept if folder.is_dir()), home.templates)
    shared = replace(match.contestants[0], parameters={}, interpreter="")
    for contestant in (shared, match.contestants[0]):
        try:
            return check_request(request_of(match, contestant), home.datasets, templates)
        except InvalidRequest:
            continue
    return None


def _code(request: CheckedRequest) -> Mapping[str, str]:
    """The texts that train the model, by framework: whole scripts, or where these cannot be written, the template's own files."""
    try:
        return {each.value: script(_training(request, each)) for each in FRAMEWORKS}
    except (CannotBeWrittenError, OSError, SyntaxError):
        folder = folder_of(request.declared)
        return {each.value: text for each in FRAMEWORKS if (text := _text(folder / f"{each}.py"))}


def _training(request: CheckedRequest, framework: Framework) -> Training:
    return Training(
        template=request.declared,
        framework=framework,
        dataset=request.info,
        parameters=request.parameters,
        seed=request.seed,
    )


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""
