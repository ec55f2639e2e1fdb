"""What a training reports: metrics, progress and files, also on a full disk or in a folder that was deleted."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from time import monotonic

from runners.events import BACKLOG_BYTES, EventReader, EventWriter, Points, Rewind
from runners.protocol import Artifact, ArtifactKind, Progress, RunFolder, write_atomically
from runners.train.log_stream import is_log, reopen_log

_PROGRESS_INTERVAL_S = 0.1
_LONG_BACKLOG_BYTES = BACKLOG_BYTES // 2


class Reporter:
    """Writes to a run's event file, each call at once, and the small files of the run's folder.

    What cannot be written for want of space, or because the folder was deleted, is kept, and written
    as soon as `tend`, which is to be called now and then, finds that it can be.
    Raises OSError where the event file cannot be opened.
    """

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        self._logged: tuple[int, frozenset[str]] = (0, frozenset())
        self._writer = EventWriter(folder.events)
        self._has_log = is_log(folder.log)
        self._last = Progress("")
        self._next_progress = 0.0
        self._announced: set[Artifact] = set()
        self._files: dict[Path, str | bytes] = {}
        self._unwritten: set[Path] = set()
        self._troubled = False
        self.log = self._writer.log
        """Append the values of the metrics (a mapping) at a step: the writer's own method."""

    @property
    def settled(self) -> bool:
        """Whether all is written."""
        return not self._writer.backlog_bytes and not self._unwritten

    @property
    def overdue(self) -> bool:
        """Whether so much waits to be written that nothing should be added."""
        return self._writer.backlog_bytes > _LONG_BACKLOG_BYTES

    def rewind(self, step: int) -> None:
        """Say that the training goes on from this step, and remember what was logged there before."""
        self._logged = (step, _logged_at(self._folder.events, step))
        self._writer.rewind(step)

    def log_once(self, step: int, metrics: Mapping[str, float]) -> None:
        """Append the metrics that were not logged at this step before the training went on from there."""
        at, names = self._logged
        new = {k: v for k, v in metrics.items() if step != at or k not in names}
        if new:
            self.log(step, new)

    def progress(self, progress: Progress) -> None:
        """Report progress; within a phase at most ten times a second, the rest is left out."""
        now = monotonic()
        if progress.phase == self._last.phase and now < self._next_progress:
            return
        self._last = progress
        self._next_progress = now + _PROGRESS_INTERVAL_S
        self._writer.progress(progress)

    def artifact(self, name: str, kind: ArtifactKind, path: Path, step: int | None = None) -> None:
        """Announce a file in the run's folder, once however often it is written anew."""
        artifact = Artifact(name, kind, path.relative_to(self._folder.path).as_posix(), step)
        if artifact not in self._announced:
            self._announced.add(artifact)
            self._writer.artifact(artifact)

    def keep_file(self, path: Path, content: str | bytes, *, written: bool = False) -> None:
        """See to it that the small file is in the run's folder, where it may be ``written`` already."""
        self._files[path] = content
        if not written:
            self._unwritten.add(path)
            self._write_files()

    def tend(self) -> bool:
        """Catch up on what could not be written. Returns whether the folder had to be made again."""
        made = self._rescue()
        self._writer.flush()
        self._write_files()
        if self.settled is self._troubled:
            self._troubled = not self.settled
            print("What waited to be written is written." if self.settled else
                  "The run's folder cannot be written: the training goes on, and what it logs waits in memory.")  # fmt: skip
        return made

    def close(self) -> None:
        self._writer.close()

    def _rescue(self) -> bool:
        try:
            if not self._writer.rescue():
                return False
            self._unwritten |= set(self._files)
            if self._has_log:
                reopen_log(self._folder.log)
        except OSError:
            return False
        print("The run's folder was deleted or replaced while it trained. It was made again; "
              "what the log said before is gone, nothing else.")  # fmt: skip
        return True

    def _write_files(self) -> None:
        for path in sorted(self._unwritten):
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                write_atomically(path, self._files[path])
            except OSError:
                return
            self._unwritten.discard(path)


def _logged_at(events: Path, step: int) -> frozenset[str]:
    """The names of the metrics that the event file holds at this step, and that nothing made void."""
    names: set[str] = set()
    reader = EventReader(events)
    while arrived := reader.read(final=True):
        for event in arrived:
            if isinstance(event, Rewind) and event.step < step:
                names.clear()
            elif isinstance(event, Points) and event.step == step:
                names.update(event.names)
    return frozenset(names)
