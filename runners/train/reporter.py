"""What a training reports: metrics, progress and files."""

from __future__ import annotations

from pathlib import Path
from time import monotonic

from runners.events import EventWriter
from runners.protocol import Artifact, ArtifactKind, Progress, RunFolder

_PROGRESS_INTERVAL_S = 0.1


class Reporter:
    """Writes to a run's event file, each call at once. Raises OSError where it cannot be written."""

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder.path
        self._writer = EventWriter(folder.events)
        self._last = Progress("")
        self._next_progress = 0.0
        self._announced: set[Artifact] = set()
        self.log = self._writer.log
        """Append the values of the metrics (a mapping) at a step: the writer's own method."""

    def progress(self, progress: Progress) -> None:
        """Report progress; within a phase at most ten times a second, the rest is left out."""
        now = monotonic()
        if progress.phase == self._last.phase and now < self._next_progress:
            return
        self._last = progress
        self._next_progress = now + _PROGRESS_INTERVAL_S
        self._writer.progress(progress)

    def artifact(self, name: str, kind: ArtifactKind, path: Path) -> None:
        """Announce a file in the run's folder, once however often it is written anew."""
        artifact = Artifact(name, kind, path.relative_to(self._folder).as_posix())
        if artifact not in self._announced:
            self._announced.add(artifact)
            self._writer.artifact(artifact)

    def close(self) -> None:
        self._writer.close()
