"""The writer of event files where the file cannot grow, or is gone."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from runners import events as events_module
from runners.events import EventWriter
from tests.runners.test_events import read_all, steps_of

_RECORD_BYTES = 47
Limit = Callable[[int | None], None]


@pytest.fixture
def limit() -> Iterator[Limit]:
    """Sets how large files can become, in bytes, as if the disk were full then; None takes it back."""
    if sys.platform == "win32":
        pytest.skip("Windows cannot limit the size of files")
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    def set_limit(size: int | None) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft if size is None else size, hard))

    yield set_limit
    set_limit(None)


@pytest.mark.parametrize("room", [0, 1, 11, 12, 46, 47, 48, 120])
def test_what_a_full_disk_refused_arrives_when_there_is_space_again(
    tmp_path: Path, limit: Limit, room: int
) -> None:
    path = tmp_path / "events"
    with closing(EventWriter(path)) as writer:
        writer.log(0, {"loss": 1.0, "lr": 0.1})
        limit(path.stat().st_size + room)
        for step in range(1, 6):
            writer.log(step, {"loss": 1.0, "lr": 0.1})
        assert not writer.flush()
        assert writer.backlog_bytes > 0
        assert steps_of(read_all(path)[0]) == list(range(1 + room // _RECORD_BYTES))
        limit(None)
        writer.log(6, {"loss": 1.0, "lr": 0.1})
        assert writer.backlog_bytes == 0
        events, reader = read_all(path)
    assert steps_of(events) == list(range(7))
    assert reader.damaged_bytes == 0


def test_flushing_alone_brings_what_was_kept(tmp_path: Path, limit: Limit) -> None:
    path = tmp_path / "events"
    with closing(EventWriter(path)) as writer:
        limit(0)
        writer.log(0, {"loss": 1.0})
        limit(None)
        assert writer.flush()
        assert steps_of(read_all(path)[0]) == [0]


def test_the_backlog_has_a_bound(
    tmp_path: Path, limit: Limit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events_module, "BACKLOG_BYTES", 1000)
    path = tmp_path / "events"
    with closing(EventWriter(path)) as writer:
        limit(0)
        for step in range(20):
            writer.log(step, {"loss": 1.0})
        with pytest.raises(OSError, match="the disk is full"):
            writer.log(20, {f"metric {number}": 1.0 for number in range(50)})
        assert writer.backlog_bytes <= 1000
        limit(None)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows deletes no file that is open")
@pytest.mark.parametrize("replaced", [False, True])
def test_a_file_that_was_deleted_or_replaced_is_made_again_with_all_it_held(
    tmp_path: Path, replaced: bool
) -> None:
    path = tmp_path / "run" / "events"
    path.parent.mkdir()
    with closing(EventWriter(path)) as writer:
        writer.log(0, {"loss": 1.0})
        assert not writer.rescue()
        path.unlink()
        path.parent.rmdir()
        if replaced:
            path.parent.mkdir()
            path.write_bytes(b"something else")
        writer.log(1, {"loss": 1.0})
        assert writer.rescue()
        writer.log(2, {"loss": 1.0})
        assert not writer.rescue()
    assert steps_of(read_all(path)[0]) == [0, 1, 2]
    assert [file.name for file in path.parent.iterdir()] == ["events"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows deletes no file that is open")
def test_a_file_that_cannot_be_made_again_yet_is_made_later(tmp_path: Path, limit: Limit) -> None:
    path = tmp_path / "events"
    with closing(EventWriter(path)) as writer:
        for step in range(100):
            writer.log(step, {"loss": 1.0})
        path.unlink()
        limit(1000)
        with pytest.raises(OSError, match="large"):
            writer.rescue()
        assert not any(tmp_path.iterdir())
        limit(None)
        assert writer.rescue()
    assert steps_of(read_all(path)[0]) == list(range(100))
