"""What no database can hold is taken out of texts and JSON here."""

from __future__ import annotations

import json
import math
from typing import Any


def clean(text: str) -> str:
    """The text without NUL, which PostgreSQL refuses, and without halves of surrogate pairs, which no UTF-8 can hold."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def one_line(text: str) -> str:
    """The text cleaned, with every run of white space as one space."""
    return " ".join(clean(text).split())


def to_json(value: Any) -> str:
    """JSON of the value, in one form for equal values. NaN and infinities, which JSON lacks, become null.

    Raises TypeError for what JSON cannot hold.
    """
    return json.dumps(_finite(value), allow_nan=False, sort_keys=True)


def _finite(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value


def finite_or_none(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
