from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from storage import engine
from storage.backup import KEPT, backup
from storage.home import Home
from storage.store import Arrival, Store, StoreError
from tests.storage.examples import SPEC, series


def names(home: Home) -> list[str]:
    return sorted(path.name for path in home.backups.iterdir())


def opened(copy: Path, folder: Path) -> Store:
    """The copy as the history of another home."""
    home = Home(folder)
    home.path.mkdir()
    copy.rename(home.database)
    return Store.open(home)


def test_a_copy_made_while_the_history_is_written_is_one_state_of_it(
    store: Store, home: Home, tmp_path: Path
) -> None:
    run = store.create_run(SPEC).id

    def write() -> int:
        for step in range(300):
            points = {"a": series([1.0], step), "b": series([2.0], step)}
            store.take([Arrival(run, points, event_offset=step + 1)])
        return 300

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        copies = [backup(home) for _ in range(3)]
        assert writing.result() == 300
    for number, copy in enumerate(copies):
        assert engine.damage(copy) == []
        with_copy = opened(copy, tmp_path / str(number))
        count = with_copy.offsets(run)[0]
        assert [len(with_copy.series(run, name).values) for name in "ab"] == [count, count]
        with_copy.close()


def test_a_copy_is_private_and_nothing_else_is_left(store: Store, home: Home) -> None:
    copy = backup(home)
    assert names(home) == [copy.name]
    if sys.platform != "win32":
        assert copy.stat().st_mode & 0o077 == 0


def test_the_oldest_copies_go_and_a_file_of_a_person_stays(store: Store, home: Home) -> None:
    own = ["history.db", "history-best.db", "history-20200101T000000Z.db.txt", "notes.txt"]
    for name in own:
        (home.backups / name).write_text("mine")
    old = [
        f"history-{label}2020010{day}T000000Z.db"
        for day in range(1, 8)
        for label in ("", "schema-0001-")
    ]
    for name in old:
        (home.backups / name).write_text("old")
    copies = [backup(home).name for _ in range(3)]
    kept = sorted(old, key=lambda name: name[-19:])[-(KEPT - 3) :]
    assert set(copies) < set(names(home))
    assert set(own) < set(names(home))
    assert len(names(home)) == KEPT + len(own)
    assert {name[-19:] for name in names(home)} >= {name[-19:] for name in kept[1:]}


def test_more_copies_than_one_in_a_second_have_names_of_their_own(store: Store, home: Home) -> None:
    assert len({backup(home) for _ in range(4)}) == 4


def test_a_copy_goes_where_one_wants_it_and_is_never_pruned(
    store: Store, home: Home, tmp_path: Path
) -> None:
    target = tmp_path / "mine.db"
    assert backup(home, target) == target
    assert engine.damage(target) == []
    assert names(home) == []


def test_nothing_is_overwritten_neither_a_file_nor_the_history_itself(
    store: Store, home: Home, tmp_path: Path
) -> None:
    store.create_run(SPEC)
    there = tmp_path / "there.db"
    there.write_text("precious")
    for target in (there, home.database, tmp_path, *engine.sidecars(home.database)):
        with pytest.raises(StoreError, match="not overwritten"):
            backup(home, target)
    assert there.read_text() == "precious"
    assert len(store.runs()) == 1


def test_what_cannot_be_copied_is_told(home: Home, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no history"):
        backup(home)
    store = Store.open(home)
    store.append(store.create_run(SPEC).id, {"loss": series([1.0] * 20000)})
    with pytest.raises(StoreError, match="missing"):
        backup(home, tmp_path / "missing" / "copy.db")
    store.close()
    with open(home.database, "r+b") as file:
        file.seek(os.path.getsize(home.database) // 2)
        file.write(b"\x17" * 50_000)
    with pytest.raises(StoreError, match=r"damaged.*twinbench rebuild"):
        backup(home)
    assert names(home) == []
