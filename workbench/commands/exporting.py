"""Making exports of a run."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from storage.records import RunRecord
from workbench.bench import Workbench
from workbench.commands.exports import export_json, print_exports
from workbench.commands.opening import open_workbench
from workbench.commands.output import print_json, print_line, print_table
from workbench.commands.parser import UsageError
from workbench.commands.progress import ProgressLine, bar
from workbench.exports.door import Exported, ExportProgress, Offer


def export(args: argparse.Namespace) -> int:
    """Exit code 1 if one of them could not be made, or did not pass its check."""
    with open_workbench(args) as workbench:
        run = workbench.store.find_run(args.run)
        if not args.formats and not args.all:
            return _offer(workbench, run, as_json=args.json)
        formats = _formats(workbench, run, args)
        with ProgressLine(sys.stderr) as progress:
            found = workbench.exports.export(
                run.id,
                formats,
                checkpoint=args.checkpoint,
                measure=not args.no_measure,
                on_progress=lambda news: show_progress(progress, news),
            )
        return tell(workbench, found, as_json=args.json)


def show_progress(progress: ProgressLine, news: ExportProgress) -> None:
    """With what is being done on a terminal, else a line for each step."""
    step = f"{news.format}: {news.step}"
    progress.show(f"{bar(news.fraction)} {news.fraction:4.0%}  {step}, {news.text}", plain=step)


def tell(workbench: Workbench, found: Sequence[Exported], *, as_json: bool) -> int:
    """What became of each. Returns the exit code."""
    if as_json:
        print_json([_exported_json(workbench, one) for one in found])
    else:
        print_exports(workbench, [one.record for one in found if one.record])
    for one in found:
        if one.problem:
            print_line(f"twinbench: {one.format}: {one.problem}", sys.stderr)
    return 1 if any(one.problem for one in found) else 0


def _exported_json(workbench: Workbench, one: Exported) -> dict[str, Any]:
    record = export_json(workbench, one.record) if one.record else None
    return {"format": one.format, "problem": one.problem, "export": record}


def _formats(workbench: Workbench, run: RunRecord, args: argparse.Namespace) -> list[str]:
    """Raises UsageError for a format that the run's framework does not have."""
    there = workbench.exports.offers(run.id)
    known = {offer.format.id for offer in there}
    for name in args.formats:
        if name not in known:
            names = ", ".join(offer.format.id for offer in there)
            of = run.spec.framework.display_name
            raise UsageError(f"there is no format {name!r} for a run of {of}; there are: {names}")
    if not args.all:
        return list(args.formats)
    possible = [offer.format.id for offer in there if not offer.problem]
    return list(dict.fromkeys([*args.formats, *possible])) or sorted(known)


def _offer(workbench: Workbench, run: RunRecord, *, as_json: bool) -> int:
    there = workbench.exports.offers(run.id)
    if as_json:
        print_json([_offer_json(offer) for offer in there])
        return 0
    print_table(("format", "what", "here"), [_offer_row(offer) for offer in there])
    for offer in there:
        if offer.install:
            print(f"\nThis installs what {offer.format.id} needs:")
            print_line(f"  {offer.install}")
    return 0


def _offer_row(offer: Offer) -> list[str]:
    ready = f"ready. {offer.format.note}" if offer.format.note else "ready"
    return [offer.format.id, offer.format.title, offer.problem or ready]


def _offer_json(offer: Offer) -> dict[str, Any]:
    return {
        "format": offer.format.id,
        "title": offer.format.title,
        "summary": offer.format.summary,
        "note": offer.format.note,
        "problem": offer.problem,
        "missing": offer.missing,
        "install": offer.install,
    }
