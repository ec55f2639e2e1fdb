"""The runs of a duel exported, and what their exports say, as records of the duel."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from runners.export.formats import TRAINED
from runners.export.manifest import Manifest
from runners.protocol import DuelRole, State
from storage.home import Home
from storage.records import ExportRecord, RunRecord
from storage.store import Store
from workbench.duel.match import Match
from workbench.duel.results import Exported
from workbench.duel.schedule import Part, newest
from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from workbench.bench import Workbench
    from workbench.exports.exporting import Exported as Made

Tell = Callable[[str, float], None]
_MAKING = 0.6
"""The part of the time that making and checking take, roughly."""


def read_exports(store: Store, home: Home, parts: Mapping[int, Part]) -> Iterator[Exported]:
    """The newest export of each of these runs to each format. Raises StoreError."""
    found: dict[tuple[int, str], ExportRecord] = {}
    for record in store.exports.list(parts.keys()):
        found.setdefault((record.run_id, record.format), record)
    for record in found.values():
        part = parts[record.run_id]
        problem, figures = _told(home, record)
        yield Exported(
            part.contestant,
            part.seed,
            record.run_id,
            record.format,
            record.passed,
            problem,
            figures,
        )


def _told(home: Home, record: ExportRecord) -> tuple[str, dict[str, float]]:
    """The problem and the figures of an export; what its manifest would say is left out where that cannot be read."""
    figures = {
        "size_bytes": record.size_bytes or None,
        "latency_s": record.latency_s,
        "throughput": record.samples_per_s,
    }
    problem = ""
    try:
        manifest = Manifest.read(home.path / record.folder)
    except (OSError, ValueError):
        manifest = None
    if manifest and manifest.measurement:
        figures["load_s"] = manifest.measurement.load_s
        figures["peak_bytes"] = manifest.measurement.peak_bytes
    if manifest and manifest.check:
        figures["difference"] = manifest.check.largest
        problem = manifest.check.problem
    return problem, {name: float(value) for name, value in figures.items() if value is not None}


def exportable(match: Match, runs: Iterable[RunRecord]) -> list[RunRecord]:
    """The finished trainings of the first contestant of each framework and set of parameters, one for each seed.

    In which mode a framework trained is nothing to its exports.
    """
    kinds: dict[tuple[object, ...], int] = {}
    for at, one in enumerate(match.contestants):
        kinds.setdefault((one.framework, *sorted(one.parameters.items()), one.interpreter), at)
    return [
        run
        for part, run in newest(match, runs).items()
        if part.role is DuelRole.MATCH and part.contestant in kinds.values() and run.state is State.FINISHED
    ]  # fmt: skip


def export_runs(
    bench: Workbench,
    runs: Sequence[RunRecord],
    formats: Sequence[str],
    tell: Tell,
    on_log: Callable[[str], None],
    cancelled: Callable[[], bool],
) -> list[tuple[RunRecord, Made]]:
    """Make and check what is not there yet of the formats, or of all that can be made where there are none; then measure all, in an order drawn anew.

    The framework itself goes along, to compare the others with. Returns what became of each. Raises WorkbenchError where nothing can be made, StoreError.
    """
    if not runs:
        raise WorkbenchError("No training of this duel has finished yet, so there is nothing to export.")  # fmt: skip
    made: list[tuple[RunRecord, Made]] = []
    for at, run in enumerate(runs):
        start, share = _MAKING * at / len(runs), _MAKING / len(runs)
        made += _make(bench, run, formats, _within(tell, run.name, start, share), on_log, cancelled)
    owners = {run.id: run for run in runs}
    records = [one for one in bench.exports.list(owners) if one.passed and one.latency_s is None]
    told = _within(tell, "measuring", _MAKING, 1 - _MAKING)
    measured = bench.exports.measure(
        [one.id for one in records],
        on_progress=lambda p: told(f"{p.format}: {p.text}", p.fraction),
        on_log=on_log,
        cancelled=cancelled,
    )
    later = {one.record.id: one for one in measured if one.record}
    return [(run, later.get(one.record.id, one) if one.record else one) for run, one in made]


def _make(
    bench: Workbench,
    run: RunRecord,
    formats: Sequence[str],
    tell: Tell,
    on_log: Callable[[str], None],
    cancelled: Callable[[], bool],
) -> Iterator[tuple[RunRecord, Made]]:
    if cancelled():
        return
    there = {one.format for one in bench.exports.list([run.id]) if one.passed is not None}
    offers = bench.exports.offers(run.id)
    if all(one.problem for one in offers):
        raise WorkbenchError(f'Run {run.id} "{run.name}" cannot be exported. {offers[0].problem}')
    wanted = [
        one.format.id
        for one in offers
        if one.format.id not in there and (one.format.id == TRAINED or (one.format.id in formats if formats else not one.problem))
    ]  # fmt: skip
    made = bench.exports.export(
        run.id,
        wanted,
        measure=False,
        on_progress=lambda p: tell(f"{p.format}: {p.text}", p.fraction),
        on_log=on_log,
        cancelled=cancelled,
    )
    yield from ((run, one) for one in made)


def _within(tell: Tell, what: str, start: float, share: float) -> Tell:
    """Progress of a part as that of the whole."""
    return lambda text, fraction: tell(f"{what}: {text}", start + share * fraction)
