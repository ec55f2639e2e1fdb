"""Histories of runs that differ in everything that a filter can ask."""

from __future__ import annotations

import math
from random import Random
from typing import Any

from sqlalchemy import update

from runners.protocol import Framework, Mode, Scalar, State
from storage.models import runs
from storage.records import RunRecord
from storage.store import Store
from tests.storage.examples import series, spec

DAY = 86_400_000_000
TEXTS = (
    "alpha",
    "Beta",
    "ÄRGER",
    "o'neil",
    'say "hi"',
    "50%_",
    "a b",
    "true",
    "3",
    "last",
    "back\\slash",
)
NUMBERS = (0, 1, -1, 3, 0.001, 1e-3, 2.5, 1e9)
METRICS = (
    "val/loss",
    "val/accuracy",
    "test/accuracy",
    "system/cpu_percent",
    "both",
    "odd (name), “x”",
)
PARAMETERS = (
    "lr",
    "learning_rate",
    "both",
    "val/loss",
    "flag",
    "my parameter",
    "kernel-size",
    "state",
)


def fill(store: Store, count: int, seed: int, now: int) -> list[RunRecord]:
    """Runs that were made at random, some of them archived, trashed, running; as the history knows them."""
    chance = Random(seed)
    ids = [_add(store, chance, now) for _ in range(count)]
    chosen = lambda: [run_id for run_id in ids if chance.random() < 0.15]  # noqa: E731
    store.set_starred(chosen(), True)
    store.archive(chosen())
    for run_id in chosen():
        store.set_note(run_id, chance.choice(TEXTS))
    idle = [run_id for run_id in chosen() if not store.run(run_id).state.active]
    store.trash(idle)
    return store.runs_by_id(ids)


def _add(store: Store, chance: Random, now: int) -> int:
    run = store.create_run(
        spec(
            template=chance.choice(("mlp", "cnn")),
            framework=chance.choice(list(Framework)),
            mode=chance.choice(list(Mode)),
            parameters=_parameters(chance),
            seed=chance.randrange(3),
        ),
        name=chance.choice(TEXTS),
        experiment=chance.choice(("one", "One", "two")),
        tags=chance.sample(TEXTS, chance.randrange(3)),
    )
    for name in METRICS:
        if chance.random() < 0.6:
            values = [chance.choice((*NUMBERS, math.nan, math.inf, -math.inf)) for _ in range(3)]
            store.append(run.id, {name: series([float(value) for value in values])})
    with store._database.write() as connection:
        connection.execute(update(runs).where(runs.c.id == run.id).values(_columns(chance, now)))
    return run.id


def _parameters(chance: Random) -> dict[str, Scalar]:
    values = (*NUMBERS, *TEXTS, True, False, (3, 3))
    return {name: chance.choice(values) for name in PARAMETERS if chance.random() < 0.5}


def _columns(chance: Random, now: int) -> dict[str, Any]:
    created = now - chance.randrange(5) * DAY
    started = chance.choice((None, created + 1_000_000))
    return {
        "state": chance.choice(list(State)).value,
        "created": created,
        "started": started,
        "ended": chance.choice((None, started and started + chance.randrange(3) * 3_600_000_000)),
        "stalled": chance.choice((None, now)),
        "held": chance.random() < 0.5,
        "step": chance.randrange(4),
        "total_steps": chance.choice((0, 2)),
        "epoch": chance.randrange(3),
        "epochs": chance.randrange(3),
        "samples_per_s": chance.choice((None, 10.0)),
        "assigned_device": chance.choice(("", "cpu", "cuda:0")),
        "reason": chance.choice(("", "no memory")),
        "priority": chance.randrange(-1, 2),
        "parent": chance.choice((None, 1)),
    }
