"""Which columns rise and fall together."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from storage.records import Cell
from workbench.explain.importance import Cancelled, Columns

_FEWEST = 3


@dataclass(frozen=True, slots=True)
class Correlation:
    """Pearson's r (Pearson, 1895) of the values and Spearman's rho (Spearman, 1904) of their ranks, each with a two-sided p.

    ``n`` runs have a number in both columns. ``adjusted`` is Spearman's p corrected for the number of columns (Benjamini and Hochberg, 1995).
    Figures that cannot be computed are None, and ``remark`` says why.
    """

    name: str
    n: int
    pearson: float | None = None
    pearson_p: float | None = None
    spearman: float | None = None
    spearman_p: float | None = None
    adjusted: float | None = None
    remark: str = ""


def correlations(
    columns: Columns,
    target: str,
    names: Sequence[str],
    cancelled: Callable[[], bool] = lambda: False,
) -> list[Correlation]:
    """Each named column with ``target``, the closest (by Spearman) first, those without figures last.

    Raises Cancelled as soon as ``cancelled()`` is true.
    """
    from scipy import stats

    y = _numbers(columns[target])
    found = []
    for name in dict.fromkeys(names):
        if cancelled():
            raise Cancelled
        if name != target:
            found.append(_correlation(name, _numbers(columns[name]), y))
    known = [at for at, each in enumerate(found) if each.spearman_p is not None]
    corrected = (
        stats.false_discovery_control([found[at].spearman_p for at in known]) if known else ()
    )
    for at, p in zip(known, corrected, strict=True):
        found[at] = replace(found[at], adjusted=float(p))
    return sorted(found, key=lambda each: -abs(each.spearman or 0.0))


def _numbers(values: Sequence[Cell]) -> NDArray[np.float64]:
    """NaN where there is no number; False and True are 0 and 1."""
    return np.array(
        [math.nan if value is None or isinstance(value, str) else float(value) for value in values]
    )


def _correlation(name: str, x: NDArray[np.float64], y: NDArray[np.float64]) -> Correlation:
    from scipy import stats

    both = np.isfinite(x) & np.isfinite(y)
    x, y, n = x[both], y[both], int(both.sum())
    if n < _FEWEST:
        return Correlation(name, n, remark=f"only {n} runs have a number in both columns")
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return Correlation(name, n, remark="one of the two does not vary")
    pearson, spearman = stats.pearsonr(x, y), stats.spearmanr(x, y)
    return Correlation(
        name, n, float(pearson.statistic), float(pearson.pvalue),
        float(spearman.statistic), float(spearman.pvalue),
    )  # fmt: skip
