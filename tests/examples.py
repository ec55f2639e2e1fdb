"""Values that tests of all folders share. Standard library only."""

from __future__ import annotations

from runners.protocol import Framework, Mode, RunSpec

SPEC = RunSpec(
    template="mlp",
    framework=Framework.PYTORCH,
    mode=Mode.EAGER,
    dataset="digits",
    dataset_hash="0" * 64,
    parameters={"epochs": 3, "hidden_widths": (64, 32), "learning_rate": 0.1, "optimizer": "adam"},
    seed=7,
    device="auto",
    interpreter="python",
)
"""A small training; a test changes what it is about by `dataclasses.replace`."""
