"""What a run does for a duel in the place of a training, by its role. Each returns what it did, as the end of a sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from runners.protocol import ArtifactKind, DuelRole, Progress
from runners.train.control import Control
from runners.train.data import Data
from runners.train.engine import Engine
from runners.train.largest import find_largest
from runners.train.proof import STEPS as PROOF_STEPS
from runners.train.proof import dtypes, prove, to_bytes
from runners.train.reporter import Reporter
from runners.train.scaling import STEPS, time_steps
from runners.train.setup import Setup
from runners.train.timing import Timing


@dataclass(frozen=True, slots=True)
class Apart:
    """What it works with. ``artifacts`` is the folder for files."""

    create: Callable[[Setup], Engine]
    setup: Setup
    data: Data
    artifacts: Path
    reporter: Reporter
    control: Control
    timing: Timing

    def tell(self, phase: str, done: int = 0, total: int = 0) -> None:
        """Raises StopRequested."""
        self.control.check()
        self.reporter.tend()
        self.reporter.progress(Progress(phase, done, total))

    def keep(self, name: str, kind: ArtifactKind, suffix: str, content: str | bytes) -> None:
        path = self.artifacts / f"{name}{suffix}"
        self.reporter.keep_file(path, content)
        self.reporter.artifact(name, kind, path)


def _prove(at: Apart) -> str:
    def tell(dtype: str, done: int) -> None:
        at.tell(f"proving in {dtype}", done, PROOF_STEPS)

    setup = replace(at.setup, replicas=1)
    at.keep("proof", ArtifactKind.PROOF, ".npz", to_bytes(prove(at.create, setup, at.data, tell)))
    return f"outputs and the losses of {PROOF_STEPS} steps in {' and '.join(dtypes(setup))}"


def _scale(at: Apart) -> str:
    at.tell("building")
    with closing(at.create(at.setup)) as engine, at.control.interruptible():
        at.timing.built()
        done = time_steps(
            engine, at.setup, at.data, at.timing, lambda step: at.tell("training", step, STEPS)
        )
        size = at.data.whole_batch(at.setup.parameters["batch_size"])
        facts = at.timing.told_with(engine, at.setup.mode, size)
    at.keep("timing", ArtifactKind.TIMING, ".json", facts)
    return f"timed {done} steps"


def _largest(at: Apart) -> str:
    def tell(size: int) -> None:
        at.tell(f"trying a batch of {size:,}")

    found = find_largest(at.create, replace(at.setup, replicas=1), at.data, tell)
    at.keep("largest-batch", ArtifactKind.LARGEST_BATCH, ".json", found.to_json())
    return str(found)


ROLES: Mapping[DuelRole, Callable[[Apart], str]] = {
    DuelRole.PROOF: _prove,
    DuelRole.SCALE: _scale,
    DuelRole.LARGEST: _largest,
}
