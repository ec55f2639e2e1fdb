"""Numbers and times as a person reads them, of even width where they stand in columns."""

from __future__ import annotations

import math
from datetime import datetime
from pathlib import Path

from runners.protocol import Progress, RunSpec, State
from storage.records import RunRecord, main_metric

_MICROSECOND = 1e6


def duration(seconds: float | None) -> str:
    """``0:07``, ``12:03``, ``3:00:12`` or ``2 d 03:11``; a dash where it is not known."""
    if seconds is None or not math.isfinite(seconds):
        return "–"
    whole = max(0, round(seconds))
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} d {hours:02d}:{minutes:02d}"
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def moment(microseconds: int | None, now: datetime | None = None) -> str:
    """Local time: the hour for today, the day and the hour for this year, else the date."""
    if microseconds is None:
        return "–"
    then = datetime.fromtimestamp(microseconds / _MICROSECOND)
    today = now or datetime.now()
    if then.date() == today.date():
        return f"{then:%H:%M:%S}"
    return f"{then:%d %b %H:%M}" if then.year == today.year else f"{then:%Y-%m-%d}"


def full_moment(microseconds: int | None) -> str:
    if microseconds is None:
        return "–"
    return f"{datetime.fromtimestamp(microseconds / _MICROSECOND):%Y-%m-%d %H:%M:%S}"


def size(count: float) -> str:
    """Bytes in powers of 1,000: ``115 KB``, ``1.4 GB``."""
    value = float(count)
    for unit in ("B", "KB", "MB", "GB"):
        if abs(value) < 999.5:
            return f"{value:.0f} {unit}" if unit == "B" or value >= 99.5 else f"{value:.3g} {unit}"
        value /= 1000
    return f"{value:,.3g} TB"


def number(value: float | None) -> str:
    """Four significant decimals, in the shortest form that keeps columns even."""
    if value is None:
        return "–"
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if value == 0 or 1e-3 <= abs(value) < 1e5:
        return f"{value:.4f}" if abs(value) < 100 else f"{value:,.{1 if abs(value) < 1e3 else 0}f}"
    return f"{value:.3e}"


def short(value: float) -> str:
    """Four significant digits without zeros at the end, and whole numbers as they are."""
    if not math.isfinite(value):
        return number(value)
    if abs(value) >= 1e4 or float(value).is_integer():
        return f"{value:,.0f}" if abs(value) < 1e12 else f"{value:.3e}"
    return f"{value:.4g}"


def capital(text: str) -> str:
    """The text with a capital at its start, the rest as it is."""
    return text[:1].upper() + text[1:]


def shape(dimensions: tuple[int, ...]) -> str:
    return " × ".join(map(str, dimensions))


def plural(count: int, noun: str, nouns: str = "") -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {nouns or f'{noun}s'}"


def what_it_trains(spec: RunSpec) -> str:
    """``mlp · PyTorch · digits``, with the mode where it is not eager."""
    if spec.script:
        return f"{Path(spec.script.path).name} · {spec.framework.display_name}"
    mode = "" if spec.mode == "eager" else f" {spec.mode}"
    return f"{spec.template} · {spec.framework.display_name}{mode} · {spec.dataset}"


def result(run: RunRecord) -> str:
    """The last value of the main metric."""
    name = main_metric(run)
    return "" if name is None else number(run.summary[name].last)


def progress(state: State, done: Progress) -> str:
    """What a run is doing, in a few words."""
    if state == State.QUEUED:
        return "waiting"
    if state.final:
        return _epochs(done)
    if not done.total_steps or not done.step:
        return done.phase or state.value
    left_known = done.remaining_s is not None and state != State.PAUSED
    left = f" · {duration(done.remaining_s)} left" if left_known else ""
    return f"{done.fraction:.0%}{left}"


def _epochs(done: Progress) -> str:
    return f"{done.epoch}/{plural(done.epochs, 'epoch')}" if done.epochs else ""
