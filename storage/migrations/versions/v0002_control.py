"""Control of runs: how they wait, attempts, deadlines, the journal, damage."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision: str | None = "0001"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    number: sa.types.TypeEngine[Any] = sa.BigInteger()
    flag: sa.types.TypeEngine[Any] = sa.Boolean()
    defaults: dict[str, Any] = {
        "system_offset": "0", "damaged_bytes": "0", "priority": "0", "held": sa.false(),
        "alone": sa.false(), "memory_bytes": "0", "attempt": "1", "rewinds": "0",
    }  # fmt: skip
    kinds = {name: flag if name in ("held", "alone") else number for name in defaults}
    with op.batch_alter_table("runs") as runs:
        for name, default in defaults.items():
            column = sa.Column(name, kinds[name], nullable=False, server_default=default)
            runs.add_column(column)
        for name in ("parent", "deadline", "stalled"):
            runs.add_column(sa.Column(name, sa.BigInteger))
    with op.batch_alter_table("runs") as runs:  # the defaults were for the rows that were there
        for name in defaults:
            runs.alter_column(name, existing_type=kinds[name], server_default=None)
    op.create_table(
        "journal",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("run_id", sa.BigInteger, nullable=False),
        sa.Column("time", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("details", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_journal"),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.id"], name="fk_journal_run_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_journal_run_id", "journal", ["run_id"])
    _open_journals()


def _open_journals() -> None:
    """Give every run that is there a journal with what only the history knows of it."""
    connection = op.get_bind()
    runs = connection.execute(sa.text("SELECT * FROM runs ORDER BY id")).mappings().all()
    entries = [_entry(connection, dict(run)) for run in runs]
    if entries:
        names = ("run_id", "time", "kind", "text", "details")
        op.bulk_insert(sa.table("journal", *map(sa.column, names)), entries)


def _entry(connection: sa.Connection, run: dict[str, Any]) -> dict[str, Any]:
    known = {name: run[name] for name in _KNOWN}
    query = sa.text("SELECT name FROM tags WHERE run_id = :id ORDER BY place")
    known["tags"] = list(connection.scalars(query, {"id": run["id"]}))
    if run["environment"]:
        text = sa.text("SELECT text FROM environments WHERE digest = :digest")
        found = connection.scalar(text, {"digest": run["environment"]})
        known["environment"] = json.loads(str(found))
    text_of_entry = f"{run['state']}: {run['reason']}" if run["reason"] else run["state"]
    return {
        "run_id": run["id"],
        "time": run["ended"] or run["started"] or run["created"],
        "kind": "created",
        "text": text_of_entry,
        "details": json.dumps({**known, "held": False, "alone": False}, sort_keys=True),
    }


_KNOWN = (
    "name", "experiment", "color", "created", "parent", "state", "reason", "attempt", "position",
    "priority", "memory_bytes", "started", "ended", "pid", "pid_created", "exit_code",
    "assigned_device", "request", "trashed",
)  # fmt: skip
