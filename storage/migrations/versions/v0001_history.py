"""The first schema."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision: str | None = None
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    _shared_tables()
    _runs()
    _tables_of_runs()
    _series()
    op.bulk_insert(
        sa.table("counters", sa.column("name", sa.Text), sa.column("value", sa.BigInteger)),
        [{"name": "run", "value": 0}, {"name": "revision", "value": 0}],
    )


def _shared_tables() -> None:
    op.create_table(
        "counters",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("value", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_counters"),
    )
    op.create_table(
        "environments",
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_environments"),
    )
    op.create_table(
        "settings",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_settings"),
    )
    op.create_table(
        "scheduler",
        sa.Column("id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("pid", sa.BigInteger, nullable=False),
        sa.Column("pid_created", sa.Double, nullable=False),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("started", sa.BigInteger, nullable=False),
        sa.Column("heartbeat", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_scheduler"),
    )


def _runs() -> None:
    op.create_table(
        "runs",
        sa.Column("id", ROW_ID, nullable=False, autoincrement=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("experiment", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("template", sa.Text, nullable=False),
        sa.Column("framework", sa.Text, nullable=False),
        sa.Column("dataset", sa.Text, nullable=False),
        sa.Column("spec", sa.Text, nullable=False),
        sa.Column("search", sa.Text, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("started", sa.BigInteger),
        sa.Column("ended", sa.BigInteger),
        sa.Column("pid", sa.BigInteger),
        sa.Column("pid_created", sa.Double),
        sa.Column("exit_code", sa.BigInteger),
        sa.Column("assigned_device", sa.Text, nullable=False),
        sa.Column("request", sa.Text),
        sa.Column("position", sa.Double, nullable=False),
        sa.Column("color", sa.Integer, nullable=False),
        sa.Column("trashed", sa.BigInteger),
        sa.Column("phase", sa.Text, nullable=False),
        sa.Column("step", sa.BigInteger, nullable=False),
        sa.Column("total_steps", sa.BigInteger, nullable=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("epochs", sa.BigInteger, nullable=False),
        sa.Column("samples_per_s", sa.Double),
        sa.Column("remaining_s", sa.Double),
        sa.Column("heartbeat", sa.BigInteger),
        sa.Column("environment", sa.Text),
        sa.Column("summary", sa.Text, nullable=False),
        sa.Column("event_offset", sa.BigInteger, nullable=False),
        sa.ForeignKeyConstraint(
            ["environment"], ["environments.digest"], name="fk_runs_environment"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_runs"),
    )
    for column in (
        "revision",
        "name",
        "experiment",
        "state",
        "template",
        "framework",
        "dataset",
        "created",
    ):
        op.create_index(f"ix_runs_{column}", "runs", [column])


def _tables_of_runs() -> None:
    op.create_table(
        "parameters",
        sa.Column("run_id", sa.BigInteger, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("number", sa.Double),
        sa.Column("text", sa.Text),
        _of_run("parameters"),
        sa.PrimaryKeyConstraint("run_id", "name", name="pk_parameters"),
    )
    op.create_index("ix_parameters_name_number", "parameters", ["name", "number"])
    op.create_index("ix_parameters_name_text", "parameters", ["name", "text"])
    op.create_table(
        "tags",
        sa.Column("run_id", sa.BigInteger, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        _of_run("tags"),
        sa.PrimaryKeyConstraint("run_id", "name", name="pk_tags"),
    )
    op.create_index("ix_tags_name", "tags", ["name"])
    op.create_table(
        "artifacts",
        sa.Column("run_id", sa.BigInteger, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        _of_run("artifacts"),
        sa.PrimaryKeyConstraint("run_id", "name", name="pk_artifacts"),
    )
    op.create_table(
        "messages",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("time", sa.BigInteger, nullable=False),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("run_id", sa.BigInteger),
        _of_run("messages", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
    )


def _series() -> None:
    op.create_table(
        "metrics",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("run_id", sa.BigInteger, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("count", sa.BigInteger, nullable=False),
        sa.Column("last", sa.Double),
        sa.Column("last_step", sa.BigInteger, nullable=False),
        sa.Column("minimum", sa.Double),
        sa.Column("maximum", sa.Double),
        _of_run("metrics"),
        sa.PrimaryKeyConstraint("id", name="pk_metrics"),
        sa.UniqueConstraint("run_id", "name", name="uq_metrics_run_id_name"),
    )
    op.create_table(
        "chunks",
        sa.Column("metric_id", sa.BigInteger, nullable=False),
        sa.Column("start", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("steps", sa.LargeBinary, nullable=False),
        sa.Column("times", sa.LargeBinary, nullable=False),
        sa.Column("values", sa.LargeBinary, nullable=False),
        sa.ForeignKeyConstraint(
            ["metric_id"], ["metrics.id"], name="fk_chunks_metric_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("metric_id", "start", name="pk_chunks"),
    )


def _of_run(table: str, ondelete: str = "CASCADE") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["run_id"], ["runs.id"], name=f"fk_{table}_run_id", ondelete=ondelete
    )
