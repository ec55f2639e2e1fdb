"""What a person writes about runs and experiments: names, notes, stars, tags, the archive."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import Any

from storage.records import Experiment, RunQuery, Scope
from storage.store import Store
from workbench.bench import Workbench
from workbench.commands.control import chosen_ids, tell
from workbench.commands.opening import find_runs, open_workbench
from workbench.commands.output import print_json, print_line, print_table, printable_lines
from workbench.commands.parser import UsageError


def rename(args: argparse.Namespace) -> int:
    with open_workbench(args) as workbench:
        (run,) = find_runs(workbench, [args.run])
        workbench.store.rename_run(run.id, args.name)
        return tell(args, workbench, [run.id], lambda _: f"was {run.name}")


def note(args: argparse.Namespace) -> int:
    """Without a text, print what is there."""
    with open_workbench(args) as workbench:
        (run,) = find_runs(workbench, [args.run])
        if args.text is not None:
            workbench.store.set_note(run.id, args.text)
            done = "has its note" if args.text.strip() else "has no note"
            return tell(args, workbench, [run.id], lambda _: done)
    if args.json:
        print_json({"note": run.note})
    elif run.note:
        print(printable_lines(run.note))
    return 0


def star(args: argparse.Namespace) -> int:
    return _edit(args, "is starred", lambda store, ids: store.set_starred(ids, True))


def unstar(args: argparse.Namespace) -> int:
    return _edit(args, "has no star", lambda store, ids: store.set_starred(ids, False))


def archive(args: argparse.Namespace) -> int:
    return _edit(args, "is archived", lambda store, ids: store.archive(ids))


def unarchive(args: argparse.Namespace) -> int:
    return _edit(
        args, "is out of the archive", lambda store, ids: store.unarchive(ids), Scope.ARCHIVED
    )


def tag(args: argparse.Namespace) -> int:
    if not args.add and not args.remove:
        raise UsageError("say which tags to --add or to --remove")
    with open_workbench(args) as workbench:
        ids = chosen_ids(workbench, args)
        workbench.store.tag(ids, args.add, args.remove)
        return tell(args, workbench, ids, lambda run: f"has {_tags(run.tags)}")


def experiment(args: argparse.Namespace) -> int:
    """List the experiments, or tell of one, which is first changed as the options say."""
    with open_workbench(args) as workbench:
        if args.name is not None:
            name = _change(workbench, args)
            return _tell_experiment(args, workbench.store, name)
        if any(change is not None for change in (args.rename, args.note, args.add)):
            raise UsageError("say which experiment: `twinbench experiment NAME`")
        counts = _counts(workbench.store)
        known = {name: workbench.store.experiment(name) for name in counts}
    if args.json:
        print_json([_json(known[name], count) for name, count in counts.items()])
        return 0
    rows = [
        [name, f"{listed:,}", f"{archived:,}", known[name].note.partition("\n")[0]]
        for name, (listed, archived) in counts.items()
    ]
    print_table(["experiment", "runs", "archived", "note"], rows, right="runs archived")
    return 0


def _change(workbench: Workbench, args: argparse.Namespace) -> str:
    """Returns the name that the experiment has afterwards."""
    name = _tidy(args.name)
    if args.add is not None:
        workbench.store.set_experiment(_ids(workbench, args.add), name)
    if args.rename is not None:
        workbench.store.rename_experiment(name, args.rename)
        name = _tidy(args.rename)
    if name not in _counts(workbench.store):
        raise UsageError(f'there is no experiment "{name}"; `twinbench experiment` lists them')
    if args.note is not None:
        workbench.store.set_experiment_note(name, args.note)
    return name


def _tidy(name: str) -> str:
    return " ".join(name.split())


def _tell_experiment(args: argparse.Namespace, store: Store, name: str) -> int:
    known, (listed, archived) = store.experiment(name), _counts(store)[name]
    if args.json:
        print_json(_json(known, (listed, archived)))
        return 0
    print_line(f"{name}: {listed:,} runs, and {archived:,} in the archive")
    if known.note:
        print(printable_lines(known.note))
    return 0


def _counts(store: Store) -> dict[str, tuple[int, int]]:
    """Of each experiment by name, how many runs are listed and how many archived."""
    found: dict[Scope, dict[str, int]] = {}
    for scope in (Scope.LISTED, Scope.ARCHIVED):
        groups = store.find(RunQuery(group=("experiment",), scope=scope)).groups
        found[scope] = {str(group.values[0]): group.count for group in groups}
    listed, archived = found.values()
    return {
        name: (listed.get(name, 0), archived.get(name, 0)) for name in sorted({*listed, *archived})
    }


def _json(known: Experiment, count: tuple[int, int]) -> dict[str, Any]:
    return {"name": known.name, "runs": count[0], "archived": count[1], "note": known.note}


def _edit(
    args: argparse.Namespace,
    done: str,
    change: Callable[[Store, list[int]], object],
    scope: Scope = Scope.LISTED,
) -> int:
    with open_workbench(args) as workbench:
        ids = chosen_ids(workbench, args, scope)
        change(workbench.store, ids)
        return tell(args, workbench, ids, lambda _: done)


def _ids(workbench: Workbench, names: Sequence[str]) -> list[int]:
    return [run.id for run in find_runs(workbench, names)]


def _tags(names: Sequence[str]) -> str:
    return f"the tags {', '.join(names)}" if names else "no tags"
