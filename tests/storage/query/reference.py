"""What a query finds, worked out run by run from records: slow, and plain enough to be believed."""

from __future__ import annotations

from collections.abc import Sequence

from storage.query import parse, value_of
from storage.query.check import checked
from storage.query.terms import Source, Term
from storage.query.tree import And, Condition, Exists, Node, Not, Operator, Or, Search
from storage.records import Cell, Fields, RunQuery, RunRecord, Scope, State


def found(runs: Sequence[RunRecord], query: RunQuery, fields: Fields, now: int) -> list[RunRecord]:
    tree = checked(parse(query.filter), fields, now)
    kept = [run for run in runs if in_scope(run, query) and passes(run, tree, now)]
    kept.sort(key=lambda run: (run.created, run.id), reverse=True)
    directions = {by.column: by.descending for by in query.sort}
    keys = [(column, directions.get(column, False)) for column in query.group]
    keys += [(by.column, by.descending) for by in query.sort if by.column not in query.group]
    for column, descending in reversed(keys):
        values = {run.id: value_of(run, column, now) for run in kept}
        missing = [run for run in kept if values[run.id] is None]
        there = [run for run in kept if values[run.id] is not None]
        there.sort(key=lambda run: order(column, values[run.id]), reverse=descending)
        kept = there + missing
    return kept


def in_scope(run: RunRecord, query: RunQuery) -> bool:
    if query.scope is Scope.TRASHED:
        return run.trashed is not None
    if query.scope is Scope.ARCHIVED:
        return run.trashed is None and run.archived is not None
    return run.trashed is None and (run.archived is None or "archived" in query.filter)


def order(column: str, value: Cell) -> tuple[object, ...]:
    if column == "state":
        return (list(State).index(State(str(value))),)
    return (1, value.casefold(), value) if isinstance(value, str) else (0, value)


def passes(run: RunRecord, node: Node, now: int) -> bool:
    match node:
        case And(parts):
            return all(passes(run, part, now) for part in parts)
        case Or(parts):
            return any(passes(run, part, now) for part in parts)
        case Not(part):
            return not passes(run, part, now)
        case Exists(term):
            return value_of(run, column_of(term), now) is not None
        case Search(words):
            return all(word in text_of(run) for word in words)
        case Condition(term, operator, numbers, texts) if term.name == "tags":
            holds = [compares(tag, operator, numbers, texts) for tag in run.tags]
            return bool(holds) and (all(holds) if operator is Operator.UNEQUAL else any(holds))
        case Condition(term, operator, numbers, texts):
            return compares(value_of(run, column_of(term), now), operator, numbers, texts)
    raise TypeError(node)


def column_of(term: Term) -> str:
    quoted = '"' + term.name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    plain = term.source in (Source.FIELD, Source.NAME)
    return quoted if plain else f"{term.source}({quoted})"


def text_of(run: RunRecord) -> str:
    spec = run.spec
    texts = [run.name, run.experiment, run.note, run.state, f"#{run.id}", *run.tags]
    texts += [spec.template, spec.dataset, spec.framework, spec.mode]
    texts += [
        f"{key}={value}" for key, value in spec.parameters.items() if isinstance(value, str | tuple)
    ]
    texts += ["held"] if run.options.held and run.state is State.QUEUED else []
    texts += ["stalled"] if run.stalled is not None and run.state.active else []
    return "\n".join(texts).casefold()


def compares(
    value: Cell, operator: Operator, numbers: Sequence[float], texts: Sequence[str]
) -> bool:
    if value is None:
        return False
    if operator is Operator.CONTAINS:
        return isinstance(value, str) and texts[0] in value.casefold()
    if operator in (Operator.EQUAL, Operator.UNEQUAL):
        is_one = value in texts if isinstance(value, str) else value in numbers
        return is_one == (operator is Operator.EQUAL)
    if isinstance(value, str):
        return False
    wanted = numbers[0]
    return {
        Operator.LESS: value < wanted,
        Operator.AT_MOST: value <= wanted,
        Operator.MORE: value > wanted,
        Operator.AT_LEAST: value >= wanted,
    }[operator]
