"""What the templates learn on real data: each is trained in each framework and held to a stated figure.

``python -m benchmarks.learned [CASE ...] [--frameworks F ...] [--mode M] [--output FILE]`` prints the figure of the test part, the aim,
and the seconds that it took, and exits with 1 if an aim is missed. The ``long`` cases take half an hour on two cores; without names only the
others run. What a case is ``after`` is trained before it, in PyTorch, and both frameworks begin with its weights.
``--output docs/learned.md`` writes the figures there, in the place of older ones of the same cases and frameworks.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from runners.datasets import prepare_dataset
from runners.events import EventReader, Points
from runners.parameters import complete
from runners.protocol import FRAMEWORKS, Framework, Mode, RunFolder, RunSpec
from runners.templates import get_template
from runners.train.engine import prepare_environment


@dataclass(frozen=True)
class Case:
    """``aim`` is the least or, where ``is_most``, the most that the metric of the test part may be.

    ``as_graph`` says that TensorFlow trains it by tf.function, as it would take four times as long step by step. ``after`` is the
    case with whose weights it begins.
    """

    template: str
    dataset: str
    metric: str
    aim: float
    parameters: Mapping[str, object]
    is_most: bool = False
    is_long: bool = False
    as_graph: bool = False
    after: str = ""

    def is_met(self, figure: float) -> bool:
        return figure <= self.aim if self.is_most else figure >= self.aim

    @property
    def told_aim(self) -> str:
        return f"{'≤' if self.is_most else '≥'} {self.aim}"


CASES = {
    "mlp": Case("mlp", "digits", "accuracy", 0.95, {"epochs": 20}),
    "mlp-regression": Case("mlp", "diabetes", "r2", 0.35, {"epochs": 40, "batch_size": 32}),
    "cnn": Case("cnn", "digits", "accuracy", 0.97, {"epochs": 20}),
    "tabular_resnet": Case("tabular_resnet", "breast-cancer", "accuracy", 0.94, {}),
    "rnn": Case("rnn", "digits", "accuracy", 0.93, {"epochs": 30}),
    "forecaster": Case("forecaster", "mauna-loa", "mae", 0.6, {}, is_most=True),
    "vit": Case("vit", "digits", "accuracy", 0.93, {"patch_size": 2, "epochs": 20}),
    "vae": Case("vae", "digits", "loss", 0.4, {"epochs": 40}, is_most=True),
    "unet": Case("unet", "nuclei", "dice", 0.85, {"epochs": 30, "width": 8, "depth": 2}),
    "gpt": Case(
        "gpt",
        "austen",
        "loss",
        2.3,
        {"epochs": 2, "context": 64, "width": 64, "depth": 2},
        is_most=True,
    ),
    "mobilenet": Case(
        "mobilenet",
        "digits",
        "accuracy",
        0.90,
        {"epochs": 5, "width": 0.5, "batch_size": 64},
        as_graph=True,
    ),
    "resnet": Case(
        "resnet",
        "fashion-mnist",
        "accuracy",
        0.90,
        {"epochs": 2, "schedule": "cosine"},
        is_long=True,
        as_graph=True,
    ),
    "finetune": Case(
        "finetune",
        "digits",
        "accuracy",
        0.95,
        {
            "depth": "20",
            "normalisation": "none",
            "least_size": 32,
            "trained": "last stage",
            "learning_rate": 1e-3,
            "epochs": 5,
        },
        is_long=True,
        as_graph=True,
        after="resnet",
    ),
}


class Trainings:
    """Trains cases in a folder that holds the datasets, too."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._datasets = folder / "datasets"

    def figure(self, name: str, framework: Framework, mode: Mode | None = None) -> float:
        """The metric of the test part. Raises RuntimeError with the trainer's last words where it fails."""
        case = CASES[name]
        usual = Mode.GRAPH if case.as_graph and framework is Framework.TENSORFLOW else Mode.EAGER
        folder = RunFolder(self._folder / f"{name}-{framework}")
        spec = self._spec(case, framework, mode or usual)
        folder.path.mkdir(exist_ok=True)
        folder.spec.write_text(spec.to_json(), "utf-8")
        command = [sys.executable, "-m", "runners.train", str(folder.path)]
        options = ["--datasets", str(self._datasets), "--device", "cpu"]
        done = subprocess.run(
            [*command, *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        points = [p for p in EventReader(folder.events).read(final=True) if isinstance(p, Points)]
        wanted = f"test/{case.metric}"
        found = [p.values[p.names.index(wanted)] for p in points if wanted in p.names]
        if not found:
            raise RuntimeError(done.stdout[-1000:])
        return found[-1]

    def _spec(self, case: Case, framework: Framework, mode: Mode) -> RunSpec:
        given = {**case.parameters, "weights": str(self._weights(case.after))} if case.after else case.parameters  # fmt: skip
        values, errors = complete(get_template(case.template).declared, given)
        if errors:
            raise RuntimeError(str(errors))
        sha256 = prepare_dataset(case.dataset, self._datasets).sha256
        return RunSpec(case.template, framework, mode, case.dataset, sha256, values, 0, "cpu", sys.executable)  # fmt: skip

    def _weights(self, name: str) -> Path:
        """PyTorch's checkpoint of a case, which is trained unless it was."""
        file = RunFolder(self._folder / f"{name}-{Framework.PYTORCH}").checkpoints / "last.pt"
        if not file.exists():
            self.figure(name, Framework.PYTORCH)
        return file


Seen = dict[tuple[str, Framework], float]
"""The figure of a case in a framework."""

_PAGE = """\
# What the templates learn

Each template, trained on real data in each framework, and its figure on the test part, which the training does not see.
What is not named here has the template's defaults, and TensorFlow trains mobilenet, resnet and finetune by tf.function. `python -m benchmarks.learned --output docs/learned.md` wrote this page.
"""
_COLUMNS = ("case", "dataset", "parameters", "figure", "aim", *(f.display_name for f in FRAMEWORKS))


def page(seen: Seen) -> str:
    lines = [
        _line(_COLUMNS),
        _line(["---"] * 5 + ["---:"] * len(FRAMEWORKS)),
        *(_row(name, seen) for name in CASES if any((name, f) in seen for f in FRAMEWORKS)),
    ]
    return "\n".join([_PAGE, *lines, ""])


def _row(name: str, seen: Seen) -> str:
    case = CASES[name]
    parameters = ", ".join(f"{key} {value}" for key, value in case.parameters.items())
    parameters += f", begins with {case.after}" if case.after else ""
    figures = [f"{seen[name, f]:.4f}" if (name, f) in seen else "" for f in FRAMEWORKS]
    return _line([name, case.dataset, parameters, case.metric, case.told_aim, *figures])


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def read(path: Path) -> Seen:
    """The figures of a page that was written before; none where there is no page."""
    found: Seen = {}
    for line in path.read_text("utf-8").splitlines() if path.exists() else []:
        name, *cells = [cell.strip() for cell in line.strip("|").split("|")]
        if name in CASES:
            figures = zip(FRAMEWORKS, cells[-len(FRAMEWORKS) :], strict=True)
            found |= {(name, framework): float(text) for framework, text in figures if text}
    return found


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "cases", nargs="*", choices=[[], *CASES], metavar="CASE", help=", ".join(CASES)
    )
    parser.add_argument("--frameworks", nargs="+", type=Framework, default=list(FRAMEWORKS))
    parser.add_argument("--mode", type=Mode, help="eager; some cases in TensorFlow: graph")
    parser.add_argument("--output", type=Path, metavar="FILE")
    given = parser.parse_args()
    prepare_environment("cpu")
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        trainings = Trainings(Path(folder))
        for name in given.cases or [name for name, case in CASES.items() if not case.is_long]:
            for framework in given.frameworks:
                seen = _measured(trainings, name, framework, given.mode)
                missed += not CASES[name].is_met(seen)
                if given.output:
                    found = read(given.output) | {(name, framework): seen}
                    given.output.write_text(page(found), "utf-8")
    return 1 if missed else 0


def _measured(trainings: Trainings, name: str, framework: Framework, mode: Mode | None) -> float:
    case, start = CASES[name], perf_counter()
    seen = trainings.figure(name, framework, mode)
    print(
        f"{name} on {case.dataset}, {framework.display_name}: {case.metric} {seen:.4f} "
        f"({case.told_aim}), {perf_counter() - start:.0f} s",
        flush=True,
    )
    return seen


if __name__ == "__main__":
    sys.exit(main())
