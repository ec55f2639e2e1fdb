from __future__ import annotations

import shutil
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from storage.check import Finding, check
from storage.home import Home
from storage.rebuild import rebuild
from storage.store import Store, StoreError
from tests.storage.examples import SPEC
from tests.storage.homes import filled, log_points

ALWAYS = [("info", 2)]
"""The run that failed has damaged bytes, which were counted when they were read."""


def told(findings: list[Finding]) -> list[tuple[str, int | None]]:
    return [(finding.level, finding.run_id) for finding in findings]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("original") / "home")
    filled(home).close()
    return home


@pytest.fixture
def filled_home(original: Home, tmp_path: Path) -> Home:
    shutil.copytree(original.path, tmp_path / "home")
    return Home(tmp_path / "home")


def sql(text: str) -> Callable[[Home], None]:
    def change(home: Home) -> None:
        with closing(sqlite3.connect(home.database)) as connection, connection:
            assert connection.execute(text).rowcount > 0

    return change


def flip(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 0x40
    path.write_bytes(content)


def cut(path: Path, count: int) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:-count])


def cut_lines(path: Path, count: int) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-count]))


def append(path: Path, content: bytes) -> None:
    with open(path, "ab") as file:
        file.write(content)


def test_nothing_is_found_in_a_sound_home_in_use_and_after_rebuilding(filled_home: Home) -> None:
    store = Store.open(filled_home)
    assert told(check(filled_home)) == ALWAYS
    log_points(filled_home.run_folder(store.queue()[-1].id), [])
    active = max(run.id for run in store.runs())
    log_points(filled_home.run_folder(active), range(20, 30))
    assert told(check(filled_home)) == ALWAYS
    rebuild(filled_home)
    assert told(check(filled_home)) == ALWAYS
    store.close()


METRIC = "(SELECT id FROM metrics WHERE run_id = 1 AND name = 'train/loss')"
DAMAGES: dict[str, tuple[Callable[[Home], object], str, int | None, str]] = {
    "a point changed": (
        sql(f"UPDATE chunks SET \"values\" = zeroblob(80) WHERE metric_id = {METRIC}"),
        "error", 1, "10 points of train/loss differ",
    ),
    "points missing": (
        sql(f"DELETE FROM chunks WHERE metric_id = {METRIC}"),
        "error", 1, "The history has 0 points of train/loss, the event files have 10",
    ),
    "a chunk cut": (
        sql(f"UPDATE chunks SET steps = zeroblob(8) WHERE metric_id = {METRIC}"),
        "error", 1, "have gaps",
    ),
    "a metric missing": (
        sql("UPDATE metrics SET name = 'other' WHERE run_id = 1 AND name = 'system/cpu_percent'"),
        "error", 1, "All 3 points of system/cpu_percent are missing",
    ),
    "a metric too many": (
        sql("INSERT INTO metrics (run_id, name, count, last_step) VALUES (1, 'more', 1, 1)"),
        "error", 1, "The history has 0 points of more, the event files have 0",
    ),
    "a summary changed": (
        sql(f"UPDATE metrics SET maximum = 77 WHERE id = {METRIC}"),
        "error", 1, "The summary of train/loss",
    ),
    "the summary of the list changed": (
        sql("UPDATE runs SET summary = '{}' WHERE id = 1"),
        "error", 1, "The summary in the list of runs",
    ),
    "the offset changed": (
        sql("UPDATE runs SET event_offset = event_offset - 9 WHERE id = 1"),
        "error", 1, "were never read",
    ),
    "references broken": (
        sql("INSERT INTO tags VALUES (99, 'x', 0)"),
        "error", None, "refer to rows that are not there",
    ),
    "a state of no name": (
        sql("UPDATE runs SET state = 'sleeping' WHERE id = 1"),
        "error", 1, "cannot be checked",
    ),
    "the spec in the history changed": (
        sql("UPDATE runs SET spec = replace(spec, 'digits', 'moons') WHERE id = 1"),
        "error", 1, "is not the spec that the history has",
    ),
    "the spec damaged": (
        lambda home: home.run_folder(1).spec.write_text("{"),
        "error", 1, "cannot be read",
    ),
    "the spec missing": (
        lambda home: home.run_folder(1).spec.unlink(),
        "error", 1, "is missing",
    ),
    "the journal missing": (
        lambda home: home.run_folder(1).journal.unlink(),
        "error", 1, "journal.jsonl is missing",
    ),
    "the journal damaged": (
        lambda home: append(home.run_folder(1).journal, b"nonsense\n"),
        "warning", 1, "1 lines of",
    ),
    "more in the journal's file": (
        lambda home: append(
            home.run_folder(1).journal, b'{"time":1,"kind":"note","text":"x","details":{}}\n'
        ),
        "error", 1, "1 entries of",
    ),
    "more in the journal's table": (
        sql("INSERT INTO journal (run_id, time, kind, text, details) VALUES (1, 1, 'note', 'x', '{}')"),
        "warning", 1, "1 entries of the journal are missing in",
    ),
    "an event flipped": (
        lambda home: flip(home.run_folder(1).events, 200),
        "error", 1, "became unreadable after they were read",
    ),
    "events cut": (
        lambda home: cut(home.run_folder(1).events, 500),
        "error", 1, "bytes less than were read",
    ),
    "events missing": (
        lambda home: home.run_folder(1).events.unlink(),
        "error", 1, "bytes less than were read",
    ),
    "system missing": (
        lambda home: home.run_folder(1).system.unlink(),
        "error", 1, "bytes less than were read",
    ),
    "events never read": (
        lambda home: append(home.run_folder(1).events, b"123456"),
        "error", 1, "6 bytes of",
    ),
    "a folder missing": (
        lambda home: shutil.rmtree(home.run_folder(1).path),
        "error", 1, "is gone",
    ),
    "a folder of no run": (
        lambda home: home.run_folder(77).path.mkdir(mode=0o700),
        "warning", 77, "belongs to no run",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", DAMAGES)
def test_damage_is_found(name: str, filled_home: Home) -> None:
    damage, level, run_id, words = DAMAGES[name]
    damage(filled_home)
    findings = check(filled_home)
    fitting = [finding for finding in findings if words in finding.what]
    assert (level, run_id) in told(fitting), findings
    assert {finding.run_id for finding in findings} == {run_id, 2}
    assert all(finding.mend for finding in findings)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other permissions")
def test_a_home_and_folders_that_others_may_look_into_are_found(filled_home: Home) -> None:
    filled_home.path.chmod(0o755)
    filled_home.run_folder(3).path.chmod(0o770)
    findings = check(filled_home)
    assert told(findings) == [("warning", None), *ALWAYS, ("warning", 3)]
    assert findings[0].mend == f"`chmod 700 '{filled_home.path}'` makes it private."


def test_a_damaged_file_is_found(filled_home: Home) -> None:
    content = bytearray(filled_home.database.read_bytes())
    content[8192:100_000] = b"\x17" * (100_000 - 8192)
    filled_home.database.write_bytes(content)
    findings = check(filled_home)
    assert {finding.level for finding in findings} == {"error"}
    assert all("twinbench rebuild" in finding.mend for finding in findings)


def test_a_file_that_is_no_database_or_is_not_there_or_is_older_is_found(filled_home: Home) -> None:
    sql("UPDATE alembic_version SET version_num = '0001'")(filled_home)
    assert "schema 0001" in check(filled_home)[0].what
    filled_home.database.write_text("nonsense")
    assert told(check(filled_home)) == [("error", None)]
    filled_home.database.unlink()
    (finding,) = check(filled_home)
    assert f"{len(filled_home.run_folders())} folders of runs" in finding.what
    assert not filled_home.database.exists()


def test_a_home_that_is_not_there_is_told(home: Home) -> None:
    with pytest.raises(StoreError, match="no folder"):
        check(home)


def test_nothing_is_changed(filled_home: Home) -> None:
    sql("UPDATE runs SET summary = '{}' WHERE id = 1")(filled_home)

    def state() -> dict[Path, bytes]:
        files = [path for path in filled_home.path.rglob("*") if path.is_file()]
        return {path: path.read_bytes() for path in files}

    before = state()
    check(filled_home)
    assert state() == before


def test_the_progress_is_told(filled_home: Home) -> None:
    seen: list[tuple[int, int]] = []
    check(filled_home, lambda done, of: seen.append((done, of)))
    count = len(filled_home.run_folders())
    assert seen == [(done, count) for done in range(count + 1)]


def test_a_new_home_is_sound(home: Home) -> None:
    store = Store.open(home)
    store.create_run(SPEC)
    assert check(home) == []
    store.close()
