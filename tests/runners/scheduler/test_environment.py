"""What a run ran in."""

from __future__ import annotations

from pathlib import Path

from runners.protocol import RunFolder
from runners.scheduler.environment import observed_environment, reported_environment


def test_host_system_and_command_are_observed() -> None:
    found = observed_environment(["/usr/bin/python3", "-m", "runners.train"], "/usr/bin/python3")
    assert found["interpreter"] == "/usr/bin/python3"
    assert found["command"] == ["/usr/bin/python3", "-m", "runners.train"]
    assert all(found[name] for name in ("host", "os", "cpu", "cpu_count", "memory_bytes"))


def test_what_the_trainer_did_not_write_whole_is_not_reported(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    assert reported_environment(folder) == {}
    folder.environment.write_text('{"packages": {"to')
    assert reported_environment(folder) == {}
    folder.environment.write_text('{"packages": {"torch": "2"}}')
    assert reported_environment(folder) == {"packages": {"torch": "2"}}
