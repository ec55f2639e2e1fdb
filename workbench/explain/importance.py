"""Which parameters a metric depends on: importances from a random forest, and correlations.

The forest (Breiman, 2001) predicts the metric from the columns. How well it does so for runs that a tree has not seen (out of bag) says whether it
understood anything; the importance of a column is how much worse it becomes when that column's values are dealt out anew among the runs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storage.records import Cell
from workbench.errors import WorkbenchError
from workbench.explain.words import count, listed

Columns = Mapping[str, Sequence[Cell]]
"""Those of `Store.table`: of one length, a value a run; None where a run has none."""
Floats = NDArray[np.float64]

FEWEST_RUNS = 12
MOST_RUNS = 2_000
"""Of more runs as many are drawn at random, the same at each call."""
_TREES = 200
_REPEATS = 8
_MOST_KINDS = 30
_EXPLAINS_LITTLE = 0.2
_EXPLAINS_WELL = 0.7


class TooLittle(WorkbenchError):
    """There is too little to compute it from; the message says what is missing."""


class Cancelled(Exception):
    """Nobody wants the result any more."""


@dataclass(frozen=True, slots=True)
class Importance:
    """``mean`` is by how much the explained part of the variance falls without the column, ``deviation`` how much that varies between repetitions."""

    name: str
    mean: float
    deviation: float


@dataclass(frozen=True, slots=True)
class Importances:
    """``rows`` are in falling order. ``score`` is the part of the variance explained out of bag (R²; 1 is all, 0 or less nothing).

    ``left_out`` says of each column that was not used why.
    """

    target: str
    rows: tuple[Importance, ...]
    score: float
    runs: int
    left_out: Mapping[str, str]
    words: tuple[str, ...]

    @property
    def trustworthy(self) -> bool:
        return self.score >= _EXPLAINS_LITTLE


def importances(
    columns: Columns,
    target: str,
    names: Sequence[str],
    cancelled: Callable[[], bool] = lambda: False,
) -> Importances:
    """The importance of the named columns for ``target``, the same at each call.

    Raises TooLittle where there are too few runs or nothing that varies, Cancelled as soon as ``cancelled()`` is true.
    """
    y, rows = _known_target(columns, target)
    left_out, coded = {}, []
    for name in dict.fromkeys(names):
        found = _Coded.of(name, [columns[name][row] for row in rows])
        if isinstance(found, str):
            left_out[name] = found
        elif name != target:
            coded.append(found)
    _require(y, target, coded, left_out)
    score, means, deviations = _forest(coded, y, cancelled)
    order = np.argsort(-means, kind="stable")
    ranked = tuple(Importance(coded[i].name, float(means[i]), float(deviations[i])) for i in order)
    words = tuple(_words(target, ranked, score, len(y), _count(columns, target)))
    return Importances(target, ranked, score, len(y), left_out, words)


def _count(columns: Columns, target: str) -> int:
    return len(_finite_rows(columns[target]))


def _finite_rows(values: Sequence[Cell]) -> list[int]:
    return [row for row, value in enumerate(values) if _number(value) is not None]


def _known_target(columns: Columns, target: str) -> tuple[Floats, list[int]]:
    """The target's values and the rows that have one, drawn at random where they are many."""
    rows = _finite_rows(columns[target])
    if len(rows) > MOST_RUNS:
        drawn = np.random.default_rng(0).choice(len(rows), MOST_RUNS, replace=False)
        rows = [rows[at] for at in np.sort(drawn)]
    return np.array([float(columns[target][row] or 0) for row in rows]), rows


def _require(y: Floats, target: str, coded: Sequence[_Coded], left_out: Mapping[str, str]) -> None:
    if len(y) < FEWEST_RUNS:
        raise TooLittle(
            f"{count(len(y), 'run')} with a value of {target} is too little to learn from: at least {FEWEST_RUNS} are needed"
            if len(y) == 1
            else f"{count(len(y), 'run')} with a value of {target} are too few to learn from: at least {FEWEST_RUNS} are needed"
        )
    if np.ptp(y) == 0:
        raise TooLittle(f"{target} is the same in all {len(y):,} runs, so nothing can explain it")
    if not coded:
        why = listed([f"{name} {reason}" for name, reason in left_out.items()])
        raise TooLittle(f"no column varies between the runs{': ' + why if why else ''}")


@dataclass(frozen=True, slots=True)
class _Coded:
    """A column as numbers: those that it has, or the place of each value among its ``kinds``."""

    name: str
    values: Floats
    kinds: int = 0

    @classmethod
    def of(cls, name: str, values: Sequence[Cell]) -> _Coded | str:
        """Or why it cannot be used."""
        known = {value for value in values if value is not None}
        if len(known) + (None in values) < 2:
            return "is the same in all runs" if known else "has no values"
        if all(_number(value) is not None for value in known):
            return cls(name, _filled([_number(value) for value in values]))
        kinds = sorted({str(value) for value in values})
        if len(kinds) > min(_MOST_KINDS, max(2, len(values) // 2)):
            return f"has {len(kinds):,} different texts, too many for {len(values):,} runs"
        places = {kind: place for place, kind in enumerate(kinds)}
        return cls(name, np.array([float(places[str(value)]) for value in values]), len(kinds))

    def expanded(self, values: Floats) -> Floats:
        """As columns for the forest: one-hot where it has kinds."""
        if not self.kinds:
            return values[:, None]
        return np.asarray(values[:, None] == np.arange(self.kinds), np.float64)


def _number(value: Cell) -> float | None:
    if value is None or isinstance(value, str):
        return None
    return float(value) if math.isfinite(value) else None


def _filled(values: Sequence[float | None]) -> Floats:
    """What is missing lies below all that is there, so that a tree can tell it apart."""
    known = [value for value in values if value is not None]
    below = min(known) - (max(known) - min(known)) - 1.0
    return np.array([below if value is None else value for value in values])


def _forest(
    coded: Sequence[_Coded], y: Floats, cancelled: Callable[[], bool]
) -> tuple[float, Floats, Floats]:
    """The score out of bag, and of each column how much it falls, as mean and deviation."""
    from sklearn.ensemble import RandomForestRegressor
    from sklearn.inspection import permutation_importance

    raw = np.column_stack([each.values for each in coded])

    def expanded(table: Floats) -> Floats:
        columns = [each.expanded(table[:, at]) for at, each in enumerate(coded)]
        return np.hstack(columns).astype(np.float32)

    forest = RandomForestRegressor(0, warm_start=True, bootstrap=True, random_state=0)
    table = expanded(raw)
    for trees in range(25, _TREES + 1, 25):
        _stop_if(cancelled)
        forest.set_params(n_estimators=trees)
        forest.fit(table, y)
    unseen = _unseen(forest, len(y))

    def score(_: Any, dealt: Floats, truth: Floats) -> float:
        _stop_if(cancelled)
        return _score_unseen(forest, unseen, expanded(dealt), truth)

    found = permutation_importance(
        forest, raw, y, scoring=score, n_repeats=_REPEATS, random_state=0
    )
    return score(forest, raw, y), found.importances_mean, found.importances_std


def _stop_if(cancelled: Callable[[], bool]) -> None:
    if cancelled():
        raise Cancelled


def _unseen(forest: Any, n: int) -> NDArray[np.bool_]:
    """Which runs each tree was not grown from, of shape (trees, runs)."""
    unseen = np.ones((len(forest.estimators_), n), bool)
    for tree, seen in zip(unseen, forest.estimators_samples_, strict=True):
        tree[seen] = False
    return unseen


def _score_unseen(forest: Any, unseen: NDArray[np.bool_], table: Any, truth: Floats) -> float:
    """The part of the variance that the trees explain of runs they have not seen."""
    total = np.zeros(len(truth))
    for tree, rows in zip(forest.estimators_, unseen, strict=True):
        total[rows] += tree.tree_.predict(table[rows])[:, 0]
    trees = unseen.sum(axis=0)
    some = trees > 0
    guess, true = total[some] / trees[some], truth[some]
    return float(1 - ((true - guess) ** 2).sum() / ((true - true.mean()) ** 2).sum())


def _words(target: str, rows: Sequence[Importance], score: float, n: int, of: int) -> list[str]:
    part = f"{100 * max(0.0, score):.0f} %"
    said = []
    if score < _EXPLAINS_LITTLE:
        said.append(
            f"These columns explain next to nothing of {target} ({part} of its variance, in runs that were kept aside): "
            "do not read anything into the bars below. More runs, or other columns, may help."
        )
    else:
        well = "well" if score >= _EXPLAINS_WELL else "in part"
        strong = [row.name for row in rows if row.mean > 2 * row.deviation and row.mean > 0.02]
        said.append(
            f"These columns explain {target} {well}: {part} of its variance in runs that were kept aside."
            + (f" It depends most on {listed(strong, 3)}." if strong else "")
        )
    said.append(
        "A bar shows how much of that is lost when the values of one column are dealt out anew among the runs. Columns that vary together share their "
        "importance, so each alone can look weak; and what goes together need not be a cause."
    )
    if of > n:
        said.append(f"Computed from {n:,} of {of:,} runs, drawn at random.")
    return said
