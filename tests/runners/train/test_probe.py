from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from runners.protocol import Framework, State
from tests.runners.train.conftest import FRAMEWORKS, ROOT, StartTrainer

_TORCH = """
from types import SimpleNamespace as Module
about = lambda number: Module(name=f"GPU {number}", total_memory=1000 + number)
version = Module(hip=HIP)
cuda = Module(device_count=lambda: CUDA, get_device_properties=about)
xpu = Module(is_available=lambda: XPU > 0, device_count=lambda: XPU, get_device_properties=about)
backends = Module(mps=Module(is_available=lambda: MPS))
mps = Module(recommended_max_memory=lambda: 5000)
"""


def _probe(framework: Framework, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    search = [str(path)] if path else []
    return subprocess.run(
        [sys.executable, "-m", "runners.train.probe", framework],
        check=False,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([*search, str(ROOT)])},
        capture_output=True,
        text=True,
        timeout=280,
    )


@FRAMEWORKS
def test_the_probe_prints_a_list_and_nothing_else(framework: Framework) -> None:
    done = _probe(framework)
    assert done.returncode == 0, done.stderr
    for device in json.loads(done.stdout):
        assert device["framework"] == framework
        assert device["kind"] in ("cuda", "rocm", "mps", "xpu", "tpu")


@pytest.mark.parametrize(
    ("machine", "expected"),
    [
        ("HIP, CUDA, MPS, XPU = None, 2, False, 0", [("cuda:0", "cuda", 1000), ("cuda:1", "cuda", 1001)]),
        ("HIP, CUDA, MPS, XPU = '6.3', 1, False, 0", [("cuda:0", "rocm", 1000)]),
        ("HIP, CUDA, MPS, XPU = None, 0, True, 0", [("mps", "mps", 5000)]),
        ("HIP, CUDA, MPS, XPU = None, 0, False, 1", [("xpu:0", "xpu", 1000)]),
    ],
)  # fmt: skip
def test_the_devices_that_pytorch_sees_are_told_with_kind_and_memory(
    tmp_path: Path, machine: str, expected: list[tuple[str, str, int]]
) -> None:
    (tmp_path / "torch.py").write_text(f"{machine}\n{_TORCH}")
    found = json.loads(_probe(Framework.PYTORCH, tmp_path).stdout)
    assert [(d["id"], d["kind"], d["memory_total"]) for d in found] == expected
    assert all(device["name"] for device in found)


@FRAMEWORKS
def test_a_framework_that_cannot_be_imported_is_told_in_words(
    tmp_path: Path, framework: Framework
) -> None:
    (tmp_path / f"{framework.package}.py").write_text("raise ImportError('a library is missing')")
    done = _probe(framework, tmp_path)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == f"{framework.display_name} cannot be imported: a library is missing\n"


@pytest.mark.skipif(sys.platform == "darwin", reason="a Mac may have such a GPU")
@FRAMEWORKS
def test_a_run_on_an_apple_gpu_fails_with_a_reason_where_there_is_none(
    start_trainer: StartTrainer, framework: Framework
) -> None:
    environment = {"CUDA_VISIBLE_DEVICES": "-1"}
    trainer = start_trainer(
        framework, device="mps", spec={"device": "mps"}, environment=environment, epochs=1
    ).wait()
    assert trainer.outcome.state is State.FAILED
    assert f"{framework.display_name} finds no GPU" in trainer.outcome.reason
    assert "train on the CPU" in trainer.outcome.reason
