"""Every template in each framework, exported to every format that can be made here, and checked against the trained model.

``python -m benchmarks.exports --output docs/export-matrix.md [--templates NAME ...] [--formats NAME ...] [--seconds S]``. Each template is trained
once in each framework for some seconds, on a dataset that needs no download; then each export is made and checked in processes of their
own. The home is kept: what it has is neither trained nor exported again, and an interrupted call goes on where it was. Nothing is timed, so the machine may
be busy. It exits with 1 if an export was made that is not what was trained.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.duels import CASES
from benchmarks.exports_page import Cell, page
from runners.datasets.dataset import DatasetError
from runners.export.formats import FORMATS
from runners.export.manifest import Check
from runners.protocol import FRAMEWORKS, Framework, Scalar, State
from storage.errors import StoreError
from storage.records import RunFilter, RunRecord
from workbench.bench import Workbench
from workbench.errors import WorkbenchError
from workbench.paths import default_home
from workbench.report.markdown import to_markdown
from workbench.requests import InvalidRequest, RunRequest

_LOOK_S = 1.0
SECONDS = 30.0


@dataclass(frozen=True)
class Wanted:
    """``seconds`` is how long a model is trained at most."""

    templates: Sequence[str]
    formats: Sequence[str]
    seconds: float = SECONDS
    frameworks: Sequence[Framework] = FRAMEWORKS

    def parameters(self, template: str) -> Mapping[str, Scalar]:
        return {**CASES[template].parameters, "time_limit": self.seconds}


def matrix(bench: Workbench, wanted: Wanted) -> Iterator[Cell]:
    """What became of each template in each framework and format. Raises as `Workbench.queue`, and WorkbenchError where a training fails."""
    for template in wanted.templates:
        for framework in wanted.frameworks:
            run = trained(bench, wanted, template, framework)
            for offer in bench.exports.offers(run.id):
                if offer.format.id in wanted.formats:
                    check, problem = None, offer.problem
                    if not problem:
                        check, problem = _exported(bench, run, offer.format.id)
                    yield Cell(template, framework, offer.format, check, problem)


def trained(bench: Workbench, wanted: Wanted, template: str, framework: Framework) -> RunRecord:
    """The finished run of the home, or one that is trained now."""
    parameters = wanted.parameters(template)
    name = f"{template} for export, {framework.display_name}"
    known = [
        run
        for run in bench.store.runs(RunFilter(limit=100_000))
        if run.name == name and all(run.spec.parameters.get(k) == v for k, v in parameters.items())
    ]
    run = next((run for run in known if run.state is State.FINISHED), None)
    run = run or next((run for run in known if not run.state.final), None)
    if run is None:
        request = RunRequest(template=template, framework=framework, dataset=CASES[template].dataset, parameters=parameters, device="cpu", name=name)  # fmt: skip
        run = bench.queue(request)
    return _ended(bench, run)


def _ended(bench: Workbench, run: RunRecord) -> RunRecord:
    """The run once it has finished. Raises WorkbenchError where it did not."""
    while not run.state.final:
        bench.start_scheduler()
        time.sleep(_LOOK_S)
        run = bench.store.run(run.id)
    if run.state is not State.FINISHED:
        raise WorkbenchError(f"{run.name}: {run.reason or run.state}")
    return run


def _exported(bench: Workbench, run: RunRecord, format: str) -> tuple[Check | None, str]:
    """The check of an export, made if there is none yet, and what is wrong with it."""
    there = [one for one in bench.exports.list([run.id]) if one.format == format]
    problem = ""
    if not any(one.passed is not None for one in there):
        print(f"{run.name}: {format}", file=sys.stderr, flush=True)
        (made,) = bench.exports.export(run.id, [format], measure=False)
        there, problem = [made.record] if made.record else [], made.problem
    check = next((bench.exports.manifest(one.id).check for one in there), None)
    return check, check.problem if check else problem


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    home = default_home().with_name("twinbench-exports")
    every = [one.id for one in FORMATS]
    add("--output", type=Path, metavar="FILE", help="write the page there instead of printing it")
    add("--templates", nargs="+", choices=CASES, default=list(CASES), metavar="NAME", help=", ".join(CASES))  # fmt: skip
    add("--formats", nargs="+", choices=every, default=every, metavar="NAME", help=", ".join(every))
    add("--seconds", type=float, default=SECONDS, metavar="S", help="how long a model is trained at most")  # fmt: skip
    add("--home", type=Path, default=home, help=f"where the runs are kept; without it {home}")
    given = parser.parse_args()
    wanted = Wanted(given.templates, given.formats, given.seconds)
    try:
        cells = _written(given.home, wanted, given.output)
    except (InvalidRequest, DatasetError, WorkbenchError, StoreError, OSError) as error:
        sys.exit(str(error))
    sys.exit(any(cell.failed for cell in cells))


def _written(home: Path, wanted: Wanted, output: Path | None) -> list[Cell]:
    cells: list[Cell] = []
    with Workbench.open(home) as bench:
        for cell in matrix(bench, wanted):
            cells.append(cell)
            if output:  # after each, so that an interrupted call leaves what it has
                output.write_text(to_markdown(page(cells)), "utf-8")
    if not output:
        print(to_markdown(page(cells)))
    return cells


if __name__ == "__main__":
    main()
