"""The list of runs: found, ordered, grouped, as a table, as JSON, or as a file of CSV."""

from __future__ import annotations

import argparse
import csv
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import TextIO

from runners.protocol import State
from storage.errors import QueryError
from storage.query import check, check_column, kind_of, quoted
from storage.query.terms import CALL, STRING
from storage.records import (
    Cell,
    Fields,
    Kind,
    RunGroup,
    RunList,
    RunQuery,
    RunRecord,
    Scope,
    SortBy,
    main_metric,
)
from workbench.commands.opening import now, open_workbench, pointed
from workbench.commands.output import (
    duration_text,
    number_text,
    print_json,
    print_line,
    print_table,
    since_text,
    time_json,
    time_text,
    until_text,
)
from workbench.commands.parser import UsageError
from workbench.commands.run_json import run_json

_USUAL = (
    "name", "experiment", "state", "framework", "template", "dataset", "duration", "created", "result",
)  # fmt: skip
_ITEM = re.compile(rf"\s*({CALL}|{STRING}|[^,\"'()]+?)(?::(asc|desc))?\s*(?:,|$)")
Columns = Mapping[str, Sequence[Cell]]


def runs(args: argparse.Namespace) -> int:
    with open_workbench(args) as workbench:
        workbench.keep_scheduler()
        fields = workbench.store.fields()
        columns = _columns(args.columns, fields)
        query = _query(args, fields)
        found = workbench.store.find(query)
        ids = found.ids[: args.limit]
        if not (columns or query.group or args.csv):
            return _tell_runs(args, workbench.store.runs_by_id(ids))
        shown = list(dict.fromkeys((*query.group, *(columns or _USUAL))))
        table = workbench.store.table(ids, shown)
    if args.csv:
        _write(args.csv, table)
    elif query.group:
        _tell_groups(args, query.group, _shown(found, len(ids)), table)
    elif args.json:
        print_json(_rows(table, 0, len(ids)))
    else:
        _print(table, 0, len(ids))
    return 0


# -- what was asked for -----------------------------------------------------------------------------
def _query(args: argparse.Namespace, fields: Fields) -> RunQuery:
    """Raises UsageError."""
    scope = Scope.TRASHED if args.trashed else Scope.ARCHIVED if args.archived else Scope.LISTED
    sort = tuple(
        SortBy(column, direction == "desc") for column, direction in _items(args.sort, fields)
    )
    return RunQuery(_filter(args, fields), sort, _columns(args.group, fields), scope)


def _filter(args: argparse.Namespace, fields: Fields) -> str:
    parts = []
    if args.filter is not None:
        if error := check(args.filter, fields):
            raise pointed(error, args.filter)
        parts = [f"({args.filter})"] if args.filter.strip() else []
    if args.experiment is not None:
        parts.append(f"experiment = {quoted(args.experiment)}")
    if args.state:
        parts.append(f"state = {_state(args.state)}")
    return " and ".join(parts)


def _state(text: str) -> State:
    try:
        return State(text)
    except ValueError:
        raise UsageError(f"there is no state {text!r}; there are: {', '.join(State)}") from None


def _columns(text: str | None, fields: Fields) -> tuple[str, ...]:
    return tuple(column for column, _ in _items(text, fields))


def _items(text: str | None, fields: Fields) -> Iterator[tuple[str, str | None]]:
    """The columns of a list with commas between, each with its direction. Raises UsageError, which points at the place."""
    place, text = 0, text or ""
    while place < len(text):
        item = _ITEM.match(text, place)
        if item is None:
            raise pointed(QueryError("This is no column.", place, len(text)), text)
        column, start = item[1], item.start(1)
        if error := check_column(column, fields):
            raise pointed(QueryError(str(error), start + error.start, start + error.stop), text)
        yield column, item[2]
        place = item.end()


# -- whole runs -------------------------------------------------------------------------------------
def _tell_runs(args: argparse.Namespace, found: Sequence[RunRecord]) -> int:
    if args.json:
        print_json([run_json(run) for run in found])
        return 0
    headers = [
        "id",
        "name",
        "experiment",
        "state",
        "done",
        "duration",
        "created",
        "metric",
        "remark",
    ]
    print_table(headers, [_run_row(run) for run in found], right="id done duration")
    return 0


def _run_row(run: RunRecord) -> list[str]:
    metric = main_metric(run)
    return [
        str(run.id),
        run.name,
        run.experiment,
        run.state,
        f"{run.progress.fraction:.0%}",
        duration_text(run.duration_s(now())),
        time_text(run.created),
        f"{metric} {number_text(run.summary[metric].last)}" if metric else "",
        _remark(run),
    ]


def _remark(run: RunRecord) -> str:
    """What a queued run waits for, that a trainer is stalled, how long a stop may take."""
    if run.stalled is not None:
        return f"stalled for {since_text(run.stalled)}"
    if run.deadline is not None:
        return f"goes further in {until_text(run.deadline)}"
    return run.reason if run.state is State.QUEUED else ""


# -- columns ----------------------------------------------------------------------------------------
def _shown(found: RunList, count: int) -> list[RunGroup]:
    """The groups of which one of the first runs is listed."""
    return [group for group in found.groups if group.start < count]


def _tell_groups(
    args: argparse.Namespace, by: Sequence[str], groups: Sequence[RunGroup], table: Columns
) -> None:
    count = len(table["id"])
    if args.json:
        print_json(
            [
                {
                    "group": {
                        name: _json(name, value)
                        for name, value in zip(by, group.values, strict=True)
                    },
                    "count": group.count,
                    "runs": _rows(table, group.start, min(group.stop, count)),
                }
                for group in groups
            ]
        )
        return
    rest = {name: cells for name, cells in table.items() if name not in by}
    for group in groups:
        values = (
            f"{name} {_text(name, value) or 'unknown'}"
            for name, value in zip(by, group.values, strict=True)
        )
        runs_text = f"{group.count:,} run{'s' if group.count > 1 else ''}"
        print_line(f"{', '.join(values)}: {runs_text}")
        _print(rest, group.start, min(group.stop, count))
        print()


def _print(table: Columns, start: int, stop: int) -> None:
    texts = [[_text(name, cell) for cell in cells[start:stop]] for name, cells in table.items()]
    is_number = [_is_number(cells) for cells in table.values()]
    widths = [max(map(len, column), default=0) for column in texts]
    aligned = [
        [f"{text:>{width}}" for text in column] if right else column
        for column, width, right in zip(texts, widths, is_number, strict=True)
    ]
    print_table(list(table), list(zip(*aligned, strict=True)))


def _is_number(cells: Sequence[Cell]) -> bool:
    return all(cell is None or isinstance(cell, int | float) for cell in cells)


def _text(column: str, cell: Cell) -> str:
    if cell is None or isinstance(cell, str):
        return cell or ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    kind = kind_of(column)
    if kind is Kind.DURATION:
        return duration_text(cell)
    return time_text(int(cell)) if kind is Kind.MOMENT else number_text(cell)


def _rows(table: Columns, start: int, stop: int) -> list[dict[str, Cell]]:
    return [
        {name: _json(name, cells[at]) for name, cells in table.items()} for at in range(start, stop)
    ]


def _json(column: str, cell: Cell) -> Cell:
    """Moments as everywhere in JSON, in ISO 8601."""
    is_moment = kind_of(column) is Kind.MOMENT and isinstance(cell, int)
    return time_json(int(cell)) if is_moment and cell is not None else cell


def _write(path: str, table: Columns) -> None:
    """In full precision; what is not known is empty. ``-`` is the standard output."""
    if path == "-":
        _write_csv(sys.stdout, table)
        return
    with open(path, "w", encoding="utf-8", newline="") as file:
        _write_csv(file, table)
    print_line(f"{len(table['id']):,} runs are in {path}")


def _write_csv(file: TextIO, table: Columns) -> None:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(table)
    count = len(table["id"])
    writer.writerows([_csv(cell) for cell in row.values()] for row in _rows(table, 0, count))


def _csv(cell: Cell) -> Cell:
    return str(cell).lower() if isinstance(cell, bool) else cell
