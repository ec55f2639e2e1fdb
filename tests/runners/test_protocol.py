from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from runners.protocol import (
    Framework,
    Mode,
    Outcome,
    Progress,
    Request,
    RunFolder,
    RunSpec,
    Script,
    State,
)

SPEC = RunSpec(
    template="mlp",
    framework=Framework.PYTORCH,
    mode=Mode.GRAPH,
    dataset="digits",
    dataset_hash="0" * 64,
    parameters={"hidden": (128, 64), "learning_rate": 1e-3, "optimizer": "adam", "nesterov": True},
    seed=7,
    device="auto",
    interpreter="python",
)


def test_a_spec_comes_back_equal_from_json() -> None:
    assert RunSpec.from_json(SPEC.to_json()) == SPEC


SCRIPT = Script("/work/train.py", "/work", "0" * 64, ("--lr", "0.1"), ("a b",))


def test_the_spec_of_a_script_comes_back_equal_from_json() -> None:
    spec = replace(SPEC, framework=Framework.OTHER, script=SCRIPT)
    assert RunSpec.from_json(spec.to_json()) == spec
    assert SCRIPT.command_line == ("--lr", "0.1", "a b")
    assert (spec.title, SPEC.title) == ("train", "mlp")


def test_a_spec_without_a_script_is_written_as_before_there_were_scripts() -> None:
    assert "script" not in json.loads(SPEC.to_json())


@pytest.mark.parametrize("script", [[], {}, {"path": "x"}, 3])
def test_a_damaged_script_is_a_value_error(script: object) -> None:
    raw = {**json.loads(SPEC.to_json()), "script": script}
    with pytest.raises(ValueError, match="not the spec of a run"):
        RunSpec.from_json(json.dumps(raw))


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": 1}', '{"version": 2}', "\x00"])
def test_what_is_not_a_spec_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the kind is the contract
        RunSpec.from_json(text)


def test_a_state_is_either_waiting_or_active_or_final() -> None:
    for state in State:
        assert (state is State.QUEUED) + state.active + state.final == 1


def test_an_outcome_comes_back_equal(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    outcome = Outcome(State.FAILED, "ValueError: no", 1, 123, "ValueError", "Traceback ...")
    folder.write_outcome(outcome)
    assert folder.read_outcome() == outcome


def test_a_missing_or_broken_outcome_is_none(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    assert folder.read_outcome() is None
    folder.outcome.write_text('{"state": "finished"')
    assert folder.read_outcome() is None
    folder.outcome.write_text("[]")
    assert folder.read_outcome() is None


def test_a_request_comes_back_equal_and_a_missing_one_is_none(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    assert folder.read_request() is None
    folder.write_request(Request.STOP)
    assert folder.read_request() is Request.STOP


def test_progress_without_a_known_end_is_at_its_beginning() -> None:
    assert Progress("importing").fraction == 0.0
    assert Progress("training", 5, 10).fraction == 0.5
