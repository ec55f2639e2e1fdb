"""The faults. Each is done at once and comes back when its consequence is shown in the history, with the seconds that took."""

from __future__ import annotations

import random
import shutil
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import psutil

from runners.protocol import State
from tests.faults.laboratory import Laboratory, Trial, kill

Final = frozenset[State]
KILLED, LOST, STOPPED = (frozenset({state}) for state in (State.KILLED, State.LOST, State.STOPPED))
CERTAIN_S = 0.5
FILLER = "filler"


@dataclass(frozen=True, slots=True)
class Injection:
    """``inject`` gets the laboratory, the run that it is aimed at, and chance; it returns seconds until the truth was shown."""

    name: str
    weight: int
    inject: Callable[[Laboratory, Trial, random.Random], float]
    ends: bool = False
    small_disk: bool = False


def kill_window(lab: Laboratory, trial: Trial, chance: random.Random) -> float:
    lab.kill_windows(1)
    lab.open_windows()
    return _goes_on(lab, trial)


def kill_scheduler(lab: Laboratory, trial: Trial, chance: random.Random) -> float:
    lab.kill_scheduler()
    return _scheduler_is_back(lab) + _goes_on(lab, trial)


def kill_grandchild(lab: Laboratory, trial: Trial, chance: random.Random) -> float:
    for process in lab.grandchildren(trial):
        kill(process)
    return _goes_on(lab, trial)


def kill_trainer(lab: Laboratory, trial: Trial, chance: random.Random) -> float:
    _kill_the_trainer(lab, trial)
    return _ends(lab, trial, LOST if trial.adopted else KILLED)


def kill_trainer_and_scheduler(lab: Laboratory, trial: Trial, chance: random.Random) -> float:
    first, second = lab.kill_scheduler, lambda: _kill_the_trainer(lab, trial)
    for deed in (first, second) if chance.random() < 0.5 else (second, first):
        deed()
    return _scheduler_is_back(lab) + _ends(lab, trial, LOST | KILLED)


def kill_everything(lab: Laboratory, trial: Trial, chance: random.Random) -> float:
    """As when the machine loses its power, except that the disk has what was written."""
    lab.kill_scheduler()
    lab.kill_windows(lab.windows)
    for process in lab.members(trial):
        kill(process)
    lab.open_windows()
    return _scheduler_is_back(lab) + _ends(lab, trial, LOST)


def stop(lab: Laboratory, trial: Trial, chance: random.Random) -> float:
    lab.workbench.stop([trial.run_id])
    return _ends(lab, trial, STOPPED)


def stop_and_kill_scheduler(lab: Laboratory, trial: Trial, chance: random.Random) -> float:
    lab.workbench.stop([trial.run_id])
    time.sleep(chance.random() * CERTAIN_S)
    lab.kill_scheduler()
    return _scheduler_is_back(lab) + _ends(lab, trial, STOPPED)


def user_kill(lab: Laboratory, trial: Trial, chance: random.Random) -> float:
    lab.workbench.stop([trial.run_id], kill=True)
    return _ends(lab, trial, KILLED)


def stop_suspended(lab: Laboratory, trial: Trial, chance: random.Random) -> float:
    """A trainer that the system does not let run cannot stop by itself, but must end."""
    trainer = lab.trainer(trial)
    assert trainer is not None
    trainer.suspend()
    lab.workbench.stop([trial.run_id])
    return _ends(lab, trial, STOPPED | KILLED)


def suspend(lab: Laboratory, trial: Trial, chance: random.Random) -> float:
    """The clock of its heartbeat stops: it must be shown as stalled, not as dead, and as well when it goes on."""
    trainer = lab.trainer(trial)
    assert trainer is not None
    trainer.suspend()
    try:
        seconds = lab.wait(lambda: lab.run(trial).stalled is not None, "it is shown as stalled")
        assert lab.state(trial) is State.RUNNING
    finally:
        trainer.resume()
    lab.wait(lambda: lab.run(trial).stalled is None, "it is shown as well")
    return seconds + _goes_on(lab, trial)


def pause(lab: Laboratory, trial: Trial, chance: random.Random) -> float:
    lab.workbench.pause([trial.run_id])
    seconds = lab.wait(lambda: lab.state(trial) is State.PAUSED, "it is shown as paused")
    if chance.random() < 0.5:
        lab.kill_scheduler()
        _scheduler_is_back(lab)
    before = lab.calls(trial)
    time.sleep(CERTAIN_S)
    assert lab.calls(trial) == before, "a paused run went on"
    lab.workbench.resume([trial.run_id])
    return seconds + _goes_on(lab, trial)


def damage_events(lab: Laboratory, trial: Trial, chance: random.Random) -> float:
    """Flip a byte that nobody has read yet: the record is lost to the disk, and must be found, counted and skipped."""
    damaged = lab.run(trial).damaged_bytes
    _without_scheduler(lab, trial, chance, lambda path: _flip_a_byte(path, trial, chance))
    seconds = lab.wait(lambda: lab.run(trial).damaged_bytes > damaged, "the damage is reported")
    return seconds + _goes_on(lab, trial)


def tear_events(lab: Laboratory, trial: Trial, chance: random.Random) -> float:
    """The end of the file is torn off, as after a crash of the machine."""

    def tear(path: Path) -> None:
        _kill_the_trainer(lab, trial)
        _cut_a_record(path, trial, chance)

    _without_scheduler(lab, trial, chance, tear)
    return _ends(lab, trial, LOST)


def hide_history(lab: Laboratory, trial: Trial, chance: random.Random) -> float:
    """history.db is moved away for a while. What the trainers log meanwhile must arrive when it is back."""
    path = lab.home.database
    away = path.with_name("away.db")
    path.rename(away)
    try:
        wanted = lab.calls(trial) + 100
        lab.wait(lambda: lab.calls(trial) >= wanted, "the training goes on without a history")
        assert not path.exists(), "somebody made an empty history in its place"
    finally:
        away.rename(path)
    return _goes_on(lab, trial)


def delete_folder(lab: Laboratory, trial: Trial, chance: random.Random) -> float:
    shutil.rmtree(lab.folder(trial).path, ignore_errors=True)
    seconds = lab.wait(lab.folder(trial).events.exists, "the folder is made again")
    return seconds + _goes_on(lab, trial)


def fill_disk(lab: Laboratory, trial: Trial, chance: random.Random) -> float:
    filler = lab.home.path / FILLER
    try:
        _write_until_full(filler)
        wanted = lab.calls(trial) + 200
        lab.wait(lambda: lab.calls(trial) >= wanted, "the training goes on with a full disk")
    finally:
        filler.unlink()
    return _goes_on(lab, trial)


INJECTIONS = (
    Injection("kill a window", 14, kill_window),
    Injection("kill the scheduler", 18, kill_scheduler),
    Injection("kill a grandchild", 6, kill_grandchild),
    Injection("kill a trainer", 16, kill_trainer, ends=True),
    Injection("kill trainer and scheduler", 10, kill_trainer_and_scheduler, ends=True),
    Injection("kill everything", 6, kill_everything, ends=True),
    Injection("ask to stop", 5, stop, ends=True),
    Injection("ask to stop and kill the scheduler", 5, stop_and_kill_scheduler, ends=True),
    Injection("ask to kill", 4, user_kill, ends=True),
    Injection("stop a suspended trainer", 2, stop_suspended, ends=True),
    Injection("suspend a trainer", 4, suspend),
    Injection("pause and resume", 6, pause),
    Injection("damage the event file", 6, damage_events),
    Injection("tear the event file", 4, tear_events, ends=True),
    Injection("hide the history", 4, hide_history),
    Injection("delete the run's folder", 4, delete_folder),
    Injection("fill the disk", 6, fill_disk, small_disk=True),
)


# -- consequences -------------------------------------------------------------------------------
def _goes_on(lab: Laboratory, trial: Trial) -> float:
    """Seconds until a call that returned after now is seen in the history."""
    start, wanted = time.monotonic(), lab.calls(trial) + 1
    lab.wait(lambda: lab.calls(trial) >= wanted, f"run {trial.run_id} goes on")
    step = max(1, lab.run(trial).progress.step)
    lab.wait(lambda: _last_step(lab, trial) > step, f"run {trial.run_id} is followed")
    return time.monotonic() - start


def _last_step(lab: Laboratory, trial: Trial) -> int:
    if lab.state(trial) is None:
        return 0
    loss = lab.run(trial).summary.get("loss")
    return loss.last_step if loss else 0


def _ends(lab: Laboratory, trial: Trial, allowed: Final) -> float:
    trial.allowed = allowed
    return lab.wait(
        lambda: (state := lab.state(trial)) is not None and state.final,
        f"run {trial.run_id} is shown as ended",
    )


def _scheduler_is_back(lab: Laboratory) -> float:
    """Windows start one; without a window the next command does."""
    start = time.monotonic()
    if not lab.windows:
        lab.start_scheduler()
    lab.wait(lambda: lab.scheduler() is not None, "a scheduler lives again")
    return time.monotonic() - start


def _kill_the_trainer(lab: Laboratory, trial: Trial) -> None:
    trainer = lab.trainer(trial)
    if trainer is not None:
        kill(trainer)
        lab.wait(lambda: lab.trainer(trial) is None, "the trainer is dead")


def _without_scheduler(
    lab: Laboratory, trial: Trial, chance: random.Random, deed: Callable[[Path], None]
) -> None:
    """Do something to the event file while nobody reads it: windows and scheduler are dead meanwhile."""
    lab.kill_windows(lab.windows)
    lab.kill_scheduler()
    lab.wait(lambda: lab.scheduler() is None, "the scheduler is dead")
    wanted = lab.calls(trial) + chance.randint(5, 60)
    lab.wait(lambda: lab.calls(trial) >= wanted, "the training goes on without a scheduler")
    trainer = lab.trainer(trial)
    assert trainer is not None
    trainer.suspend()
    try:
        deed(lab.folder(trial).events)
    finally:
        if trainer.is_running() and trainer.status() != psutil.STATUS_ZOMBIE:
            trainer.resume()
    lab.open_windows()
    _scheduler_is_back(lab)


# -- the event file, by its documented format and not by the reader that is being tested ------------
_FRAME = struct.Struct("<4sII")
_POINTS = 2


def _records(path: Path) -> list[tuple[int, int, int]]:
    """Where each record starts and ends, and its kind."""
    data, found, at = path.read_bytes(), [], 0
    while at + _FRAME.size <= len(data):
        marker, length, checksum = _FRAME.unpack_from(data, at)
        payload = data[at + _FRAME.size : at + _FRAME.size + length]
        if marker != b"\xf5TB\x01" or len(payload) < length or crc32(payload) != checksum:
            at = data.find(b"\xf5TB\x01", at + 1)
            if at < 0:
                break
            continue
        end = at + _FRAME.size + length
        found.append((at, end, payload[0]))
        at = end
    return found


def _last_points(path: Path) -> tuple[int, int]:
    return [(start, end) for start, end, kind in _records(path) if kind == _POINTS][-2]


def _flip_a_byte(path: Path, trial: Trial, chance: random.Random) -> None:
    start, end = _last_points(path)
    at = chance.randrange(start, end)
    with open(path, "r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ chance.randint(1, 255)]))
    trial.destroyed += 1


def _cut_a_record(path: Path, trial: Trial, chance: random.Random) -> None:
    start, end = _last_points(path)
    behind = sum(1 for at, _, kind in _records(path) if at >= start and kind == _POINTS)
    with open(path, "r+b") as file:
        file.truncate(chance.randrange(start, end))
    trial.destroyed += behind


def _write_until_full(path: Path) -> None:
    """Down to the last byte: first in large pieces, then in small ones."""
    with open(path, "wb", buffering=0) as file:
        for size in (1 << 20, 4096, 1):
            try:
                while file.write(b"\0" * size) == size:
                    pass
            except OSError:
                continue
