"""The figures that a duel measures: what they are called, in what unit, and what difference is worth choosing by."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from storage.records import better
from workbench.metrics import title


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

    ``lead`` says whether it decides its row; the others are shown beside it. What does not ``scatter`` is the same each time, such as a
    count of lines.
    """

    name: str
    title: str
    unit: str
    row: Row
    higher_is_better: bool
    ratio: bool
    worth: float
    lead: bool = False
    scatters: bool = True


_SPEED = 0.03
_MEMORY = 0.05
_CODE = 0.10
_SCORE = 0.005
_LOSS = 0.02

FIGURES: tuple[Figure, ...] = (
    # The task's own figures (test/accuracy, best/val/loss ...) are found by `figure_of`.
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
    Figure("compilations", "Graphs traced or compiled", "", Row.FLEXIBILITY, False, False, 1.0),
    Figure("export_latency_s", "Answer to one sample, of the fastest export", "s", Row.DEPLOYMENT, False, True, _SPEED, lead=True),
    Figure("export_load_s", "Loading that export", "s", Row.DEPLOYMENT, False, True, _SPEED),
    Figure("export_samples_per_s", "Most samples a second of any export", "samples/s", Row.DEPLOYMENT, True, True, _SPEED),
    Figure("export_bytes", "Size of the smallest export", "bytes", Row.DEPLOYMENT, False, True, _MEMORY, scatters=False),
    Figure("export_formats", "Formats that passed their check", "", Row.DEPLOYMENT, True, False, 1.0, scatters=False),
    Figure("mobile_bytes", "Size of the smallest file for LiteRT", "bytes", Row.MOBILE, False, True, _MEMORY, lead=True, scatters=False),
    Figure("mobile_latency_s", "Answer to one sample, of that file", "s", Row.MOBILE, False, True, _SPEED),
)  # fmt: skip

PRICE_OF_EAGER = Figure("price_of_eager", "Price of eager mode (its step over that of a graph)", "", Row.FLEXIBILITY, False, True, _SPEED, lead=True)  # fmt: skip
"""Of a framework, not of a contestant."""

CODE = (
    Figure("lines", "Lines of code", "", Row.EASE, False, True, _CODE, lead=True, scatters=False),
    Figure("branches", "Branches", "", Row.EASE, False, True, _CODE, scatters=False),
    Figure("api_names", "Names of the framework to know", "", Row.EASE, False, True, _CODE, scatters=False),
)  # fmt: skip
"""Of a framework's script, not of a contestant."""

CONDITIONS: Mapping[str, tuple[str, str]] = {
    "other_cpu_share": ("Share of the processor that other programs took", ""),
    "clock_mhz": ("Clock of the processor", "MHz"),
    "temperature_c": ("Temperature of the processor", "°C"),
}
"""What a run was measured under, by the name in ``Measured.figures``: title and unit. It is shown and not compared."""

LARGEST: Mapping[str, tuple[str, str]] = {
    "largest_batch": ("Largest batch that the device has memory for", "samples"),
    "failing_batch": ("Smallest batch that failed", "samples"),
}
"""By the name in ``Scaled.figures``: title and unit."""

EXPORTED: Mapping[str, tuple[str, str]] = {
    "size_bytes": ("Size of the export's files", "bytes"),
    "latency_s": ("Answer to one sample", "s"),
    "throughput": ("Most samples a second", "samples/s"),
    "load_s": ("Loading, to the first answer", "s"),
    "peak_bytes": ("Memory at its peak", "bytes"),
    "difference": ("Largest difference from the trained model, of the largest output", ""),
}
"""By the name in ``Exported.figures``: title and unit."""

_LEADING = ("perplexity", "accuracy", "iou", "relative_mae", "rmse", "loss")
"""Of the test figures the first of these that a duel has decides its row."""


def figure_of(name: str) -> Figure:
    """The figure of that name; one that is not known is the task's own, such as ``test/accuracy`` or ``best/val/loss``.

    Scores between 0 and 1 are compared by their difference, losses and errors by their ratio.
    """
    known = {figure.name: figure for figure in (*FIGURES, PRICE_OF_EAGER, *CODE)}
    return known.get(name) or _learned(name)


def leading(names: Collection[str]) -> Figure | None:
    """Which of the test figures among the names decides how well was learned."""
    found = (f"test/{name}" for name in _LEADING if f"test/{name}" in names)
    name = next(found, None)
    return None if name is None else replace(_learned(name), lead=True)


def _learned(name: str) -> Figure:
    higher = better(name) == "higher"
    words = title(name.replace("best/val/", "best validation/"))
    return Figure(name, words, "", Row.LEARNING, higher, not higher, _SCORE if higher else _LOSS)
