"""Several copies of a model that train together, each in a process of its own, by DistributedDataParallel.

The process that trains is the first of them and does all else alone: it reads the data, logs, evaluates and saves. It starts
the others (`runners.train.pytorch.replica`), which know their device and get their samples step by step through their standard input. So
nothing but steps and the state of a checkpoint need be told them, and they cannot disagree on what comes next.
An end of their input is an end of theirs: none outlives the first, however that dies. The death of one of them fails the training.
"""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread
from typing import BinaryIO, cast

import numpy as np
import torch
import torch.distributed as dist

from runners.train.data import Piece
from runners.train.pytorch.messages import Message, setup_message, step_message, write_message
from runners.train.setup import Setup, TrainerError

LOST = 3
"""The exit code of a process that lost the others; why, one of those must know."""
_PATIENCE_S = 5.0


class Team:
    """The other processes, as the first one sees them. Raises TrainerError where one has ended."""

    def __init__(self, setup: Setup) -> None:
        self._folder = TemporaryDirectory(prefix="twinbench-")
        self._store = Path(self._folder.name, "store").as_uri()
        numbers = range(1, setup.replicas)
        self._others = [_Other(number, setup, self._store) for number in numbers]

    def join(self, setup: Setup) -> None:
        """Meet the others, once all have built their models."""
        with self._told():
            for other in self._others:
                other.wait_until_ready()
                other.send(Message({"do": "join"}))
            join(setup, 0, self._store)

    @contextmanager
    def step(self, portions: Sequence[Sequence[Piece]], learning_rate: float) -> Iterator[None]:
        """Have the others do a step with their portions of a batch while the caller does its own."""
        seed = int(torch.randint(1 << 62, ()))
        with self._told():
            for other, portion in zip(self._others, portions, strict=True):
                other.send(step_message(portion, learning_rate, seed + other.number))
            yield

    def restore(self, checkpoint: bytes) -> None:
        """Have the others take over the state of a checkpoint."""
        array = np.frombuffer(checkpoint, np.uint8)
        with self._told():
            for other in self._others:
                other.send(Message({"do": "restore"}, [array]))

    def close(self) -> None:
        """End the others, and forget that there was a team."""
        for other in self._others:
            other.close()
        if dist.is_initialized():
            dist.destroy_process_group()
        self._folder.cleanup()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Say of an error that the death of another process caused it, where it did."""
        try:
            yield
        except Exception as error:
            if trouble := self._trouble():
                raise TrainerError(trouble) from error
            raise

    def _trouble(self) -> str:
        """Why one of the others ended, or "". Waits for those that are about to say so."""
        for other in self._others:
            other.ended.wait(_PATIENCE_S / len(self._others))
        ended = [other for other in self._others if other.ended.is_set()]
        first = min(ended, key=lambda other: other.process.returncode == LOST, default=None)
        return first.trouble if first else ""


class _Other:
    """One of the others."""

    def __init__(self, number: int, setup: Setup, store: str) -> None:
        self.number = number
        self.trouble = ""
        self.ended = Event()
        self._name = f"cuda:{number}" if setup.device == "cuda" else f"the CPU's share {number + 1}"
        self._ready = Event()
        self._closing = False
        command = [sys.executable, "-m", "runners.train.pytorch.replica", str(number), store]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        Thread(target=self._listen, name=f"replica {number}", daemon=True).start()
        with suppress(OSError):  # it died at once, which `_listen` tells
            self.send(setup_message(setup))

    def send(self, message: Message) -> None:
        """Raises OSError if it has ended."""
        write_message(cast("BinaryIO", self.process.stdin), message)

    def wait_until_ready(self) -> None:
        """Raises TrainerError if it ends before."""
        self._ready.wait()
        if self.trouble:
            raise TrainerError(self.trouble)

    def close(self) -> None:
        self._closing = True
        with suppress(OSError):
            cast("BinaryIO", self.process.stdin).close()
        if not self.ended.wait(_PATIENCE_S):
            self.process.kill()
            self.ended.wait(_PATIENCE_S)

    def _listen(self) -> None:
        """Wait for its end. What it says before is that it is ready, or what is wrong."""
        text = ""
        with cast("BinaryIO", self.process.stdout) as spoken:
            for line in spoken:
                said = json.loads(line)
                text = said.get("trouble", "")
                if "ready" in said:
                    self._ready.set()
        code = self.process.wait()
        self.trouble = f"the process that trains on {self._name} ended: {text or _ending(code)}"
        self._ready.set()
        self.ended.set()
        if not self._closing:
            _free()


def join(setup: Setup, number: int, store: str) -> None:
    """Become the one of that number among the processes that meet at the store."""
    nccl = setup.device == "cuda" and platform.system() != "Windows"
    dist.init_process_group(
        "nccl" if nccl else "gloo", init_method=store, rank=number, world_size=setup.replicas
    )


def _free() -> None:
    """Let go of whoever waits for a process that is no more; gloo notices that by itself."""
    if dist.is_initialized() and dist.get_backend() == "nccl":
        with suppress(RuntimeError):
            cast("dist.ProcessGroup", dist.group.WORLD).abort()


def _ending(code: int) -> str:
    if code == LOST:
        return "it lost the connection to the others"
    return f"signal {-code}" if code < 0 else f"exit code {code}"
