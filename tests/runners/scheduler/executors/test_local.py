"""Trainers as processes of this machine."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from runners.protocol import Framework, Mode, RunFolder, RunSpec
from runners.scheduler.detached import child_environment
from runners.scheduler.executors.local import find_trainer, trainer_command, trainer_environment


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return RunFolder(tmp_path)


def test_the_command_names_interpreter_folder_datasets_and_kind_of_device(
    folder: RunFolder,
) -> None:
    spec = RunSpec("mlp", Framework.PYTORCH, Mode.EAGER, "digits", "", {}, 0, "cuda:2", "/py")
    command = [
        "/py", "-m", "runners.train", str(folder.path), "--datasets", str(Path("/data")), "--device", "cuda",
    ]  # fmt: skip
    assert trainer_command(spec, folder, Path("/data"), "cuda:2", resume=False) == command
    assert trainer_command(spec, folder, Path("/data"), "cuda:2", resume=True) == [
        *command,
        "--resume",
    ]


def test_a_gpu_trainer_sees_its_gpu_and_a_cpu_trainer_none(folder: RunFolder) -> None:
    inherited = {"CUDA_VISIBLE_DEVICES": "0,1,2"}
    assert trainer_environment(folder, "cuda:2", inherited)["CUDA_VISIBLE_DEVICES"] == "2"
    assert trainer_environment(folder, "cpu", inherited)["CUDA_VISIBLE_DEVICES"] == "-1"


def test_a_trainer_on_several_devices_is_told_how_many_and_sees_them(folder: RunFolder) -> None:
    spec = RunSpec("mlp", Framework.PYTORCH, Mode.EAGER, "digits", "", {}, 0, "cuda:all", "/py")
    for device, kind, visible in (("cuda:0,cuda:2", "cuda", "0,2"), ("cpu:2", "cpu", "-1")):
        command = trainer_command(spec, folder, Path("/data"), device, resume=False)
        assert command[-4:] == ["--device", kind, "--replicas", "2"]
        assert trainer_environment(folder, device, {})["CUDA_VISIBLE_DEVICES"] == visible


def test_a_trainer_finds_this_package(folder: RunFolder) -> None:
    there = trainer_environment(folder, "cpu", {"PYTHONPATH": "/mine"})
    assert there["PYTHONPATH"] == child_environment({"PYTHONPATH": "/mine"})["PYTHONPATH"]


def test_a_user_may_choose_tensorflows_log_level(folder: RunFolder) -> None:
    chosen = {"TF_CPP_MIN_LOG_LEVEL": "0"}
    assert trainer_environment(folder, "cpu", chosen)["TF_CPP_MIN_LOG_LEVEL"] == "0"
    assert trainer_environment(folder, "cpu", {})["TF_CPP_MIN_LOG_LEVEL"] == "1"


def test_no_process_is_found_for_a_run_that_has_none(folder: RunFolder) -> None:
    assert find_trainer(folder, None, None) is None
    assert find_trainer(folder, os.getpid(), 1.0) is None
