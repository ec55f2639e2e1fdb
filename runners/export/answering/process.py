"""The process: questions from standard input, answers to standard output, one after the other."""

from __future__ import annotations

import argparse
import json
import os
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from time import monotonic
from typing import Any

from runners.export.answering.opening import open_subject
from runners.export.answering.questions import QUESTIONS
from runners.export.answering.subject import Subject, Unanswerable
from runners.export.trained import ExportError
from runners.export.voice import Voice, in_words
from runners.protocol import CHECKPOINTS
from runners.train.setup import TrainerError
from runners.wire import packed, unpacked

_PROGRESS_S = 0.1


class Cancelled(Exception):
    """Whoever asked does not want to know any more."""


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser("python -m runners.export answer", description="Answers about one model.")  # fmt: skip
    parser.add_argument("folder", type=Path, help="the folder of a run or of an export")
    parser.add_argument("--datasets", type=Path, required=True, help="the folder of the prepared datasets")  # fmt: skip
    parser.add_argument("--checkpoint", choices=CHECKPOINTS, default="", help="of a run")
    asked = parser.parse_args(arguments)
    voice = Voice()
    try:
        subject = open_subject(asked.folder, asked.datasets, asked.checkpoint, voice.progress)
    except (ExportError, TrainerError) as error:
        voice.say({"error": str(error)})
        return 1
    except Exception as error:
        traceback.print_exc()
        voice.say({"error": f"The model cannot be opened: {in_words(error)}"})
        return 1
    voice.say({"ready": subject.facts.plain()})
    Process(subject, voice).serve()
    return 0


class Process:
    """Reads on a thread of its own, so that a question can be cancelled while it is answered."""

    def __init__(self, subject: Subject, voice: Voice) -> None:
        self._subject, self._voice = subject, voice
        self._asked: SimpleQueue[dict[str, Any]] = SimpleQueue()
        self._cancelled: set[int] = set()

    def serve(self) -> None:
        """Until standard input ends, which ends the process."""
        Thread(target=self._read, daemon=True).start()
        while True:
            question = self._asked.get()
            self.tell({"id": question["id"], **self._answer(question)})

    def _read(self) -> None:
        for line in sys.stdin.buffer:
            try:
                question = unpacked(json.loads(line))
                number = int(question["id"])
            except (ValueError, KeyError, TypeError):
                continue  # nobody could be told
            if question.get("ask") == "cancel":
                self._cancelled.add(number)
            else:
                self._asked.put(question)
        os._exit(0)

    def _answer(self, question: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            ask = QUESTIONS.get(str(question.get("ask")))
            if ask is None:
                return {"error": f"There is no question {question.get('ask')!r}"}
            teller = _Told(self, int(question["id"]))
            teller.check()
            return {"done": ask(self._subject, question, teller)}
        except Cancelled:
            return {"cancelled": True}
        except Unanswerable as error:
            return {"error": str(error)}
        except (KeyError, TypeError, ValueError) as error:
            return {"error": f"The question cannot be understood: {in_words(error)}"}
        except Exception as error:
            traceback.print_exc()
            return {"error": f"The model failed: {in_words(error)}"}

    def is_cancelled(self, number: int) -> bool:
        return number in self._cancelled

    def tell(self, message: Mapping[str, Any]) -> None:
        self._voice.say(packed(dict(message)))


class _Told:
    """What is found on the way to one answer."""

    def __init__(self, process: Process, number: int) -> None:
        self._process, self._number = process, number
        self._next = 0.0

    def check(self) -> None:
        """Raises Cancelled."""
        if self._process.is_cancelled(self._number):
            raise Cancelled

    def progress(self, text: str, fraction: float) -> None:
        """At most ten times a second. Raises Cancelled."""
        self.check()
        if monotonic() >= self._next:
            self._next = monotonic() + _PROGRESS_S
            self._process.tell({"id": self._number, "progress": text, "fraction": fraction})

    def part(self, found: Mapping[str, Any]) -> None:
        """Raises Cancelled."""
        self.check()
        self._process.tell({"id": self._number, "part": dict(found)})
