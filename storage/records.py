"""What the store takes and returns. Standard library only, and nothing of the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

from runners.protocol import Artifact, Framework, Progress, Request, RunSpec, State

Cell = str | float | int | bool | None
"""A value in a table of runs. A float is never NaN: what is not known is None."""


@dataclass(frozen=True, slots=True)
class MetricSummary:
    """The summary of one metric of one run.

    ``minimum``, ``maximum`` and ``best`` are over the finite values; they are None when there is
    none. ``best`` is the smallest or the largest value, by `better`. ``last`` may be NaN or infinite.
    """

    last: float
    last_step: int
    best: float | None
    minimum: float | None
    maximum: float | None
    count: int


_PARTS = frozenset(("train", "training", "val", "valid", "validation", "dev", "test", "eval", "evaluation"))  # fmt: skip
"""What parts of a dataset are called."""


def better(metric: str) -> Literal["lower", "higher"]:
    """Whether lower or higher values of a metric are better, told from its name."""
    words = (
        "loss",
        "error",
        "mae",
        "mse",
        "mape",
        "perplexity",
        "entropy",
        "kl",
        "seconds",
        "_s",
        "bytes",
    )
    *before, name = metric.lower().split("/")
    if before and name in _PARTS:  # as scripts call it: loss/train
        name = before[-1]
    lower = any(name.endswith(word) for word in words) and not name.endswith("per_s")
    return "lower" if lower else "higher"


def is_system(metric: str) -> bool:
    """Whether it is one of the machine's readings, whose steps count seconds, and not one of the trainer's."""
    return metric.startswith("system/")


@dataclass(frozen=True, slots=True)
class QueueOptions:
    """How a run waits for its turn. Nothing of this changes what it computes.

    A larger ``priority`` starts first. A run that is ``held`` waits until it is released. One that
    runs ``alone`` starts when nothing else trains on the machine, and nothing starts while it trains.
    ``memory_bytes`` is what it needs of its device's memory, by estimate; 0 is not known.
    """

    priority: int = 0
    held: bool = False
    alone: bool = False
    memory_bytes: int = 0


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run as the history knows it. Times are UTC in microseconds since 1970.

    ``revision`` grows with every change of any run in the store, so that what changed since then can
    be asked for. ``assigned_device`` is what the scheduler gave it, ``cpu`` or ``cuda:N``. ``color``
    is an index into the palette of runs, the same wherever the run is shown. ``position`` orders the
    queue among runs of one priority.

    ``reason`` says of a queued run what it waits for. ``deadline`` is when the scheduler goes a step
    further in ending a run that is stopping. ``stalled`` is when the last heartbeat of a trainer came that
    lives and shows no sign of life, else None. ``attempt`` counts from 1; each time that the run goes on from
    its checkpoint it is one more. ``rewinds`` counts how often points were dropped for that; who keeps a copy of a
    series reads it anew from its start when this has changed. ``parent`` is the run that this one repeats or was cloned from.
    ``damaged_bytes`` is how much of its event files was unreadable and is missing from its series.
    ``note`` is Markdown. ``archived`` is when it was put out of the way, ``trashed`` when it was deleted so that it can be restored.
    """

    id: int
    revision: int
    name: str
    experiment: str
    state: State
    reason: str
    spec: RunSpec
    created: int
    started: int | None
    ended: int | None
    folder: str
    pid: int | None
    pid_created: float | None
    exit_code: int | None
    assigned_device: str
    request: Request | None
    position: float
    color: int
    trashed: int | None
    progress: Progress
    heartbeat: int | None
    tags: tuple[str, ...] = ()
    summary: Mapping[str, MetricSummary] = field(default_factory=dict)
    environment: Mapping[str, Any] = field(default_factory=dict)
    options: QueueOptions = QueueOptions()
    attempt: int = 1
    rewinds: int = 0
    parent: int | None = None
    deadline: int | None = None
    stalled: int | None = None
    damaged_bytes: int = 0
    note: str = ""
    starred: bool = False
    archived: int | None = None

    def duration_s(self, now: int) -> float | None:
        """Seconds from its start to its end, or to now; None before it started."""
        if self.started is None:
            return None
        return ((self.ended or now) - self.started) / 1e6


def can_resume(run: RunRecord) -> bool:
    """Whether the run can go on where it left off: it is paused, or ended before it was finished and `can_go_on`."""
    ended_early = run.state.final and run.state is not State.FINISHED
    return run.state is State.PAUSED or (ended_early and can_go_on(run))


def can_extend(run: RunRecord) -> bool:
    """Whether the run can have more epochs: it has ended and `can_go_on`."""
    return run.state.final and can_go_on(run)


def can_go_on(run: RunRecord) -> bool:
    """Whether a checkpoint is of use: not for a script's run, and not for a duel's, whose times would be broken."""
    return run.spec.script is None and run.spec.duel is None


MAIN_METRICS = ("test/accuracy", "val/accuracy", "train/accuracy", "train/loss")


def main_metric(run: RunRecord) -> str | None:
    """The metric that tells at a glance how good a run is, the first of `MAIN_METRICS` it has."""
    return next((name for name in MAIN_METRICS if name in run.summary), None)


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Which runs to return. None means any.

    Each word of ``text`` must stand, in upper or lower case, in the name, a tag, the experiment, the
    template, the dataset, the framework or the state. ``trashed`` asks for the trashed runs instead of
    the others.
    """

    experiment: str | None = None
    state: State | None = None
    text: str = ""
    trashed: bool = False
    limit: int | None = None


class Scope(StrEnum):
    """Which part of the history is listed."""

    LISTED = "listed"
    """Neither archived nor trashed."""
    ARCHIVED = "archived"
    TRASHED = "trashed"


@dataclass(frozen=True, slots=True)
class SortBy:
    """``column`` is a term of the filter language: ``name``, ``lr``, ``best(val/accuracy)``."""

    column: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class RunQuery:
    """Which runs to list, how ordered and grouped. ``filter`` is in the filter language; "" lets all through.

    Without ``sort`` the newest come first. A run without a value in a sorted column comes last, in both directions.
    """

    filter: str = ""
    sort: tuple[SortBy, ...] = ()
    group: tuple[str, ...] = ()
    scope: Scope = Scope.LISTED


@dataclass(frozen=True, slots=True)
class RunGroup:
    """Runs that agree in the columns of ``RunQuery.group``: ``RunList.ids[start:stop]``, with their values of them."""

    values: tuple[Cell, ...]
    start: int
    stop: int

    @property
    def count(self) -> int:
        return self.stop - self.start


@dataclass(frozen=True, slots=True)
class RunList:
    """``ids`` are in the order to list them; ``groups`` are in the order of their values, empty unless grouped."""

    ids: tuple[int, ...]
    groups: tuple[RunGroup, ...] = ()


class Kind(StrEnum):
    """What the values of a field are, which decides how they are compared and shown."""

    TEXT = "text"
    CHOICE = "choice"
    """A text out of a few."""
    NUMBER = "number"
    DURATION = "duration"
    """Seconds."""
    MOMENT = "moment"
    """UTC, microseconds since 1970."""
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class Field:
    """What every run has, under a name of the filter language."""

    name: str
    kind: Kind
    help: str


@dataclass(frozen=True, slots=True)
class Fields:
    """What can stand in a filter on the runs of a history. ``values`` has, for fields and parameters of texts, those that occur."""

    fields: tuple[Field, ...] = ()
    parameters: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Completion:
    """A way to go on with a filter: ``text`` in place of its characters from ``start`` to ``stop``."""

    text: str
    start: int
    stop: int
    help: str = ""


@dataclass(frozen=True, slots=True)
class Aggregate:
    """Of one column of several runs: how many have a finite number there, and what these are together. None where none has."""

    count: int
    mean: float | None
    minimum: float | None
    maximum: float | None


@dataclass(frozen=True, slots=True)
class Experiment:
    """``note`` is Markdown; ``layout`` is what the views remember of it, or None."""

    name: str
    note: str = ""
    layout: Any = None


@dataclass(frozen=True, slots=True)
class NewRun:
    """A run to be queued. An empty name becomes ``template-framework-N``, an empty experiment "default".

    ``template`` is the folder of a template of the user's, whose files are kept with the run. With a ``problem`` it cannot be
    trained here, and it is a run that has failed for that reason.
    """

    spec: RunSpec
    name: str = ""
    experiment: str = ""
    tags: tuple[str, ...] = ()
    options: QueueOptions = QueueOptions()
    parent: int | None = None
    template: Path | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class DuelRecord:
    """A duel as the history knows it. ``id`` is a UUID in hex, ``match`` the JSON of what was asked for
    (`workbench.duel.match.Match`). Times are UTC in microseconds since 1970.
    """

    id: str
    name: str
    created: int
    match: str
    trashed: int | None = None


class Stage(StrEnum):
    """What a person takes an exported model for."""

    NONE = ""
    CANDIDATE = "candidate"
    PRODUCTION = "production"
    ARCHIVED = "archived"


@dataclass(frozen=True, slots=True)
class ExportRecord:
    """A model exported from a run, as the history knows it; everything else is in the manifest in its folder. Times are UTC in microseconds since 1970.

    ``folder`` is relative to the home, with forward slashes. ``format`` is the id of one of `runners.export.formats`. ``passed`` says whether it does what the
    trained model does, None while that was not checked. ``latency_s`` is the median of one call with one sample and ``samples_per_s`` the
    most that was reached, None while they were not measured. ``trashed`` is when it was deleted so that it can be restored.
    """

    id: int
    run_id: int
    name: str
    format: str
    stage: Stage
    created: int
    folder: str
    size_bytes: int
    passed: bool | None
    latency_s: float | None
    samples_per_s: float | None
    trashed: int | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the scheduler writes with a state. None leaves what is there, except for ``deadline``."""

    started: int | None = None
    ended: int | None = None
    pid: int | None = None
    pid_created: float | None = None
    exit_code: int | None = None
    assigned_device: str | None = None
    deadline: int | None = None


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """A change of a run, as it was made. ``kind`` is ``created``, ``described``, ``queue``, ``state``,
    ``resumed``, ``extended`` or ``note``; ``text`` says it in words for the user; ``details`` has the
    run's columns that it set, the tags and the environment, so that the last value of each is what the
    history knows; see `storage.journal.restored`. ``time`` is UTC in microseconds since 1970.
    """

    time: int
    kind: str
    text: str
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SchedulerRecord:
    """The scheduler as it last reported. Times are UTC in microseconds since 1970."""

    pid: int
    pid_created: float
    host: str
    started: int
    heartbeat: int


@dataclass(frozen=True, slots=True)
class Message:
    """Something that the user should know, from the scheduler or from the window."""

    id: int
    time: int
    level: Literal["info", "warning", "error"]
    text: str
    run_id: int | None


@dataclass(frozen=True, slots=True)
class RunArtifact:
    run_id: int
    artifact: Artifact
    created: int


__all__ = [
    "Aggregate", "Artifact", "Cell", "Completion", "DuelRecord", "Evidence", "Experiment", "ExportRecord", "Field", "Fields", "Framework", "JournalEntry", "Kind",
    "Message", "MetricSummary", "NewRun", "Progress", "QueueOptions", "Request", "RunArtifact", "RunFilter", "RunGroup", "RunList", "RunQuery",
    "RunRecord", "RunSpec", "SchedulerRecord", "Scope", "SortBy", "Stage", "State", "better", "can_extend", "can_go_on", "can_resume", "is_system", "main_metric",
]  # fmt: skip
