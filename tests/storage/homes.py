"""A home with runs of every kind, made by the store and the event writer as in real use."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from runners.events import EventWriter
from runners.protocol import Artifact, ArtifactKind, Outcome, Progress, Request, RunFolder, State
from runners.scheduler.ingest import Ingest
from storage.home import Home
from storage.records import Evidence, QueueOptions, RunFilter, RunRecord
from storage.store import Store
from tests.storage.examples import SPEC


def log_points(folder: RunFolder, steps: Iterable[int], rewind: int | None = None) -> None:
    """Write what a trainer and the scheduler write to a run's files."""
    with (
        closing(EventWriter(folder.events)) as events,
        closing(EventWriter(folder.system)) as system,
    ):
        if rewind is not None:
            events.rewind(rewind)
        for step in steps:
            value = float("nan") if step == 3 else float("inf") if step == 5 else 1 / (step + 1)
            events.log(step, {"train/loss": value, "train/accuracy": step * 0.1})
            if step % 4 == 0:
                events.log(step, {"val/loss": -0.0})
                system.log(step, {"system/cpu_percent": step * 1.5})
        events.progress(Progress("training", step=10, total_steps=20, epoch=1, epochs=3))


def ingest(store: Store, run: RunRecord, *, final: bool = True) -> None:
    """Take in what the files hold, as the scheduler does."""
    files = Ingest(store, run.id, RunFolder(Path(run.folder)))
    while (arrival := files.read(final=final)) is not None:
        store.take([arrival])
        files.stored()


def start(store: Store, run: RunRecord) -> None:
    store.set_state(
        run.id, State.STARTING, "", Evidence(started=run.created + 5, assigned_device="cpu")
    )
    store.set_state(run.id, State.RUNNING, "", Evidence(pid=4321, pid_created=12.5))
    store.set_environment(run.id, {"host": "here", "packages": {"torch": "2.13"}})


def filled(home: Home) -> Store:
    """Finished, failed, resumed and rewound, trashed, tagged, held, moved, extended, active and cloned runs."""
    store = Store.open(home)
    finished = store.create_run(SPEC, name="finished", experiment="first", tags=["a", "b"])
    start(store, finished)
    folder = home.run_folder(finished.id)
    log_points(folder, range(10))
    _artifact(folder)
    ingest(store, finished)
    _end(store, finished, State.FINISHED)
    store.set_tags(finished.id, ["c"])
    store.rename_run(finished.id, "finished ⚙ <b>")

    failed = store.create_run(SPEC, name="failed")
    start(store, failed)
    log_points(home.run_folder(failed.id), range(7))
    with open(home.run_folder(failed.id).events, "ab") as file:
        file.write(b"\xf5TB\x01torn")
    ingest(store, failed)
    _end(store, failed, State.FAILED, "ValueError: no")
    store.trash([failed.id])

    rewound = store.create_run(SPEC, name="rewound", parent=finished.id)
    start(store, rewound)
    log_points(home.run_folder(rewound.id), range(9))
    log_points(home.run_folder(rewound.id), range(4, 12), rewind=3)
    log_points(home.run_folder(rewound.id), range(2), rewind=0)
    ingest(store, rewound)
    store.request([rewound.id], Request.STOP)
    _end(store, rewound, State.STOPPED)
    store.resume_run(rewound.id)

    extended = store.create_run(SPEC, name="extended")
    start(store, extended)
    log_points(home.run_folder(extended.id), range(3))
    ingest(store, extended)
    _end(store, extended, State.FINISHED)
    store.extend_run(extended.id, 9)

    waiting = [
        store.create_run(replace(SPEC, seed=seed), name=f"waits {seed}") for seed in range(3)
    ]
    store.set_queue_options([waiting[0].id], priority=2, held=True)
    store.set_queue_options([waiting[1].id], alone=True)
    store.move_in_queue(waiting[2].id, waiting[1].id)
    store.create_run(SPEC, options=QueueOptions(priority=-1, memory_bytes=1 << 33))
    store.note(waiting[0].id, "a note")

    active = store.create_run(SPEC, name="active")
    start(store, active)
    log_points(home.run_folder(active.id), range(5))
    home.run_folder(active.id).heartbeat.touch()
    ingest(store, active, final=False)
    edit(store, finished.id, failed.id)
    store.set_setting("theme", "dark")
    store.add_message("info", "hello", finished.id)
    return store


def edit(store: Store, finished: int, failed: int) -> None:
    """Write everything about runs and experiments that a person can write."""
    store.set_note(finished, "# What it showed\n*nothing*")
    store.set_starred([finished, failed], True)
    store.set_color([finished], 9)
    store.archive([failed])
    store.set_experiment([failed], "broken")
    store.rename_experiment("first", "second")
    store.add_tags([finished, failed], ["d"])
    store.set_experiment_note("second", "Of *finished* runs")
    store.set_layout("second", {"panels": ["val/loss"]})


def _artifact(folder: RunFolder) -> None:
    folder.artifacts.mkdir()
    (folder.artifacts / "confusion.json").write_text("{}")
    (folder.artifacts / "image.png").write_bytes(b"")
    with closing(EventWriter(folder.events)) as events:
        events.artifact(
            Artifact("confusion", ArtifactKind.CONFUSION_MATRIX, "artifacts/confusion.json")
        )
        events.artifact(Artifact("images/x/7", ArtifactKind.IMAGE, "artifacts/image.png", 7))


def _end(store: Store, run: RunRecord, state: State, reason: str = "") -> None:
    outcome = Outcome(state, reason, 0 if state is State.FINISHED else 1, run.created + 1_000_000)
    RunFolder(Path(run.folder)).write_outcome(outcome)
    evidence = Evidence(ended=outcome.ended, exit_code=outcome.exit_code)
    store.set_state(run.id, state, reason, evidence)


def content(store: Store) -> dict[int, Any]:
    """All that a history knows of its runs, in a form that equal ones are equal in."""
    both = [*store.runs(), *store.runs(RunFilter(trashed=True))]
    return {run.id: _of_run(store, run) for run in sorted(both, key=lambda run: run.id)}


def _of_run(store: Store, run: RunRecord) -> Sequence[Any]:
    series = {
        name: [array.tobytes() for array in store.series(run.id, name)]
        for name in store.metrics(run.id)
    }
    summary = {name: repr(found) for name, found in run.summary.items()}
    plain = replace(run, revision=0, heartbeat=None, summary={}, rewinds=0)
    found = [(entry.artifact, entry.run_id) for entry in store.artifacts(run.id)]
    return plain, summary, series, store.journal(run.id), found, store.offsets(run.id)
