from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runners.protocol import Request, State
from storage import journal
from storage.home import Home
from storage.journal import append_to_file, read_file, restored
from storage.records import Evidence, JournalEntry, QueueOptions, RunRecord
from storage.store import Store, StoreError, UnknownRun
from tests.storage.examples import SPEC

ENTRIES = st.builds(
    JournalEntry,
    st.integers(0, 2**53),
    st.sampled_from(("note", "state")),
    st.text(),
    st.dictionaries(st.text(), st.none() | st.booleans() | st.integers() | st.text()),
)


def known_of(run: RunRecord) -> dict[str, object]:
    """What a journal must restore of a run."""
    names = [name for name in journal.RESTORABLE if hasattr(run, name)]
    known = {name: getattr(run, name) for name in names} | asdict(run.options)
    known["state"], known["tags"] = run.state.value, list(run.tags)
    known["request"] = run.request.value if run.request else None
    known["environment"] = dict(run.environment)
    if run.state is State.QUEUED:
        del known["reason"]  # what it waits for is found out anew
    return known


def restored_of(entries: list[JournalEntry], wanted: dict[str, object]) -> dict[str, object]:
    """The same, from the journal; what it never spoke of is as in a new run."""
    empty: dict[str, object] = {
        **dict.fromkeys(wanted),
        "reason": "",
        "assigned_device": "",
        "note": "",
    }
    found = {**empty, "environment": {}, "starred": False, **restored(entries)}
    return {name: found[name] for name in wanted}


def do_something(random: Random, store: Store, runs: list[int]) -> None:
    run = random.choice(runs)
    final = random.choice([state for state in State if state.final])
    active = random.choice([state for state in State if state.active])
    evidence = Evidence(
        started=random.choice([None, 5]),
        pid=random.choice([None, 7, 8]),
        pid_created=random.choice([None, 1.25]),
        exit_code=random.choice([None, -9]),
        assigned_device=random.choice([None, "cpu", "cuda:1"]),
        deadline=random.choice([None, 77]),
    )
    epochs = store.run(run).spec.parameters["epochs"]
    assert isinstance(epochs, int)
    acts: list[Callable[[], object]] = [
        lambda: store.rename_run(run, f"name {random.random()}"),
        lambda: store.set_tags(run, random.sample(["a", "b", "c"], 2)),
        lambda: store.trash(random.sample(runs, 2)),
        lambda: store.restore(runs),
        lambda: store.set_note(run, random.choice(["", "it *works*"])),
        lambda: store.set_starred(runs, random.random() < 0.5),
        lambda: store.set_color(random.sample(runs, 2), random.randrange(10)),
        lambda: store.set_experiment(random.sample(runs, 2), random.choice("xyz")),
        lambda: store.add_tags(runs, random.sample("cde", 2)),
        lambda: store.remove_tags(runs, random.sample("cde", 2)),
        lambda: store.archive(random.sample(runs, 2)),
        lambda: store.unarchive([run]),
        lambda: store.rename_experiment(random.choice("xyz"), random.choice("xyz")),
        lambda: store.move_in_queue(run, random.choice([None, *runs])),
        lambda: store.set_queue_options(
            [run], priority=random.randint(-1, 1), held=random.random() < 0.3, alone=True
        ),
        lambda: store.request([run], random.choice([None, *Request])),
        lambda: store.set_state(run, active, random.choice(["", "because"]), evidence),
        lambda: store.set_state(run, final, random.choice(["", "because"]), evidence),
        lambda: store.set_waiting(run, "waits"),
        lambda: store.set_stalled(run, 9),
        lambda: store.set_environment(run, {"python": random.choice(["3.11", "3.12"])}),
        lambda: store.note(run, "a remark"),
        lambda: store.resume_run(run),
        lambda: store.extend_run(run, epochs + 1),
    ]
    try:
        random.choice(acts)()
    except UnknownRun:
        raise
    except StoreError:
        pass  # what cannot be done must not be in a journal either


@pytest.mark.parametrize("seed", range(3))
def test_the_journal_alone_restores_what_only_the_history_knows(
    seed: int, store: Store, home: Home
) -> None:
    random = Random(seed)
    options = QueueOptions(priority=3, alone=True, memory_bytes=10)
    first = store.create_run(SPEC, name="first", experiment="mine", tags=["b", " a ", "b"])
    second = store.create_run(SPEC, options=options, parent=first.id)
    runs = [first.id, second.id, store.create_run(SPEC).id]
    for _ in range(200):
        do_something(random, store, runs)
    for run_id in runs:
        wanted = known_of(store.run(run_id))
        entries, damaged = read_file(home.run_folder(run_id).journal)
        assert damaged == 0
        assert entries == store.journal(run_id)
        assert restored_of(entries, wanted) == wanted
        assert home.run_folder(run_id).read_spec() == store.run(run_id).spec


def test_a_journal_tells_the_life_of_a_run_in_words(store: Store) -> None:
    run = store.create_run(SPEC, name="one")
    store.rename_run(run.id, "two")
    store.rename_run(run.id, "two")
    store.set_tags(run.id, ["good"])
    store.set_queue_options([run.id], priority=2, held=True)
    store.request([run.id], None)
    store.set_state(run.id, State.STARTING, "", Evidence(started=1))
    store.set_state(run.id, State.STARTING, "", Evidence(pid=9))
    store.set_state(run.id, State.STARTING, "", Evidence(pid=9))
    store.request([run.id], Request.STOP)
    store.set_state(run.id, State.STOPPED, "as asked")
    store.note(run.id, "no process left")
    store.resume_run(run.id)
    store.set_state(run.id, State.FINISHED)
    store.extend_run(run.id, 5)
    store.trash([run.id, run.id])
    store.restore([run.id, run.id])
    assert [entry.text for entry in store.journal(run.id)] == [
        "queued",
        'renamed from "one" to "two"',
        "tags: good",
        "priority: 2, held",
        "released",
        "starting",
        "trained by process 9",
        "asked to stop",
        "stopped: as asked",
        "no process left",
        "resumed from its last checkpoint (attempt 2)",
        "finished",
        "extended from 3 to 5 epochs (attempt 3)",
        "moved to the trash",
        "brought back from the trash",
    ]


def test_what_is_undone_is_in_no_journal(store: Store, home: Home) -> None:
    run = store.create_run(SPEC)
    before = store.journal(run.id)
    with pytest.raises(UnknownRun):
        store.trash([run.id, 404])
    assert store.journal(run.id) == before == read_file(home.run_folder(run.id).journal)[0]


def test_a_journal_that_cannot_be_written_undoes_nothing(
    store: Store, home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    run = store.create_run(SPEC)
    home.run_folder(run.id).journal.unlink()
    home.run_folder(run.id).journal.mkdir()
    with caplog.at_level(logging.WARNING):
        store.rename_run(run.id, "new")
    assert store.run(run.id).name == "new"
    assert "misses an entry (renamed" in caplog.text


@given(entries=st.lists(ENTRIES, min_size=2, max_size=6, unique_by=repr), cut=st.integers(1, 40))
def test_a_torn_line_costs_no_other_entry(
    entries: list[JournalEntry], cut: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("folder") / "journal.jsonl"
    *entries, later = entries
    for entry in entries:
        append_to_file(path, entry)
    path.write_bytes(path.read_bytes()[: -1 - cut])
    append_to_file(path, later)
    assert read_file(path) == ([*entries[:-1], later], 1)


@pytest.mark.parametrize(
    "line",
    [
        b"rubbish",
        b"[]",
        b"\xff\xfe",
        b"{}",
        b'{"time": "1", "kind": "note", "text": "t", "details": {}}',
        b'{"time": 1, "kind": 3, "text": "t", "details": {}}',
        b'{"time": 1, "kind": "note", "text": null, "details": {}}',
        b'{"time": 1, "kind": "note", "text": "t", "details": []}',
    ],
)
def test_a_line_that_is_no_entry_is_counted_and_skipped(line: bytes, tmp_path: Path) -> None:
    path, entry = tmp_path / "journal.jsonl", JournalEntry(1, "note", "hello", {})
    path.write_bytes(line + b"\n")
    append_to_file(path, entry)
    assert read_file(path) == ([entry], 1)


def test_a_journal_file_that_was_deleted_is_whole_again_after_the_next_change(
    store: Store, home: Home
) -> None:
    run = store.create_run(SPEC)
    store.rename_run(run.id, "one")
    path = home.run_folder(run.id).journal
    path.unlink()
    store.rename_run(run.id, "two")
    assert journal.read_file(path) == (store.journal(run.id), 0)


def cut_last_line(path: Path) -> None:
    """As a process leaves it that was killed after its change was committed."""
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-1]))


def test_what_a_killed_process_did_not_write_to_a_journals_file_is_completed_in_its_place(
    store: Store, home: Home
) -> None:
    runs = [store.create_run(SPEC).id for _ in range(3)]
    files = [home.run_folder(run_id).journal for run_id in runs]
    store.set_starred(runs, True)
    cut_last_line(files[0])
    store.archive(runs[:1])
    files[1].unlink()
    store.complete_journals()
    assert [read_file(path) for path in files] == [(store.journal(run), 0) for run in runs]


def test_only_journals_with_new_entries_are_looked_at(store: Store, home: Home) -> None:
    first, second = (store.create_run(SPEC).id for _ in range(2))
    store.complete_journals()
    cut_last_line(home.run_folder(first).journal)
    store.rename_run(second, "new")
    cut_last_line(home.run_folder(second).journal)
    store.complete_journals()
    assert read_file(home.run_folder(first).journal) == ([], 0)
    assert read_file(home.run_folder(second).journal) == (store.journal(second), 0)


def test_completing_a_journal_keeps_what_only_its_file_has_and_makes_no_folder(
    store: Store, home: Home
) -> None:
    run, gone = (store.create_run(SPEC).id for _ in range(2))
    path = home.run_folder(run).journal
    store.rename_run(run, "new")
    cut_last_line(path)
    surplus = JournalEntry(store.journal(run)[0].time + 1, "note", "of a lost history", {})
    append_to_file(path, surplus)
    shutil.rmtree(home.run_folder(gone).path)
    store.complete_journals()
    created, renamed = store.journal(run)
    assert read_file(path) == ([created, surplus, renamed], 0)
    assert not home.run_folder(gone).path.exists()


def test_an_entry_that_got_into_a_file_twice_counts_once(tmp_path: Path) -> None:
    path, entry = tmp_path / "journal.jsonl", JournalEntry(1, "note", "hello", {})
    append_to_file(path, entry)
    append_to_file(path, entry)
    assert read_file(path) == ([entry], 0)


def test_a_journal_that_cannot_be_completed_does_not_keep_the_others_from_it(
    store: Store, home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = (store.create_run(SPEC).id for _ in range(2))
    home.run_folder(first).journal.unlink()
    home.run_folder(first).journal.mkdir()
    cut_last_line(home.run_folder(second).journal)
    store.complete_journals()
    assert read_file(home.run_folder(second).journal) == (store.journal(second), 0)
    assert "cannot be completed" in caplog.text
