from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from runners.devices import Device
from runners.protocol import DuelRole, Framework, Mode, State
from storage.records import RunRecord
from storage.store import StoreError
from workbench.bench import Workbench
from workbench.duel.match import Contestant, Match, Scaling
from workbench.errors import WorkbenchError
from workbench.requests import InvalidRequest

TORCH = Contestant(Framework.PYTORCH, Mode.EAGER)
FIT = Contestant(Framework.TENSORFLOW, Mode.FIT, {"learning_rate": "0.01"})
MATCH = Match("mlp", "digits", (TORCH, FIT), (0, 1), {"epochs": "1", "hidden_widths": "8"})


def runs_of(workbench: Workbench, duel: str) -> list[RunRecord]:
    return workbench.store.duels.runs(duel)


def end(workbench: Workbench, run: RunRecord, state: State = State.FINISHED) -> None:
    workbench.store.set_state(run.id, state, "so it was")


def state_of(workbench: Workbench, duel: str) -> str:
    return workbench.duels.state(duel).state


def test_a_duel_is_queued_as_runs_that_are_alone_and_called_after_it(workbench: Workbench) -> None:
    said: list[str] = []
    duel = workbench.duels.start(MATCH, lambda text, _fraction: said.append(text))
    runs = runs_of(workbench, duel.id)
    assert duel.name == "mlp on digits"
    assert [run.id for run in workbench.store.queue()] == [run.id for run in runs]
    assert {run.experiment for run in runs} == {duel.name}
    assert all(run.options.alone and not run.options.memory_bytes for run in runs)
    assert [run.name for run in runs[:2]] == [
        "mlp on digits: PyTorch, proof",
        "mlp on digits: Keras fit, learning_rate=0.01, proof",
    ]
    assert {run.name.rpartition(": ")[2] for run in runs[2:4]} == {
        "PyTorch, seed 0",
        "Keras fit, learning_rate=0.01, seed 0",
    }
    roles = [run.spec.duel.role for run in runs if run.spec.duel]
    assert roles == [DuelRole.PROOF] * 2 + [DuelRole.MATCH] * 4
    assert said


def test_what_a_run_trains_is_frozen_as_for_any_other(workbench: Workbench) -> None:
    duel = workbench.duels.start(MATCH)
    for run in runs_of(workbench, duel.id):
        assert run.spec.duel is not None
        own = run.spec.duel.contestant == 1
        assert run.spec.parameters["learning_rate"] == (0.01 if own else 0.001)
        assert run.spec.parameters["hidden_widths"] == (8,)
        assert run.spec.mode is (Mode.FIT if own else Mode.EAGER)
        assert run.spec.interpreter == sys.executable
        assert workbench.home.run_folder(run.id).read_spec() == run.spec


def test_the_match_is_kept_with_parameters_in_their_types(workbench: Workbench) -> None:
    match = workbench.duels.state(workbench.duels.start(MATCH).id).match
    assert match.parameters == {"epochs": 1, "hidden_widths": (8,)}
    assert match.contestants[1].parameters == {"learning_rate": 0.01}
    assert match.name == "mlp on digits"


def test_two_duels_never_share_a_name_or_an_experiment(workbench: Workbench) -> None:
    workbench.duels.start(replace(MATCH, name="it"))
    second = workbench.duels.start(replace(MATCH, name=" it "))
    assert second.name == "it 2"
    assert {run.experiment for run in runs_of(workbench, second.id)} == {"it 2"}
    assert [state.record.name for state in workbench.duels.list()] == ["it 2", "it"]


@pytest.mark.parametrize("device", ["cuda:77", "mps"])
def test_a_match_that_cannot_be_held_leaves_nothing_behind(
    workbench: Workbench, device: str
) -> None:
    with pytest.raises(InvalidRequest, match=device):
        workbench.duels.start(replace(MATCH, device=device))
    with pytest.raises(InvalidRequest, match="only once"):
        workbench.duels.start(replace(MATCH, seeds=(1, 1)))
    assert (workbench.duels.list(), workbench.store.runs()) == ([], [])


def test_a_framework_that_is_not_installed_is_a_contestant_whose_runs_say_so(
    workbench: Workbench, bare_python: str
) -> None:
    bare = replace(FIT, interpreter=bare_python)
    duel = workbench.duels.start(replace(MATCH, contestants=(TORCH, bare)))
    runs = runs_of(workbench, duel.id)
    failed = [run for run in runs if run.spec.duel and run.spec.duel.contestant == 1]
    assert {run.state for run in failed} == {State.FAILED}
    assert all("TensorFlow" in run.reason and "not installed" in run.reason for run in failed)
    waiting = [run for run in runs if run not in failed]
    assert {run.state for run in waiting} == {State.QUEUED}
    for run in waiting:
        end(workbench, run)
    state = workbench.duels.state(duel.id)
    assert (state.state, len(state.problems)) == ("finished", 3)
    workbench.duels.resume(duel.id)  # still not installed
    assert state_of(workbench, duel.id) == "finished"


def test_a_duel_in_which_nobody_can_train_is_refused(
    workbench: Workbench, bare_python: str
) -> None:
    both = tuple(replace(one, interpreter=bare_python) for one in MATCH.contestants)
    with pytest.raises(WorkbenchError, match="not installed"):
        workbench.duels.start(replace(MATCH, contestants=both))
    assert workbench.duels.list() == []


def test_resuming_queues_new_runs_for_what_did_not_finish_and_nothing_else(
    workbench: Workbench,
) -> None:
    duel = workbench.duels.start(MATCH)
    proof, other, *trained = runs_of(workbench, duel.id)
    ends = (State.FINISHED, State.STOPPED, State.FAILED, State.LOST)
    for run, state in zip((other, *trained[:3]), ends, strict=True):
        end(workbench, run, state)
    end(workbench, proof)
    workbench.duels.resume(duel.id)
    runs = runs_of(workbench, duel.id)
    new = runs[6:]
    assert [run.spec for run in new] == [run.spec for run in trained[:3]]
    assert [run.name for run in new] == [run.name for run in trained[:3]]
    assert all(run.state is State.QUEUED and run.options.alone for run in new)
    assert [run.attempt for run in runs] == [1] * 9
    found = workbench.duels.state(duel.id)
    assert (found.state, found.done, found.problems) == ("running", 2, ())
    with pytest.raises(WorkbenchError, match="goes on already"):
        workbench.duels.resume(duel.id)


def test_a_run_that_was_deleted_is_trained_anew(workbench: Workbench) -> None:
    duel = workbench.duels.start(MATCH)
    runs = runs_of(workbench, duel.id)
    for run in runs:
        end(workbench, run)
    with pytest.raises(WorkbenchError, match="is finished"):
        workbench.duels.resume(duel.id)
    workbench.store.trash([runs[-1].id])
    assert state_of(workbench, duel.id) == "stopped"
    workbench.duels.resume(duel.id)
    assert runs_of(workbench, duel.id)[-1].spec == runs[-1].spec


def test_a_contestant_whose_runs_were_all_deleted_cannot_be_resumed(workbench: Workbench) -> None:
    duel = workbench.duels.start(MATCH)
    runs = runs_of(workbench, duel.id)
    for run in runs:
        end(workbench, run)
    workbench.store.trash(
        [run.id for run in runs if run.spec.duel and run.spec.duel.contestant == 1]
    )
    with pytest.raises(WorkbenchError, match=r"All runs of Keras fit.* were deleted"):
        workbench.duels.resume(duel.id)


def test_held_runs_of_a_duel_are_released_by_resuming_it(workbench: Workbench) -> None:
    duel = workbench.duels.start(MATCH)
    workbench.hold([run.id for run in runs_of(workbench, duel.id)], True)
    assert state_of(workbench, duel.id) == "held"
    workbench.duels.resume(duel.id)
    assert state_of(workbench, duel.id) == "queued"


def test_extending_adds_blocks_of_the_same_trainings_with_further_seeds(
    workbench: Workbench,
) -> None:
    duel = workbench.duels.start(MATCH)
    before = runs_of(workbench, duel.id)
    workbench.duels.extend(duel.id, 2)
    added = runs_of(workbench, duel.id)[len(before) :]
    assert [run.spec.seed for run in added] == [2, 2, 3, 3]
    assert {run.spec.duel.role for run in added if run.spec.duel} == {DuelRole.MATCH}
    models = {run.spec.duel.contestant: run.spec for run in before if run.spec.duel}
    for run in added:
        assert run.spec.duel
        assert run.spec.parameters == models[run.spec.duel.contestant].parameters
    state = workbench.duels.state(duel.id)
    assert (state.match.seeds, state.total) == ((0, 1, 2, 3), 10)


@pytest.mark.parametrize("seeds", ["0", "many", "1001", -1])
def test_a_number_of_further_seeds_that_makes_no_sense_is_refused(
    workbench: Workbench, seeds: int | str
) -> None:
    duel = workbench.duels.start(MATCH)
    with pytest.raises(InvalidRequest) as caught:
        workbench.duels.extend(duel.id, seeds)
    assert set(caught.value.problems) == {"seeds"}


def test_what_is_resumed_or_extended_after_a_rename_has_the_new_name(
    workbench: Workbench,
) -> None:
    duel = workbench.duels.start(MATCH)
    workbench.duels.rename(duel.id, "new name")
    workbench.duels.extend(duel.id, 1)
    runs = runs_of(workbench, duel.id)
    assert {run.experiment for run in runs} == {"new name"}
    assert {run.name.partition(":")[0] for run in runs} == {"new name"}


def test_stopping_takes_all_its_runs_and_no_other_from_the_queue(workbench: Workbench) -> None:
    first, second = workbench.duels.start(MATCH), workbench.duels.start(MATCH)
    workbench.duels.stop(first.id)
    assert state_of(workbench, first.id) == "stopping"
    assert state_of(workbench, second.id) == "queued"


def test_a_duel_goes_to_the_trash_and_comes_back(workbench: Workbench) -> None:
    duel = workbench.duels.start(MATCH)
    run = runs_of(workbench, duel.id)[0]
    workbench.store.set_state(run.id, State.RUNNING)
    with pytest.raises(WorkbenchError, match="Stop it first"):
        workbench.duels.trash(duel.id)
    end(workbench, run)
    workbench.duels.trash(duel.id)
    assert workbench.duels.list() == []
    assert [state.record.id for state in workbench.duels.list(trashed=True)] == [duel.id]
    for ask in (workbench.duels.resume, workbench.duels.state):
        with pytest.raises(StoreError, match="in the trash"):
            ask(duel.id)
    workbench.duels.restore(duel.id)
    assert [state.record.id for state in workbench.duels.list()] == [duel.id]


def test_duels_are_found_by_their_name_or_the_beginning_of_their_id(workbench: Workbench) -> None:
    duel = workbench.duels.start(MATCH)
    for text in (duel.name, duel.id, duel.id[:8]):
        assert workbench.duels.find(text) == duel
    for text in ("", duel.id[:3], "another"):
        with pytest.raises(StoreError, match="There is no duel"):
            workbench.duels.find(text)


def test_a_run_of_a_duel_is_not_resumed_by_itself(workbench: Workbench) -> None:
    duel = workbench.duels.start(MATCH)
    run = runs_of(workbench, duel.id)[-1]
    end(workbench, run, State.STOPPED)
    with pytest.raises(WorkbenchError, match="part of a duel"):
        workbench.resume([run.id])
    with pytest.raises(WorkbenchError, match="part of a duel"):
        workbench.extend(run.id, 9)


def test_a_training_of_a_duel_is_retried_as_an_ordinary_run_and_a_proof_is_not(
    workbench: Workbench,
) -> None:
    duel = workbench.duels.start(MATCH)
    proof, *_, trained = runs_of(workbench, duel.id)
    for run in (proof, trained):
        end(workbench, run)
    with pytest.raises(WorkbenchError, match="no whole training"):
        workbench.retry([proof.id])
    (again,) = workbench.retry([trained.id])
    assert (again.spec.duel, again.spec.parameters) == (None, trained.spec.parameters)


def test_runs_that_scale_differ_in_one_parameter_and_are_queued_again_as_they_were(
    workbench: Workbench,
) -> None:
    scaling = Scaling((16, 64), (1, 2))
    duel = workbench.duels.start(replace(MATCH, scaling=scaling))
    runs = runs_of(workbench, duel.id)
    scaled = [run for run in runs if run.spec.duel and run.spec.duel.role is DuelRole.SCALE]
    assert scaled == runs[-8:]
    for run in scaled:
        assert run.spec.duel
        assert run.spec.parameters[run.spec.duel.scaled] in scaling.values[run.spec.duel.scaled]
        assert run.spec.seed == 0
    assert len({run.name for run in runs}) == len(runs) == 14
    for run in runs:
        end(workbench, run, State.STOPPED if run in scaled[2:4] else State.FINISHED)
    workbench.duels.resume(duel.id)
    again = runs_of(workbench, duel.id)[14:]
    assert [run.spec for run in again] == [run.spec for run in scaled[2:4]]
    workbench.duels.extend(duel.id, 1)
    added = runs_of(workbench, duel.id)[16:]
    assert {run.spec.parameters["batch_size"] for run in added} == {128}
    assert workbench.duels.state(duel.id).match.scaling == scaling


def test_the_largest_batch_is_not_looked_for_where_there_is_no_gpu(
    workbench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbench, "devices", lambda: [Device("cpu", "a CPU", 0, 0, None)])
    with pytest.raises(InvalidRequest) as caught:
        workbench.duels.start(replace(MATCH, scaling=Scaling(largest_batch=True)))
    assert "GPU" in caught.value.problems["largest_batch"]
    assert workbench.duels.list() == []


def test_the_results_hold_what_runs_that_scale_measured(workbench: Workbench) -> None:
    duel = workbench.duels.start(replace(MATCH, scaling=Scaling((16, 64))))
    run = runs_of(workbench, duel.id)[-1]
    end(workbench, run)
    folder = Path(run.folder) / "artifacts"
    folder.mkdir(parents=True)
    told = {"version": 1, "samples_per_s": 1000.0, "memory": {"peak": 300}}
    (folder / "timing.json").write_text(json.dumps(told))
    (found,) = workbench.duels.results(duel.id).scaled
    assert run.spec.duel
    assert (found.contestant, found.what, found.run_id) == (run.spec.duel.contestant, "batch_size", run.id)  # fmt: skip
    assert found.value == run.spec.parameters["batch_size"]
    assert found.figures == {"samples_per_s": 1000.0, "memory_peak": 300.0}
