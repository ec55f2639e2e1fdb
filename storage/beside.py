"""What the history holds beside runs: settings, messages, and the scheduler's sign of life. Inside a given transaction."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, insert, select

from storage.changes import json_text, now, replace, row_of
from storage.models import messages, scheduler, settings
from storage.plain import clean
from storage.records import Message, SchedulerRecord


def setting(connection: Connection, name: str, default: Any = None) -> Any:
    text = connection.scalar(select(settings.c.value).where(settings.c.name == name))
    return default if text is None else json.loads(text)


def set_setting(connection: Connection, name: str, value: Any) -> None:
    """Raises StoreError for what JSON cannot hold."""
    replace(connection, settings, {"name": name}, value=json_text(value))


def add_message(connection: Connection, level: str, text: str, run_id: int | None) -> None:
    """Raises UnknownRun."""
    if run_id is not None:
        row_of(connection, run_id)
    row = {"time": now(), "level": level, "text": clean(text), "run_id": run_id}
    connection.execute(insert(messages).values(row))


def messages_after(connection: Connection, last: int) -> list[Message]:
    """Those whose id is larger, oldest first."""
    query = select(messages).where(messages.c.id > last).order_by(messages.c.id)
    return [
        Message(row.id, row.time, row.level, row.text, row.run_id)
        for row in connection.execute(query)
    ]


def beat(connection: Connection, pid: int, pid_created: float, host: str) -> None:
    """Say that the scheduler lives; another process than the last one has just started."""
    time = now()
    known = scheduler_record(connection)
    same = known and (known.pid, known.pid_created, known.host) == (pid, pid_created, host)
    replace(
        connection,
        scheduler,
        {"id": 1},
        pid=pid,
        pid_created=pid_created,
        host=host,
        started=known.started if known and same else time,
        heartbeat=time,
    )


def scheduler_record(connection: Connection) -> SchedulerRecord | None:
    """The scheduler that beat last, whether it still lives or not."""
    row = connection.execute(select(scheduler)).one_or_none()
    if row is None:
        return None
    return SchedulerRecord(row.pid, row.pid_created, row.host, row.started, row.heartbeat)
