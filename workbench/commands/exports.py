"""The exported models that there are, and what can be done with them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from runners.export.formats import UnknownFormat, get_format
from runners.export.manifest import Manifest, Speed
from storage.records import ExportRecord, Stage
from workbench.bench import Workbench
from workbench.commands.opening import open_workbench
from workbench.commands.output import (  # fmt: skip
    duration_text,
    print_json,
    print_line,
    print_pairs,
    print_table,
    size_text,
    time_json,
    time_text,
)
from workbench.commands.progress import ProgressLine

_HEADERS = ("id", "name", "run", "format", "stage", "size", "check", "latency", "per second", "created")  # fmt: skip
_NUMBERS = "size latency"


def exports(args: argparse.Namespace) -> int:
    """List them."""
    with open_workbench(args) as workbench:
        runs = [workbench.store.find_run(name).id for name in args.runs or ()]
        found = workbench.exports.list(runs or None, trashed=args.trashed)
        if args.json:
            print_json([export_json(workbench, one) for one in found])
        elif found:
            print_exports(workbench, found)
        elif args.trashed:
            print("The trash has no exported model.")
        else:
            print("There is no exported model yet: `twinbench export RUN --to onnx` makes one.")
    return 0


def print_exports(workbench: Workbench, found: Sequence[ExportRecord]) -> None:
    if found:
        print_table(_HEADERS, [_row(workbench, one) for one in found], right=_NUMBERS)


def _row(workbench: Workbench, one: ExportRecord) -> list[str]:
    return [
        f"e{one.id}",
        one.name,
        f"{one.run_id} {workbench.store.run(one.run_id).name}",
        one.format,
        one.stage.value,
        size_text(one.size_bytes) if one.size_bytes else "",
        check_text(one),
        seconds_text(one.latency_s),
        "" if one.samples_per_s is None else f"{one.samples_per_s:,.0f}",
        time_text(one.created),
    ]


def check_text(one: ExportRecord) -> str:
    return "" if one.passed is None else "passed" if one.passed else "failed"


def seconds_text(seconds: float | None) -> str:
    """Of a call, which may take microseconds."""
    if seconds is None:
        return ""
    if seconds < 1e-3:
        return f"{seconds * 1e6:.0f} µs"
    return f"{seconds * 1e3:.3g} ms" if seconds < 1 else duration_text(seconds)


def export_json(workbench: Workbench, one: ExportRecord) -> dict[str, Any]:
    times = {"created": time_json(one.created), "trashed": time_json(one.trashed)}
    return {**asdict(one), **times, "folder": workbench.home.path / one.folder}


def show(args: argparse.Namespace) -> int:
    with open_workbench(args) as workbench:
        record = workbench.exports.find(args.export)
        manifest = workbench.exports.manifest(record.id)
        folder = workbench.exports.folder(record.id)
        if args.json:
            print_json({**export_json(workbench, record), "manifest": asdict(manifest)})
            return 0
        print_exports(workbench, [record])
    print()
    print_pairs({**_facts(manifest), "folder": str(folder)})
    for note in manifest.notes:
        print_line(f"\n{note}")
    if manifest.measurement:
        print()
        headers = ("batch size", "threads", "p50", "p95", "p99", "per second")
        print_table(headers, [_speed(one) for one in manifest.measurement.speeds])
    return 0


def _facts(manifest: Manifest) -> dict[str, str]:
    facts = {
        "format": _title(manifest.format),
        "weights": f"the {manifest.checkpoint} checkpoint, step {manifest.step:,}",
        "input": _tensors(manifest.inputs),
        "output": _tensors(manifest.outputs),
        "made with": ", ".join(f"{name} {version}" for name, version in manifest.versions.items()),
        "files": ", ".join(f"{name} ({size_text(size)})" for name, (size, _) in manifest.files.items()),
    }  # fmt: skip
    if (check := manifest.check) is not None:
        facts["check"] = check.problem or "passed"
        facts["compared on"] = f"{check.samples:,} held-out samples"
        if check.largest is not None:
            facts["difference"] = (
                f"at most {check.largest:.2g} of the largest output, {check.mean:.2g} on average"
            )
        if check.agreement is not None:
            facts["agreement"] = f"{check.agreement:.2%} of the predictions"
        for name, (trained, exported) in check.metrics.items():
            facts[name] = f"{exported:.5g}, of the trained model {trained:.5g}"
    if (measured := manifest.measurement) is not None:
        memory = size_text(measured.peak_bytes) if measured.peak_bytes else "not known"
        facts["loading"] = (
            f"{seconds_text(measured.load_s)} after an import of {seconds_text(measured.import_s)}"
        )
        facts["memory"] = memory
        facts["measured on"] = measured.device
    return {name: text for name, text in facts.items() if text}


def _title(format_id: str) -> str:
    """That of a format which this version knows, else its id."""
    try:
        return get_format(format_id).title
    except UnknownFormat:
        return format_id


def _tensors(tensors: Sequence[Any]) -> str:
    def one(tensor: Any) -> str:
        shape = " × ".join("any" if size is None else str(size) for size in tensor.shape)
        return f"{tensor.name}: {shape}, {tensor.dtype}"

    return "; ".join(map(one, tensors))


def _speed(one: Speed) -> list[str]:
    threads = str(one.threads) if one.threads else "as it likes"
    latencies = map(seconds_text, (one.p50_s, one.p95_s, one.p99_s))
    return [str(one.batch_size), threads, *latencies, f"{one.samples_per_s:,.0f}"]


# -- what is asked of them ------------------------------------------------------------------------------
def rename(args: argparse.Namespace) -> int:
    with open_workbench(args) as workbench:
        record = workbench.exports.find(args.export)
        workbench.exports.rename(record.id, args.name)
        return _tell(workbench, [record.id], as_json=args.json)


def stage(args: argparse.Namespace) -> int:
    with open_workbench(args) as workbench:
        ids = _ids(workbench, args)
        workbench.exports.set_stage(ids, Stage(args.stage.replace("none", "")))
        return _tell(workbench, ids, as_json=args.json)


def delete(args: argparse.Namespace) -> int:
    with open_workbench(args) as workbench:
        ids = _ids(workbench, args)
        if args.forever:
            workbench.exports.delete(ids)
            if args.json:
                print_json([{"id": one} for one in ids])
            return 0
        workbench.exports.trash(ids)
        return _tell(workbench, ids, as_json=args.json)


def restore(args: argparse.Namespace) -> int:
    with open_workbench(args) as workbench:
        ids = _ids(workbench, args)
        workbench.exports.restore(ids)
        return _tell(workbench, ids, as_json=args.json)


def measure(args: argparse.Namespace) -> int:
    from workbench.commands.exporting import show_progress, tell

    with open_workbench(args) as workbench:
        ids = _ids(workbench, args)
        with ProgressLine(sys.stderr) as progress:
            found = workbench.exports.measure(
                ids, on_progress=lambda news: show_progress(progress, news)
            )
        return tell(workbench, found, as_json=args.json)


def _ids(workbench: Workbench, args: argparse.Namespace) -> list[int]:
    return list(dict.fromkeys(workbench.exports.find(name).id for name in args.exports))


def _tell(workbench: Workbench, ids: Sequence[int], *, as_json: bool) -> int:
    if as_json:
        print_json([export_json(workbench, workbench.store.exports.read(one)) for one in ids])
    return 0
