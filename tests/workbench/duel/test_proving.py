from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from runners.protocol import DuelPart, DuelRole, Framework, Mode, State
from storage.records import RunRecord
from storage.store import Store
from tests.examples import SPEC
from workbench.duel.match import Contestant, Match
from workbench.duel.proving import proofs
from workbench.duel.results import Proof

TORCH = Contestant(Framework.PYTORCH, Mode.EAGER)
OTHERS = (
    Contestant(Framework.TENSORFLOW, Mode.GRAPH),
    Contestant(Framework.PYTORCH, Mode.EAGER, {"learning_rate": 0.01}),
    Contestant(Framework.TENSORFLOW, Mode.FIT, {"learning_rate": 0.01}),
)
MATCH = Match("mlp", "digits", (TORCH, *OTHERS), (0,))
OUTPUT = np.array([[1.0, -4.0], [2.0, 0.0]])
LOSSES = np.array([2.0, 1.0, 0.5])


def arrays(**changes: Any) -> dict[str, Any]:
    """What a proof run keeps; a name that is changed has ``__`` for the slash."""
    kept: dict[str, Any] = {"parameters": np.array(17), "shape_change_s": np.array(0.25)}
    for kind in ("float32", "float64"):
        kept |= {f"{kind}/output/0": OUTPUT.astype(kind), f"{kind}/losses": LOSSES}
    return kept | {name.replace("__", "/"): value for name, value in changes.items()}


@pytest.fixture
def runs(store: Store) -> dict[int, RunRecord]:
    made = {}
    for at in range(len(MATCH.contestants)):
        run = store.create_run(replace(SPEC, duel=DuelPart("d" * 32, at, DuelRole.PROOF)))
        store.set_state(run.id, State.FINISHED, "proved")
        made[at] = store.run(run.id)
        keep(made[at], arrays())
    return made


def keep(run: RunRecord, content: Mapping[str, Any] | bytes) -> None:
    path = Path(run.folder) / "artifacts" / "proof.npz"
    path.parent.mkdir(exist_ok=True)
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        np.savez(path, allow_pickle=False, **content)


def found(runs: Mapping[int, RunRecord]) -> dict[int, Proof]:
    return {proof.contestant: proof for proof in proofs(MATCH, runs)}


def test_each_is_compared_with_the_first_that_has_the_same_parameters(
    runs: dict[int, RunRecord],
) -> None:
    told = found(runs)
    assert [told[at].reference for at in range(4)] == [0, 0, 2, 2]
    assert (told[0].output_difference, told[0].loss_differences) == ({}, {})
    assert told[1].output_difference == {"float32": 0.0, "float64": 0.0}
    assert told[1].loss_differences == {"float32": (0.0,) * 3, "float64": (0.0,) * 3}
    assert {proof.parameter_count for proof in told.values()} == {17}
    assert told[3].shape_change_s == 0.25


def test_differences_are_relative_to_the_largest_output_and_to_each_loss(
    runs: dict[int, RunRecord],
) -> None:
    moved = OUTPUT + np.array([[0.0, 0.0], [0.0, 0.4]])
    far = arrays(float64__output__0=moved, float64__losses=np.array([2.0, 0.8, 0.5]))
    keep(runs[1], far)
    told = found(runs)[1]
    assert told.output_difference["float64"] == pytest.approx(0.1)
    assert told.output_difference["float32"] == 0.0
    assert list(told.loss_differences["float64"]) == pytest.approx([0.0, 0.2, 0.0])


def test_of_several_outputs_the_farthest_counts(runs: dict[int, RunRecord]) -> None:
    more = {"float64/output/1": np.array([1.0, 2.0])}
    keep(runs[0], arrays() | more)
    keep(runs[1], arrays() | {"float64/output/1": np.array([1.0, 1.0])})
    assert found(runs)[1].output_difference["float64"] == pytest.approx(0.5)


@pytest.mark.parametrize(
    "other",
    [
        arrays(float64__output__0=OUTPUT[:1]),
        arrays(float64__output__1=OUTPUT),
        arrays(float64__output__0=OUTPUT * math.nan),
        {name: array for name, array in arrays().items() if name != "float64/output/0"},
    ],
)
def test_outputs_that_cannot_be_compared_are_not_called_equal(
    runs: dict[int, RunRecord], other: Mapping[str, Any]
) -> None:
    keep(runs[1], other)
    assert math.isnan(found(runs)[1].output_difference["float64"])


def test_losses_of_another_number_of_steps_are_not_compared(runs: dict[int, RunRecord]) -> None:
    keep(runs[1], arrays(float32__losses=LOSSES[:2]))
    assert found(runs)[1].loss_differences["float32"] == ()


@pytest.mark.parametrize(
    "content",
    [b"", b"no archive", b"PK\x03\x04torn", {"parameters": np.array("many")}, {"losses": LOSSES}],
)
def test_a_proof_that_cannot_be_read_has_failed_and_says_why(
    runs: dict[int, RunRecord], content: Mapping[str, Any] | bytes
) -> None:
    keep(runs[1], content)
    told = found(runs)[1]
    assert told.state is State.FAILED
    assert "proof.npz is damaged" in told.reason
    assert told.output_difference == {}


def test_where_the_first_contestant_has_no_proof_the_next_one_is_the_reference(
    runs: dict[int, RunRecord],
) -> None:
    (Path(runs[0].folder) / "artifacts" / "proof.npz").unlink()
    runs[0] = replace(runs[0], state=State.FAILED, reason="not installed")
    told = found(runs)
    assert (told[0].state, told[0].reason, told[0].reference) == (State.FAILED, "not installed", 1)
    assert told[1].reference == 1
    assert (told[2].reference, told[3].reference) == (2, 2)
