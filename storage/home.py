"""The home: the folder where everything of one user is kept. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from runners.protocol import RunFolder


@dataclass(frozen=True, slots=True)
class Home:
    path: Path

    @property
    def database(self) -> Path:
        return self.path / "history.db"

    @property
    def runs(self) -> Path:
        return self.path / "runs"

    @property
    def datasets(self) -> Path:
        return self.path / "datasets"

    @property
    def templates(self) -> Path:
        """Those of the user's, a folder each."""
        return self.path / "templates"

    @property
    def duels(self) -> Path:
        """What duels are about, a file each."""
        return self.path / "duels"

    @property
    def backups(self) -> Path:
        return self.path / "backups"

    @property
    def migration_lock(self) -> Path:
        """Held by who makes or migrates the database."""
        return self.path / "history.lock"

    @property
    def scheduler_lock(self) -> Path:
        """Held by the one scheduler of this home."""
        return self.path / "scheduler.lock"

    @property
    def scheduler_log(self) -> Path:
        return self.path / "scheduler.log"

    def run_folder(self, run_id: int) -> RunFolder:
        return RunFolder(self.runs / folder_name(run_id))

    def duel_file(self, duel_id: str) -> Path:
        return self.duels / f"{duel_id}.json"

    def run_folders(self) -> dict[int, RunFolder]:
        """The folders of runs that are there, by the runs' ids, in their order. Raises OSError."""
        if not self.runs.is_dir():
            return {}
        names = (path.name for path in self.runs.iterdir() if path.is_dir())
        ids = sorted(int(name) for name in names if name.isascii() and name.isdigit())
        return {
            run_id: self.run_folder(run_id)
            for run_id in ids
            if self.run_folder(run_id).path.is_dir()
        }


def folder_name(run_id: int) -> str:
    return f"{run_id:06d}"
