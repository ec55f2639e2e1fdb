"""Whether the contestants train the same model: what was found, held against limits."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from runners.protocol import State
from workbench.duel.results import Proof, Results
from workbench.explain.words import count, figure, listed

FLOAT32_OUTPUTS = 1e-4
"""Of the largest output. Seen are up to 1e-6 with small models; sums of thousands of products in another order reach some 1e-5."""
FLOAT32_LOSSES = 1e-3
"""Of the loss, over the first steps. Training multiplies rounding; the frameworks part by up to some 1e-6 in 20 steps, by more where
rounding moves places across the kink of an activation. A wrong factor in an optimizer shows as more than 1e-2. It decides where a device
knows no float64: elsewhere float64 tells a difference from rounding that the model itself amplifies, as batch norm over few samples does."""
FLOAT64 = 6e-8
"""Of outputs and losses: the rounding of float32, so that a training in float32 could not see it. Equal models are at some 1e-15 to
1e-12; TensorFlow's GELU, which rounds the root of two to float32 in float64 too, is at 1e-8."""
_LIMITS: Mapping[tuple[str, str], float] = {
    ("float64", "outputs"): FLOAT64,
    ("float64", "losses"): FLOAT64,
    ("float32", "outputs"): FLOAT32_OUTPUTS,
    ("float32", "losses"): FLOAT32_LOSSES,
}


def tiny(difference: float) -> str:
    """``4.1e-07``, ``0`` or ``not computed``."""
    if math.isnan(difference):
        return "not computed"
    return f"{difference:.1e}" if difference else "0"


class Standing(StrEnum):
    PROVED = "proved"
    FAILED = "failed"
    MISSING = "missing"
    ALONE = "nothing to compare with"


@dataclass(frozen=True, slots=True)
class Check:
    """One comparison of a contestant with its reference. ``found`` and ``limit`` are relative, NaN where it could not be computed.

    One that does not decide is shown beside those that do.
    """

    precision: str
    what: str
    found: float
    limit: float
    decides: bool = True

    @property
    def holds(self) -> bool:
        return not self.decides or self.found <= self.limit

    @property
    def words(self) -> str:
        """``outputs in float64: 3e-16 (limit 6e-08)``."""
        return f"{self.what} in {self.precision}: {tiny(self.found)} (limit {self.limit:.0e})"


@dataclass(frozen=True, slots=True)
class Proved:
    """What was found about one contestant. ``reference`` is the name of the one it was compared with; "" for a reference itself."""

    name: str
    reference: str
    parameter_count: int
    checks: tuple[Check, ...]
    standing: Standing
    reason: str


@dataclass(frozen=True, slots=True)
class Fairness:
    """``sentence`` says it in words. ``unequal`` are what is not equal and what was done about it, a sentence each."""

    proved: bool
    sentence: str
    contestants: tuple[Proved, ...]
    unequal: tuple[str, ...]


def prove(results: Results) -> Fairness:
    """Hold the proofs of a duel against the limits. Contestants of which no run finished need no proof: they are not judged."""
    by_contestant = {proof.contestant: proof for proof in results.proofs}
    judged = {one.contestant for one in results.measured if one.state is State.FINISHED}
    places = sorted(judged | by_contestant.keys())
    found = {at: _proved(results, by_contestant.get(at), at, by_contestant) for at in places}
    bad = [one for at, one in found.items() if at in judged and one.standing in (Standing.FAILED, Standing.MISSING)]  # fmt: skip
    good = [one for one in found.values() if one.standing is Standing.PROVED]
    sentence = _failed(bad) if bad else _held(results, good, judged)
    return Fairness(
        not bad, sentence, tuple(found.values()), (*_by_design(results), *results.unequal)
    )


# -- a contestant -----------------------------------------------------------------------------------
def _proved(results: Results, proof: Proof | None, at: int, proofs: Mapping[int, Proof]) -> Proved:
    name = results.match.contestants[at].name
    if proof is None or proof.state is not State.FINISHED:
        reason = "its proof has not run" if proof is None else proof.reason or f"its proof is {proof.state}"  # fmt: skip
        return Proved(name, "", 0, (), Standing.MISSING, reason)
    if proof.reference == at:
        alone = all(other.reference != at for other in proofs.values() if other.contestant != at)
        standing = Standing.ALONE if alone else Standing.PROVED
        return Proved(name, "", proof.parameter_count, (), standing, "")
    reference = results.match.contestants[proof.reference].name
    checks = tuple(_checks(proof))
    reason = _reason(proof, proofs.get(proof.reference), checks)
    standing = Standing.FAILED if reason else Standing.PROVED
    return Proved(name, reference, proof.parameter_count, checks, standing, reason)


def _checks(proof: Proof) -> Iterator[Check]:
    in_float64 = "float64" in {*proof.output_difference, *proof.loss_differences}
    for (precision, what), limit in _LIMITS.items():
        if what == "outputs":
            found = proof.output_difference.get(precision, math.nan)
        else:
            found = _largest(proof.loss_differences.get(precision, ()))
        if in_float64 or precision == "float32":
            decides = not (in_float64 and (precision, what) == ("float32", "losses"))
            yield Check(precision, what, found, limit, decides)


def _largest(differences: Sequence[float]) -> float:
    """NaN where there are none or one is NaN."""
    return math.nan if not differences or any(map(math.isnan, differences)) else max(differences)


def _reason(proof: Proof, reference: Proof | None, checks: Sequence[Check]) -> str:
    """Why it is not proved, or ""."""
    wrong = [check.words + _until(proof, check) for check in checks if not check.holds]
    if reference is not None and proof.parameter_count != reference.parameter_count:
        wrong.insert(0, f"{proof.parameter_count:,} parameters against {reference.parameter_count:,}")  # fmt: skip
    return "; ".join(wrong)


def _until(proof: Proof, check: Check) -> str:
    """For how many steps losses were equal before they parted, and what that may mean; "" if they never were, but for the first loss."""
    if check.what != "losses" or math.isnan(check.found):
        return ""
    apart = proof.loss_differences[check.precision]
    equal = next(step for step, each in enumerate(apart) if each > check.limit)
    if equal < 2:
        return ""
    return (
        f", equal for the first {count(equal, 'step')}: a training so unstable that it multiplies rounding parts like this, "
        "and a smaller learning rate or a larger batch tells"
    )


# -- words ------------------------------------------------------------------------------------------
def _failed(bad: Sequence[Proved]) -> str:
    parts = [
        f"{one.name} differs from {one.reference} ({one.reason})"
        if one.standing is Standing.FAILED
        else f"{one.name} has no proof ({one.reason})"
        for one in bad
    ]
    return f"It is not proved that the contestants train the same model, so there is no verdict: {listed(parts)}."


def _held(results: Results, good: Sequence[Proved], judged: set[int]) -> str:
    checks = [check for one in good for check in one.checks]
    if not judged and not good:
        return "Nothing has been measured yet, so there is nothing to prove."
    if not checks:
        return "No two contestants have the same parameters, so there is nothing to compare: what differs between them is meant to."
    steps = max(len(v) for p in results.proofs for v in (*p.loss_differences.values(), ()))
    return (
        f"The contestants train the same model. From the same weights their outputs differ by at most {_worst(checks, 'outputs')}, and their "
        f"losses over the first {count(steps, 'step')} by at most {_worst(checks, 'losses')}, relative to their size."
    )


def _worst(checks: Sequence[Check], what: str) -> str:
    """``9e-16 in float64 and 4e-07 in float32``."""
    found = {
        precision: max(c.found for c in checks if (c.precision, c.what) == (precision, what))
        for precision in dict.fromkeys(c.precision for c in checks)
    }
    return listed([f"{tiny(value)} in {precision}" for precision, value in found.items()])


def _by_design(results: Results) -> Iterator[str]:
    """What contestants have of their own, which was asked for."""
    for at, contestant in enumerate(results.match.contestants):
        if contestant.parameters:
            own = listed([f"{name} = {_text(value)}" for name, value in contestant.parameters.items()])  # fmt: skip
            same = [
                other.name
                for place, other in enumerate(results.match.contestants)
                if place != at and other.parameters == contestant.parameters
            ]
            with_whom = f"it is proved against {listed(same)}, which has the same" if same else "nobody else has that, so it is not proved against anyone"  # fmt: skip
            yield f"{contestant.name} differs by design: {own}; {with_whom}."


def _text(value: object) -> str:
    return figure(value) if isinstance(value, float) else str(value)
