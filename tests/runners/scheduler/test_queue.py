"""Which queued run goes where, and what the others wait for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from runners.devices import Device
from runners.protocol import Framework, Progress, State
from runners.scheduler.queue import ALONE, HELD, QUEUE_HELD, Active, Machine, Plan, plan
from storage.records import QueueOptions, RunRecord
from tests.examples import SPEC

GB = 1_000_000_000
CPU = Device("cpu", "Test CPU", 16 * GB, 4 * GB, None)


def gpu(number: int, *processes: int, used: int = 0, total: int = 10 * GB) -> Device:
    return Device(f"cuda:{number}", "Test GPU", total, used, None, processes=processes)


def queued(
    run_id: int,
    device: str = "cpu",
    *,
    framework: Framework = Framework.PYTORCH,
    held: bool = False,
    alone: bool = False,
    memory: int = 0,
) -> RunRecord:
    spec = replace(SPEC, framework=framework, device=device)
    return RunRecord(
        id=run_id, revision=0, name=f"mlp-{run_id}", experiment="", state=State.QUEUED, reason="", spec=spec,
        created=0, started=None, ended=None, folder="", pid=None, pid_created=None, exit_code=None,
        assigned_device="", request=None, position=run_id, color=0, trashed=None,
        progress=Progress(""), heartbeat=None,
        options=QueueOptions(held=held, alone=alone, memory_bytes=memory),
    )  # fmt: skip


def active(run_id: int, device: str, *, memory: int = 0, settled: bool = True) -> Active:
    run = replace(queued(run_id, device, memory=memory), state=State.RUNNING)
    return Active(run, device, settled)


def started(
    devices: list[str], assigned: list[str], gpus: list[Device], lanes: int = 1
) -> list[tuple[int, str]]:
    queue = [queued(number, device) for number, device in enumerate(devices)]
    held = [active(100 + number, device) for number, device in enumerate(assigned)]
    return starts(plan(queue, held, Machine([CPU, *gpus], {"cpu": lanes})))


def starts(result: Plan) -> list[tuple[int, str]]:
    return [(run.id, device) for run, device in result.start]


def reasons(result: Plan) -> dict[int, str]:
    return {run.id: reason for run, reason in result.waiting}


# -- devices ------------------------------------------------------------------------------------------------
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
    result = plan([queued(1, "cuda:0")], [], Machine([CPU, gpu(0, 4711)]))
    assert reasons(result) == {1: "waits for cuda:0: another program computes there (process 4711)"}


def test_a_shared_gpu_takes_several_runs_and_tolerates_other_programs() -> None:
    machine = Machine([CPU, gpu(0, 4711)], {"cuda:0": 2})
    result = plan([queued(number, "cuda:0") for number in (1, 2, 3)], [], machine)
    assert starts(result) == [(1, "cuda:0"), (2, "cuda:0")]
    assert reasons(result)[3] == "waits for cuda:0: run 1 (mlp-1), run 2 (mlp-2) train there"


def test_auto_takes_the_shared_gpu_with_the_fewest_runs() -> None:
    machine = Machine([CPU, gpu(0), gpu(1)], {"cuda:0": 3, "cuda:1": 3})
    assert starts(plan([queued(1, "auto")], [active(9, "cuda:0")], machine)) == [(1, "cuda:1")]


def test_a_gpu_that_only_one_framework_sees_is_for_its_runs() -> None:
    apple = Device("mps", "Apple M3", 10 * GB, 0, None, frameworks=("pytorch",))
    tensorflow = queued(1, "auto", framework=Framework.TENSORFLOW)
    stubborn = queued(3, "mps", framework=Framework.TENSORFLOW)
    result = plan([tensorflow, queued(2, "auto"), stubborn], [], Machine([CPU, apple]))
    assert starts(result) == [(1, "cpu"), (2, "mps")]
    assert reasons(result) == {3: "TensorFlow does not see mps"}


def test_a_tpu_is_only_for_a_run_that_asks_for_it() -> None:
    tpu = Device("tpu", "TPU, 8 cores", 0, 0, None, frameworks=("tensorflow",))
    asked = queued(2, "tpu", framework=Framework.TENSORFLOW)
    queue = [queued(1, "auto", framework=Framework.TENSORFLOW), asked]
    assert starts(plan(queue, [], Machine([CPU, tpu]))) == [(1, "cpu"), (2, "tpu")]
    assert reasons(plan([asked], [], Machine([CPU]))) == {
        2: "this machine has no tpu for TensorFlow; it has no GPU and the CPU"
    }


def test_a_run_for_a_gpu_that_is_not_there_waits_and_says_what_there_is() -> None:
    result = plan([queued(1, "cuda:3"), queued(2)], [], Machine([CPU, gpu(0)]))
    assert starts(result) == [(2, "cpu")]
    assert reasons(result) == {
        1: "this machine has no cuda:3 for PyTorch; it has cuda:0 (Test GPU) and the CPU"
    }


# -- reasons -------------------------------------------------------------------------------------------------
def test_a_run_says_which_run_has_its_device() -> None:
    result = plan([queued(1, "cuda:0")], [active(12, "cuda:0")], Machine([CPU, gpu(0)]))
    assert reasons(result) == {1: "waits for cuda:0: run 12 (mlp-12) trains there"}


def test_a_paused_run_keeps_its_device_and_is_told_as_such() -> None:
    paused = Active(replace(queued(12, "cpu"), state=State.PAUSED), "cpu")
    assert reasons(plan([queued(1)], [paused], Machine([CPU]))) == {
        1: "waits for the CPU: run 12 (mlp-12) is paused there"
    }


def test_auto_names_what_is_in_the_way_on_every_gpu() -> None:
    held = [active(12, "cuda:0"), active(13, "cuda:1")]
    assert reasons(plan([queued(1, "auto")], held, Machine([CPU, gpu(0), gpu(1)]))) == {
        1: "waits for cuda:0: run 12 (mlp-12) trains there; or waits for cuda:1: run 13 (mlp-13) trains there"
    }


def test_a_held_run_waits_and_lets_others_pass() -> None:
    result = plan([queued(1, held=True), queued(2)], [], Machine([CPU]))
    assert (starts(result), reasons(result)) == ([(2, "cpu")], {1: HELD})


def test_nothing_leaves_a_held_queue() -> None:
    result = plan([queued(1, held=True), queued(2)], [], Machine([CPU]), held=True)
    assert (starts(result), reasons(result)) == ([], {1: HELD, 2: QUEUE_HELD})


# -- memory --------------------------------------------------------------------------------------------------
def test_a_run_that_needs_more_memory_than_is_free_waits_and_says_how_much() -> None:
    machine = Machine([CPU, gpu(0, used=7_900_000_000)])
    result = plan([queued(1, "cuda:0", memory=6 * GB)], [], machine)
    assert reasons(result) == {1: "needs 6.0 GB of cuda:0, 2.1 GB are free"}


def test_a_run_on_the_cpu_needs_the_machines_free_memory() -> None:
    result = plan([queued(1, memory=13 * GB)], [], Machine([CPU]))
    assert reasons(result) == {1: "needs 13 GB of the machine's memory, 12 GB are free"}


def test_memory_is_promised_to_a_run_until_the_device_shows_that_it_has_it() -> None:
    machine = Machine([CPU, gpu(0, used=2 * GB)], {"cuda:0": 3})
    new = queued(1, "cuda:0", memory=3 * GB)
    for settled, fits in ((False, False), (True, True)):
        before = active(12, "cuda:0", memory=6 * GB, settled=settled)
        assert bool(starts(plan([new], [before], machine))) is fits


def test_two_runs_that_start_together_do_not_get_the_same_memory() -> None:
    machine = Machine([CPU, gpu(0)], {"cuda:0": 3})
    result = plan([queued(number, "cuda:0", memory=6 * GB) for number in (1, 2)], [], machine)
    assert starts(result) == [(1, "cuda:0")]
    assert reasons(result) == {2: "needs 6.0 GB of cuda:0, 4.0 GB are free"}


def test_a_large_run_is_not_passed_for_ever_by_small_ones_on_its_device() -> None:
    machine = Machine([CPU, gpu(0, used=6 * GB)], {"cuda:0": 3})
    queue = [queued(1, "cuda:0", memory=8 * GB), queued(2, "cuda:0", memory=GB), queued(3)]
    result = plan(queue, [active(12, "cuda:0")], machine)
    assert starts(result) == [(3, "cpu")]
    assert (
        reasons(result)[2] == "waits for cuda:0: run 1 (mlp-1) comes first and needs memory there"
    )


def test_a_run_that_waits_for_another_programs_memory_does_not_hold_up_small_ones() -> None:
    machine = Machine([CPU, gpu(0, used=6 * GB)], {"cuda:0": 3})
    queue = [queued(1, "cuda:0", memory=8 * GB), queued(2, "cuda:0", memory=GB)]
    assert starts(plan(queue, [], machine)) == [(2, "cuda:0")]


def test_a_run_that_no_device_can_hold_waits_and_says_so_and_blocks_nobody() -> None:
    huge = queued(1, "cuda:0", memory=40 * GB, alone=True)
    result = plan([huge, queued(2, "cuda:0")], [active(9, "cpu")], Machine([CPU, gpu(0)]))
    assert starts(result) == [(2, "cuda:0")]
    assert reasons(result) == {
        1: "needs 40 GB of cuda:0, which has 10 GB in all: a smaller batch needs less"
    }


def test_auto_passes_over_gpus_that_are_too_small_in_all() -> None:
    queue = [queued(1, "auto", memory=11 * GB)]
    assert starts(plan(queue, [], Machine([CPU, gpu(0), gpu(1, total=24 * GB)]))) == [(1, "cuda:1")]
    assert starts(plan(queue, [], Machine([CPU, gpu(0)]))) == [(1, "cpu")]


# -- alone ---------------------------------------------------------------------------------------------------
def test_a_run_that_is_to_run_alone_waits_for_all_and_all_behind_it_wait_for_it() -> None:
    queue = [queued(1, "cuda:0"), queued(2, alone=True), queued(3, "cuda:1")]
    result = plan(queue, [active(12, "cpu")], Machine([CPU, gpu(0), gpu(1)]))
    assert starts(result) == [(1, "cuda:0")]
    assert reasons(result) == {2: ALONE, 3: "waits for run 2 (mlp-2), which is to run alone"}


def test_a_run_that_is_to_run_alone_starts_as_soon_as_nothing_trains() -> None:
    result = plan([queued(2, alone=True), queued(3, "cuda:0")], [], Machine([CPU, gpu(0)]))
    assert starts(result) == [(2, "cpu")]


def test_nothing_starts_while_a_run_is_alone() -> None:
    lonely = Active(queued(12, alone=True), "cpu")
    result = plan([queued(1, "cuda:0")], [lonely], Machine([CPU, gpu(0)]))
    assert reasons(result) == {1: "waits for run 12 (mlp-12), which is to run alone"}


# -- whatever stands in the queue -----------------------------------------------------------------------------
LIMITS = st.fixed_dictionaries({"cpu": st.integers(1, 3), "cuda:0": st.integers(1, 3)})
GPUS = st.builds(
    lambda used, foreign: [gpu(0, *foreign, used=used), gpu(1)],
    st.sampled_from([0, 2 * GB, 6 * GB]),
    st.sampled_from([(), (4711,)]),
)
RUNS = st.builds(
    lambda device, framework, held, alone, memory: queued(
        0, device, framework=framework, held=held, alone=alone, memory=memory
    ),
    st.sampled_from(["cpu", "auto", "cuda:0", "cuda:1", "cuda:7", "mps"]),
    st.sampled_from(list(Framework)),
    st.sampled_from([False, False, False, True]),
    st.sampled_from([False, False, False, True]),
    st.sampled_from([0, 0, GB, 5 * GB, 50 * GB]),
)
QUEUES = st.lists(RUNS, max_size=8).map(
    lambda runs: [replace(run, id=number, name=f"n{number}") for number, run in enumerate(runs)]
)
MACHINES = st.builds(lambda gpus, limits: Machine([CPU, *gpus], limits), GPUS, LIMITS)


def reachable(machine: Machine, before: Sequence[RunRecord]) -> list[Active]:
    """Runs that are active because the planning itself started them, now with their memory in use or not."""
    begun = plan(before, [], machine).start
    return [Active(replace(run, id=run.id + 100), device, run.id % 2 == 0) for run, device in begun]


@given(MACHINES, QUEUES, QUEUES)
def test_every_run_starts_or_says_why_not(
    machine: Machine, before: list[RunRecord], queue: list[RunRecord]
) -> None:
    result = plan(queue, reachable(machine, before), machine)
    assert sorted([run.id for run, _ in result.start + result.waiting]) == list(range(len(queue)))
    assert all(reason for _, reason in result.waiting)
    known = {device.id for device in machine.devices}
    for run, device in result.start:
        assert not run.options.held
        assert device in known
        assert run.spec.device in (device, "auto")


@given(MACHINES, QUEUES, QUEUES)
def test_no_device_is_over_its_limit_or_its_memory(
    machine: Machine, before: list[RunRecord], queue: list[RunRecord]
) -> None:
    there = reachable(machine, before)
    new = [Active(run, device, settled=False) for run, device in plan(queue, there, machine).start]
    count = Counter(one.device for one in [*there, *new])
    for device in machine.devices:
        assert count[device.id] <= machine.limits.get(device.id, 1)
        promised = [one for one in [*there, *new] if one.device == device.id and not one.settled]
        needed = sum(one.run.options.memory_bytes for one in promised)
        if any(one.device == device.id and one.run.options.memory_bytes for one in new):
            assert needed <= device.memory_total - device.memory_used


@given(MACHINES, QUEUES, QUEUES)
def test_alone_is_alone(machine: Machine, before: list[RunRecord], queue: list[RunRecord]) -> None:
    there = reachable(machine, before)
    everything = [*there, *(Active(run, dev) for run, dev in plan(queue, there, machine).start)]
    assert len(everything) <= 1 or not any(one.run.options.alone for one in everything)


@given(MACHINES, QUEUES, QUEUES)
def test_of_two_like_runs_the_first_in_the_queue_starts_first(
    machine: Machine, before: list[RunRecord], queue: list[RunRecord]
) -> None:
    begun = {run.id for run, _ in plan(queue, reachable(machine, before), machine).start}
    for later in queue:
        for earlier in queue[: later.id]:
            if (earlier.spec, earlier.options) == (later.spec, later.options):
                assert later.id not in begun or earlier.id in begun


@given(MACHINES, QUEUES, st.lists(RUNS, max_size=4))
def test_a_run_that_is_to_run_alone_has_its_turn_however_many_come_after_it(
    machine: Machine, before: list[RunRecord], newcomers: list[RunRecord]
) -> None:
    lonely, there = queued(50, alone=True), reachable(machine, before)
    while True:
        queue = [lonely, *(replace(run, id=200 + at) for at, run in enumerate(newcomers))]
        begun = plan(queue, there, machine).start
        if not there:
            assert starts(plan(queue, there, machine)) == [(50, "cpu")]
            return
        assert begun == []
        there = there[1:]  # one after the other comes to its end


# -- several devices ----------------------------------------------------------------------------------------
def test_several_gpus_are_given_together() -> None:
    assert started(["cuda:0,cuda:1"], [], [gpu(0), gpu(1)]) == [(0, "cuda:0,cuda:1")]
    assert started(["cuda:all"], [], [gpu(0), gpu(1), gpu(2)]) == [(0, "cuda:0,cuda:1,cuda:2")]


def test_a_run_for_several_gpus_waits_while_one_of_them_is_taken() -> None:
    result = plan(
        [queued(1, "cuda:0,cuda:1")], [active(7, "cuda:1")], Machine([CPU, gpu(0), gpu(1)])
    )
    assert reasons(result) == {1: "waits for cuda:1: run 7 (mlp-7) trains there"}


def test_a_run_on_several_gpus_has_each_of_them() -> None:
    assert started(["cuda:0", "cuda:1"], ["cuda:0,cuda:1"], [gpu(0), gpu(1)]) == []


def test_runs_behind_one_for_several_gpus_leave_them_to_it() -> None:
    queue = [queued(1, "cuda:0,cuda:1"), queued(2, "cuda:0"), queued(3, "auto")]
    machine = Machine([CPU, gpu(0), gpu(1), gpu(2)])
    result = plan(queue, [active(7, "cuda:1")], machine)
    assert starts(result) == [(3, "cuda:2")]
    first = "run 1 (mlp-1) comes first and needs cuda:0 and cuda:1 together"
    assert reasons(result)[2] == f"waits for cuda:0: {first}"


def test_gpus_are_not_kept_free_for_a_run_that_waits_for_another_program() -> None:
    queue = [queued(1, "cuda:0,cuda:1"), queued(2, "cuda:0")]
    result = plan(queue, [], Machine([CPU, gpu(0), gpu(1, 4711)]))
    assert starts(result) == [(2, "cuda:0")]


def test_a_run_for_several_gpus_says_which_of_them_is_not_there() -> None:
    result = plan([queued(1, "cuda:0,cuda:3"), queued(2, "cuda:all")], [], Machine([CPU, gpu(0)]))
    assert starts(result) == [(2, "cuda:0")]
    assert "no cuda:3 for PyTorch" in reasons(result)[1]
    assert "no GPU" in reasons(plan([queued(1, "cuda:all")], [], Machine([CPU])))[1]


def test_the_smallest_of_several_gpus_must_have_the_memory() -> None:
    machine = Machine([CPU, gpu(0), gpu(1, total=2 * GB)])
    result = plan([queued(1, "cuda:all", memory=5 * GB)], [], machine)
    assert reasons(result)[1].startswith("needs 5.0 GB of cuda:1, which has 2.0 GB")


def test_copies_on_the_cpu_take_one_of_its_lanes() -> None:
    assert started(["cpu:2", "cpu"], [], []) == [(0, "cpu:2")]
    assert started(["cpu"], ["cpu:2"], []) == []
