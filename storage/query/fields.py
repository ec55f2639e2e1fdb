"""The fields that every run has: their names in the filter language, what they are, and their values."""

from __future__ import annotations

from collections.abc import Callable
from time import time_ns

from runners.protocol import Framework, Mode, State
from storage.records import Cell, Field, Kind, RunRecord, main_metric

Getter = Callable[[RunRecord, int], Cell]
"""The value for a run at a time (UTC, microseconds since 1970)."""


def _result(run: RunRecord) -> float | None:
    metric = main_metric(run)
    return None if metric is None else number(run.summary[metric].last)


def number(value: float | None) -> float | None:
    """None for NaN."""
    return None if value is None or value != value else value


def _duration(run: RunRecord, now: int) -> float | None:
    return None if run.state is State.QUEUED else run.duration_s(now)


_T, _C, _N, _D, _M, _F = Kind.TEXT, Kind.CHOICE, Kind.NUMBER, Kind.DURATION, Kind.MOMENT, Kind.FLAG
_DECLARED: tuple[tuple[str, Kind, str, Getter], ...] = (
    ("id", _N, "the number of the run", lambda run, _: run.id),
    ("name", _T, "the name of the run", lambda run, _: run.name),
    ("experiment", _T, "the collection that it belongs to", lambda run, _: run.experiment),
    ("state", _C, "how it goes", lambda run, _: run.state.value),
    ("reason", _T, "why it is in this state", lambda run, _: run.reason or None),
    ("template", _T, "the family of models", lambda run, _: run.spec.template),
    ("framework", _C, "what trains it", lambda run, _: run.spec.framework.value),
    ("mode", _C, "how the framework executes it", lambda run, _: run.spec.mode.value),
    ("dataset", _T, "what it is trained on", lambda run, _: run.spec.dataset),
    ("seed", _N, "of weights and batches", lambda run, _: run.spec.seed),
    ("device", _T, "the device that it was given", lambda run, _: run.assigned_device or None),
    ("tags", _T, "its tags; also written tag", lambda run, _: ", ".join(run.tags) or None),
    ("note", _T, "what was written about it", lambda run, _: run.note or None),
    ("starred", _F, "marked with a star", lambda run, _: run.starred),
    ("archived", _F, "put out of the way", lambda run, _: run.archived is not None),
    ("created", _M, "when it was queued", lambda run, _: run.created),
    ("started", _M, "when its training began", lambda run, _: run.started),
    ("ended", _M, "when it came to its end", lambda run, _: run.ended),
    ("duration", _D, "from its start to its end, or to now", _duration),
    ("result", _N, "test accuracy, or what is nearest to it so far", lambda run, _: _result(run)),
    ("epoch", _N, "the epoch that it is in", lambda run, _: run.progress.epoch),
    ("epochs", _N, "how many epochs it is to have", lambda run, _: run.progress.epochs or None),
    ("step", _N, "the step that it is at", lambda run, _: run.progress.step),
    ("progress", _N, "how much of it is done, 0 to 1", lambda run, _: run.progress.fraction),
    ("samples_per_s", _N, "its speed", lambda run, _: number(run.progress.samples_per_s)),
    ("priority", _N, "how early it has its turn", lambda run, _: run.options.priority),
    ("attempt", _N, "how often it was started", lambda run, _: run.attempt),
    ("parent", _N, "the run that it repeats", lambda run, _: run.parent),
)  # fmt: skip

FIELDS = tuple(Field(name, kind, text) for name, kind, text, _ in _DECLARED)
FIELD = {field.name: field for field in FIELDS}
GETTERS = {name: getter for name, _, _, getter in _DECLARED}
CHOICES = {
    "state": tuple(state.value for state in State),
    "framework": tuple(framework.value for framework in Framework),
    "mode": tuple(mode.value for mode in Mode),
}
SYNONYMS = {"tag": "tags"}


def current_time() -> int:
    """UTC, microseconds since 1970."""
    return time_ns() // 1000
