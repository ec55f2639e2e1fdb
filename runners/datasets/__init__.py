"""The datasets: what there is, and preparing one into a home. Importing it loads no array library."""

from __future__ import annotations

from pathlib import Path

from runners.datasets import digits, fashion_mnist
from runners.datasets.dataset import (
    DatasetInfo,
    DatasetModule,
    PreparedDataset,
    ProgressCallback,
)

_MODULES: dict[str, DatasetModule] = {
    module.INFO.name: module for module in (digits, fashion_mnist)
}


class UnknownDataset(LookupError):
    """There is no dataset of that name; the message lists those that there are."""


def all_datasets() -> tuple[DatasetInfo, ...]:
    """Every dataset, by name."""
    return tuple(_MODULES[name].INFO for name in sorted(_MODULES))


def get_dataset(name: str) -> DatasetInfo:
    """The dataset of that name. Raises UnknownDataset."""
    if name not in _MODULES:
        raise UnknownDataset(
            f"there is no dataset {name!r}; there are: {', '.join(sorted(_MODULES))}"
        )
    return _MODULES[name].INFO


def prepared(name: str, datasets_folder: Path) -> PreparedDataset | None:
    """The dataset as it was prepared, or None if it was not, or is damaged or out of date.

    Cheap: reads one small file and the sizes of four. Raises UnknownDataset.
    """
    info = get_dataset(name)
    dataset = PreparedDataset.read(datasets_folder / name)
    return dataset if dataset and dataset.info == info else None


def prepare_dataset(
    name: str,
    datasets_folder: Path,
    *,
    source: Path | None = None,
    on_progress: ProgressCallback = lambda _text, _fraction: None,
) -> PreparedDataset:
    """The dataset, prepared first where it is not yet. ``source`` is a folder that holds its files.

    It appears in the folder as a whole or not at all, and an interrupted preparation is redone.
    Raises UnknownDataset; DatasetError where the data cannot be had, read or written.
    """
    get_dataset(name)
    from runners.datasets.preparation import prepare

    return prepare(_MODULES[name], datasets_folder, source, on_progress)
