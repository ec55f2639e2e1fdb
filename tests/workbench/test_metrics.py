from __future__ import annotations

import re

import pytest

from runners.scheduler.system_series import SystemSeries
from workbench import metrics
from workbench.ticks import Scale


@pytest.mark.parametrize(
    ("metric", "quantity", "title", "source"),
    [
        ("loss", "loss", "Loss", "each step"),
        ("val/accuracy", "accuracy", "Accuracy (val)", "val"),
        ("lr", "lr", "Learning rate", "learning rate"),
        ("system/cpu_percent", "system/percent", "Utilisation (CPU)", "CPU"),
        ("system/memory_bytes", "system/bytes", "Memory (process)", "process"),
        ("system/gpu_memory_bytes", "system/bytes", "Memory (GPU)", "GPU"),
        ("system/gpu_power_watts", "system/watts", "Power (GPU)", "GPU"),
        ("system/gpu_temperature", "system/temperature", "Temperature (GPU)", "GPU"),
        ("system/temperature", "system/temperature", "Temperature", "CPU"),
        ("system/clock_mhz", "system/mhz", "Clock (CPU)", "CPU"),
        (
            "system/machine_cpu_percent",
            "system/percent",
            "Utilisation (all programs)",
            "all programs",
        ),
        (
            "system/disk_read_bytes_per_s",
            "system/bytes_per_s",
            "Disk and network (disk, read)",
            "disk, read",
        ),
        ("system/my_own_thing", "system/my_own_thing", "My own thing", "my own thing"),
        ("val/top_5", "top_5", "Top 5 (val)", "val"),
        ("loss/train", "loss", "Loss (train)", "train"),
        ("net/loss/val", "loss", "Loss (val)", "val"),
        ("train/train", "train", "Train (train)", "train"),
    ],
)
def test_a_metric_has_a_quantity_a_title_and_a_name_among_its_like(
    metric: str, quantity: str, title: str, source: str
) -> None:
    assert metrics.quantity(metric) == quantity
    assert metrics.title(metric) == title
    assert metrics.source(metric) == source


def test_the_title_of_a_quantity_names_no_split() -> None:
    assert metrics.title("accuracy") == "Accuracy"
    assert metrics.title("system/percent") == "Utilisation"


def test_units_follow_the_quantity() -> None:
    assert metrics.unit("system/gpu_percent") == "%"
    assert metrics.unit("samples_per_s") == "samples/s"
    assert metrics.unit("system/disk_read_bytes_per_s") == "per second"
    assert metrics.unit("system/clock_mhz") == "MHz"
    for name in ("memory_bytes", "disk_read_bytes_per_s"):
        assert metrics.scale(f"system/{name}") is Scale.BYTES


def test_every_reading_of_the_machine_has_words() -> None:
    """Its docstring is where they are listed."""
    names = re.findall(r"``(\w+_\w+|temperature)``", str(SystemSeries.__doc__))
    assert len(names) >= 12
    for name in names:
        of = metrics.quantity(f"system/{name}")
        assert metrics.title(of) not in ("", of), name
        assert metrics.source(f"system/{name}") in metrics._PARTS_OF_MACHINE.values()


def test_losses_come_first_and_the_machine_last() -> None:
    names = [
        "system/memory_bytes",
        "system/cpu_percent",
        "val/loss",
        "x",
        "train/accuracy",
        "loss",
        "train/loss",
    ]
    assert metrics.in_order(names) == [
        "loss",
        "train/loss",
        "val/loss",
        "train/accuracy",
        "x",
        "system/cpu_percent",
        "system/memory_bytes",
    ]


@pytest.mark.parametrize(
    ("metric", "words"),
    [
        ("machine_cpu_percent", "Utilisation, all programs"),
        ("memory_bytes", "Memory, process"),
        ("temperature", "Temperature, CPU"),
        ("gpu_temperature", "Temperature, GPU"),
        ("disk_read_bytes_per_s", "Disk, read"),
        ("machine_network_sent_bytes_per_s", "Network, sent"),
        ("my_own_thing", "My own thing"),
    ],
)
def test_a_reading_of_the_machine_has_words_of_its_own(metric: str, words: str) -> None:
    assert metrics.reading(f"system/{metric}") == words
