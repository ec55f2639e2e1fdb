"""Makes the example history of this program's schema beside this file: ``python -m tests.storage.assets.make_example``.

Run once when a schema is finished; the file of a released schema is never made again, as it stands for what users have.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from runners.protocol import (
    Artifact,
    ArtifactKind,
    DuelPart,
    DuelRole,
    Framework,
    Progress,
    State,
)
from storage.home import Home
from storage.migrate import SCHEMA
from storage.records import Evidence, QueueOptions, Stage
from storage.store import Arrival, Series, Store
from tests.storage.examples import SPEC, export, spec

DUEL = "0123456789abcdef" * 2


def main() -> None:
    with TemporaryDirectory() as folder:
        home = Home(Path(folder))
        store = Store.open(home)
        fill(store, home)
        store.close()
        shutil.copy(home.database, Path(__file__).with_name(f"v{int(SCHEMA)}.db"))


def fill(store: Store, home: Home) -> None:
    """Put something into every table, and into every column of runs at least once."""
    first = store.create_run(SPEC, name="first", tags=["old", "good"]).id
    steps = np.arange(5002)
    values = np.append(np.arange(5000) / 4, [np.nan, np.nan])
    loss = Series(steps, steps.astype(np.float64), values)
    accuracy = Series(steps[:1], np.array([9.5]), np.array([0.5]))
    matrix = Artifact("matrix", ArtifactKind.CONFUSION_MATRIX, "artifacts/m.json")
    image = Artifact("images/x/7", ArtifactKind.IMAGE, "artifacts/x.png", step=7)
    progress = Progress("testing", 5002, 5002, 3, 3, 800.0, 0.0)
    started = Evidence(started=1, pid=7, pid_created=1.5, assigned_device="cpu")
    store.set_state(first, State.STARTING, "", started)
    series = {"train/loss": loss, "test/accuracy": accuracy}
    artifacts = (matrix, image)
    store.take([Arrival(first, series, None, 1234, 77, progress, 99, artifacts, damaged_bytes=5)])
    store.set_environment(first, {"python": "3.11"})
    store.set_state(first, State.FINISHED, "It trained all epochs.", Evidence(exit_code=0))
    later = QueueOptions(priority=2, held=True, alone=True, memory_bytes=6_000)
    other = spec(framework=Framework.TENSORFLOW, duel=DuelPart(DUEL, 1, DuelRole.MATCH))
    store.create_run(other, experiment="old times", options=later, parent=first)
    store.trash([store.create_run(SPEC).id])
    store.set_note(first, "# What it showed")
    store.set_starred([first], True)
    store.set_color([first], 4)
    store.archive([first])
    store.set_experiment_note("old times", "Those were the days")
    store.set_layout("old times", {"columns": 2})
    store.duels.create(DUEL, "first duel", '{"version": 1}', [])
    model = export(home, first)
    store.exports.set_stage([store.exports.add(first, model, "first model").id], Stage.PRODUCTION)
    store.set_setting("theme", "dark")
    store.add_message("warning", "The disk is nearly full.", first)
    store.beat(1, 2.0, "host")


if __name__ == "__main__":
    main()
