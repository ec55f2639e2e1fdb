from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runners.train.engine import Batch, Engine, OnStep
from runners.train.largest import Found, Trial, search
from runners.train.memory import is_out_of_memory
from runners.train.setup import Setup


@given(st.integers(0, 70_000), st.integers(1, 70_000))
def test_the_search_ends_within_a_sixteenth_of_the_limit(limit: int, first: int) -> None:
    most, tried = 65_536, list[int]()

    def fits(size: int) -> bool:
        tried.append(size)
        return size <= limit

    good, bad = search(fits, first, most)
    assert good <= limit
    assert all(1 <= size <= most for size in tried)
    assert len(tried) == len(set(tried)) < 40
    if limit >= most:
        assert (good, bad) == (most, None)
    else:
        assert bad is not None
        assert good <= limit < bad
        assert bad - good <= max(1, good // 16)


class Narrow:
    """A device with memory for so many samples, on which a step that failed leaves an engine of no use."""

    def __init__(self, limit: int, error: Exception) -> None:
        self.limit, self.error = limit, error
        self.made = self.open = 0
        self.is_broken = False

    def create(self, setup: Setup) -> Engine:
        del setup
        self.made += 1
        self.open += 1
        self.is_broken = False
        return cast("Engine", self)

    def train_epoch(
        self, batches: Iterator[Batch], rate: Callable[[], float], on_step: OnStep
    ) -> None:
        assert not self.is_broken
        rate()
        for x, y in batches:
            assert len(x) == len(y)
            if len(x) > self.limit:
                self.is_broken = True
                raise self.error
            assert on_step(0.0, 0.0)

    def close(self) -> None:
        self.open -= 1


class FewSamples(Trial):
    """With samples that need no dataset."""

    def __init__(self, device: Narrow) -> None:
        self._create, self._setup = device.create, cast("Setup", None)
        self._samples = np.zeros((7, 2), np.float32), np.zeros(7, np.int64)
        self._engine = None
        self.reason = ""


def test_a_model_is_made_anew_after_each_size_that_failed() -> None:
    device = Narrow(100, MemoryError())
    trial = FewSamples(device)
    found = search(trial.fits, 32, 65_536)
    trial.close()
    assert found == (100, 104)
    assert device.made == 4
    assert device.open == 0
    assert trial.reason == "the device ran out of memory"


def test_a_size_that_fails_for_another_reason_does_not_go_either_and_the_reason_is_told() -> None:
    trial = FewSamples(Narrow(50, ValueError("more than 2^31 numbers\nin a kernel")))
    good, bad = search(trial.fits, 32, 65_536)
    assert good <= 50 < (bad or 0)
    assert trial.reason == "ValueError: more than 2^31 numbers"


@pytest.mark.parametrize(
    ("error", "is_one"),
    [
        (MemoryError(), True),
        (RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB"), True),
        (RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling"), True),
        (ValueError("shapes do not match"), False),
    ],
)
def test_errors_that_say_that_memory_is_used_up_are_known(error: Exception, is_one: bool) -> None:
    assert is_out_of_memory(error) is is_one


def test_what_was_found_is_told_in_words_and_kept() -> None:
    found = Found(96, 102, "the device ran out of memory")
    assert str(found) == "a batch of 96 fits into memory, one of 102 does not"
    assert json.loads(found.to_json())["failing"] == 102
    assert str(Found(65_536, None, "")) == "a batch of 65,536 fits into memory"
    assert str(Found(0, 1, "why")) == "not even one sample fits into memory: why"
