"""Which runs a duel is made of, and in what order they come. Pure functions, the same for the same duel wherever they are called."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from runners.protocol import DuelPart, DuelRole, RunSpec
from storage.records import RunRecord
from workbench.duel.match import Match


@dataclass(frozen=True, slots=True)
class Part:
    """What one run does for its duel. All but the trainings have the first seed. ``scaled`` names the parameter that has another ``value``."""

    role: DuelRole
    contestant: int
    seed: int
    scaled: str = ""
    value: int = 0

    def called(self, match: Match) -> str:
        """``Keras fit, seed 2`` or ``Keras fit, batch size 64``."""
        return f"{match.contestants[self.contestant].name}, {self._does}"

    @property
    def _does(self) -> str:
        match self.role:
            case DuelRole.PROOF:
                return "proof"
            case DuelRole.MATCH:
                return f"seed {self.seed}"
            case DuelRole.SCALE:
                return f"{self.scaled.replace('_', ' ')} {self.value}"
            case DuelRole.LARGEST:
                return "largest batch"


def parts(duel: str, match: Match) -> list[Part]:
    """First a proof of each contestant, then block by block, a block being one seed with all contestants; what is scaled comes last.

    Further seeds add blocks behind the others and change nothing of these.
    """
    count = len(match.contestants)
    proofs = [Part(DuelRole.PROOF, one, match.seeds[0]) for one in range(count)]
    matches = [
        Part(DuelRole.MATCH, one, seed)
        for block, seed in enumerate(match.seeds)
        for one in order(duel, count, block)
    ]
    return [*proofs, *matches, *_scaled(duel, match)]


def _scaled(duel: str, match: Match) -> list[Part]:
    """In an order drawn by the duel's id, so that drift of the machine looks like no curve."""
    if match.scaling is None:
        return []
    first, contestants = match.seeds[0], range(len(match.contestants))
    found = [
        Part(DuelRole.SCALE, one, first, name, value)
        for name, values in match.scaling.values.items()
        for value in values
        for one in contestants
    ]
    random.Random(f"{duel}/scaling").shuffle(found)
    largest = contestants if match.scaling.largest_batch else ()
    return [*found, *(Part(DuelRole.LARGEST, one, first) for one in largest)]


def order(duel: str, count: int, block: int) -> list[int]:
    """The contestants of a block in their order.

    Over ``count`` blocks each has been at each place once; over twice as many, or ``count`` of an even number, each has also come
    equally often behind each other one, after Williams (1949), Experimental designs balanced for the estimation of residual effects of
    treatments. Who stands for which letter of the design, and which of its rows comes first, is drawn by the duel's id.
    """
    square, row = divmod(block, count)
    draw = random.Random(f"{duel}/{square}")
    letters, rows = list(range(count)), list(range(count))
    draw.shuffle(letters)
    draw.shuffle(rows)
    line = [(place + rows[row]) % count for place in _first_row(count)]
    if square % 2:
        line.reverse()
    return [letters[letter] for letter in line]


def _first_row(count: int) -> list[int]:
    """0, 1, n - 1, 2, n - 2, …: each step from one to the next is another one."""
    return [(place + 1) // 2 if place % 2 else -(place // 2) % count for place in range(count)]


def newest(match: Match, runs: Iterable[RunRecord]) -> Mapping[Part, RunRecord]:
    """The run that counts for each part that has any: the last one that was queued."""
    found: dict[Part, RunRecord] = {}
    for run in sorted(runs, key=lambda run: run.id):
        if run.spec.duel is not None and run.spec.duel.contestant < len(match.contestants):
            found[_part(match, run.spec, run.spec.duel)] = run
    return found


def _part(match: Match, spec: RunSpec, role: DuelPart) -> Part:
    seed = spec.seed if role.role is DuelRole.MATCH else match.seeds[0]
    value = spec.parameters.get(role.scaled, 0)
    return Part(
        role.role, role.contestant, seed, role.scaled, value if isinstance(value, int) else 0
    )
