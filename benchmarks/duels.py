"""The duels of all templates on this machine, and the page that tells of them.

``python -m benchmarks.duels --output docs/duels.md [--templates NAME ...] [--seeds N] [--quick] [--only-proofs]``. Each template is held as one duel on a
dataset that needs no download, with a stated budget. The home is kept: what it has finished is not trained again, and an interrupted call goes on
where it was. The page leaves out what was timed while the machine was too busy to judge it. The contestants run alone, so the machine should
have nothing else to do; ``--only-proofs`` compares the models alone, which no load can change.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.duels_page import page
from benchmarks.held_duel import held
from benchmarks.stolen_time import StolenTime
from runners.export.formats import FORMATS
from runners.protocol import Scalar
from storage.errors import StoreError
from workbench.bench import Workbench
from workbench.commands.duel import contestants
from workbench.duel.match import Match
from workbench.duel.results import Results
from workbench.errors import WorkbenchError
from workbench.paths import default_home
from workbench.report.document import Document
from workbench.report.markdown import to_markdown
from workbench.requests import InvalidRequest


@dataclass(frozen=True)
class Case:
    """``quick`` are the parameters over the others that make a duel short, far too short to learn by."""

    dataset: str
    parameters: Mapping[str, Scalar] = field(default_factory=dict)
    quick: Mapping[str, Scalar] = field(default_factory=lambda: {"epochs": 2})

    def match(self, template: str, seeds: int, who: str, quick: bool) -> Match:
        return Match(
            template=template,
            dataset=self.dataset,
            contestants=tuple(contestants(who)),
            seeds=tuple(range(seeds)),
            parameters={**self.parameters, **(self.quick if quick else {})},
            device="cpu",
            name=f"{template} on {self.dataset}{', quick' if quick else ''}",
        )


CASES: Mapping[str, Case] = {
    "mlp": Case("digits", {"epochs": 200}),
    "cnn": Case("digits", {"epochs": 150}),
    "resnet": Case("digits", {"epochs": 10}),
    "vit": Case("digits", {"epochs": 20, "patch_size": 2}),
    "rnn": Case("digits", {"epochs": 30}),
    "vae": Case("digits", {"epochs": 20}),
    "tabular_resnet": Case("breast-cancer", {"epochs": 150}),
    "forecaster": Case("mauna-loa", {"epochs": 30}),
    "unet": Case("nuclei", {"epochs": 15, "width": 8, "depth": 2}),
    "gpt": Case("austen", {"epochs": 1, "context": 64, "width": 64, "depth": 2}, {"time_limit": 10.0}),
    "mobilenet": Case("digits", {"epochs": 6, "batch_size": 64, "width": 0.25, "learning_rate": 0.01}),
    "finetune": Case("digits", {"epochs": 6, "depth": "20", "weights": "", "normalisation": "none", "least_size": 16}),
}  # fmt: skip
"""Every template, on real data that comes with the project or its packages. Fine-tuning begins anew here: its weights are a download. What takes longest comes last."""
EXPORTS = ("onnx", "litert")
CONTESTANTS = "pytorch:eager,pytorch:graph,tensorflow:eager,tensorflow:graph"


class Holding:
    """The duels of some templates in a home, and what is known of them so far."""

    def __init__(self, bench: Workbench, matches: Mapping[str, Match]) -> None:
        self._bench = bench
        self._matches = matches
        self._stolen = StolenTime(bench.home.path / "stolen-time.json")
        self._found: dict[str, Results] = {}

    def page(self) -> Document:
        shares = {name: self._stolen.share(one.duel) for name, one in self._found.items()}
        return page(list(self._found.values()), shares)

    def prove(self) -> Iterator[None]:
        """All proofs, which take little time, so that the page tells of every model early. Comes back after each template."""
        for name, match in self._matches.items():
            self._found[name] = held(self._bench, match, only_proofs=True)
            yield

    def train(self) -> Iterator[None]:
        for name, match in self._matches.items():
            with self._stolen.counted(self._found[name].duel):
                self._found[name] = held(self._bench, match)
            yield

    def export(self, formats: Sequence[str]) -> Iterator[None]:
        """Export all trainings. What cannot be exported is told and left out."""
        for name, one in self._found.items():
            try:
                self._bench.duels.export(one.duel, formats, Telling(name))
            except WorkbenchError as error:
                print(f"{name}: {error}", file=sys.stderr, flush=True)
            self._found[name] = self._bench.duels.results(one.duel)
            yield


class Telling:
    """Prints what is exported, a line for each export."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._told = ""

    def __call__(self, text: str, fraction: float) -> None:
        what = text.rpartition(":")[0]
        if what != self._told:
            self._told = what
            print(f"{self._name}: {fraction:.0%}, {what}", file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    home = default_home().with_name("twinbench-duels")
    add("--output", type=Path, metavar="FILE", help="write the page there instead of printing it")
    add("--templates", nargs="+", choices=CASES, default=list(CASES), metavar="NAME", help=", ".join(CASES))  # fmt: skip
    add("--seeds", type=int, default=3, metavar="N", help="more make every verdict safer")
    add("--contestants", default=CONTESTANTS, help="as `twinbench duel` takes them")
    add("--exports", nargs="*", choices=[one.id for one in FORMATS], metavar="FORMAT", help=f"export the trainings of all duels after the last one, to these formats; without any to {' and '.join(EXPORTS)}")  # fmt: skip
    add("--quick", action="store_true", help="with budgets too small to learn by")
    add("--only-proofs", action="store_true", help="only whether the models are equal")
    add("--home", type=Path, default=home, help=f"where the runs are kept; without it {home}")
    given = parser.parse_args()
    try:
        _publish(given)
    except KeyboardInterrupt:
        sys.exit(
            "Interrupted: the run that trains goes on, all others wait. The same call goes on where it was."
        )
    except (InvalidRequest, WorkbenchError, StoreError, OSError) as error:
        sys.exit(str(error))


def _publish(given: argparse.Namespace) -> None:
    matches = {name: CASES[name].match(name, given.seeds, given.contestants, given.quick) for name in given.templates}  # fmt: skip
    with Workbench.open(given.home) as bench:
        duels = Holding(bench, matches)
        for _ in _steps(duels, given):
            if given.output:  # after each, so that an interrupted call leaves what it has
                given.output.write_text(to_markdown(duels.page()), "utf-8")
    if not given.output:
        print(to_markdown(duels.page()))


def _steps(duels: Holding, given: argparse.Namespace) -> Iterator[None]:
    yield from duels.prove()
    if not given.only_proofs:
        yield from duels.train()
        if given.exports is not None:
            yield from duels.export(given.exports or EXPORTS)


if __name__ == "__main__":
    main()
