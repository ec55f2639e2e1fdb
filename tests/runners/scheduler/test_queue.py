"""Which queued run goes where."""

from __future__ import annotations

from runners.devices import Device
from runners.protocol import Framework, Mode, Progress, RunSpec, State
from runners.scheduler.queue import plan
from storage.records import RunRecord


def gpu(number: int, *processes: int) -> Device:
    return Device(f"cuda:{number}", "Test GPU", 1, 0, None, processes=processes)


def queued(run_id: int, device: str) -> RunRecord:
    spec = RunSpec("mlp", Framework.PYTORCH, Mode.EAGER, "digits", "", {}, 0, device, "python")
    return RunRecord(
        id=run_id, revision=0, name="", experiment="", state=State.QUEUED, reason="", spec=spec,
        created=0, started=None, ended=None, folder="", pid=None, pid_created=None, exit_code=None,
        assigned_device="", request=None, position=run_id, color=0, trashed=None,
        progress=Progress(""), heartbeat=None,
    )  # fmt: skip


def started(
    devices: list[str], assigned: list[str], gpus: list[Device], lanes: int = 1
) -> list[tuple[int, str]]:
    queue = [queued(number, device) for number, device in enumerate(devices)]
    return [(run.id, device) for run, device in plan(queue, assigned, gpus, lanes).start]


def test_the_cpu_takes_as_many_runs_as_it_has_lanes() -> None:
    assert started(["cpu", "cpu", "cpu"], [], [], lanes=2) == [(0, "cpu"), (1, "cpu")]
    assert started(["cpu"], ["cpu"], []) == []


def test_auto_without_a_gpu_goes_to_the_cpu() -> None:
    assert started(["auto", "auto"], [], []) == [(0, "cpu")]


def test_auto_takes_one_free_gpu_per_run() -> None:
    assert started(["auto"] * 3, [], [gpu(0), gpu(1)]) == [(0, "cuda:0"), (1, "cuda:1")]


def test_auto_avoids_a_gpu_that_another_program_computes_on() -> None:
    assert started(["auto"], [], [gpu(0, 4711), gpu(1)]) == [(0, "cuda:1")]


def test_auto_goes_to_the_cpu_where_other_programs_hold_every_gpu() -> None:
    assert started(["auto"], [], [gpu(0, 4711)]) == [(0, "cpu")]


def test_auto_waits_for_a_gpu_that_a_run_of_ours_holds() -> None:
    assert started(["auto"], ["cuda:0"], [gpu(0, 4711)]) == []


def test_a_run_that_waits_for_its_gpu_does_not_hold_up_those_behind_it() -> None:
    gpus = [gpu(0), gpu(1)]
    assert started(["cuda:0", "cuda:1", "cpu"], ["cuda:0"], gpus) == [(1, "cuda:1"), (2, "cpu")]


def test_a_run_waits_for_its_gpu_while_another_program_computes_on_it() -> None:
    assert started(["cuda:0"], [], [gpu(0, 4711)]) == []


def test_a_run_for_a_gpu_that_is_not_there_is_impossible_and_says_what_there_is() -> None:
    result = plan([queued(1, "cuda:3")], [], [gpu(0)], 1)
    assert result.start == []
    [(run, reason)] = result.impossible
    assert run.id == 1
    assert reason == "this machine has no device cuda:3; it has cuda:0 (Test GPU) and the CPU"
