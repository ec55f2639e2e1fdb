from __future__ import annotations

from pathlib import Path

from runners.events import EventReader
from runners.protocol import Artifact, ArtifactKind, Progress, RunFolder
from runners.train.reporter import Reporter


def _read(folder: RunFolder) -> list[object]:
    return list(EventReader(folder.events).read(final=True))


def test_within_a_phase_progress_is_thinned_out(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    reporter = Reporter(folder)
    for step in range(1000):
        reporter.progress(Progress("training", step, 1000))
    reporter.close()
    assert 1 <= len(_read(folder)) < 1000


def test_every_change_of_the_phase_is_reported(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    reporter = Reporter(folder)
    reports = [Progress(phase) for phase in ("training", "validating", "training")]
    for progress in reports:
        reporter.progress(progress)
    reporter.close()
    assert _read(folder) == reports


def test_a_file_that_is_written_again_is_announced_once(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    reporter = Reporter(folder)
    for _ in range(3):
        reporter.artifact("last", ArtifactKind.CHECKPOINT, folder.checkpoints / "last.pt")
    reporter.close()
    assert _read(folder) == [Artifact("last", ArtifactKind.CHECKPOINT, "checkpoints/last.pt")]
