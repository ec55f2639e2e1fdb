"""Histories to measure and to try things with, the same ones each time.

Run from the root of the project: ``python -m benchmarks.stores NAME FOLDER``. The folder is then a home: ``twinbench --home FOLDER``.

runs1k, runs10k, runs100k: so many runs of 20 parameters and 20 metrics of three points each.
curves1k: 1,000 runs with 2 metrics of 1,000 points. curves100: 100 runs with 5 metrics of 1,000 points.
long100: 100 runs with one series of 100,000 points. long1: a run with one series of 10,000,000 points.

Every run has ended, so that no scheduler starts anything. Runs have folders with their specs and journals, but no
event files: `twinbench check` misses these.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, insert

from runners.protocol import Framework, Mode, RunSpec, Scalar, State
from storage import changes, journal
from storage.bulk import execute_many
from storage.engine import Database
from storage.home import Home
from storage.models import chunks, environments, metrics, parameters, runs, tags
from storage.models import journal as journals
from storage.plain import to_json
from storage.records import JournalEntry, QueueOptions
from storage.rows import search_text
from storage.series import summary_of
from storage.store import Arrival, Series, Store
from storage.summaries import pack

FIRST = 1_767_225_600
"""When the first run was created: 2026-01-01, in seconds since 1970."""
AT_ONCE = 1_000
POINTS_AT_ONCE = 1 << 20
FEW = np.array([1, 500, 1000])
"""The steps of the metrics where there are many runs."""

METRICS = (
    "train/loss", "train/accuracy", "val/loss", "val/accuracy", "val/f1", "val/top5_accuracy", "test/loss", "test/accuracy",
    "lr", "gradients/norm", "weights/norm", "epoch/seconds", "epoch/samples_per_s",
    "system/cpu_percent", "system/memory_bytes", "system/disk_read_bytes_per_s", "system/disk_written_bytes_per_s",
    "system/gpu_percent", "system/gpu_memory_bytes", "system/gpu_power_watts",
)  # fmt: skip
_RISING = frozenset(
    {"train/accuracy", "val/accuracy", "val/f1", "val/top5_accuracy", "test/accuracy"}
)
_SCALES = {
    "lr": 0.01, "gradients/norm": 5.0, "weights/norm": 80.0, "epoch/seconds": 60.0, "epoch/samples_per_s": 9e3,
    "system/cpu_percent": 180.0, "system/memory_bytes": 4e9, "system/disk_read_bytes_per_s": 2e6,
    "system/disk_written_bytes_per_s": 5e5, "system/gpu_percent": 90.0, "system/gpu_memory_bytes": 1.2e10,
    "system/gpu_power_watts": 250.0,
}  # fmt: skip
_TEMPLATES = {
    "mlp": "digits",
    "cnn": "fashion-mnist",
    "resnet": "cifar10",
    "transformer": "wikitext",
}
_EXPERIMENTS = (
    "baseline",
    "wider",
    "regularisation",
    "schedules",
    "augmentation",
    "seeds",
    "final",
    "default",
)
_TAGS = ("baseline", "final", "candidate", "to check", "paper")
_STATES = {
    State.FINISHED: (85, "It trained all epochs."),
    State.FAILED: (6, "ValueError: the loss is not finite"),
    State.STOPPED: (5, "It was stopped."),
    State.KILLED: (3, "The system killed it because memory ran out."),
    State.LOST: (1, "Its process is gone and left no outcome."),
}


def make(name: str, folder: Path) -> Home:
    """Make the history of that name in a folder that is new or empty. Raises ValueError for one that has a history."""
    home = Home(folder)
    if home.database.exists():
        raise ValueError(f"{home.database} is there already.")
    STORES[name](home)
    return home


def _many_runs(home: Home, count: int) -> None:
    with _filling(home) as connection:
        for first in range(1, count + 1, AT_ONCE):
            _add_runs(home, connection, range(first, min(first + AT_ONCE, count + 1)))


def _curves(home: Home, count: int, names: tuple[str, ...], points: int) -> None:
    """Runs whose series come in through the store, as those of real ones do."""
    with _filling(home) as connection:
        _add_runs(home, connection, range(1, count + 1), with_metrics=False)
    add_curves(home, range(1, count + 1), names, points)


def add_curves(home: Home, ids: range, names: tuple[str, ...], points: int) -> None:
    with closing(Store.open(home)) as store:
        for run_id in ids:
            for series in _pieces(run_id, names, points):
                store.take([Arrival(run_id, series)])


def _pieces(run_id: int, names: tuple[str, ...], points: int) -> Iterator[dict[str, Series]]:
    noise = np.random.default_rng(run_id)
    for first in range(0, points, POINTS_AT_ONCE):
        steps = np.arange(first, min(first + POINTS_AT_ONCE, points), dtype=np.int64)
        times = (FIRST + run_id * 60.0 + steps * 0.01).astype(np.float64)
        yield {
            name: Series(steps, times, _curve(name, steps / points, noise, run_id))
            for name in names
        }


def _curve(
    name: str, part: NDArray[np.float64], noise: np.random.Generator, run_id: int
) -> NDArray[np.float64]:
    """A learning curve with noise that shrinks, and a spike here and there; ``part`` is how far training is."""
    speed = 3 + run_id % 7
    falling = np.exp(-speed * part) + noise.normal(0, 0.05, len(part)) * (1.2 - part)
    falling[noise.random(len(part)) < 1e-4] *= 4
    return 0.95 - 0.85 * falling if name in _RISING else 2.3 * falling + 0.1


STORES: Mapping[str, Callable[[Home], None]] = {
    "runs1k": partial(_many_runs, count=1_000),
    "runs10k": partial(_many_runs, count=10_000),
    "runs100k": partial(_many_runs, count=100_000),
    "curves1k": partial(_curves, count=1_000, names=("train/loss", "val/accuracy"), points=1_000),
    "curves100": partial(_curves, count=100, names=METRICS[:5], points=1_000),
    "long100": partial(_curves, count=100, names=("train/loss",), points=100_000),
    "long1": partial(_curves, count=1, names=("train/loss",), points=10_000_000),
}


@contextmanager
def _filling(home: Home) -> Iterator[Connection]:
    Store.open(home).close()
    database = Database(home.database)
    try:
        with database.write() as connection:
            indexes = [one for table in (runs, parameters, metrics) for one in table.indexes]
            for index in indexes:  # to make them of sorted rows at the end takes half of the time
                index.drop(connection)
            for number in range(len(_ENVIRONMENTS)):
                row = {"digest": f"{number:064x}", "text": to_json(_ENVIRONMENTS[number])}
                connection.execute(insert(environments).values(row))
            yield connection
            for index in indexes:
                index.create(connection)
    finally:
        database.close()


def _add_runs(home: Home, connection: Connection, ids: range, *, with_metrics: bool = True) -> None:
    """Write a few runs at once, with everything that belongs to them."""
    specs = {run_id: _spec(run_id) for run_id in ids}
    labels = {run_id: _labels(run_id) for run_id in ids}
    rows = [_run(run_id, specs[run_id], labels[run_id]) for run_id in ids]
    of_metrics, of_chunks = [], []
    if with_metrics:
        for row in rows:
            of_run = list(_metrics(row["id"], specs[row["id"]]))
            row["summary"] = pack(metric for metric, _ in of_run)
            of_metrics += [metric for metric, _ in of_run]
            of_chunks += [chunk for _, chunk in of_run]
    last = changes.next_number(connection, "run", len(ids)) + len(ids) - 1
    assert last == ids[-1]
    changes.next_number(connection, "revision", len(ids))
    execute_many(connection, insert(runs), rows)
    execute_many(
        connection,
        insert(parameters),
        [row for run_id, spec in specs.items() for row in changes.parameter_rows(run_id, spec)],
    )
    execute_many(
        connection,
        insert(tags),
        [
            {"run_id": run_id, "name": name, "place": place}
            for run_id, names in labels.items()
            for place, name in enumerate(names)
        ],
    )
    execute_many(connection, insert(metrics), of_metrics)
    execute_many(connection, insert(chunks), of_chunks)
    _write_folders(home, connection, rows, labels)


def _spec(run_id: int) -> RunSpec:
    chance = Random(run_id)
    template = chance.choice(list(_TEMPLATES))
    framework = chance.choice((Framework.PYTORCH, Framework.PYTORCH, Framework.TENSORFLOW))
    return RunSpec(
        template=template,
        framework=framework,
        mode=chance.choice(tuple(Mode)),
        dataset=_TEMPLATES[template],
        dataset_hash="0" * 64,
        parameters=_parameters(chance),
        seed=chance.randrange(5),
        device=chance.choice(("cpu", "cuda:0", "cuda:1")),
        interpreter="python",
    )


def _parameters(chance: Random) -> dict[str, Scalar]:
    return {
        "lr": round(10 ** chance.uniform(-5, -1), 7),
        "batch_size": chance.choice((16, 32, 64, 128, 256)),
        "epochs": chance.choice((5, 10, 20, 50)),
        "optimizer": chance.choice(("sgd", "adam", "adamw", "rmsprop")),
        "weight_decay": chance.choice((0.0, 1e-5, 1e-4, 1e-3)),
        "momentum": chance.choice((0.0, 0.9, 0.99)),
        "beta2": chance.choice((0.98, 0.99, 0.999)),
        "schedule": chance.choice(("constant", "cosine", "step")),
        "warmup_steps": chance.choice((0, 100, 500, 2000)),
        "dropout": round(chance.uniform(0, 0.5), 3),
        "label_smoothing": chance.choice((0.0, 0.05, 0.1)),
        "clip_norm": chance.choice((0.0, 1.0, 5.0)),
        "width": chance.choice((64, 128, 256, 512, 1024)),
        "depth": chance.randrange(2, 13),
        "kernel": chance.choice(((3, 3), (5, 5), (7, 7))),
        "activation": chance.choice(("relu", "gelu", "silu", "tanh")),
        "normalisation": chance.choice(("batch", "layer", "none")),
        "residual": chance.random() < 0.6,
        "augment": chance.random() < 0.5,
        "init_scale": round(chance.uniform(0.5, 2), 4),
    }


def _labels(run_id: int) -> list[str]:
    chance = Random(-run_id)
    return [name for name in _TAGS if chance.random() < 0.12]


def _run(run_id: int, spec: RunSpec, labels: list[str]) -> dict[str, Any]:
    """The row of a run that has ended, without its summary."""
    chance = Random(run_id << 20)
    weights = [weight for weight, _ in _STATES.values()]
    state = chance.choices(list(_STATES), weights)[0]
    experiment = chance.choice(_EXPERIMENTS)
    created = (FIRST + run_id * 60) * 1_000_000
    started = created + chance.randrange(1, 600) * 1_000_000
    ended = started + chance.randrange(20, 40_000) * 1_000_000
    steps = int(FEW[-1])
    epochs = int(str(spec.parameters["epochs"]))
    name = f"{spec.template}-{spec.framework}-{run_id}"
    return changes.new_run(run_id, spec, name, experiment, QueueOptions()) | {
        "revision": run_id,
        "position": float(run_id),
        "search": search_text(spec, name, experiment, labels),
        "created": created,
        "started": started,
        "ended": ended,
        "state": state.value,
        "reason": _STATES[state][1],
        "assigned_device": spec.device,
        "exit_code": 0 if state is State.FINISHED else 1,
        "environment": f"{run_id % len(_ENVIRONMENTS):064x}",
        "note": "Better than the last one, see the **confusion matrix**."
        if run_id % 40 == 7
        else "",
        "starred": run_id % 50 == 3,
        "archived": ended if run_id % 20 == 11 else None,
        "phase": "finished",
        "step": steps,
        "total_steps": steps,
        "epoch": epochs,
        "epochs": epochs,
        "samples_per_s": round(chance.uniform(500, 20_000), 1),
    }


def _metrics(run_id: int, spec: RunSpec) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """The row of each metric with its summary, and the one chunk that holds its points."""
    steps, times = FEW.astype("<i8"), FIRST + run_id * 60.0 + FEW.astype("<f8")
    rates = _rates(run_id, spec)
    for at, (name, values) in enumerate(zip(METRICS, rates, strict=True)):
        metric_id = (run_id - 1) * len(METRICS) + at + 1
        row = {"id": metric_id, "run_id": run_id, "name": name}
        arrays = {"steps": steps.tobytes(), "times": times.tobytes(), "values": values.tobytes()}
        chunk = {"metric_id": metric_id, "start": 0, "count": len(FEW), **arrays}
        yield {**row, **summary_of(Series(steps, times, values))}, chunk


def _rates(run_id: int, spec: RunSpec) -> NDArray[np.float64]:
    """The points of all metrics, a row each. How good the run is follows from its parameters, with some noise."""
    number = {name: float(str(spec.parameters[name])) for name in ("lr", "dropout", "depth")}
    noise = np.random.default_rng(run_id).normal(0, 1, (len(METRICS), len(FEW)))
    quality = 0.95 - 0.07 * abs(math.log10(number["lr"]) + 3) - 0.2 * abs(number["dropout"] - 0.2)
    quality += 0.004 * number["depth"] + 0.01 * noise[0, 0]
    rising = quality * _RISE
    values = _SCALE * (1 + 0.1 * noise)
    values[_IS_RISING] = np.clip(rising + 0.005 * noise[_IS_RISING], 0, 1)
    values[_IS_LOSS] = np.abs(2.3 * (1 - rising) + 0.01 * noise[_IS_LOSS])
    if run_id % 97 == 0:  # one that diverged
        values[0, -1] = np.nan
    return values


_RISE = np.array([0.1, 0.9, 1.0])
_SCALE = np.array([[_SCALES.get(name, 1.0)] for name in METRICS])
_IS_RISING = np.array([name in _RISING for name in METRICS])
_IS_LOSS = np.array([name.endswith("loss") for name in METRICS])


def _write_folders(
    home: Home, connection: Connection, rows: list[dict[str, Any]], labels: Mapping[int, list[str]]
) -> None:
    """Write the specs and journals of runs to their folders, and the journals to the history."""
    entries = []
    for row in rows:
        names = [name for name in journal.RESTORABLE if name in row]
        details = {name: row[name] for name in names if name != "environment"}
        details |= {"tags": labels[row["id"]]}
        entry = JournalEntry(row["created"], "created", "queued", details)
        folder = home.run_folder(row["id"])
        folder.path.mkdir(mode=0o700)
        folder.spec.write_text(row["spec"], "utf-8")
        journal.append_to_file(folder.journal, entry)
        fields = {"time": entry.time, "kind": entry.kind, "text": entry.text}
        entries.append({"run_id": row["id"], **fields, "details": to_json(details)})
    execute_many(connection, insert(journals), entries)


_ENVIRONMENTS = [
    {
        "python": version,
        "host": host,
        "packages": {"numpy": "2.3.1", "torch": torch, "tensorflow": "2.20.0"},
    }
    for version, host, torch in (
        ("3.11.4", "atlas", "2.8.0"),
        ("3.12.1", "atlas", "2.9.0"),
        ("3.12.1", "borea", "2.9.0"),
    )
]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("name", choices=STORES)
    parser.add_argument("folder", type=Path)
    chosen = parser.parse_args()
    began = perf_counter()
    try:
        home = make(chosen.name, chosen.folder)
    except ValueError as error:
        parser.error(str(error))
    size = home.database.stat().st_size / 1e6
    print(f"{home.database}: {size:,.0f} MB, made in {perf_counter() - began:.1f} s")


if __name__ == "__main__":
    main()
