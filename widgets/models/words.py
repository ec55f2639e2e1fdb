"""What is said of exports in few words."""

from __future__ import annotations

from collections.abc import Sequence

from runners.export.formats import TRAINED, UnknownFormat, get_format
from runners.export.manifest import Check, Manifest, Measurement, Speed, Tensor
from runners.protocol import Framework
from storage.records import better
from widgets.text import capital

STAGES = {"": "No stage", "candidate": "Candidate", "production": "Production", "archived": "Archived"}  # fmt: skip
STAGE_TINTS = {"": "dim", "candidate": "accent", "production": "success", "archived": "dim"}
_TASK_FIRST = ("accuracy", "iou", "mean_iou", "mae", "rmse", "perplexity")


def format_title(name: str, framework: Framework | None = None) -> str:
    """That of a format; the framework itself is called by its name, and a format of a later version by its id."""
    if name == TRAINED and framework is not None:
        return f"{framework.display_name} itself"
    try:
        return get_format(name).title
    except UnknownFormat:
        return name


def short_title(name: str, framework: Framework) -> str:
    """``ONNX``, ``LiteRT int8``; for places where room is short."""
    title = framework.display_name if name == TRAINED else format_title(name)
    return title.partition(" (")[0].replace("LiteRT, ", "LiteRT ")


def seconds(value: float | None) -> str:
    """Three digits: ``85.2 µs``, ``4.31 ms``, ``1.20 s``; a dash where it is not known."""
    if value is None:
        return "–"
    for unit, one in (("s", 1.0), ("ms", 1e-3)):
        if value >= 0.9995 * one:
            return f"{_three(value / one)} {unit}"
    return f"{_three(value / 1e-6)} µs"


def rate(per_second: float | None) -> str:
    """``12,300/s``; a dash where it is not known."""
    return "–" if per_second is None else f"{_three(per_second)}/s"


def _three(value: float) -> str:
    if value >= 99.95:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 9.995 else f"{value:.2f}"


def difference(value: float) -> str:
    """Of outputs, relative to the largest: ``0``, ``3.1e-07`` or ``1.2 %``."""
    if value == 0:
        return "0"
    return f"{value:.1%}".replace("%", " %") if value >= 1e-3 else f"{value:.1e}"


def share(value: float) -> str:
    """``99.8 %``, and never 100 % of what is not all."""
    shown = f"{value:.1%}"
    if value < 1 and shown == "100.0%":
        shown = "> 99.9%"
    return shown.replace(".0%", "%").replace("%", " %")


def verdict(check: Check) -> str:
    """A sentence on how close the export is to the trained model."""
    if check.problem:
        return capital(check.problem)
    parts = [f"largest difference {difference(check.largest)}"] if check.largest is not None else []
    if check.agreement is not None:
        parts.append(f"{share(check.agreement)} of the predictions the same")
    told = ", ".join(parts)
    return f"Checked on {check.samples:,} held-out samples: {told}" if told else f"Checked on {check.samples:,} held-out samples"  # fmt: skip


def is_better(name: str) -> str:
    return "less is better" if better(name) == "lower" else "more is better"


def lead_metric(names: Sequence[str]) -> str:
    """The figure that a task is judged by, of those that are known; "" of none."""
    for wanted in _TASK_FIRST:
        if wanted in names:
            return wanted
    return next((name for name in names if "loss" not in name), names[0] if names else "")


def reached(manifest: Manifest | None, metric: str) -> float | None:
    """What the exported model reaches on the held-out samples, where that is known."""
    if manifest is None or manifest.check is None or metric not in manifest.check.metrics:
        return None
    return manifest.check.metrics[metric][1]


def metric_of(manifest: Manifest | None) -> str:
    """The figure that this export's task is judged by, or ""."""
    if manifest is None or manifest.check is None:
        return ""
    return lead_metric(list(manifest.check.metrics))


def tensor(one: Tensor) -> str:
    """``input: float32, N × 28 × 28 × 1``."""
    sides = " × ".join("N" if side is None else str(side) for side in one.shape)
    return f"{one.name}: {one.dtype}, {sides}"


def threads(count: int) -> str:
    return "as many as it likes" if count == 0 else f"{count:,}"


def speed_at(measurement: Measurement | None, batch_size: int, threads_: int) -> Speed | None:
    speeds = measurement.speeds if measurement is not None else ()
    found = (one for one in speeds if (one.batch_size, one.threads) == (batch_size, threads_))
    return next(found, None)
