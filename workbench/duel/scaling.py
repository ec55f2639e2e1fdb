"""How the contestants' speeds follow the size of the batch or the number of threads, and who is the fastest where.

Between two values that were tried, the logarithm of the speed is taken as linear in the logarithm of the value. One short run was made with
each value, so nothing here is tested: who is within `CLOSE` of the fastest is not told apart from it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np

from runners.protocol import State
from workbench.duel.figures import Figure, figure_of
from workbench.duel.noise import why_not_scaled
from workbench.duel.results import LARGEST_BATCH, Results, Scaled

CLOSE = figure_of("samples_per_s").worth
TITLES = {"batch_size": "size of the batch", "threads": "number of threads"}
"""What is scaled, in words."""
_LOG_CLOSE = math.log1p(CLOSE)


@dataclass(frozen=True, slots=True)
class Curve:
    """What a contestant reached with each value, in rising order of the values."""

    contestant: int
    values: tuple[int, ...]
    reached: tuple[float, ...]

    def at(self, place: float) -> float:
        """The logarithm of what is reached where the logarithm of the value is ``place``; -inf outside of what was tried."""
        found = np.interp(place, np.log(self.values), np.log(self.reached), -math.inf, -math.inf)
        return float(found)


@dataclass(frozen=True, slots=True)
class Stretch:
    """From one value to another a contestant is the fastest, or not told apart from it."""

    contestant: int
    start: float
    end: float


def curves(results: Results, what: str, figure: str = "samples_per_s") -> list[Curve]:
    """Of the contestants that reached anything, in the order of the match."""
    found = []
    for at in range(len(results.match.contestants)):
        mine = {one.value: one.figures[figure] for one in of(results, what) if one.contestant == at and one.figures.get(figure, 0) > 0}  # fmt: skip
        if mine:
            values = tuple(sorted(mine))
            found.append(Curve(at, values, tuple(mine[value] for value in values)))
    return found


def of(results: Results, what: str) -> list[Scaled]:
    return [one for one in results.scaled if one.what == what]


def drawn(results: Results) -> list[tuple[str, Figure, list[Curve]]]:
    """What is worth a picture: the parameter, the figure, and the curves of more than one value. The speed, and by the size of the batch
    also the memory, the GPU's where all ran on one.
    """
    memory = "device_memory_peak" if any("device_memory_peak" in one.figures for one in results.scaled) else "memory_peak"  # fmt: skip
    wanted = (("batch_size", "samples_per_s"), ("batch_size", memory), ("threads", "samples_per_s"))
    found = []
    for what, figure in wanted:
        if shown := [one for one in curves(results, what, figure) if len(one.values) > 1]:
            found.append((what, figure_of(figure), shown))
    return found


# -- who is the fastest where -----------------------------------------------------------------------
def stretches(found: Sequence[Curve]) -> list[Stretch]:
    """One behind the other from the smallest value that was tried to the largest; none where there is only one value.

    The leader of each is within `CLOSE` of the fastest all along, and with a lead of less nobody gets a stretch beside that of another.
    """
    places = _places(found)
    merged = _merged([_Piece(_fastest(found, (a + b) / 2), [a, b]) for a, b in pairwise(places)])
    while (swallowed := _swallowed(found, merged)) is not None:
        merged = _merged(swallowed)
    return [Stretch(one.leader.contestant, math.exp(one.places[0]), math.exp(one.places[-1])) for one in merged]  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Piece:
    """``places`` are all corners of the curves and crossings in it, its ends among them."""

    leader: Curve
    places: list[float]


def _places(found: Sequence[Curve]) -> list[float]:
    """The logarithms of all values that were tried and of all at which two curves cross."""
    corners = sorted({math.log(value) for one in found for value in one.values})
    crossings = {
        place
        for left, right in pairwise(corners)
        for one, other in combinations(found, 2)
        for place in _crossing(one, other, left, right)
    }
    return sorted({*corners, *crossings})


def _crossing(one: Curve, other: Curve, left: float, right: float) -> Iterator[float]:
    """Where two lines cross between two neighbouring corners."""
    before, after = (one.at(place) - other.at(place) for place in (left, right))
    if math.isfinite(before) and math.isfinite(after) and before * after < 0:
        place = left + (right - left) * before / (before - after)
        if left < place < right:
            yield place


def _fastest(found: Sequence[Curve], place: float) -> Curve:
    return max(found, key=lambda one: one.at(place))


def _merged(pieces: Sequence[_Piece]) -> list[_Piece]:
    found: list[_Piece] = []
    for piece in pieces:
        if found and found[-1].leader is piece.leader:
            found[-1] = _Piece(piece.leader, [*found[-1].places, *piece.places[1:]])
        else:
            found.append(piece)
    return found


def _swallowed(found: Sequence[Curve], pieces: Sequence[_Piece]) -> list[_Piece] | None:
    """The pieces with one given to the leader beside it, who is as good as the fastest all along; None where there is no such."""
    for at, piece in enumerate(pieces):
        for beside in (at - 1, at + 1):
            if 0 <= beside < len(pieces) and _is_as_good(found, pieces[beside].leader, piece):
                return [
                    *pieces[:at],
                    _Piece(pieces[beside].leader, piece.places),
                    *pieces[at + 1 :],
                ]
    return None


def _is_as_good(found: Sequence[Curve], leader: Curve, piece: _Piece) -> bool:
    return all(
        max(one.at(place) for one in found) - leader.at(place) < _LOG_CLOSE
        for place in piece.places
    )


# -- in words ---------------------------------------------------------------------------------------
def sentences(results: Results) -> list[str]:
    """Who is the fastest with which size of the batch and number of threads, as far as that was measured on a quiet machine."""
    if noisy := why_not_scaled(results):
        return [noisy]
    return [sentence for what in TITLES if (sentence := _sentence(results, what))]


def _sentence(results: Results, what: str) -> str:
    found = curves(results, what)
    led = stretches(found) if len(found) > 1 else []
    names = [results.match.contestants[one.contestant].name for one in led]
    if not led:
        return ""
    if len(led) == 1:
        first, last = (_exactly(what, value) for value in (led[0].start, led[0].end))
        return f"{names[0]} is the fastest, or as good as that, from {first} to {last}."
    parts = [f"{names[0]} is the fastest up to {_about(what, led[0].end)}"]
    parts += [f"{name} up to {_about(what, one.end)}" for name, one in zip(names[1:-1], led[1:-1], strict=True)]  # fmt: skip
    return f"{', then '.join(parts)}, {names[-1]} from there on."


def _exactly(what: str, value: float) -> str:
    number = f"{round(value):,}"
    return f"a batch of {number}" if what == "batch_size" else f"{number} thread{'s' * (round(value) != 1)}"  # fmt: skip


def _about(what: str, value: float) -> str:
    """With two digits, as a crossing is no more exact; threads are whole."""
    if what == "threads":
        return _exactly(what, math.floor(value + 1e-9))
    return f"a batch of about {float(f'{value:.2g}'):,g}"


def largest(results: Results) -> list[str]:
    """The largest batches that were found, a sentence each."""
    found = []
    for one in of(results, LARGEST_BATCH):
        if (most := one.figures.get(LARGEST_BATCH)) is not None:
            least = one.figures.get("failing_batch")
            but = f", one of {least:,.0f} does not" if least else ", the largest that can be asked for"  # fmt: skip
            name = results.match.contestants[one.contestant].name
            found.append(f"{name}: a batch of {most:,.0f} fits into the device's memory{but}.")
    return found


def problems(results: Results) -> list[str]:
    """What was tried and did not go."""
    return [
        f"{results.match.contestants[one.contestant].name}, {_tried(one)}: {(one.reason or one.state.value).rstrip('.')}."
        for one in results.scaled
        if one.state.final and one.state is not State.FINISHED
    ]


def _tried(one: Scaled) -> str:
    return "largest batch" if one.what == LARGEST_BATCH else _exactly(one.what, one.value)
