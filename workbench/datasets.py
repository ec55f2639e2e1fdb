"""The datasets of a home as the window shows them. All of it reads files, so it is called on workers."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from time import time_ns
from typing import TYPE_CHECKING, Any

from runners import datasets as catalogue
from runners.datasets.dataset import (
    STATISTICS,
    VERSIONS,
    DatasetError,
    DatasetInfo,
    PreparedDataset,
    find_version,
)

if TYPE_CHECKING:
    from runners.datasets.samples import Sample

TRASH, TRASH_DAYS = ".trash", 7
"""Where deleted datasets lie, and for how long."""


class Origin(StrEnum):
    """Where a dataset comes from."""

    BUILT_IN = "built in"
    NETWORK = "downloaded"
    IMPORTED = "imported"


@dataclass(frozen=True, slots=True)
class Listed:
    """A dataset of the list. ``prepared`` is None where its arrays are not in the home yet."""

    info: DatasetInfo
    origin: Origin
    prepared: PreparedDataset | None


@dataclass(frozen=True, slots=True)
class Version:
    """A dataset that another of its name replaced. ``made`` is in microseconds since 1970."""

    sha256: str
    folder: Path
    made: int
    size_bytes: int
    count: int
    """Samples of all parts."""


@dataclass(frozen=True, slots=True)
class DatasetPage:
    """What is shown of one dataset. ``statistics`` has the form that `runners.datasets.statistics` describes."""

    listed: Listed
    statistics: Mapping[str, Any] = field(default_factory=dict)
    versions: tuple[Version, ...] = ()
    made: int | None = None


def list_datasets(folder: Path) -> list[Listed]:
    """Every dataset: first those that were imported, then the others, each by title."""
    found = [_listed(info, folder) for info in catalogue.all_datasets(folder)]
    return sorted(
        found, key=lambda each: (each.origin is not Origin.IMPORTED, each.info.title.lower())
    )


def read_page(folder: Path, name: str) -> DatasetPage:
    """Raises UnknownDataset."""
    listed = _listed(catalogue.get_dataset(name, folder), folder)
    if listed.prepared is None:
        return DatasetPage(listed, versions=tuple(_versions(folder, name)))
    return DatasetPage(
        listed,
        _statistics(listed.prepared),
        tuple(_versions(folder, name)),
        _made(listed.prepared),
    )


def read_samples(dataset: PreparedDataset, part: str, places: Iterable[int]) -> list[Sample]:
    """The samples of these places, of which no more is read than they are. Raises DatasetError."""
    from runners.datasets.samples import sample

    try:
        return [sample(dataset, part, place) for place in places]
    except (IndexError, KeyError) as error:
        raise DatasetError(
            f"{dataset.info.title} has other samples than it had: {error}"
        ) from error


def changed_since(folder: Path, name: str, sha256: str) -> str:
    """What became of the dataset that a run was made for, in words, or "" where it is as it was."""
    present = PreparedDataset.read(folder / name) if name else None
    if present is None and (not name or catalogue.is_built_in(name)):
        return ""  # it can be prepared again
    if present is not None and present.sha256 == sha256:
        return ""
    kept = find_version(folder, name, sha256) is not None
    if present is None:
        what = f"The dataset {name} is not in this home any more"
    else:
        what = f"The dataset {name} has changed since: it is {present.sha256[:12]}… now, and was {sha256[:12]}…"
    if kept:
        return f"{what}. The version that this run was made for is kept, and it goes on with that."
    return f"{what}. The version that this run was made for is not kept, so that it cannot go on."


def trash_dataset(folder: Path, name: str, *, versions: bool = False) -> Path:
    """Put a dataset out of sight, and its older versions too if asked. Returns its place in the trash. Raises DatasetError."""
    moved = [folder / name]
    if versions:
        moved += [version.folder for version in _versions(folder, name)]
    place = folder / TRASH / f"{time_ns()}-{name}"
    try:
        place.mkdir(parents=True)
        for each in moved:
            _move(each, place / each.relative_to(folder))
    except OSError as error:
        _put_back(folder, place)
        raise DatasetError(
            f"{name} could not be deleted: {error.strerror or error}. A run that trains on it may hold its files"
        ) from error
    return place


def restore_dataset(folder: Path, place: Path) -> None:
    """Bring back what was put at this place in the trash. Raises DatasetError."""
    name = trashed_name(place)
    if (folder / name).exists():
        raise DatasetError(
            f"There is a dataset {name} again: delete that one first to bring this one back"
        )
    try:
        _put_back(folder, place)
    except OSError as error:
        raise DatasetError(
            f"{name} could not be brought back: {error.strerror or error}"
        ) from error


def trashed(folder: Path) -> list[Path]:
    """The places of deleted datasets, the one that was deleted last first. What was deleted long ago is removed for good."""
    found = sorted((folder / TRASH).glob("*-*"), key=_trashed_at, reverse=True)
    oldest = time_ns() - TRASH_DAYS * 24 * 3600 * 10**9
    for place in found:
        if _trashed_at(place) < oldest:
            shutil.rmtree(place, ignore_errors=True)
    return [place for place in found if _trashed_at(place) >= oldest]


def trashed_name(place: Path) -> str:
    return place.name.partition("-")[2]


def _trashed_at(place: Path) -> int:
    """In nanoseconds since 1970."""
    when = place.name.partition("-")[0]
    return int(when) if when.isdecimal() else 0


def _put_back(folder: Path, place: Path) -> None:
    kept = list((place / VERSIONS).glob("*"))
    for each in (*kept, place / trashed_name(place)):
        _move(each, folder / each.relative_to(place))
    shutil.rmtree(place, ignore_errors=True)


def _move(source: Path, target: Path) -> None:
    if source.is_dir():
        target.parent.mkdir(parents=True, exist_ok=True)
        source.rename(target)


def clear_unfinished(folder: Path, name: str) -> None:
    """Remove what a cancelled preparation or import of the dataset had written."""
    shutil.rmtree(folder / f".{name}.new", ignore_errors=True)


def class_counts(statistics: Mapping[str, Any], part: str) -> Sequence[int]:
    """Samples, or pixels of masks, of each class; none where there are no classes."""
    counts = statistics.get("parts", {}).get(part, {}).get("classes", ())
    return [int(count) for count in counts]


def shown_places(statistics: Mapping[str, Any], part: str) -> list[tuple[int, ...]]:
    """Places of samples to look at, a row of them for each class, or one row where there are none."""
    rows = statistics.get("samples", {}).get(part, [])
    if rows and isinstance(rows[0], list):
        return [tuple(map(int, row)) for row in rows]
    return [tuple(map(int, rows))] if rows else []


def _listed(info: DatasetInfo, folder: Path) -> Listed:
    if not catalogue.is_built_in(info.name):
        origin = Origin.IMPORTED
    else:
        origin = Origin.NETWORK if catalogue.is_downloaded(info.name) else Origin.BUILT_IN
    return Listed(info, origin, catalogue.prepared(info.name, folder))


def _statistics(dataset: PreparedDataset) -> Mapping[str, Any]:
    """As kept beside the arrays; computed where an older preparation kept none."""
    try:
        found = json.loads((dataset.folder / STATISTICS).read_text("utf-8"))
        if isinstance(found, dict):
            return found
    except (OSError, ValueError):
        pass
    from runners.datasets.statistics import statistics

    try:
        return statistics(dataset)
    except (OSError, ValueError, DatasetError):
        return {}


def _versions(folder: Path, name: str) -> Iterable[Version]:
    """The newest first."""
    kept = [PreparedDataset.read(path) for path in (folder / VERSIONS).glob(f"{name}-*")]
    found = [_version(each) for each in kept if each is not None and each.info.name == name]
    return sorted(found, key=lambda version: -version.made)


def _version(dataset: PreparedDataset) -> Version:
    info = dataset.info
    count = info.train_count + info.validation_count + info.test_count
    return Version(dataset.sha256, dataset.folder, _made(dataset), info.size_bytes, count)


def _made(dataset: PreparedDataset) -> int:
    first = dataset.array(dataset.info.arrays[0])
    return int(first.stat().st_mtime * 1e6)
