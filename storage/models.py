"""The tables of the history.

Only types that SQLite and PostgreSQL share: Text without lengths, BigInteger for steps and for times,
which are UTC in microseconds since 1970. Neither of a column's types can hold NaN in SQLite; where one
is possible, the column says how it is kept.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

ROW_ID = BigInteger().with_variant(Integer, "sqlite")
"""In SQLite only a column declared INTEGER numbers its rows by itself."""


def _run_id(*, primary_key: bool = False) -> Column[int]:
    return Column(
        "run_id",
        BigInteger,
        ForeignKey("runs.id", ondelete="CASCADE"),
        primary_key=primary_key,
        nullable=False,
    )


counters = Table(
    "counters",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", BigInteger, nullable=False),
)
"""``run`` and ``export`` are the last ids given to a run and an export, ``revision`` the last given to a change. None is given twice."""

environments = Table(
    "environments",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("text", Text, nullable=False),
)
"""What runs were executed in, as JSON; many runs share one. ``digest`` is the SHA-256 of the text."""

runs = Table(
    "runs",
    metadata,
    Column("id", ROW_ID, primary_key=True, autoincrement=False),
    Column("revision", BigInteger, nullable=False, index=True),
    Column("name", Text, nullable=False, index=True),
    Column("experiment", Text, nullable=False, index=True),
    Column("state", Text, nullable=False, index=True),
    Column("reason", Text, nullable=False),
    Column("template", Text, nullable=False, index=True),
    Column("framework", Text, nullable=False, index=True),
    Column("dataset", Text, nullable=False, index=True),
    Column("spec", Text, nullable=False),
    Column("search", Text, nullable=False),
    Column("created", BigInteger, nullable=False, index=True),
    Column("started", BigInteger),
    Column("ended", BigInteger),
    Column("pid", BigInteger),
    Column("pid_created", Double),
    Column("exit_code", BigInteger),
    Column("assigned_device", Text, nullable=False),
    Column("request", Text),
    Column("position", Double, nullable=False),
    Column("color", Integer, nullable=False),
    Column("trashed", BigInteger),
    Column("phase", Text, nullable=False),
    Column("step", BigInteger, nullable=False),
    Column("total_steps", BigInteger, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("epochs", BigInteger, nullable=False),
    Column("samples_per_s", Double),
    Column("remaining_s", Double),
    Column("heartbeat", BigInteger),
    Column("environment", Text, ForeignKey("environments.digest")),
    Column("summary", Text, nullable=False),
    Column("event_offset", BigInteger, nullable=False),
    Column("system_offset", BigInteger, nullable=False),
    Column("damaged_bytes", BigInteger, nullable=False),
    Column("priority", BigInteger, nullable=False),
    Column("held", Boolean, nullable=False),
    Column("alone", Boolean, nullable=False),
    Column("memory_bytes", BigInteger, nullable=False),
    Column("attempt", BigInteger, nullable=False),
    Column("rewinds", BigInteger, nullable=False),
    Column("parent", BigInteger),
    Column("deadline", BigInteger),
    Column("stalled", BigInteger),
    Column("note", Text, nullable=False),
    Column("starred", Boolean, nullable=False),
    Column("archived", BigInteger),
    Column("duel", Text, index=True),
    Index(
        "ix_runs_listed",
        "trashed",
        "archived",
        "created",
        "id",
        "started",
        "ended",
        "state",
        "experiment",
        "template",
        "framework",
        "dataset",
        "starred",
    ),
)
"""``spec`` is the JSON of the frozen spec. ``search`` is what the text filter looks in, case-folded.
``summary`` says again what the rows of ``metrics`` say; see `storage.summaries`. ``duel`` says again what the spec says. The index ``ix_runs_listed`` has what
filters ask most often, so that they need not read the rows, which are long.
"""

parameters = Table(
    "parameters",
    metadata,
    _run_id(primary_key=True),
    Column("name", Text, primary_key=True),
    Column("number", Double),
    Column("text", Text),
    Index("ix_parameters_values", "name", "run_id", "number", "text"),
    Index(None, "name", "text"),
)
"""The hyper-parameters of runs to filter by: numbers in ``number``, texts and lists as JSON in ``text``, and booleans in
both: 1.0 and ``true``, 0.0 and ``false``. The first index has all that a filter or a column asks of one of them.
"""

tags = Table(
    "tags",
    metadata,
    _run_id(primary_key=True),
    Column("name", Text, primary_key=True, index=True),
    Column("place", Integer, nullable=False),
)

metrics = Table(
    "metrics",
    metadata,
    Column("id", ROW_ID, primary_key=True),
    _run_id(),
    Column("name", Text, nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("last", Double),
    Column("last_step", BigInteger, nullable=False),
    Column("minimum", Double),
    Column("maximum", Double),
    UniqueConstraint("run_id", "name"),
    Index("ix_metrics_summaries", "name", "run_id", "last", "minimum", "maximum", "count"),
)
"""A metric of a run and its summary. A row has at least one point, so a NULL in ``last`` can only mean NaN.

``minimum`` and ``maximum`` are over the finite values, NULL while there is none.
"""

chunks = Table(
    "chunks",
    metadata,
    Column("metric_id", BigInteger, ForeignKey("metrics.id", ondelete="CASCADE"), primary_key=True),
    Column("start", BigInteger, primary_key=True, autoincrement=False),
    Column("count", Integer, nullable=False),
    Column("steps", LargeBinary, nullable=False),
    Column("times", LargeBinary, nullable=False),
    Column("values", LargeBinary, nullable=False),
)
"""Points ``start`` to ``start + count`` of a metric, as packed little-endian int64, float64, float64."""

overviews = Table(
    "overviews",
    metadata,
    Column("metric_id", BigInteger, ForeignKey("metrics.id", ondelete="CASCADE"), primary_key=True),
    Column("start", BigInteger, primary_key=True, autoincrement=False),
    Column("blocks", LargeBinary, nullable=False),
)
"""What to draw the sealed chunk that begins at ``start`` from without reading it; see `storage.overviews`."""

experiments = Table(
    "experiments",
    metadata,
    Column("name", Text, primary_key=True),
    Column("note", Text, nullable=False),
    Column("layout", Text),
)
"""What is known of an experiment beside its runs. An experiment without a row has nothing of it. ``layout`` is JSON."""

duels = Table(
    "duels",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("match", Text, nullable=False),
    Column("trashed", BigInteger),
)
"""``id`` is a UUID in hex, ``match`` the JSON of what was asked for. The home has the same in a file."""

exports = Table(
    "exports",
    metadata,
    Column("id", ROW_ID, primary_key=True, autoincrement=False),
    _run_id(),
    Column("revision", BigInteger, nullable=False, index=True),
    Column("name", Text, nullable=False, index=True),
    Column("format", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("folder", Text, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("passed", Boolean),
    Column("latency_s", Double),
    Column("samples_per_s", Double),
    Column("trashed", BigInteger),
    Index(None, "run_id"),
)
"""Exported models. Their folders have the same in files; ``revision`` is of the same counter as that of runs."""

artifacts = Table(
    "artifacts",
    metadata,
    _run_id(primary_key=True),
    Column("name", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("step", BigInteger),
)

journal = Table(
    "journal",
    metadata,
    Column("id", ROW_ID, primary_key=True),
    _run_id(),
    Column("time", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("details", Text, nullable=False),
    Index(None, "run_id"),
)
"""What happened to a run, in its order; ``details`` is JSON. The run's folder has the same in a file."""

settings = Table(
    "settings",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
"""``value`` is JSON."""

messages = Table(
    "messages",
    metadata,
    Column("id", ROW_ID, primary_key=True),
    Column("time", BigInteger, nullable=False),
    Column("level", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("run_id", BigInteger, ForeignKey("runs.id", ondelete="SET NULL")),
)

scheduler = Table(
    "scheduler",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("pid", BigInteger, nullable=False),
    Column("pid_created", Double, nullable=False),
    Column("host", Text, nullable=False),
    Column("started", BigInteger, nullable=False),
    Column("heartbeat", BigInteger, nullable=False),
)
"""One row: the scheduler as it last reported."""
