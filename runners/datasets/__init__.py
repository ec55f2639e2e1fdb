"""The datasets: what there is, and preparing one into a home. Importing it loads no array library."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from runners.datasets import (
    austen,
    austen_byte_pairs,
    austen_novels,
    breast_cancer,
    cifar10,
    cifar100,
    diabetes,
    digits,
    fashion_mnist,
    iris,
    kmnist,
    mauna_loa,
    mnist,
    nuclei,
    tiny_shakespeare,
    wine,
)
from runners.datasets.dataset import (
    DatasetError,
    DatasetInfo,
    DatasetModule,
    PreparedDataset,
    ProgressCallback,
)

_ALL: tuple[DatasetModule, ...] = (
    austen,
    austen_byte_pairs,
    austen_novels,
    breast_cancer,
    cifar10,
    cifar100,
    diabetes,
    digits,
    fashion_mnist,
    iris,
    kmnist,
    mauna_loa,
    mnist,
    nuclei,
    tiny_shakespeare,
    wine,
)
_MODULES: dict[str, DatasetModule] = {module.INFO.name: module for module in _ALL}


class UnknownDataset(LookupError):
    """There is no dataset of that name; the message lists those that there are."""


def all_datasets(datasets_folder: Path | None = None) -> tuple[DatasetInfo, ...]:
    """Every dataset, by name: those that Twinbench knows and, given the folder, those imported into it."""
    known = {name: module.INFO for name, module in _MODULES.items()}
    imported = {info.name: info for info in _imported(datasets_folder)}
    found = {**imported, **known}
    return tuple(found[name] for name in sorted(found))


def get_dataset(name: str, datasets_folder: Path | None = None) -> DatasetInfo:
    """The dataset of that name. Raises UnknownDataset."""
    if name in _MODULES:
        return _MODULES[name].INFO
    if datasets_folder is not None and name == Path(name).name and not name.startswith("."):
        found = PreparedDataset.read(datasets_folder / name)
        if found is not None and found.info.name == name:
            return found.info
    names = ", ".join(info.name for info in all_datasets(datasets_folder))
    raise UnknownDataset(f"there is no dataset {name!r}; there are: {names}")


def is_built_in(name: str) -> bool:
    """Whether Twinbench knows where the dataset comes from, rather than the person who imported it."""
    return name in _MODULES


def is_downloaded(name: str) -> bool:
    """Whether its files come from a network, unless a folder is named that holds them."""
    return hasattr(_MODULES.get(name), "FILES")


def _imported(datasets_folder: Path | None) -> Iterator[DatasetInfo]:
    """What was imported into the folder: a few small files are read."""
    if datasets_folder is None or not datasets_folder.is_dir():
        return
    for folder in datasets_folder.iterdir():
        if folder.name in _MODULES or folder.name.startswith("."):
            continue
        if dataset := PreparedDataset.read(folder):
            yield dataset.info


def prepared(name: str, datasets_folder: Path) -> PreparedDataset | None:
    """The dataset as it was prepared, or None if it was not, or is damaged or out of date.

    Cheap: reads one small file and the sizes of the arrays. Raises UnknownDataset.
    """
    info = get_dataset(name, datasets_folder)
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
    info = get_dataset(name, datasets_folder)
    if name not in _MODULES:
        found = prepared(name, datasets_folder)
        if found is None:
            raise DatasetError(
                f"{info.title} was imported, and its files are damaged: import it again"
            )
        return found
    from runners.datasets.preparation import prepare

    return prepare(_MODULES[name], datasets_folder, source, on_progress)
