"""What a trainer leaves behind: processes, which get killed, and memory of a GPU, which must come back."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import psutil

from runners.devices import Device
from runners.protocol import device_ids
from runners.scheduler.executors.local import LocalTrainer

PATIENCE_S = 5.0
CHECKED = "checked after its end: "
"""How the entry in the journal begins."""


class Aftermath:
    """Of one trainer that ended. `settled` is called until it says so; then `findings` has what was seen."""

    def __init__(
        self, trainer: LocalTrainer, device: str, read_gpu: Callable[[str], Device | None]
    ) -> None:
        self._trainer = trainer
        self._device = device
        self._read_gpu = read_gpu
        self._give_up_at: float | None = None
        self._left: Sequence[psutil.Process] = ()
        self._gpus: Sequence[Device] = ()

    def settled(self, now: float) -> bool:
        """Kill what is left; whether nothing is, or the patience for it is over. Time is of the monotonic clock."""
        if self._give_up_at is None:
            self._give_up_at = now + PATIENCE_S
        self._left = self._trainer.kill()
        found = map(self._read_gpu, device_ids(self._device)) if self._device != "cpu" else ()
        self._gpus = [gpu for gpu in found if gpu is not None]
        return not (self._left or any(map(self._on_gpu, self._gpus))) or now >= self._give_up_at

    @property
    def left(self) -> list[int]:
        """The pids of the processes that were there when it was looked last."""
        return [process.pid for process in self._left]

    def findings(self) -> str:
        """What was seen last, in words."""
        words = f"{_listed(self.left)} could not be ended" if self._left else "no process is left"
        return f"{CHECKED}{words}{''.join(map(self._gpu_words, self._gpus))}"

    def _gpu_words(self, gpu: Device) -> str:
        if pids := self._on_gpu(gpu):
            return f"; {gpu.id} still lists {_listed(pids)}"
        return f"; {gpu.id} lists none of its processes, {gpu.memory_used / 1e9:.1f} of its {gpu.memory_total / 1e9:.1f} GB are in use"

    def _on_gpu(self, gpu: Device) -> list[int]:
        """Processes of the run that the GPU lists, less those whose number went to another program since."""
        members = {self._trainer.pid, *self._trainer.seen_pids}
        return [pid for pid in gpu.processes if pid in members and not _is_anothers(pid, self.left)]


def _is_anothers(pid: int, left: Sequence[int]) -> bool:
    """All of the run's processes were just killed: what runs under a number of theirs is somebody else."""
    if pid in left:
        return False
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _listed(pids: Sequence[int]) -> str:
    return f"process{'es' if len(pids) > 1 else ''} {', '.join(map(str, pids))}"
