"""What there is to say of a run, as names and values in words."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from itertools import filterfalse
from math import isfinite

from runners.protocol import State
from storage.records import RunRecord, is_system, main_metric
from widgets import text
from workbench.metrics import in_order, reading, scale, unit
from workbench.ticks import Scale

_NO_BREAK = "\u00a0"


def outcome(run: RunRecord, now: int) -> dict[str, str]:
    """Where it is and how long it took."""
    facts = {"Progress": text.progress(run.state, run.progress)}
    waits = run.state is State.QUEUED
    if run.progress.samples_per_s and not waits:
        facts["Samples/s"] = f"{run.progress.samples_per_s:,.0f}"
    facts |= {
        "Attempt": str(run.attempt) if run.attempt > 1 else "",
        "Queue": _waits_as(run),
        "Created": text.moment(run.created),
        "Started": text.moment(run.started),
        "Ended": text.moment(run.ended),
        "Duration": "" if waits else text.duration(run.duration_s(now)),
    }
    return {name: value for name, value in facts.items() if value and value != "–"}


def _waits_as(run: RunRecord) -> str:
    """How it waits for its turn, where that is out of the ordinary."""
    options = run.options
    said = {
        "held": options.held,
        "runs alone": options.alone,
        f"priority {options.priority:+d}": bool(options.priority),
    }
    return ", ".join(word for word, so in said.items() if so) if not run.state.final else ""


def warning(run: RunRecord) -> str:
    """What is not whole of what it left."""
    if not run.damaged_bytes:
        return ""
    return (
        f"{text.size(run.damaged_bytes)} of its event files are damaged: those points are missing "
        "from its curves. All others were read."
    )


def spec(run: RunRecord) -> dict[str, str]:
    """What was asked for."""
    asked = run.spec
    device = asked.device
    if run.assigned_device and run.assigned_device != device:
        device = f"{device}, given {run.assigned_device}"
    if script := asked.script:
        what = {
            "Script": script.path,
            "Framework": asked.framework.display_name,
            "Command line": shlex.join(script.command_line) or "no arguments",
            "Started in": script.folder,
            "Interpreter": asked.interpreter,
        }
        return {**what, "Device": device, "Experiment": run.experiment}
    return {
        "Template": asked.template,
        "Framework": f"{asked.framework.display_name}, {asked.mode}",
        "Dataset": asked.dataset,
        "Device": device,
        "Seed": str(asked.seed),
        "Experiment": run.experiment,
    }


def parameters(run: RunRecord) -> dict[str, str]:
    return {name: value_text(value) for name, value in run.spec.parameters.items()}


def environment(run: RunRecord) -> dict[str, str]:
    """What it ran in, as far as the trainer told."""
    facts: dict[str, str] = {}
    for name, value in run.environment.items():
        if isinstance(value, Mapping):
            facts[_title(name)] = "\n".join(f"{key} {each}" for key, each in value.items())
        elif isinstance(value, list | tuple):
            facts[_title(name)] = " ".join(map(str, value))
        elif value not in (None, ""):
            facts[_title(name)] = str(value)
    process = {"Process": run.pid, "Exit code": run.exit_code}
    facts |= {name: str(value) for name, value in process.items() if value is not None}
    return facts


def metrics(run: RunRecord) -> list[tuple[str, str, str]]:
    """Name, last and best value of every metric, the main one first."""
    first = main_metric(run)
    names = sorted(filterfalse(is_system, run.summary), key=lambda name: (name != first, name))
    return [
        (name, _measured(name, run.summary[name].last), _measured(name, run.summary[name].best))
        for name in names
    ]


def machine(run: RunRecord) -> dict[str, str]:
    """What was read last of the machine, in words and with units."""
    names = in_order(filter(is_system, run.summary))
    return {reading(name): _with_unit(name, run.summary[name].last) for name in names}


def _with_unit(metric: str, value: float | None) -> str:
    """No line break parts it from its unit."""
    words, of = _measured(metric, value), unit(metric)
    words += "/s" if of == "per second" else f" {of}"
    return words.strip().replace(" ", _NO_BREAK)


def _measured(metric: str, value: float | None) -> str:
    is_bytes = metric.endswith("bytes") or scale(metric) is Scale.BYTES
    if is_bytes and value is not None and isfinite(value):
        return text.size(value)
    return text.number(value)


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()


def value_text(value: object) -> str:
    if isinstance(value, tuple | list):
        return ", ".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
