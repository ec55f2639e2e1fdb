"""The checkpoints of a run: written whole or not at all, and read with suspicion."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from time import monotonic

from runners.protocol import ArtifactKind, RunFolder
from runners.train.engine import CheckpointError, Engine
from runners.train.position import Position
from runners.train.reporter import Reporter
from runners.train.setup import Setup

_INTERVAL_S = 60.0
_MAY_CHANGE = frozenset({"epochs", "non_finite", "patience", "pictures", "threads", "time_limit"})
"""Parameters that a run may have changed since its checkpoint was written."""


class Checkpoints:
    """``last`` and ``best`` in the run's folder. ``unsaved`` says that the last try to save one failed."""

    def __init__(self, setup: Setup, folder: RunFolder, reporter: Reporter) -> None:
        self._folder = folder.checkpoints
        self._reporter = reporter
        self._purpose = purpose_of(setup)
        self._next = monotonic() + _INTERVAL_S
        self.unsaved = False

    def due(self) -> bool:
        """Whether it is long since the last checkpoint, or since the last try to save one."""
        return monotonic() >= self._next

    def save(self, engine: Engine, position: Position, *, best: bool = False) -> bool:
        """Save the last checkpoint, which may also be the best. False where it could not be written.

        That is told once, and the checkpoint before it stays.
        """
        about = json.dumps({"purpose": self._purpose, "position": position.to_json()})
        content = engine.checkpoint(about).getbuffer()
        self._next = monotonic() + _INTERVAL_S
        try:
            self._folder.parent.mkdir(mode=0o700, exist_ok=True)
            self._folder.mkdir(exist_ok=True)
            for name in ("last", "best") if best else ("last",):
                path = self._folder / f"{name}{engine.checkpoint_suffix}"
                _write(path, content)
                self._reporter.artifact(f"{name} checkpoint", ArtifactKind.CHECKPOINT, path)
        except OSError as error:
            if not self.unsaved:
                print(f"The checkpoint of step {position.step} could not be saved: {error}. "
                      "The training goes on and will try again.")  # fmt: skip
            self.unsaved = True
            return False
        if self.unsaved:
            print(f"Checkpoints can be saved again, as of step {position.step}.")
        self.unsaved = False
        return True

    def load_best(self, engine: Engine) -> None:
        """Take over the weights of the best epoch, or leave the engine as it is where they cannot be read."""
        path = self._folder / f"best{engine.checkpoint_suffix}"
        try:
            self.load(engine, path)
        except (CheckpointError, OSError) as error:
            print(f"The best weights cannot be used, the last ones are tested: {error}.")

    def candidates(self, engine: Engine) -> list[Path]:
        """The files to go on from, the one to try first at the front."""
        paths = (self._folder / f"{name}{engine.checkpoint_suffix}" for name in ("last", "best"))
        return [path for path in paths if path.is_file()]

    def load(self, engine: Engine, path: Path) -> Position:
        """As `load_checkpoint`."""
        return load_checkpoint(engine, path, self._purpose)


def load_checkpoint(engine: Engine, path: Path, purpose: str) -> Position:
    """Put the engine into the state of a checkpoint that was saved for this purpose.

    Raises CheckpointError where it is damaged or another run's; the engine is of no use then.
    """
    try:
        with open(path, "rb") as file:
            about = json.loads(engine.restore(file))
        position = Position.from_json(about["position"])
    except CheckpointError:
        raise
    except Exception as error:  # whatever a damaged file leads its reader to
        first_line = str(error).partition("\n")[0]
        raise CheckpointError(f"{type(error).__name__}: {first_line}") from error
    if about["purpose"] != purpose:
        raise CheckpointError("it is of a run with other parameters")
    return position


def purpose_of(setup: Setup) -> str:
    """What must be the same for a training to go on with its meaning unchanged."""
    kept = {k: v for k, v in sorted(setup.parameters.items()) if k not in _MAY_CHANGE}
    return json.dumps(
        [setup.framework, setup.template.name, setup.dataset.name, setup.seed, setup.dtype, kept]
    )


def _write(path: Path, content: memoryview) -> None:
    unfinished = path.with_suffix(".new")
    try:
        with open(unfinished, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, path)
    except OSError:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise
