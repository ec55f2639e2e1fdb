"""The machine that a duel was held on, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean

from storage.records import RunRecord
from workbench.duel.results import Measured


def machine(runs: Sequence[RunRecord], measured: Sequence[Measured]) -> dict[str, str]:
    """By what is told: processor, cores, memory, system, GPU, load. What no run recorded is left out."""
    facts = next((run.environment for run in runs if run.environment.get("cpu")), {})
    found = {
        "processor": str(facts.get("cpu", "")),
        "cores": str(facts.get("cpu_count") or ""),
        "memory": _gigabytes(facts.get("memory_bytes")),
        "system": " ".join(str(facts.get("os", "")).split("-")[:2]),  # the rest tells of its build
        "GPU": ", ".join(_gpus(runs)),
        "load": _load(measured),
    }
    return {name: text for name, text in found.items() if text}


def _gigabytes(count: object) -> str:
    return f"{count / 1e9:.1f} GB" if isinstance(count, int | float) else ""


def _gpus(runs: Sequence[RunRecord]) -> list[str]:
    names = [_device(run.environment) for run in runs if run.assigned_device not in ("", "cpu")]
    return list(dict.fromkeys(filter(None, names)))


def _device(environment: Mapping[str, object]) -> str:
    return str(environment.get("device", ""))


def _load(measured: Sequence[Measured]) -> str:
    shares = [
        one.figures["other_cpu_share"] for one in measured if "other_cpu_share" in one.figures
    ]
    if not shares:
        return ""
    return f"other programs took {fmean(shares):.0%} of the processor on average, {max(shares):.0%} during the busiest run"
