"""A run as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from storage.records import JournalEntry, MetricSummary, RunArtifact, RunRecord
from workbench.commands.opening import now
from workbench.commands.output import time_json


def run_json(run: RunRecord, artifacts: list[RunArtifact] | None = None) -> dict[str, Any]:
    """What `show --json` prints. Times are ISO 8601 in UTC, the folder is an absolute path."""
    listed = {} if artifacts is None else {"artifacts": [_artifact(one) for one in artifacts]}
    return {
        "id": run.id,
        "name": run.name,
        "experiment": run.experiment,
        "tags": list(run.tags),
        "note": run.note,
        "starred": run.starred,
        "archived": time_json(run.archived),
        "state": run.state,
        "reason": run.reason,
        "spec": asdict(run.spec),
        "seed": run.spec.seed,
        "created": time_json(run.created),
        "started": time_json(run.started),
        "ended": time_json(run.ended),
        "duration_s": run.duration_s(now()),
        "pid": run.pid,
        "exit_code": run.exit_code,
        "device": run.assigned_device,
        "progress": {**asdict(run.progress), "fraction": run.progress.fraction},
        "summary": {name: _summary(metric) for name, metric in run.summary.items()},
        "environment": run.environment,
        "folder": run.folder,
        "trashed": time_json(run.trashed),
        "request": run.request,
        "queue": asdict(run.options),
        "attempt": run.attempt,
        "parent": run.parent,
        "deadline": time_json(run.deadline),
        "stalled": time_json(run.stalled),
        "heartbeat": time_json(run.heartbeat),
        "damaged_bytes": run.damaged_bytes,
        **listed,
    }


def _summary(metric: MetricSummary) -> dict[str, float | None]:
    return {
        "last": metric.last,
        "best": metric.best,
        "min": metric.minimum,
        "max": metric.maximum,
        "count": metric.count,
    }


def journal_json(entries: list[JournalEntry]) -> list[dict[str, Any]]:
    return [{**asdict(entry), "time": time_json(entry.time)} for entry in entries]


def _artifact(made: RunArtifact) -> dict[str, str | int | None]:
    artifact = made.artifact
    return {
        "name": artifact.name,
        "kind": artifact.kind,
        "path": artifact.path,
        "step": artifact.step,
    }
