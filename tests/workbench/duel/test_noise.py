"""A machine that differs from itself is told from one that is quiet."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from tests.workbench.duel.made import FIT, TORCH, results
from workbench.duel.noise import noise


def test_a_quiet_machine_has_no_reason_and_small_spreads() -> None:
    found = noise(results(TORCH, FIT))
    assert found.reason == ""
    assert max(found.spreads.values()) < 0.03
    assert found.others == pytest.approx(0.02)


def test_runs_that_are_steady_in_themselves_and_differ_from_each_other_are_noise() -> None:
    found = results(TORCH, FIT)
    drifting = tuple(
        replace(one, blocks=(0.04 * (1 + 0.1 * one.seed),) * 20) if one.contestant == 0 else one
        for one in found.measured
    )
    assert "PyTorch by" in noise(replace(found, measured=drifting)).reason


def test_contestants_may_differ_from_each_other() -> None:
    assert noise(results(TORCH, FIT, steps_s={0: 0.01, 1: 0.9})).reason == ""


def test_without_parts_nothing_is_known_and_nothing_is_said() -> None:
    found = results(TORCH, FIT)
    bare = noise(replace(found, measured=tuple(replace(m, blocks=(), figures={}) for m in found.measured)))  # fmt: skip
    assert all(map(math.isnan, bare.spreads.values()))
    assert math.isnan(bare.others)
    assert bare.reason == ""
