"""What the views of exports show: the records of the history with their manifests. Read on a worker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from runners.export.manifest import MANIFEST, Manifest
from runners.protocol import Framework
from storage.records import ExportRecord, RunRecord

if TYPE_CHECKING:
    from workbench.bench import Workbench


@dataclass(frozen=True, slots=True)
class Item:
    """An export. ``problem`` says why its manifest cannot be read, or is ""."""

    record: ExportRecord
    run: RunRecord
    folder: Path
    manifest: Manifest | None = None
    problem: str = ""

    @property
    def framework(self) -> Framework:
        return self.run.spec.framework


@dataclass(frozen=True, slots=True)
class Listed:
    items: Sequence[Item] = ()
    trashed: Sequence[ExportRecord] = ()


class Reader:
    """Reads each manifest once, and again when its file is another one. One reading at a time."""

    def __init__(self) -> None:
        self._known: dict[Path, tuple[tuple[int, int], Manifest]] = {}

    def read(self, workbench: Workbench) -> Listed:
        """All of the home, the newest first. Raises StoreError."""
        records = workbench.exports.list()
        runs = {
            run.id: run for run in workbench.store.runs_by_id(list({one.run_id for one in records}))
        }
        items = [
            self._item(one, runs[one.run_id], workbench.home.path / one.folder)
            for one in records
            if one.run_id in runs
        ]
        self._known = {one.folder: self._known[one.folder] for one in items if one.folder in self._known}  # fmt: skip
        return Listed(items, workbench.exports.list(trashed=True))

    def _item(self, record: ExportRecord, run: RunRecord, folder: Path) -> Item:
        found = self._manifest(folder)
        if isinstance(found, str):
            return Item(record, run, folder, problem=found)
        return Item(record, run, folder, found)

    def _manifest(self, folder: Path) -> Manifest | str:
        try:
            stat = (folder / MANIFEST).stat()
            mark = stat.st_mtime_ns, stat.st_size
            if folder not in self._known or self._known[folder][0] != mark:
                self._known[folder] = mark, Manifest.read(folder)
        except FileNotFoundError:
            return "Its folder is gone: delete this entry, and export the run again."
        except (OSError, ValueError) as error:
            self._known.pop(folder, None)
            return f"Its manifest cannot be read: {error}"
        return self._known[folder][1]


def read_examples(folder: Path) -> dict[str, str]:
    """The examples of use that stand beside an export, by their file's name, Python's first. Raises OSError."""
    kinds = (".py", ".cpp", ".js", ".mjs", ".html")
    found = sorted(folder.glob("example*"), key=lambda path: (path.suffix != ".py", path.name))
    return {path.name: path.read_text("utf-8", "replace") for path in found if path.suffix in kinds}


def visible(items: Sequence[Item], runs: Sequence[int] | None, stage: str | None) -> list[Item]:
    """Those of some runs, or of all where ``runs`` is None, in a stage, or in any."""
    return [
        one
        for one in items
        if (runs is None or one.record.run_id in runs)
        and (stage is None or one.record.stage == stage)
    ]
