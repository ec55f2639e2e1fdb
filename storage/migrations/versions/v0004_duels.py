"""Duels, and which runs are parts of them."""

from __future__ import annotations

import json
from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision: str | None = "0003"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("runs", sa.Column("duel", sa.Text))
    op.create_index("ix_runs_duel", "runs", ["duel"])
    op.create_table(
        "duels",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("match", sa.Text, nullable=False),
        sa.Column("trashed", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_duels"),
    )
    _fill()


def _fill() -> None:
    """Runs say in their specs what they are to a duel."""
    connection = op.get_bind()
    query = sa.text("SELECT id, spec FROM runs WHERE spec LIKE '%\"duel\"%'")
    rows = [
        {"run": row.id, "duel": part["duel"]}
        for row in connection.execute(query)
        if (part := json.loads(row.spec).get("duel"))
    ]
    if rows:
        connection.execute(sa.text("UPDATE runs SET duel = :duel WHERE id = :run"), rows)
