"""What a value in a filter can mean: a number, a duration, a moment, yes or no. Each function returns None if it is none."""

from __future__ import annotations

import math
import re
from datetime import datetime, timedelta

_NUMBER = re.compile(r"([+-]?(?:[0-9][0-9_]*\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)([kKMG%]?)")
_SCALE = {"": 1.0, "k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9, "%": 0.01}
_PART = r"([0-9]+(?:\.[0-9]+)?)\s*(ms|s|min|m|h|d)"
_DURATION = re.compile(rf"(?:{_PART}\s*)+")
_SECONDS = {"ms": 1e-3, "s": 1.0, "min": 60.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PERIOD = re.compile(r"last\s+([0-9]+(?:\.[0-9]+)?)\s+(minute|hour|day|week)s?", re.IGNORECASE)
_DAYS = {"minute": 1 / 1440, "hour": 1 / 24, "day": 1.0, "week": 7.0}
_DATES = (("%Y-%m-%d", "day"), ("%Y-%m-%d %H:%M", "minute"), ("%Y-%m-%d %H:%M:%S", "second"))

DURATION_EXAMPLE = "90s, 15m, 2h30m or 1d"
MOMENT_EXAMPLE = '2026-01-31, "2026-01-31 14:30", today, yesterday or last 7 days'

Interval = tuple[float, float]
"""From the first moment to before the second, UTC in microseconds since 1970."""


def read_number(text: str) -> float | None:
    """``0.001``, ``1e-3``, ``2k``, ``1.5M``, ``90%``, ``inf``."""
    if text.lower().lstrip("+-") in ("inf", "infinity"):
        return float(text)
    found = _NUMBER.fullmatch(text)
    return None if found is None else float(found[1].replace("_", "")) * _SCALE[found[2]]


def read_flag(text: str) -> bool | None:
    return {"true": True, "yes": True, "false": False, "no": False}.get(text.lower())


def read_duration(text: str) -> float | None:
    """Seconds, from ``2h30m``, ``90s``, ``1.5h``, ``500ms``, or a plain number of seconds."""
    if _DURATION.fullmatch(text):
        return sum(float(count) * _SECONDS[unit] for count, unit in re.findall(_PART, text))
    return read_number(text)


def read_moment(text: str, now: int) -> Interval | None:
    """A day, a minute or a second in the local time zone, today, yesterday, or the time since some days ago."""
    if (period := _PERIOD.fullmatch(text)) is not None:
        back = float(period[1]) * _DAYS[period[2].lower()] * 86400e6
        return now - back, math.inf
    try:
        if text.lower() in ("today", "yesterday"):
            here = datetime.fromtimestamp(now / 1e6)
            midnight = datetime(here.year, here.month, here.day)
            return _interval(midnight - timedelta(text.lower() == "yesterday"), "day")
        return _date(text)
    except (ValueError, OverflowError, OSError):
        return None


def _date(text: str) -> Interval | None:
    for form, precision in _DATES:
        try:
            start = datetime.strptime(text.replace("T", " "), form)
        except ValueError:
            continue
        return _interval(start, precision)
    return None


def _interval(start: datetime, precision: str) -> Interval:
    """The days of local time that are not 24 hours long are as long as they are."""
    stop = start + timedelta(**{f"{precision}s": 1})
    return start.timestamp() * 1e6, stop.timestamp() * 1e6
