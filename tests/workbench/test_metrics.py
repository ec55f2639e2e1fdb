from __future__ import annotations

import pytest

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
    assert metrics.scale("system/memory_bytes") is Scale.BYTES


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
