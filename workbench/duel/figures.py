"""The figures that a duel measures: what they are called, in what unit, and what difference is worth choosing by."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Row(StrEnum):
    """The rows of the table that a duel answers."""

    LEARNING = "learning"
    SPEED = "speed"
    MEMORY = "memory"
    FLEXIBILITY = "flexibility"
    EASE = "ease of use"
    DEPLOYMENT = "deployment"
    MOBILE = "mobile"
    VISUALISATION = "visualisation"


@dataclass(frozen=True, slots=True)
class Figure:
    """``worth`` is the smallest difference to choose by: a share of the other's for ratios, otherwise in the unit of the figure.

    ``lead`` says whether it decides its row; the others are shown beside it.
    """

    name: str
    title: str
    unit: str
    row: Row
    higher_is_better: bool
    ratio: bool
    worth: float
    lead: bool = False


_SPEED = 0.03
_MEMORY = 0.05

FIGURES: tuple[Figure, ...] = (
    # The task's own test figures (test/accuracy, test/loss, test/r2 ...) and best validation figures are added by name at collection.
    Figure("samples_per_s", "Training speed", "samples/s", Row.SPEED, True, True, _SPEED, lead=True),
    Figure("step_s", "Median step", "s", Row.SPEED, False, True, _SPEED),
    Figure("first_step_s", "First step, with compiling", "s", Row.SPEED, False, True, _SPEED),
    Figure("import_s", "Importing the framework", "s", Row.SPEED, False, True, _SPEED),
    Figure("build_s", "Building the model", "s", Row.SPEED, False, True, _SPEED),
    Figure("start_s", "From start to the first step done", "s", Row.SPEED, False, True, _SPEED),
    Figure("input_share", "Share of a step that waits for its batch", "", Row.SPEED, False, False, 0.05),
    Figure("evaluation_samples_per_s", "Evaluation speed", "samples/s", Row.SPEED, True, True, _SPEED),
    Figure("train_s", "Training in all", "s", Row.SPEED, False, True, _SPEED),
    Figure("target_s", "Time to the target", "s", Row.LEARNING, False, True, _SPEED),
    Figure("target_steps", "Steps to the target", "steps", Row.LEARNING, False, True, _SPEED),
    Figure("target_joules", "Energy to the target", "J", Row.LEARNING, False, True, _SPEED),
    Figure("memory_imported", "Memory after importing", "bytes", Row.MEMORY, False, True, _MEMORY),
    Figure("memory_built", "Memory after building", "bytes", Row.MEMORY, False, True, _MEMORY),
    Figure("memory_peak", "Memory at its peak", "bytes", Row.MEMORY, False, True, _MEMORY, lead=True),
    Figure("device_memory_peak", "GPU memory at its peak", "bytes", Row.MEMORY, False, True, _MEMORY, lead=True),
)  # fmt: skip
