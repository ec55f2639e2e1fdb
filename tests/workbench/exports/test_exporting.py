"""One small model, trained here, goes all the way: made, checked, measured, each in a process of its own."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from runners.export.manifest import Manifest
from runners.protocol import Framework, State
from storage.home import Home
from tests.homes import open_store
from tests.waiting import wait_until
from tests.workbench.conftest import count_as_scheduler
from workbench.bench import Workbench
from workbench.command_line import main
from workbench.exports.door import ExportProgress
from workbench.processes import run_lines
from workbench.requests import RunRequest

UNMAKEABLE = "tensorrt"
"""Without its package and a GPU it fails."""


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    """A home whose run 1 is trained."""
    home = Home(tmp_path_factory.mktemp("exporting") / "home")
    store = open_store(home)
    count_as_scheduler(store)
    with Workbench.open(home.path) as workbench:
        small = {"epochs": "1", "hidden_widths": "8"}
        request = RunRequest(
            template="mlp",
            framework=Framework.PYTORCH,
            dataset="digits",
            parameters=small,
            name="small",
        )
        run = workbench.queue(request)
        log: list[str] = []
        words = [sys.executable, "-m", "runners.train", str(home.run_folder(run.id).path), "--datasets", str(home.datasets), "--device", "cpu"]  # fmt: skip
        assert run_lines(words, lambda _: None, log.append) == 0, log
        store.set_state(run.id, State.FINISHED)
        yield workbench
    store.close()


def there(bench: Workbench) -> set[str]:
    """What is in the folder of the run's exports."""
    return {path.name for path in (bench.home.run_folder(1).path / "exports").glob("*")}


def test_formats_are_made_checked_and_measured_beside_the_framework_itself(
    bench: Workbench,
) -> None:
    told: list[ExportProgress] = []
    log: list[str] = []
    found = bench.exports.export(1, ["onnx", UNMAKEABLE], on_progress=told.append, on_log=log.append)  # fmt: skip
    assert [one.format for one in found] == ["trained", "onnx", UNMAKEABLE]
    itself, onnx, failed = found
    assert failed.record is None
    assert "tensorrt" in failed.problem.lower()
    assert (itself.problem, onnx.problem) == ("", "")
    for one in (itself.record, onnx.record):
        assert one is not None
        assert one.passed
        assert (one.latency_s or 0) > 0
        assert (one.samples_per_s or 0) > 0
        manifest = bench.exports.manifest(one.id)
        assert manifest.check is not None
        assert {speed.batch_size for speed in manifest.measurement.speeds} == {1, 8, 32}  # type: ignore[union-attr]
    assert sorted(one.id for one in bench.exports.list([1])) == sorted(one.record.id for one in (itself, onnx) if one.record)  # fmt: skip
    assert there(bench) == {"trained", "onnx"}
    fractions = [one.fraction for one in told]
    assert fractions == sorted(fractions)
    assert 0.95 < fractions[-1] <= 1
    assert {(one.format, one.step) for one in told} >= {
        ("onnx", "making"), ("onnx", "checking"), ("onnx", "measuring"), ("trained", "measuring"),
    }  # fmt: skip


def test_a_model_that_was_damaged_since_is_told_when_it_is_checked(
    bench: Workbench, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("small", "--to", "safetensors", "--checkpoint", "last", "--no-measure", "--json")
    assert main(["--home", str(bench.home.path), "export", *words]) == 0
    captured = capsys.readouterr()
    (told,) = json.loads(captured.out)
    assert "safetensors: making" in captured.err
    assert (told["format"], told["problem"], told["export"]["passed"]) == ("safetensors", "", True)
    number, folder = told["export"]["id"], Path(told["export"]["folder"])
    (name,) = bench.exports.manifest(number).files
    (folder / name).write_bytes((folder / name).read_bytes()[:-9] + b"\0" * 9)
    replace(Manifest.read(folder), check=None).write(folder)
    assert bench.store.exports.refresh(number).passed is None
    (measured,) = bench.exports.measure([number])
    assert name in measured.problem
    assert measured.record is not None
    assert measured.record.passed is False
    assert measured.record.latency_s is None


@pytest.mark.parametrize("step", ["making", "checking"])
def test_what_is_cancelled_leaves_nothing_half_done(bench: Workbench, step: str) -> None:
    before = there(bench)
    reached = threading.Event()

    def hear(news: ExportProgress) -> None:
        if news.step == step:
            reached.set()

    found = bench.exports.export(1, ["trained"], measure=False, on_progress=hear, cancelled=reached.is_set)  # fmt: skip
    wait_until(lambda: not any(name.startswith(".") for name in there(bench)))
    new = there(bench) - before
    assert len(found) == len(new) == (step == "checking")
    for one in found:
        assert one.record is not None
        assert (one.record.passed, one.problem) == (None, "")
        assert Manifest.read(bench.exports.folder(one.record.id)).format == "trained"


def test_what_cannot_be_made_is_told_on_the_command_line(
    bench: Workbench, capsys: pytest.CaptureFixture[str]
) -> None:
    export = ["--home", str(bench.home.path), "export", "small"]
    assert main([*export, "--to", UNMAKEABLE, "--no-measure"]) == 1
    assert "tensorrt" in capsys.readouterr().err.lower()
    assert main([*export, "--to", "saved-model"]) == 2
    assert "torchscript" in capsys.readouterr().err
    assert main(export) == 0
    assert "Deprecated" in capsys.readouterr().out
