"""Where an axis has its ticks and what stands beside them. Every value is one that a person would choose."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from enum import Enum, auto

Ticks = list[tuple[float, str]]
"""Places on the axis, and their labels."""

_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86400.0
_TIME_STEPS = tuple(
    [_MINUTE / 60 * n for n in (1, 2, 5, 10, 15, 30)]
    + [_MINUTE * n for n in (1, 2, 5, 10, 15, 30)]
    + [_HOUR * n for n in (1, 2, 3, 6, 12)]
    + [_DAY * n for n in (1, 2, 7, 14, 30, 90, 180, 365)]
)
_FEWEST = 2
"""With fewer ticks no value can be read."""
_SLACK = 1.3
"""How many times the wanted number of ticks is still better than half of them."""
_LABELLED_LOG_STEPS = ((1, 2, 5), (1, 3), (1,))


class Scale(Enum):
    """What the numbers on an axis are."""

    NUMBER = auto()
    BYTES = auto()
    DURATION = auto()
    """Seconds."""
    DATE = auto()
    """UTC, seconds since 1970, shown in local time."""


def ticks(scale: Scale, low: float, high: float, most: int) -> Ticks:
    """At most about ``most`` ticks from low to high."""
    if not (math.isfinite(low) and math.isfinite(high)) or low >= high:
        return []
    makers: dict[Scale, Callable[[float, float, int], Ticks]] = {
        Scale.NUMBER: _number_ticks,
        Scale.BYTES: _byte_ticks,
        Scale.DURATION: _duration_ticks,
        Scale.DATE: _date_ticks,
    }
    return makers[scale](low, high, max(2, most))


def log_ticks(low: float, high: float, most: int, scale: Scale = Scale.NUMBER) -> Ticks:
    """Ticks for a logarithmic axis; ``low``, ``high`` and the places are exponents of ten."""
    if not (math.isfinite(low) and math.isfinite(high)) or low >= high:
        return []
    first, last = math.floor(low), math.ceil(high)
    places: list[float] = []
    for mantissas in _LABELLED_LOG_STEPS:
        places = [
            place
            for exponent in range(first, last + 1)
            for mantissa in mantissas
            if low <= (place := exponent + math.log10(mantissa)) <= high
        ]
        if len(places) <= most:
            break
    if len(places) > most:
        every = -(-len(places) // most)
        places = [place for place in places if round(place) % every == 0]
    if len(places) < 2:  # less than a decade: evenly spaced values are close enough to even
        around = ticks(scale, 10**low, 10**high, most)
        return [(math.log10(value), text) for value, text in around if value > 0]
    return [(place, value_text(scale, 10**place)) for place in places]


def value_text(scale: Scale, value: float) -> str:
    """One value, as short as it can be."""
    if scale is Scale.BYTES:
        return bytes_text(value)
    if scale is Scale.DURATION:
        return duration_text(value, 1.0)
    return _plain(value, 0) if 1 <= abs(value) < 1e6 else _short(f"{value:.3g}")


def _step(span: float, most: int) -> float:
    """The smallest of 1, 2, 5, 10 ... that fits about ``most`` times into the span."""
    raw = span / (most * _SLACK)
    unit = 10.0 ** math.floor(math.log10(raw))
    return next(unit * factor for factor in (1, 2, 5, 10) if unit * factor >= raw * (1 - 1e-9))


def _multiples(low: float, high: float, step: float) -> list[float]:
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [number * step for number in range(first, last + 1)]


def _number_ticks(low: float, high: float, most: int) -> Ticks:
    step = _step(high - low, most)
    values = _multiples(low, high, step)
    if len(values) < _FEWEST:
        step = _step(high - low, 2 * most)
        values = _multiples(low, high, step)
    largest = max(abs(low), abs(high))
    if largest < 1e-3 or largest >= 1e7:
        return [(value, _scientific(value, step)) for value in values]
    places = max(0, -math.floor(math.log10(step) + 1e-9))
    return [(value, _plain(value, places)) for value in values]


def _plain(value: float, places: int) -> str:
    text = f"{value:,.{places}f}"
    return text.replace("-", "−") if float(text.replace(",", "")) else f"{0:.{places}f}"


def _scientific(value: float, step: float) -> str:
    """As many digits as tell a tick from the next one."""
    if abs(value) < step / 2:
        return "0"
    digits = max(0, math.floor(math.log10(abs(value)) + 1e-9) - math.floor(math.log10(step) + 1e-9))
    return _short(f"{value:.{digits}e}")


def _short(text: str) -> str:
    """``1e15`` for ``1e+15``, with a true minus."""
    mantissa, exponent, power = text.partition("e")
    return (f"{mantissa}e{int(power)}" if exponent else text).replace("-", "−")


def _byte_ticks(low: float, high: float, most: int) -> Ticks:
    step = _step(high - low, most)
    largest = max(abs(low), abs(high), 1.0)
    power = min(4, int(math.log10(largest) / 3))
    unit, size = ("B", "kB", "MB", "GB", "TB")[power], 1000.0**power
    places = max(0, -math.floor(math.log10(step / size) + 1e-9))
    return [
        (value, f"{_plain(value / size, places)} {unit}") for value in _multiples(low, high, step)
    ]


def bytes_text(value: float) -> str:
    power = min(4, int(math.log10(value) / 3)) if value >= 1 else 0
    return f"{value / 1000.0**power:.4g} {('B', 'kB', 'MB', 'GB', 'TB')[power]}"


def _time_step(span: float, most: int) -> float:
    if span / most <= 0.5:
        return _step(span, most)
    steps = (step for step in _TIME_STEPS if span / step <= most * _SLACK)
    return next(steps, _DAY * _step(span / _DAY, most))


def _duration_ticks(low: float, high: float, most: int) -> Ticks:
    step = _time_step(high - low, most)
    return [(value, duration_text(value, step)) for value in _multiples(low, high, step)]


def duration_text(seconds: float, step: float) -> str:
    """``4.5 s``, ``0:07``, ``12:30`` or ``3:00:00``, and days before them where there are any."""
    if step < 1:
        places = max(0, -math.floor(math.log10(step) + 1e-9))
        return f"{_plain(seconds, places)} s"
    sign = "−" if seconds < 0 else ""
    minutes, rest = divmod(round(abs(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days and step >= _DAY:
        return f"{sign}{days} d"
    clock = f"{hours}:{minutes:02d}:{rest:02d}" if hours or days else f"{minutes}:{rest:02d}"
    return f"{sign}{days} d {clock}" if days else f"{sign}{clock}"


def _date_ticks(low: float, high: float, most: int) -> Ticks:
    step = _time_step(high - low, most)
    offset = _utc_offset((low + high) / 2)
    values = [value - offset for value in _multiples(low + offset, high + offset, step)]
    return list(zip(values, _date_texts(values, step), strict=True))


def _date_texts(values: Sequence[float], step: float) -> list[str]:
    """The time of day, or the date where a new day begins."""
    texts: list[str] = []
    for value in values:
        then = datetime.fromtimestamp(value)
        if step >= _DAY:
            texts.append(f"{then:%d %b}" if step < 200 * _DAY else f"{then:%b %Y}")
        elif then == datetime(then.year, then.month, then.day):
            texts.append(f"{then:%d %b}")
        elif step >= _MINUTE:
            texts.append(f"{then:%H:%M}")
        else:
            texts.append(f"{then:%H:%M:%S}" if step >= 1 else f"{then:%S.%f}"[:-3])
    return texts


def _utc_offset(moment: float) -> float:
    """Seconds that local time is ahead of UTC."""
    then = datetime.fromtimestamp(moment).astimezone().utcoffset()
    return (then or timedelta()).total_seconds()


def moment_text(seconds: float) -> str:
    """A moment to the second, in local time."""
    return f"{datetime.fromtimestamp(seconds):%d %b %H:%M:%S}"
