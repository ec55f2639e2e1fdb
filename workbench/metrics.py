"""What metrics are called, measured in and drawn with."""

from __future__ import annotations

from collections.abc import Iterable

from storage.records import is_system
from workbench.ticks import Scale

SPLITS = ("", "train", "val", "test")
"""In the order they are listed; "" is what is logged each step."""

_TITLES = {
    "loss": "Loss",
    "accuracy": "Accuracy",
    "macro_f1": "Macro F1",
    "roc_auc": "ROC-AUC",
    "top5_accuracy": "Top-5 accuracy",
    "iou": "IoU",
    "mae": "Mean absolute error",
    "rmse": "Root mean squared error",
    "mape": "Mean absolute percentage error",
    "relative_mae": "Error relative to the last value's",
    "r2": "R²",
    "perplexity": "Perplexity",
    "mse": "Mean squared error",
    "kl": "KL divergence",
    "lr": "Learning rate",
    "samples_per_s": "Throughput",
    "epoch_s": "Time an epoch takes",
    "percent": "Utilisation",
    "bytes": "Memory",
    "bytes_per_s": "Disk and network",
    "mhz": "Clock",
    "watts": "Power",
    "temperature": "Temperature",
}
_UNITS = {"samples_per_s": "samples/s", "epoch_s": "s", "percent": "%", "bytes_per_s": "per second", "mhz": "MHz", "watts": "W", "temperature": "°C"}  # fmt: skip
_SYSTEM = "system/"
_OF_MACHINE = ("bytes_per_s", "bytes", "percent", "mhz", "watts", "temperature")
"""The quantities of the machine's readings, with which their names end."""
_PARTS_OF_MACHINE = {
    "cpu": "CPU",
    "machine_cpu": "all programs",
    "memory": "process",
    "gpu": "GPU",
    "gpu_memory": "GPU",
    "gpu_power": "GPU",
    "clock": "CPU",
    "": "CPU",
    "disk_read": "disk, read",
    "disk_written": "disk, written",
    "machine_network_received": "network, received",
    "machine_network_sent": "network, sent",
}
"""Whose reading it is, by what a name begins with."""
_ORDER = ("loss", "accuracy", "lr", "", "percent", "samples_per_s", "epoch_s", "bytes")
"""What is asked for most comes first; "" stands for all others."""


def split_of(metric: str) -> str:
    """``val`` of ``val/accuracy`` and, as scripts also write it, of ``accuracy/val``; "" of ``loss``."""
    before, _, last = metric.rpartition("/")
    return last if _ends_with_split(before, last) else before


def quantity(metric: str) -> str:
    """What is measured: metrics of one quantity share a plot and its y axis.

    It is the last word of the name, ``accuracy`` of ``val/accuracy``, that is no split. Of readings of the machine it
    is their unit.
    """
    if is_system(metric):
        return _SYSTEM + _reading(metric)[1]
    before, _, last = metric.rpartition("/")
    return before.rpartition("/")[2] if _ends_with_split(before, last) else last


def _reading(metric: str) -> tuple[str, str]:
    """Of what part of the machine it is, and its quantity."""
    name = metric.removeprefix(_SYSTEM)
    kind = next((each for each in _OF_MACHINE if f"_{name}".endswith(f"_{each}")), name)
    return name.removesuffix(kind).rstrip("_"), kind


def _ends_with_split(before: str, last: str) -> bool:
    return bool(before) and last in SPLITS and before not in SPLITS


def title(metric: str) -> str:
    """The words for a quantity, or for one metric led by its split: ``Accuracy``, ``Accuracy (val)``."""
    base = _base(metric)
    words = _TITLES.get(base, base.replace("_", " ").capitalize())
    if metric == quantity(metric):
        return words
    return f"{words} ({source(metric) if is_system(metric) else split_of(metric)})"


def reading(metric: str) -> str:
    """The words for a reading of the machine where it stands by itself: ``Memory, process``."""
    kind = _reading(metric)[1]
    among = source(metric)
    if kind == "bytes_per_s":
        return among.capitalize()
    return f"{title(quantity(metric))}, {among}" if kind in _OF_MACHINE else title(metric)


def unit(metric: str) -> str:
    return _UNITS.get(_base(metric), "")


def scale(metric: str) -> Scale:
    return Scale.BYTES if _base(metric) in ("bytes", "bytes_per_s") else Scale.NUMBER


def source(metric: str) -> str:
    """The name of a curve among those of its quantity: its split, or what part of the machine it is of."""
    if is_system(metric):
        part, kind = _reading(metric)
        if kind not in _OF_MACHINE:
            return title(metric).lower()
        return _PARTS_OF_MACHINE.get(part, part.replace("_", " "))
    if split := split_of(metric):
        return split
    return "each step" if metric in ("loss", "accuracy") else title(metric).lower()


def in_order(metrics: Iterable[str]) -> list[str]:
    """The most wanted first, those of the machine last."""
    return sorted(set(metrics), key=_rank)


def _base(metric: str) -> str:
    return quantity(metric).rpartition("/")[2]


def _rank(metric: str) -> tuple[int, int, int, str]:
    base, split = _base(metric), split_of(metric)
    known = _ORDER.index(base if base in _ORDER else "")
    part = SPLITS.index(split) if split in SPLITS else len(SPLITS)
    return (int(is_system(metric) and base != "percent"), known, part, metric)
