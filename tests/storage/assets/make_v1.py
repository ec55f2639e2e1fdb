"""Makes the example history of schema 1 beside this file: ``python -m tests.storage.assets.make_v1``.

Run by the program of that schema; never run again after a release, as the file stands for what users have.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from runners.protocol import Artifact, ArtifactKind, Framework, Progress, State
from storage.home import Home
from storage.records import Evidence
from storage.store import Series, Store
from tests.storage.examples import SPEC, spec


def main() -> None:
    with TemporaryDirectory() as folder:
        home = Home(Path(folder))
        store = Store.open(home)
        fill(store)
        store.close()
        shutil.copy(home.database, Path(__file__).with_name("v1.db"))


def fill(store: Store) -> None:
    first = store.create_run(SPEC, name="first", tags=["old", "good"]).id
    steps = np.arange(5002)
    values = np.append(np.arange(5000) / 4, [np.nan, np.nan])
    store.append(
        first, {"train/loss": Series(steps, steps.astype(np.float64), values)}, event_offset=1234
    )
    store.append(first, {"test/accuracy": Series(steps[:1], np.array([9.5]), np.array([0.5]))})
    store.set_environment(first, {"python": "3.11"})
    store.add_artifact(first, Artifact("matrix", ArtifactKind.CONFUSION_MATRIX, "artifacts/m.json"))
    store.set_progress(first, Progress("testing", 5002, 5002, 3, 3, 800.0, 0.0))
    store.set_state(first, State.FINISHED, "It trained all epochs.", Evidence(exit_code=0))
    store.create_run(spec(framework=Framework.TENSORFLOW), experiment="old times")
    store.trash([store.create_run(SPEC).id])
    store.set_setting("theme", "dark")
    store.add_message("warning", "The disk is nearly full.", first)
    store.beat(1, 2.0, "host")


if __name__ == "__main__":
    main()
