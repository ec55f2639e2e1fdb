"""Exported models."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision: str | None = "0004"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "exports",
        sa.Column("id", ROW_ID, autoincrement=False, nullable=False),
        sa.Column("run_id", sa.BigInteger, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("format", sa.Text, nullable=False),
        sa.Column("stage", sa.Text, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("folder", sa.Text, nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("passed", sa.Boolean),
        sa.Column("latency_s", sa.Double),
        sa.Column("samples_per_s", sa.Double),
        sa.Column("trashed", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_exports"),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.id"], name="fk_exports_run_id", ondelete="CASCADE"
        ),
    )
    for column in ("name", "revision", "run_id"):
        op.create_index(f"ix_exports_{column}", "exports", [column])
