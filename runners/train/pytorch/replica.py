"""A process that trains beside the one that leads: ``python -m runners.train.pytorch.replica NUMBER STORE``, started by `Team`.

It does the steps that it is told through its standard input and ends with that. On its standard output it says ``{"ready": true}``
when its model is built, and ``{"trouble": TEXT}`` before it ends by itself. Whatever is printed goes to the log.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from io import BytesIO
from queue import Queue
from threading import Thread
from typing import NoReturn, TextIO

import torch

from runners.train.pytorch.engine import PytorchEngine
from runners.train.pytorch.messages import Message, portion_of, read_messages, setup_of
from runners.train.pytorch.team import LOST, join
from runners.train.setup import TrainerError

_LOSSES = ("Connection closed", "Connection reset", "Broken pipe", "remote worker", "NCCL")
"""Words in the errors of those whose counterpart has gone."""


def main(number: int, store: str) -> None:
    for name in ("SIGTERM", "SIGINT", "SIGBREAK"):  # the one that leads decides when to stop
        if asked := getattr(signal, name, None):
            signal.signal(asked, signal.SIG_IGN)
    voice = _own_voice()
    messages: Queue[Message] = Queue()
    Thread(target=_listen, args=(messages,), daemon=True).start()
    try:
        _obey(number, store, messages, voice)
    except Exception as error:
        _end(error, voice)


def _obey(number: int, store: str, messages: Queue[Message], voice: TextIO) -> NoReturn:
    setup = setup_of(messages.get())
    engine = PytorchEngine(setup, number)
    print(json.dumps({"ready": True}), file=voice, flush=True)
    while True:
        message = messages.get()
        match message.about["do"]:
            case "join":
                join(setup, number, store)
                engine.distribute()
            case "restore":
                engine.restore(BytesIO(message.arrays[0].tobytes()))
            case "step":
                torch.manual_seed(message.about["seed"])
                engine.train_on(portion_of(message), message.about["rate"])


def _listen(messages: Queue[Message]) -> None:
    for message in read_messages(sys.stdin.buffer):
        messages.put(message)
    os._exit(0)


def _own_voice() -> TextIO:
    """The standard output, which from now on nobody else writes to."""
    voice = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return voice


def _end(error: Exception, voice: TextIO) -> NoReturn:
    lost = isinstance(error, RuntimeError) and any(word in str(error) for word in _LOSSES)
    if not lost:
        first_line = str(error).strip().partition("\n")[0]
        text = (
            first_line
            if isinstance(error, TrainerError)
            else f"{type(error).__name__}: {first_line}"
        )
        traceback.print_exception(error)
        print(json.dumps({"trouble": text}), file=voice, flush=True)
    sys.stderr.flush()
    os._exit(LOST if lost else 1)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
