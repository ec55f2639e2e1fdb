"""The columns of the list of runs: what each shows and what it sorts by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import time

from runners.protocol import State
from storage.records import RunRecord, better, main_metric
from widgets import plain, states, text

SortKey = tuple[int, float | str]
"""What has a value comes after what has none."""

_STATE_ORDER = {state: place for place, state in enumerate(State)}


@dataclass(frozen=True, slots=True)
class Column:
    """``text`` and ``key`` look at one run; ``width`` is in characters of the font."""

    name: str
    title: str
    width: int
    text: Callable[[RunRecord], str]
    key: Callable[[RunRecord], SortKey]
    number: bool = False
    tip: str = ""


def now() -> int:
    """UTC, microseconds since 1970."""
    return int(time() * 1e6)


def _word(value: str) -> SortKey:
    return (1, value.casefold()) if value else (0, "")


def _amount(value: float | None) -> SortKey:
    return (0, 0.0) if value is None or value != value else (1, float(value))


def _result_key(run: RunRecord) -> SortKey:
    name = main_metric(run)
    if name is None:
        return (0, 0.0)
    value = run.summary[name].last
    return _amount(-value if better(name) == "lower" else value)


def _duration(run: RunRecord) -> str:
    """Nothing for a run that waits, even if it trained before."""
    waits = run.state is State.QUEUED or run.started is None
    return "" if waits else text.duration(run.duration_s(now()))


COLUMNS = (
    Column("name", "Name", 22, lambda run: plain.line(run.name), lambda run: _word(run.name)),
    Column(
        "state",
        "State",
        12,
        states.word,
        lambda run: (1, float(_STATE_ORDER[run.state])),
    ),
    Column(
        "progress",
        "Progress",
        14,
        lambda run: plain.line(text.progress(run.state, run.progress)),
        lambda run: (1, run.progress.fraction),
    ),
    Column(
        "result",
        "Result",
        8,
        text.result,
        _result_key,
        number=True,
        tip="Test accuracy, or what is nearest to it so far",
    ),
    Column(
        "framework",
        "Framework",
        12,
        lambda run: run.spec.framework.display_name,
        lambda run: _word(run.spec.framework),
    ),
    Column(
        "template",
        "Template",
        10,
        lambda run: run.spec.template,
        lambda run: _word(run.spec.template),
    ),
    Column(
        "dataset", "Dataset", 14, lambda run: run.spec.dataset, lambda run: _word(run.spec.dataset)
    ),
    Column(
        "duration",
        "Duration",
        10,
        _duration,
        lambda run: _amount(run.duration_s(now())),
        number=True,
    ),
    Column(
        "created",
        "Created",
        15,
        lambda run: text.moment(run.created),
        lambda run: (1, float(run.created)),
        number=True,
    ),
    Column(
        "experiment",
        "Experiment",
        14,
        lambda run: plain.line(run.experiment),
        lambda run: _word(run.experiment),
    ),
    Column(
        "tags",
        "Tags",
        16,
        lambda run: plain.line(", ".join(run.tags)),
        lambda run: _word(", ".join(run.tags)),
    ),
)
NAMES = tuple(column.name for column in COLUMNS)
NAME, STATE, PROGRESS, CREATED = (NAMES.index(n) for n in ("name", "state", "progress", "created"))
RESULT, DURATION = NAMES.index("result"), NAMES.index("duration")


def searched_text(run: RunRecord) -> str:
    """What the filter looks in: all that a person may know a run by, in small letters."""
    spec = run.spec
    words = [
        run.name,
        f"#{run.id}",
        run.state.value,
        states.word(run),
        run.experiment,
        *run.tags,
        spec.template,
        spec.framework.display_name,
        spec.mode.value,
        spec.dataset,
        f"seed={spec.seed}",
        *(f"{name}={value}" for name, value in spec.parameters.items()),
    ]
    return "\n".join(words).casefold()
