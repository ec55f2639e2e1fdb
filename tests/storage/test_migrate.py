from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from runners.protocol import DuelPart, DuelRole
from storage import engine, journal, migrate
from storage.engine import Database
from storage.home import Home
from storage.models import metadata
from storage.records import Experiment, RunFilter, RunQuery, Scope, Stage
from storage.store import NewerSchema, Store, StoreError
from tests.storage.examples import SPEC, series

ASSETS = Path(__file__).parent / "assets"

EXAMPLES = sorted(ASSETS.glob("v*.db"))
SCHEMA = migrate.SCHEMA
NEXT = f"{int(SCHEMA) + 1:04}"

NEXT_MIGRATION = """
import sqlalchemy as sa
from alembic import op

revision = "{next}"
down_revision = "{head}"

def upgrade():
    {body}
"""
ADD_COLUMN = """with op.batch_alter_table("runs", recreate="always") as batch:
        batch.add_column(sa.Column("remark", sa.Text, nullable=False, server_default=""))
"""


def use_the_next_schema(monkeypatch: pytest.MonkeyPatch, folder: Path, body: str) -> None:
    """Make the program one whose schema is one step further."""
    scripts = folder / "migrations"
    shutil.copytree(migrate.SCRIPTS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
    text = NEXT_MIGRATION.format(next=NEXT, head=SCHEMA, body=body)
    (scripts / "versions" / f"v{NEXT}_next.py").write_text(text)
    monkeypatch.setattr(migrate, "SCRIPTS", scripts)
    monkeypatch.setattr(migrate, "SCHEMA", NEXT)


def query(path: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection, connection:
        return connection.execute(sql).fetchall()


def row_counts(path: Path) -> dict[str, int]:
    """The number of rows of each table of a history."""
    tables = query(path, "SELECT name FROM sqlite_master WHERE type = 'table'")
    return {str(name): len(query(path, f"SELECT 1 FROM {name}")) for (name,) in tables}


def filled(home: Home) -> None:
    """Make a history with a run that has something in every table of runs."""
    store = Store.open(home)
    run = store.create_run(SPEC, tags=["a", "b"])
    store.append(run.id, {"loss": series([1.0, 2.0])})
    store.add_message("info", "hello", run.id)
    store.close()


def test_the_migrations_make_what_the_models_say(store: Store, home: Home) -> None:
    database = Database(home.database)
    with database.read() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, metadata) == []
    database.close()


def test_the_migrated_tables_are_declared_like_the_models(
    store: Store, home: Home, tmp_path: Path
) -> None:
    engine.create(tmp_path / "models.db")
    (tmp_path / "models.db").touch()
    other = Database(tmp_path / "models.db")
    with other.write() as connection:
        metadata.create_all(connection)
    other.close()
    columns = (
        'SELECT m.name, c.name, c.type, c."notnull", c.pk FROM sqlite_master m, '
        "pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'alembic%' ORDER BY 1, c.cid"
    )
    keys = (
        'SELECT m.name, k."table", k."from", k."to", k.on_delete FROM sqlite_master m, '
        "pragma_foreign_key_list(m.name) k ORDER BY 1, 2, 3"
    )
    for sql in (columns, keys):
        assert query(home.database, sql) == query(other.path, sql)


def test_the_newest_script_is_the_schema_of_the_program() -> None:
    config = Config()
    config.set_main_option("script_location", str(migrate.SCRIPTS))
    assert ScriptDirectory.from_config(config).get_current_head() == migrate.SCHEMA


def test_a_home_is_made_private_to_its_user(home: Home) -> None:
    Store.open(home).close()
    assert home.runs.is_dir()
    if sys.platform != "win32":
        assert home.path.stat().st_mode & 0o077 == 0


def test_a_migration_keeps_the_rows_of_all_tables(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(home)
    use_the_next_schema(monkeypatch, tmp_path, ADD_COLUMN)
    store = Store.open(home)
    (run,) = store.runs()
    assert run.tags == ("a", "b")
    assert store.series(run.id, "loss").values.tolist() == [1.0, 2.0]
    assert [message.text for message in store.messages()] == ["hello"]
    assert query(home.database, "SELECT remark FROM runs") == [("",)]
    store.close()


def test_the_database_is_backed_up_before_it_is_migrated(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(home)
    use_the_next_schema(monkeypatch, tmp_path, ADD_COLUMN)
    Store.open(home).close()
    (backup,) = home.backups.glob(f"history-schema-{SCHEMA}-*.db")
    assert query(backup, "SELECT version_num FROM alembic_version") == [(SCHEMA,)]
    assert query(backup, "SELECT name FROM tags ORDER BY place") == [("a",), ("b",)]


def test_a_new_database_needs_no_backup(home: Home) -> None:
    Store.open(home).close()
    assert list(home.backups.iterdir()) == []


@pytest.mark.parametrize(
    "body",
    [
        "op.execute('DELETE FROM tags')",
        "op.execute('UPDATE tags SET run_id = 77')",
        "op.execute('nonsense')",
        "raise RuntimeError('no')",
    ],
)
def test_a_migration_that_would_lose_something_changes_nothing(
    body: str, home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(home)
    use_the_next_schema(monkeypatch, tmp_path, ADD_COLUMN + "    " + body)
    with pytest.raises(StoreError, match="Nothing was changed"):
        Store.open(home)
    monkeypatch.undo()
    store = Store.open(home)
    assert store.runs()[0].tags == ("a", "b")
    store.close()
    assert query(home.database, "SELECT version_num FROM alembic_version") == [(SCHEMA,)]


def test_a_newer_database_is_refused_and_left_alone(home: Home) -> None:
    filled(home)
    query(home.database, "UPDATE alembic_version SET version_num = '0099'")
    before = home.database.read_bytes()
    with pytest.raises(NewerSchema, match=r"newer Twinbench.*0099.*Nothing was changed"):
        Store.open(home)
    assert home.database.read_bytes() == before
    assert list(home.backups.iterdir()) == []


@pytest.mark.parametrize("content", [b"this is no database", b"SQLite format 3\0" + b"\xff" * 4096])
def test_a_file_that_is_no_database_is_refused_and_left_alone(content: bytes, home: Home) -> None:
    home.path.mkdir()
    home.database.write_bytes(content)
    with pytest.raises(StoreError, match="no database, or it is damaged"):
        Store.open(home)
    assert home.database.read_bytes() == content


def test_the_database_of_another_program_is_refused_and_left_alone(home: Home) -> None:
    home.path.mkdir()
    query(home.database, "CREATE TABLE songs (title TEXT)")
    before = home.database.read_bytes()
    with pytest.raises(StoreError, match="another program"):
        Store.open(home)
    assert home.database.read_bytes() == before


def test_a_home_that_cannot_be_made_is_named_with_a_way_out(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    home = Home(tmp_path / "file" / "home")
    with pytest.raises(StoreError, match=r"file.home cannot be written.*TWINBENCH_HOME"):
        Store.open(home)


def test_a_home_with_a_percent_sign_and_a_space_is_usable(tmp_path: Path) -> None:
    store = Store.open(Home(tmp_path / "100% mine # ? ü"))
    assert store.create_run(SPEC).id == 1
    store.close()


def test_there_is_an_example_of_every_schema_with_rows_in_every_table() -> None:
    assert [path.stem for path in EXAMPLES] == [f"v{n + 1}" for n in range(int(SCHEMA))]
    for path in EXAMPLES:
        assert min(row_counts(path).values()) > 0


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_a_history_of_an_older_schema_opens_with_all_that_it_held(
    example: Path, home: Home
) -> None:
    home.path.mkdir()
    shutil.copy(example, home.database)
    store = Store.open(home)
    finished, queued = sorted(store.runs(), key=lambda run: run.id)
    assert (finished.name, finished.state.value, finished.tags) == (
        "first",
        "finished",
        ("old", "good"),
    )
    assert finished.environment == {"python": "3.11"}
    points = store.series(finished.id, "train/loss")
    assert np.array_equal(points.values[:5000], np.arange(5000) / 4)
    assert np.isnan(points.values[5000:]).all()
    assert finished.summary["train/loss"].count == len(points.values) == 5002
    assert store.offsets(finished.id)[0] == 1234
    artifacts = {item.artifact.name: item.artifact.path for item in store.artifacts(finished.id)}
    assert artifacts["matrix"] == "artifacts/m.json"
    assert (queued.name, queued.experiment) == ("mlp-tensorflow-2", "old times")
    assert [run.id for run in store.runs(RunFilter(trashed=True))] == [3]
    assert store.setting("theme") == "dark"
    assert [message.text for message in store.messages()] == ["The disk is nearly full."]
    store.close()
    before, after = row_counts(example), row_counts(home.database)
    assert {name: after[name] for name in before} == before


def overviews_of(path: Path) -> list[tuple[int, int, bytes]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT * FROM overviews ORDER BY metric_id, start").fetchall()


def test_an_example_holds_what_people_wrote_and_the_step_of_an_artifact(home: Home) -> None:
    home.path.mkdir()
    shutil.copy(ASSETS / "v3.db", home.database)
    store = Store.open(home)
    run = store.run(1)
    assert (run.note, run.starred, run.color) == ("# What it showed", True, 4)
    assert run.archived is not None
    assert store.experiment("old times") == Experiment(
        "old times", "Those were the days", {"columns": 2}
    )
    assert [item.artifact.step for item in store.artifacts(1)] == [7, None]
    store.close()


def test_an_example_holds_a_duel_and_a_run_that_is_part_of_it(home: Home) -> None:
    home.path.mkdir()
    shutil.copy(ASSETS / "v4.db", home.database)
    store = Store.open(home)
    (duel,) = store.duels.list()
    assert duel.name == "first duel"
    assert [run.id for run in store.duels.runs(duel.id)] == [2]
    store.close()


def test_an_example_holds_an_exported_model(home: Home) -> None:
    home.path.mkdir()
    shutil.copy(ASSETS / "v5.db", home.database)
    store = Store.open(home)
    (model,) = store.exports.list()
    assert (model.name, model.run_id, model.stage) == ("first model", 1, Stage.PRODUCTION)
    assert (model.passed, model.latency_s, model.size_bytes) == (True, 1e-3, 1234)
    store.close()


def test_runs_that_already_said_what_they_are_to_a_duel_are_found_by_it(home: Home) -> None:
    home.path.mkdir()
    shutil.copy(ASSETS / "v3.db", home.database)
    part = DuelPart("a" * 32, 0, DuelRole.PROOF)
    with closing(sqlite3.connect(home.database)) as connection, connection:
        spec = replace(SPEC, duel=part).to_json()
        connection.execute("UPDATE runs SET spec = ? WHERE id = 2", (spec,))
    Store.open(home).close()
    assert query(home.database, "SELECT id, duel FROM runs WHERE duel IS NOT NULL") == [
        (2, part.duel)
    ]


@pytest.mark.parametrize("old", ["v1", "v2"])
def test_a_history_of_an_older_schema_gets_what_one_of_this_schema_has(
    old: str, home: Home
) -> None:
    home.path.mkdir()
    shutil.copy(ASSETS / f"{old}.db", home.database)
    store = Store.open(home)
    runs = sorted(store.runs(RunFilter()), key=lambda run: run.id)
    assert [(run.note, run.starred, run.archived) for run in runs] == [("", False, None)] * 2
    assert store.experiment("old times") == Experiment("old times")
    assert [item.artifact.step for item in store.artifacts(1)] == [None]
    store.set_note(1, "written now")
    store.archive([1, 2])
    assert store.find(RunQuery("starred = false", scope=Scope.ARCHIVED)).ids == (2, 1)
    store.close()
    assert overviews_of(home.database) == overviews_of(ASSETS / "v3.db") != []


def test_runs_of_an_older_schema_get_a_journal_in_the_history_and_in_their_folders(
    home: Home,
) -> None:
    home.run_folder(1).path.mkdir(parents=True)
    shutil.copy(ASSETS / "v1.db", home.database)
    store = Store.open(home)
    (entry,) = store.journal(1)
    known = journal.restored([entry])
    assert (entry.kind, entry.text) == ("created", "finished: It trained all epochs.")
    assert (known["name"], known["tags"], known["state"]) == ("first", ["old", "good"], "finished")
    assert (known["exit_code"], known["environment"]) == (0, {"python": "3.11"})
    assert journal.read_file(home.run_folder(1).journal) == ([entry], 0)
    assert not home.run_folder(2).path.exists()
    assert journal.restored(store.journal(3))["trashed"] == store.run(3).trashed
    store.close()


def test_several_processes_can_make_the_same_home_at_once(home: Home) -> None:
    program = (
        "import sys; from pathlib import Path; from storage.home import Home; from storage.store import Store\n"
        "Store.open(Home(Path(sys.argv[1]))).runs()"
    )
    command = [sys.executable, "-c", program, str(home.path)]
    children = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(3)]
    assert [child.communicate()[1] for child in children] == [b"", b"", b""]
    assert engine.inspect(home.database) == (migrate.SCHEMA, True)


def test_an_up_to_date_history_opens_without_alembic_the_orm_or_qt(
    store: Store, home: Home
) -> None:
    program = (
        "import sys; from pathlib import Path; from storage.home import Home; from storage.store import Store\n"
        "Store.open(Home(Path(sys.argv[1]))).runs()\n"
        "print([name for name in ('alembic', 'filelock', 'sqlalchemy.orm', 'PySide6') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(home.path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
