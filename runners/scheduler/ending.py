"""The evidence that an ended run leaves, and its final state written to the store."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from time import time_ns
from typing import Literal

from runners.protocol import RunFolder, State
from runners.scheduler.verdict import Ending, verdict
from storage.records import Evidence, RunRecord
from storage.store import Store

logger = logging.getLogger(__name__)

_TAIL_BYTES, _TAIL_LINES, _TAIL_CHARACTERS = 4096, 3, 500
_LEVELS: dict[State, Literal["warning", "error"]] = {
    State.FAILED: "error",
    State.LOST: "error",
    State.KILLED: "warning",
}


def label(run: RunRecord) -> str:
    return f"run {run.id} ({run.name})"


def now_us() -> int:
    """UTC, microseconds since 1970."""
    return time_ns() // 1000


def conclude(store: Store, run: RunRecord, ending: Ending, findings: str) -> None:
    """Write the final state that follows from the evidence. Raises StoreError; it can be repeated.

    ``findings`` is what was seen of what the trainer left behind; for a run that was made to end it goes into the journal.
    """
    state, reason = verdict(ending)
    if state in (State.STOPPED, State.KILLED):
        _note_once(store, run, findings)
    outcome, exit_code = ending.outcome, ending.exit_code
    if outcome is not None:
        exit_code = outcome.exit_code if exit_code is None else exit_code
        ended = outcome.ended
    else:
        ended = now_us() if ending.watched else ending.last_sign or now_us()
    finish(store, run, state, reason, Evidence(ended=ended, exit_code=exit_code))


def _note_once(store: Store, run: RunRecord, text: str) -> None:
    """Note it unless a scheduler did that died before it could write the final state."""
    kind_of_text = text.partition(":")[0]
    noted = any(
        entry.kind == "note"
        and entry.text.startswith(kind_of_text)
        and entry.time >= (run.started or 0)
        for entry in store.journal(run.id)
    )
    if not noted:
        store.note(run.id, text)


def finish(
    store: Store, run: RunRecord, state: State, reason: str, evidence: Evidence = Evidence()
) -> None:
    """Write a final state, and tell the user where it is a bad one. Raises StoreError."""
    store.set_state(run.id, state, reason, evidence)
    logger.info("%s: %s %s", label(run), state.value, reason)
    if level := _LEVELS.get(state):
        store.add_message(level, f"{run.name} {state.value}: {reason}", run.id)


def last_sign(folder: RunFolder) -> int | None:
    """When the trainer last wrote anything, UTC microseconds since 1970; None if it never did."""
    times = [_changed(path) for path in (folder.heartbeat, folder.events, folder.environment)]
    return max((time for time in times if time is not None), default=None)


def heartbeat(folder: RunFolder) -> int | None:
    """When the trainer last renewed its heartbeat, UTC microseconds since 1970."""
    return _changed(folder.heartbeat)


def log_tail(path: Path) -> str:
    """The last few lines of a log in one line, "" if there are none."""
    try:
        with open(path, "rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL_BYTES))
            text = file.read().decode("utf-8", "replace").replace("\0", "")
    except OSError:
        return ""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return " | ".join(lines[-_TAIL_LINES:])[-_TAIL_CHARACTERS:]


def _changed(path: Path) -> int | None:
    try:
        return path.stat().st_mtime_ns // 1000
    except OSError:
        return None
