"""What the files of a run bring to the history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from runners.protocol import Artifact, Progress
from storage.series import Series


@dataclass(frozen=True, slots=True)
class Arrival:
    """What was read from one run's files since the last look, stored as a whole or not at all.

    ``rewind_to`` says that the run went on from a checkpoint at that step: first the points of the trainer's series
    (not of ``system/...``) with a larger step are dropped, since they are about to come again; then ``series`` is
    appended. The offsets say how far the files were read; None leaves what is there. ``damaged_bytes`` is what
    was newly found to be unreadable.
    """

    run_id: int
    series: Mapping[str, Series] = field(default_factory=dict)
    rewind_to: int | None = None
    event_offset: int | None = None
    system_offset: int | None = None
    progress: Progress | None = None
    heartbeat: int | None = None
    artifacts: tuple[Artifact, ...] = ()
    damaged_bytes: int = 0
