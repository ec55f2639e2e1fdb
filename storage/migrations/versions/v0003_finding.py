"""Finding and comparing: notes, stars, the archive, experiments, overviews of series, artifacts of a step."""

from __future__ import annotations

import json
from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from storage import overviews

revision = "0003"
down_revision: str | None = "0002"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table("runs") as runs:
        runs.add_column(sa.Column("note", sa.Text, nullable=False, server_default=""))
        runs.add_column(sa.Column("starred", sa.Boolean, nullable=False, server_default=sa.false()))
        runs.add_column(sa.Column("archived", sa.BigInteger))
    with op.batch_alter_table("runs") as runs:  # the defaults were for the rows that were there
        runs.alter_column("note", existing_type=sa.Text(), server_default=None)
        runs.alter_column("starred", existing_type=sa.Boolean(), server_default=None)
    op.add_column("artifacts", sa.Column("step", sa.BigInteger))
    _index()
    _refresh()
    op.create_table(
        "experiments",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("layout", sa.Text),
        sa.PrimaryKeyConstraint("name", name="pk_experiments"),
    )
    op.create_table(
        "overviews",
        sa.Column("metric_id", sa.BigInteger, nullable=False),
        sa.Column("start", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("blocks", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("metric_id", "start", name="pk_overviews"),
        sa.ForeignKeyConstraint(
            ["metric_id"], ["metrics.id"], name="fk_overviews_metric_id", ondelete="CASCADE"
        ),
    )
    overviews.fill(op.get_bind())


def _index() -> None:
    op.create_index(
        "ix_runs_listed", "runs",
        ["trashed", "archived", "created", "id", "started", "ended", "state", "experiment", "template", "framework", "dataset",
         "starred"],
    )  # fmt: skip
    op.drop_index("ix_parameters_name_number", "parameters")
    op.create_index("ix_parameters_values", "parameters", ["name", "run_id", "number", "text"])
    summaries = ["name", "run_id", "last", "minimum", "maximum", "count"]
    op.create_index("ix_metrics_summaries", "metrics", summaries)


def _refresh() -> None:
    """Let words be searched for in texts of parameters and in the mode, and booleans be told from numbers."""
    connection = op.get_bind()
    found = connection.execute(sa.text("SELECT id, spec, search FROM runs")).all()
    searches, flags = [], []
    for run_id, text, search in found:
        spec = json.loads(text)
        chosen = [spec["mode"]]
        for name, value in spec["parameters"].items():
            if isinstance(value, bool):
                flags.append({"run": run_id, "name": name, "text": json.dumps(value)})
            elif not isinstance(value, int | float):
                chosen.append(f"{name}={tuple(value) if isinstance(value, list) else value}")
        searches.append({"run": run_id, "search": "\n".join([search, *chosen]).casefold()})
    if searches:
        connection.execute(sa.text("UPDATE runs SET search = :search WHERE id = :run"), searches)
    if flags:
        update = "UPDATE parameters SET text = :text WHERE run_id = :run AND name = :name"
        connection.execute(sa.text(update), flags)
