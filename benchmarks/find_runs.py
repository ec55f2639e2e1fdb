"""Finding runs: by the history, and by looking at one run after another in Python, in three sizes of history.

``python -m benchmarks.find_runs [--stores runs1k runs10k runs100k] [--folder DIR] [--rounds N]``. The stores are those of
`benchmarks.stores`; with ``--folder`` they are kept there and used again. Every way answers the same questions, the answers
are compared, and the ways take turns. Printed are the median milliseconds and these ratios: of each size to the smallest,
and of the others to the history:

records: a loop over the records of all runs, which are in memory and were looked at before.
records, read: the same, with reading the records from the history.
proxy: a QSortFilterProxyModel that asks Python about each run, as a table over a model of records does.

``every column`` reads 40 columns of all runs at once, as a file of CSV or a scatter plot takes them.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QAbstractListModel, QModelIndex, QSortFilterProxyModel, Qt

from benchmarks.stores import METRICS, STORES
from storage.home import Home
from storage.query import value_of
from storage.records import RunQuery, RunRecord, SortBy
from storage.store import Store

FILTER = "lr < 1e-3 and best(val/accuracy) > 0.5"
SORTED = RunQuery(FILTER, (SortBy("best(val/loss)"),))
QUESTIONS = {
    "all runs, newest first": RunQuery(),
    "a parameter and a metric, sorted by another": SORTED,
    "words": RunQuery("mlp adam"),
    "state, framework and tags": RunQuery(
        "state = finished and framework = pytorch and tag in (baseline, final)"
    ),
    "grouped by experiment and a parameter": RunQuery(group=("experiment", "optimizer")),
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--stores", nargs="+", default=["runs1k", "runs10k", "runs100k"], choices=list(STORES), metavar="STORE"
    )  # fmt: skip
    parser.add_argument("--folder", type=Path, help="keep the stores there, and use those that are")
    parser.add_argument("--rounds", type=int, default=9)
    chosen = parser.parse_args()
    with TemporaryDirectory() as temporary:
        folder = chosen.folder or Path(temporary)
        figures = {name: _measure(_home(folder, name), chosen.rounds) for name in chosen.stores}
    _print(figures)


def _home(folder: Path, name: str) -> Home:
    home = Home(folder / name)
    if not home.database.exists():
        STORES[name](home)
    return home


def _measure(home: Home, rounds: int) -> dict[str, float]:
    """The median milliseconds of each way to answer each question."""
    with closing(Store.open(home)) as store:
        records = [run for run in store.runs() if run.archived is None]
        ways = {name: _find(store, query) for name, query in QUESTIONS.items()}
        ways["every column"] = _read(store)
        loop, proxy = _Loop(records), _Proxy(records)
        expected = list(store.find(SORTED).ids)
        assert loop() == expected == proxy(), "the ways differ"
        ways |= {"records": loop, "records, read": _read_first(store), "proxy": proxy}
        return {name: _median_ms(way, rounds) for name, way in ways.items()}


def _find(store: Store, query: RunQuery) -> Callable[[], object]:
    return lambda: store.find(query)


def _read(store: Store) -> Callable[[], object]:
    fields = store.fields()
    columns = [*fields.parameters[:20], *METRICS]
    return lambda: store.table(RunQuery(), columns)


def _read_first(store: Store) -> Callable[[], object]:
    def answer() -> list[int]:
        records = [run for run in store.runs() if run.archived is None]
        return _Loop(records)()

    return answer


def _median_ms(way: Callable[[], object], rounds: int) -> float:
    way()
    taken = []
    for _ in range(rounds):
        started = perf_counter()
        way()
        taken.append(perf_counter() - started)
    return median(taken) * 1e3


def _passes(run: RunRecord) -> bool:
    rate, accuracy = value_of(run, "lr", 0), value_of(run, "best(val/accuracy)", 0)
    return (
        rate is not None and accuracy is not None and float(rate) < 1e-3 and float(accuracy) > 0.5
    )


def _loss(run: RunRecord) -> float:
    value = value_of(run, "best(val/loss)", 0)
    return float("inf") if value is None else float(value)


class _Loop:
    """Filter and sort a list of records."""

    def __init__(self, records: Sequence[RunRecord]) -> None:
        self._records = records

    def __call__(self) -> list[int]:
        return [run.id for run in sorted(filter(_passes, self._records), key=_loss)]


class _Records(QAbstractListModel):
    def __init__(self, records: Sequence[RunRecord]) -> None:
        super().__init__()
        self.records = records

    def rowCount(self, parent: Any = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self.records)

    def data(self, index: Any, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        return _loss(self.records[index.row()]) if role == Qt.ItemDataRole.UserRole else None


class _Proxy(QSortFilterProxyModel):
    """Filter and sort a model of records."""

    def __init__(self, records: Sequence[RunRecord]) -> None:
        super().__init__()
        self._model = _Records(records)
        self.setSortRole(Qt.ItemDataRole.UserRole)

    def filterAcceptsRow(self, row: int, _parent: Any) -> bool:
        return _passes(self._model.records[row])

    def __call__(self) -> list[int]:
        self.setSourceModel(None)  # type: ignore[arg-type]
        self.setSourceModel(self._model)
        self.sort(0)
        rows = (self.mapToSource(self.index(row, 0)).row() for row in range(self.rowCount()))
        return [self._model.records[row].id for row in rows]


def _print(figures: dict[str, dict[str, float]]) -> None:
    smallest, *larger = figures
    print(
        f"{'':46}"
        + "".join(f"{name:>12}" for name in figures)
        + "".join(f"{name + '/' + smallest:>20}" for name in larger)
    )
    for way in figures[smallest]:
        times = [figures[name][way] for name in figures]
        print(
            f"{way:46}"
            + "".join(f"{time:9.1f} ms" for time in times)
            + "".join(f"{time / times[0]:20.1f}" for time in times[1:])
        )
    question = list(QUESTIONS)[1]
    for way in ("records", "records, read", "proxy"):
        print(
            f"{way + ' / history, for ' + question[:26]:46}"
            + "".join(f"{of[way] / of[question]:12.1f}" for of in figures.values())
        )


if __name__ == "__main__":
    main()
