"""Checking and measuring as others start them, with models that were made by hand."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from runners.export.manifest import REFERENCE, Manifest
from tests.runners.export import linear
from tests.waiting import wait_until

CODE = Path(__file__).parents[3]


@contextmanager
def process(*words: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-m", "runners.export", *words], cwd=CODE, encoding="utf-8",
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as started:  # fmt: skip
        try:
            yield started
        finally:
            started.kill()


def run(*words: str) -> tuple[int, list[dict[str, Any]]]:
    """The exit code, and what was said."""
    with process(*words) as started:
        assert started.stdout
        said = [json.loads(line) for line in started.stdout]
        return started.wait(), said


@pytest.fixture(params=["images"])
def export(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """An export that has its reference with truths, and the digests of its files."""
    manifest = linear.make(tmp_path, request.param)
    with np.load(tmp_path / REFERENCE) as arrays:
        x, output = arrays["input"], arrays["output"]
    outputs = output.argmax(-1).astype(np.uint8) if manifest.preprocessing["classes"] else output
    truth = {"text": x}.get(request.param, outputs)
    np.savez(tmp_path / REFERENCE, input=x, output=output, truth=truth)
    sealed(tmp_path)
    return tmp_path


def sealed(folder: Path) -> None:
    """Let the manifest say that the model's file is the one that was made."""
    content = (folder / "model.onnx").read_bytes()
    digest = sha256(content).hexdigest()
    files = {"model.onnx": (len(content), digest)}
    replace(Manifest.read(folder), files=files).write(folder)


@pytest.mark.parametrize("export", linear.KINDS, indirect=True)
def test_an_export_of_any_task_that_gives_what_was_trained_passes(export: Path) -> None:
    code, said = run("check", str(export))
    assert (code, said[-1]) == (0, {"done": {"passed": True, "problem": ""}})
    found = Manifest.read(export).check
    assert found is not None
    assert (found.samples, found.passed) == (8, True)
    assert found.largest is not None
    assert found.largest < 1e-6
    assert all(after == pytest.approx(before, abs=1e-3) for before, after in found.metrics.values())
    assert len(found.metrics) >= 2


def test_an_export_that_gives_something_else_fails_and_is_told_so(export: Path) -> None:
    with np.load(export / REFERENCE) as arrays:
        x, output, truth = arrays["input"], arrays["output"], arrays["truth"]
    np.savez(export / REFERENCE, input=x, output=output * 1.01, truth=truth)
    code, said = run("check", str(export))
    assert (code, said[-1]["done"]["passed"]) == (0, False)
    assert "0.0099 of the largest output, and 0.0001 is allowed" in said[-1]["done"]["problem"]
    assert Manifest.read(export).check is not None


def test_a_corrupt_model_fails_its_check_in_words(export: Path) -> None:
    (export / "model.onnx").write_bytes(b"nonsense")
    code, said = run("check", str(export))
    assert (code, said[-1]["done"]["passed"]) == (0, False)
    assert said[-1]["done"]["problem"].startswith("model.onnx is not the file that was made")
    sealed(export)
    _, said = run("check", str(export))
    assert said[-1]["done"]["problem"].startswith("It cannot be run: ")
    code, said = run("measure", str(export), "--threads", "1")
    assert (code, "cannot be run" in said[-1]["error"]) == (1, True)
    assert Manifest.read(export).measurement is None


def test_a_folder_that_is_none_of_an_export_is_refused_in_words(tmp_path: Path) -> None:
    for command in ("check", "measure", "time"):
        code, said = run(command, str(tmp_path))
        assert (code, said) == (1, [{"error": f"There is no export in {tmp_path}"}])


def test_every_size_of_the_batch_is_measured_with_every_number_of_threads(export: Path) -> None:
    words = ("--batch-sizes", "4,1", "--threads", "2,1,0", "--seconds", "0.05")
    code, said = run("measure", str(export), *words)
    assert code == 0
    found = Manifest.read(export).measurement
    assert found is not None
    expected = [(t, b) for t in (2, 1, 0) for b in (1, 4)]
    assert [(speed.threads, speed.batch_size) for speed in found.speeds] == expected
    assert all(0 < s.p50_s <= s.p95_s <= s.p99_s and s.calls >= 20 for s in found.speeds)
    assert all(s.samples_per_s == pytest.approx(s.batch_size / s.p50_s) for s in found.speeds)
    assert found.load_s > 0
    assert found.import_s > 0
    assert found.peak_bytes is None or found.peak_bytes > 10_000_000
    fractions = [one["fraction"] for one in said[:-1]]
    assert fractions == sorted(fractions)
    assert said[-1]["done"]["device"] == found.device


@pytest.mark.parametrize(
    "words", [("--batch-sizes", "0"), ("--batch-sizes", "a"), ("--threads", "-1")]
)
def test_numbers_that_make_no_sense_are_refused(export: Path, words: tuple[str, str]) -> None:
    assert run("measure", str(export), *words)[0] == 2
    assert Manifest.read(export).measurement is None


def test_measuring_ends_with_all_that_it_started_when_nobody_wants_it_any_more(
    export: Path,
) -> None:
    with process("measure", str(export), "--seconds", "1000") as started:
        assert started.stdin
        assert started.stdout
        assert "progress" in started.stdout.readline()
        (inner,) = psutil.Process(started.pid).children()
        started.stdin.close()
        wait_until(lambda: started.poll() is not None)
        wait_until(lambda: not inner.is_running())
