"""What was measured in a duel, as plain records. They go to JSON and back, so that a duel can be judged without its runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from runners.protocol import State
from workbench.duel.match import Match

MOST_POINTS = 400
"""Points of a curve that the results keep; the runs keep all."""


@dataclass(frozen=True, slots=True)
class Proof:
    """How a contestant's model compares with that of the first contestant with the same parameters, its ``reference``.

    Both begin with the same weights and see the same batches, without dropout. Differences of outputs are the largest one relative to
    the largest output; those of losses are relative to the loss, one for each step. NaN where it could not be computed.
    A contestant that is its own reference has no differences.
    """

    contestant: int
    reference: int
    run_id: int
    state: State
    reason: str
    parameter_count: int = 0
    output_difference: Mapping[str, float] = field(default_factory=dict)
    """By ``float32`` and ``float64``."""
    loss_differences: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    """By ``float32`` and ``float64``."""
    shape_change_s: float | None = None
    """Seconds that the first step with another size of the batch took longer than one with the usual; None where that is not known."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One contestant with one seed. ``figures`` are what was measured, by the names of `workbench.duel.figures`; what is not known is left out.

    ``blocks`` are the median seconds of a step in consecutive equal parts of the training. ``histogram`` has ``edges`` (n + 1, seconds of a
    step) and ``counts`` (n). ``curves`` are the points (step, seconds since the training began, value) of the validation metrics and of
    ``train/loss``, by name, at most `MOST_POINTS` evenly chosen ones. ``environment`` is what the trainer found: ``python``, ``packages``, ``device``, ``threads``.
    """

    contestant: int
    seed: int
    run_id: int
    state: State
    reason: str
    figures: Mapping[str, float] = field(default_factory=dict)
    blocks: tuple[float, ...] = ()
    histogram: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    curves: Mapping[str, tuple[tuple[float, float, float], ...]] = field(default_factory=dict)
    environment: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scaled:
    """What one contestant reached with another ``value`` of the parameter ``what`` (``batch_size``, ``threads``) in one short run: ``figures``
    as those of `Measured`.

    Or, where ``what`` is ``largest_batch``, the figures ``largest_batch``, the most samples that went, and ``failing_batch``, the
    fewest that did not, which is left out if all that were tried went. ``value`` is 0 then.
    """

    contestant: int
    what: str
    value: int
    run_id: int
    state: State
    reason: str
    figures: Mapping[str, float] = field(default_factory=dict)


LARGEST_BATCH = "largest_batch"


@dataclass(frozen=True, slots=True)
class Exported:
    """An export of the run of a contestant with a seed: its ``format`` (`runners.export.formats`), whether it gives what the trained model
    gives, None where nobody looked, and the ``problem`` if it does not. ``figures`` are by the names of `workbench.duel.figures.EXPORTED`.
    """

    contestant: int
    seed: int
    run_id: int
    format: str
    passed: bool | None
    problem: str = ""
    figures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Results:
    """All that is known of a duel. ``measured`` has a record for each contestant and seed whose run ended or goes on; runs that wait are
    left out. ``machine`` are facts about it in words: processor, GPU, memory, system, load while it was measured.
    ``unequal`` are what cannot be made equal and what was done about it, a sentence each. ``code`` are the two texts that train the model,
    by framework. ``dataset_hash`` is the SHA-256 of the prepared arrays.
    """

    duel: str
    name: str
    created: int
    """UTC, microseconds since 1970."""
    match: Match
    dataset_hash: str
    proofs: tuple[Proof, ...]
    measured: tuple[Measured, ...]
    machine: Mapping[str, str]
    unequal: tuple[str, ...]
    code: Mapping[str, str]
    scaled: tuple[Scaled, ...] = ()
    exported: tuple[Exported, ...] = ()
