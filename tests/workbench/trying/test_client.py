"""Asking models by their own process, with exports that ONNX Runtime runs, so that no framework is loaded."""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import numpy as np
import psutil
import pytest

from runners.datasets.dataset import Task
from runners.export.facts import Facts
from storage.home import Home
from storage.store import Store
from tests.homes import open_store
from tests.runners.export import linear
from tests.trying import digits_run, export_of
from tests.waiting import wait_until
from workbench.errors import WorkbenchError
from workbench.trying.client import LAST, Answerer, Asker, Message, Target, asking


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(Home(tmp_path / "home"))
    yield opened
    opened.close()


@pytest.fixture
def digits(store: Store, tmp_path: Path) -> Target:
    """An export of a run on the digits, with its test part."""
    home = Home(tmp_path / "home")
    export = export_of(store, home, digits_run(store, home), "linear")
    return Target(home.path / export.folder, home.datasets, sys.executable)


@pytest.fixture
def text(tmp_path: Path) -> Target:
    """An export that lies by itself: there is no run and no dataset."""
    folder = tmp_path / "alone"
    folder.mkdir()
    linear.make(folder, "text")
    return Target(folder, tmp_path, sys.executable)


def test_a_model_is_asked_about_samples_and_its_test_part(digits: Target) -> None:
    with asking(digits) as asker:
        facts = asker.facts()
        assert facts.task is Task.CLASSIFICATION
        assert facts.test_count == 360
        assert facts.background == 0.0
        assert facts.ink == 1.0
        samples = asker.ask("samples", places=[0, 359])
        assert samples["x"].shape == (2, 8, 8, 1)
        assert 0 < samples["x"].max() <= 16
        done = asker.ask("predict", x=samples["x"])
        np.testing.assert_allclose(done["answers"].sum(1), [1, 1], rtol=1e-5)
        worst = asker.ask("mistakes", most=10)
        assert worst["count"] == 360
        assert list(worst["losses"]) == sorted(worst["losses"], reverse=True)
        heat = asker.ask("saliency", x=samples["x"][0], method="occlusion")
        assert heat["map"].shape == (8, 8)
        with pytest.raises(WorkbenchError, match="try occlusion"):
            asker.ask("saliency", x=samples["x"][0], method="gradient")
        with pytest.raises(WorkbenchError, match="no question 'dream'"):
            asker.ask("dream")
        with pytest.raises(WorkbenchError, match="cannot be understood"):
            asker.ask("predict")
        assert asker.ask("predict", x=samples["x"])["seconds"] > 0  # none of that did any harm


def test_the_losses_are_those_that_the_answers_give(digits: Target) -> None:
    with asking(digits) as asker:
        asker.facts()
        worst = asker.ask("mistakes", most=5)
        samples = asker.ask("samples", places=worst["places"].tolist())
        answers = asker.ask("predict", x=samples["x"])["answers"]
        truth = samples["y"].astype(int)
        np.testing.assert_array_equal(worst["truth"], truth)
        np.testing.assert_array_equal(worst["given"], answers.argmax(1))
        expected = -np.log(answers[np.arange(len(truth)), truth])
        np.testing.assert_allclose(worst["losses"], expected, rtol=1e-3, atol=1e-3)


def test_an_export_without_its_run_answers_and_says_what_is_missing(text: Target) -> None:
    with asking(text) as asker:
        facts = asker.facts()
        assert facts.vocabulary == linear.LETTERS
        assert facts.test_count == 0
        assert "no run" in facts.test_problem
        parts: list[Message] = []
        asker.ask("write", parts.append, tokens=[2, 3], count=7, temperature=1.0, seed=3)
        again: list[Message] = []
        asker.ask("write", again.append, tokens=[2, 3], count=7, temperature=1.0, seed=3)
        assert len(parts) == 7
        assert parts == again
        with pytest.raises(WorkbenchError, match="no run"):
            asker.ask("samples", places=[0])


def test_writing_ends_when_it_is_cancelled_and_the_next_question_is_answered(text: Target) -> None:
    heard: SimpleQueue[Message] = SimpleQueue()
    answerer = Answerer(text, lambda _: None)
    number = answerer.ask("write", heard.put, tokens=[2], count=100_000, temperature=1.0, seed=0)
    assert "part" in heard.get()
    answerer.cancel(number)
    assert _last(heard) == {"id": number, "cancelled": True}
    answerer.ask("predict", heard.put, tokens=[2])
    assert "done" in _last(heard)
    answerer.end()


def test_a_question_that_waits_for_another_can_be_cancelled(text: Target) -> None:
    heard: SimpleQueue[Message] = SimpleQueue()
    answerer = Answerer(text, lambda _: None)
    first = answerer.ask(
        "write", lambda _: None, tokens=[2], count=100_000, temperature=1.0, seed=0
    )
    second = answerer.ask("predict", heard.put, tokens=[2])
    answerer.cancel(second)
    answerer.cancel(first)
    assert _last(heard) == {"id": second, "cancelled": True}
    answerer.end()


def test_what_is_no_model_is_told_in_words(tmp_path: Path) -> None:
    with asking(Target(tmp_path, tmp_path, sys.executable)) as asker, pytest.raises(WorkbenchError, match="holds no run"):  # fmt: skip
        asker.facts()


def test_a_damaged_export_is_told_in_words(text: Target) -> None:
    (text.folder / "model.onnx").write_bytes(b"nothing")
    with asking(text) as asker, pytest.raises(WorkbenchError, match="cannot be opened"):
        asker.facts()
    (text.folder / "manifest.json").write_text("{}", "utf-8")
    with asking(text) as asker, pytest.raises(WorkbenchError, match="cannot be opened"):
        asker.facts()


def test_a_python_that_is_not_there_is_told_in_words(tmp_path: Path) -> None:
    asker = Asker(Target(tmp_path, tmp_path, str(tmp_path / "python")))
    with pytest.raises(WorkbenchError, match="could not be started"):
        asker.facts()
    asker.end()


def test_a_process_that_dies_answers_every_open_question_with_why(text: Target) -> None:
    told: SimpleQueue[Message] = SimpleQueue()
    heard: SimpleQueue[Message] = SimpleQueue()
    answerer = Answerer(text, told.put)
    answerer.ask("write", heard.put, tokens=[2], count=100_000, temperature=1.0, seed=0)
    assert "part" in heard.get()
    for process in _children():
        process.kill()
    assert "ended" in _last(heard)["error"]
    while "error" not in (said := told.get()):
        assert "ready" in said or "progress" in said
    answerer.ask("predict", heard.put, tokens=[2])
    assert "not open" in heard.get()["error"]
    answerer.end()


def test_ending_it_leaves_no_process_and_no_thread_and_says_nothing(text: Target) -> None:
    threads = threading.active_count()
    heard: SimpleQueue[Message] = SimpleQueue()
    answerer = Answerer(text, lambda _: None)
    answerer.ask("write", heard.put, tokens=[2], count=100_000, temperature=1.0, seed=0)
    assert "part" in heard.get()
    (process,) = _children()
    answerer.end()
    wait_until(lambda: not process.is_running() or process.status() == psutil.STATUS_ZOMBIE)
    wait_until(lambda: threading.active_count() <= threads)
    assert not any(word in message for message in _drained(heard) for word in LAST)


def test_the_process_ends_with_its_input(text: Target) -> None:
    import subprocess

    with subprocess.Popen(text.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:  # fmt: skip
        assert process.stdin
        assert process.stdout
        while "ready" not in json.loads(process.stdout.readline()):
            pass
        process.stdin.write(b"no question\n" + json.dumps({"id": 1, "ask": "write", "tokens": [2], "count": 100_000, "temperature": 1, "seed": 0}).encode() + b"\n")  # fmt: skip
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["part"]
        process.stdin.close()
        while process.stdout.read(1 << 16):
            pass
        assert process.wait(60) == 0


def test_facts_name_the_format(text: Target) -> None:
    with asking(text) as asker:
        facts: Facts = asker.facts()
    assert facts.format == "onnx"
    assert not facts.gradient


def _last(heard: SimpleQueue[Message]) -> Message:
    while True:
        message = heard.get()
        if any(word in message for word in LAST):
            return message


def _drained(heard: SimpleQueue[Message]) -> list[Message]:
    found: list[Any] = []
    while not heard.empty():
        found.append(heard.get())
    return found


def _children() -> list[psutil.Process]:
    own = psutil.Process(os.getpid()).children(recursive=True)
    return [each for each in own if "answer" in each.cmdline()]
