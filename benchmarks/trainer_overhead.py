"""The trainer's time against the same training as a raw script, in each framework.

``python -m benchmarks.trainer_overhead [--template T] [--dataset D] [--epochs N] [--repeats N] [--mode M]``.
Runs take turns, each in a process of its own. Prints the median seconds after the imports and of the
whole process, and the ratios of the medians. The aim is at most 1.03. The raw scripts get the environment
that the trainer sets, so that the ratio is the cost of the trainer alone.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

from benchmarks.raw.start import TEMPLATES, write_start
from runners.datasets import all_datasets, prepare_dataset
from runners.datasets.dataset import PreparedDataset
from runners.parameters import complete
from runners.protocol import FRAMEWORKS, MODES, Framework, Mode, RunFolder, RunSpec
from runners.templates import get_template
from runners.train.engine import prepare_environment

Times = tuple[float, float]
"""Seconds after the imports, and of the whole process."""


def time_process(*arguments: str) -> Times:
    start = perf_counter()
    result = subprocess.run(
        [sys.executable, "-m", *arguments], stdout=subprocess.PIPE, text=True, check=True
    )
    return float(result.stdout.splitlines()[-1]), perf_counter() - start


def write_run(
    folder: Path, framework: Framework, mode: Mode, given: argparse.Namespace, sha256: str
) -> None:
    declared = get_template(given.template).declared
    values, _ = complete(declared, {"epochs": given.epochs})
    spec = RunSpec(
        given.template,
        framework,
        mode,
        given.dataset,
        sha256,
        values,
        0,
        "cpu",
        sys.executable,
    )
    RunFolder(folder).spec.write_text(spec.to_json(), "utf-8")


def measure(
    framework: Framework, given: argparse.Namespace, dataset: PreparedDataset
) -> tuple[list[Times], list[Times]]:
    raw, ours = [], []
    for _ in range(given.repeats):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write_run(folder, framework, Mode(given.mode), given, dataset.sha256)
            write_start(folder, dataset)
            command = [str(dataset.folder), given.template, name, name, given.mode]
            raw.append(time_process(f"benchmarks.raw.{framework}", *command))
            ours.append(time_process("benchmarks.raw.trainer", name, str(dataset.folder.parent)))
    return raw, ours


def report(framework: Framework, raw: list[Times], ours: list[Times]) -> None:
    print(f"{framework.display_name}:")
    for column, what in enumerate(("after the imports", "the whole process")):
        before, after = (statistics.median(t[column] for t in times) for times in (raw, ours))
        print(f"  {what}: raw {before:.2f} s, trainer {after:.2f} s, ratio {after / before:.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--template", default="cnn", choices=TEMPLATES)
    parser.add_argument(
        "--dataset", default="fashion-mnist", choices=[d.name for d in all_datasets()]
    )
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--mode", default="eager", choices=[mode.value for mode in Mode])
    parser.add_argument("--frameworks", nargs="+", type=Framework, default=list(FRAMEWORKS))
    given = parser.parse_args()
    prepare_environment("cpu")  # the processes inherit it
    if any(given.mode not in MODES[framework] for framework in given.frameworks):
        parser.error(f"PyTorch has no mode {given.mode}: add --frameworks tensorflow")
    with tempfile.TemporaryDirectory() as name:
        dataset = prepare_dataset(given.dataset, Path(name))
        for framework in given.frameworks:
            report(framework, *measure(framework, given, dataset))


if __name__ == "__main__":
    main()
