"""How often a duel names a winner where there is none, and finds one where there is.

``python -m benchmarks.duel_errors [--seeds N] [--epochs N] [--duels N] [--home FOLDER] [--simulation-only]``.
One real duel is held: PyTorch, the very same PyTorch once more, PyTorch idling in each step for a tenth of its time, and PyTorch with a
hundredth of the learning rate, an mlp on digits, each with every seed. Small duels are then drawn from its runs and judged as any duel. Null
test: the two equal ones, exchanged at random within a seed; for learning with seeds of their own, since equal seeds give equal weights. Known
answers: the two others against the first. Simulated duels with the spread that was measured say how it is with more contestants. Aim: a
winner in at most 5 % of the duels without a difference.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.held_duel import held
from runners.protocol import Framework, Mode, Scalar, State
from storage.home import Home
from workbench.bench import Workbench
from workbench.duel.comparing import Entry, judged
from workbench.duel.figures import Figure, Row, figure_of, leading
from workbench.duel.match import Contestant, Match
from workbench.duel.noise import noise, superiority
from workbench.duel.results import Measured, Results
from workbench.duel.rows import entries, names, parts

EQUAL, AGAIN, SLOW, BAD = range(4)
_SIZES = (3, 5, 10)
_LEARNING_RATE = 0.001
_LEADS = {Row.SPEED: "samples_per_s", Row.MEMORY: "memory_peak"}
_DECLARATION = '''"""The multilayer perceptron, which can idle."""

from dataclasses import replace

from runners.parameters import Real
from runners.templates.mlp.template import TEMPLATE as MLP

IDLE = Real(name="idle", title="Idle", help="The part of a step's time that is waited besides.", default=0.0, minimum=0.0, maximum=1.0)
TEMPLATE = replace(MLP, name="idle_mlp", parameters=(*MLP.parameters, IDLE))
'''
_MODEL = '''"""It waits in each step, for a part of the median time of the last steps without the waiting."""

import statistics
from collections import deque
from time import perf_counter

from torch import nn

from runners.templates.mlp.pytorch import build_model as build_mlp


class Idle(nn.Module):
    def __init__(self, part):
        super().__init__()
        self.part, self.times, self.ended = part, deque(maxlen=50), None

    def forward(self, x):
        if self.training and self.part:
            now = perf_counter()
            if self.ended is not None:
                self.times.append(now - self.ended)
                until = now + self.part * statistics.median(self.times)
                while perf_counter() < until:
                    pass
            self.ended = perf_counter()
        return x


def build_model(parameters, shape):
    model = build_mlp(parameters, shape)
    model.add_module("idle", Idle(parameters["idle"]))
    return model
'''
_OTHER = """from runners.templates.mlp.tensorflow import build_model  # nobody here trains in it
"""


# -- the real duel ----------------------------------------------------------------------------------
def hold(home: Path, seeds: int, epochs: int) -> Results:
    """Hold the duel, or what is missing of one that the home has."""
    folder = Home(home).templates / "idle_mlp"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "template.py").write_text(_DECLARATION, "utf-8")
    (folder / "pytorch.py").write_text(_MODEL, "utf-8")
    (folder / "tensorflow.py").write_text(_OTHER, "utf-8")
    with Workbench.open(home) as bench:
        return held(bench, _match(seeds, epochs))


def _match(seeds: int, epochs: int) -> Match:
    plain = Contestant(Framework.PYTORCH, Mode.EAGER)
    again = replace(plain, interpreter=sys.executable)
    slow = replace(plain, parameters={"idle": 0.1})
    bad = replace(plain, parameters={"learning_rate": _LEARNING_RATE / 100})
    parameters: dict[str, Scalar] = {
        "epochs": epochs,
        "hidden_widths": (512, 512),
        "learning_rate": _LEARNING_RATE,
    }
    return Match("idle_mlp", "digits", (plain, again, slow, bad), tuple(range(1, seeds + 1)), parameters, "cpu")  # fmt: skip


# -- duels drawn from it ----------------------------------------------------------------------------
def drawn(
    results: Results, other: int, size: int, random: np.random.Generator, *, swap: bool = False, shuffle: bool = False
) -> Results:  # fmt: skip
    """A duel of the first contestant and another one with some of the seeds.

    ``swap`` exchanges the two at random within each seed; ``shuffle`` gives the other one seeds of its own, as if they were the same.
    """
    seeds = list(results.match.seeds)
    chosen = random.choice(seeds, size, replace=False).tolist()
    others = random.choice([s for s in seeds if s not in chosen], size, replace=False).tolist() if shuffle else chosen  # fmt: skip
    runs = {(one.contestant, one.seed): one for one in results.measured if one.state is State.FINISHED}  # fmt: skip
    measured: list[Measured] = []
    for at, (seed, its) in enumerate(zip(chosen, others, strict=True)):
        pair = [runs.get((EQUAL, seed)), runs.get((other, its))]
        if swap and random.random() < 0.5:
            pair.reverse()
        measured += [replace(one, contestant=place, seed=at) for place, one in enumerate(pair) if one]  # fmt: skip
    contestants = (results.match.contestants[EQUAL], results.match.contestants[other])
    match = replace(results.match, contestants=contestants, seeds=tuple(range(size)))
    return replace(results, match=match, measured=tuple(measured))


def lead(results: Results, row: Row) -> Figure:
    found = leading(names(results)) if row is Row.LEARNING else figure_of(_LEADS[row])
    assert found is not None
    return found


def ahead(results: Results, figure: Figure) -> int | None:
    """Which of two contestants wins by the figure, if one does."""
    unbeaten = judged(figure, entries(results, figure.name)).unbeaten
    return unbeaten[0] if len(unbeaten) == 1 else None


def share(duels: int, draw: Callable[[], Results], figure: Figure, right: int | None = None) -> tuple[float, float]:  # fmt: skip
    """The parts of the duels in which somebody (or the right one) wins by the figure, and in which the verdict says so: where the
    machine was not so noisy as to hide it, if that matters.
    """
    won, said = 0, 0
    for _ in range(duels):
        found = draw()
        winner = ahead(found, figure)
        if winner is not None and right in (None, winner):
            won += 1
            said += not (figure.row is Row.SPEED and _hidden(found, figure, winner))
    return won / duels, said / duels


def _hidden(results: Results, figure: Figure, winner: int) -> bool:
    """Whether noise may have made the winner of two."""
    seen = [parts(results, figure.row, entry) for entry in entries(results, figure.name)]
    return noise(results).hides(superiority(seen[winner], seen[1 - winner]))


def report_real(results: Results, duels: int) -> None:
    random = np.random.default_rng(1)
    most = len(results.match.seeds)
    done = sum(one.state is State.FINISHED for one in results.measured)
    print(f"{done} runs of {len(results.match.contestants)} contestants with {most} seeds; {duels} duels drawn for each figure")  # fmt: skip
    print(f"machine: {noise(results).reason or 'quiet enough to judge speed'}")
    for row in (Row.LEARNING, Row.SPEED, Row.MEMORY):
        figure, own = lead(results, row), row is Row.LEARNING
        for size in _usable(most // 2 if own else most):
            parts = share(duels, lambda: drawn(results, AGAIN, size, random, swap=True, shuffle=own), figure)  # noqa: B023  # fmt: skip
            _line(f"equal, {figure.title}", size, parts)
    for other, what, row in ((SLOW, "10 % slower", Row.SPEED), (BAD, "learning rate / 100", Row.LEARNING)):  # fmt: skip
        figure = lead(results, row)
        for size in _usable(most):
            parts = share(duels, lambda: drawn(results, other, size, random), figure, right=0)  # noqa: B023  # fmt: skip
            _line(f"{what}, {figure.title}", size, parts)


def _usable(most: int) -> Sequence[int]:
    return [size for size in _SIZES if size <= most]


def _line(what: str, size: int, parts: tuple[float, float]) -> None:
    print(f"  {what}, {size} seeds: found in {parts[0]:.1%}, said in {parts[1]:.1%}")


# -- simulated duels --------------------------------------------------------------------------------
SCATTERS: Mapping[str, Callable[[np.random.Generator, tuple[int, int]], np.ndarray]] = {
    "normal": lambda random, shape: random.normal(size=shape),
    "heavy tails (t, 3 degrees)": lambda random, shape: random.standard_t(3, size=shape),
    "skewed (exponential)": lambda random, shape: random.exponential(size=shape) - 1,
}


def report_simulated(spread: float, duels: int) -> None:
    """Equal contestants whose logarithms scatter by ``spread``, besides what a seed does to all."""
    random, figure = np.random.default_rng(2), figure_of("samples_per_s")
    print(f"{duels} simulated duels of equal contestants whose speed scatters by {spread:.1%} from run to run:")  # fmt: skip
    for name, draw in SCATTERS.items():
        for contestants in (2, 3, 6):
            for size in _SIZES:
                told = sum(_told(figure, spread * draw(random, (contestants, size))) for _ in range(duels))  # fmt: skip
                print(f"  {name}, {contestants} contestants, {size} seeds: {told / duels:.1%}")


def report_power(duels: int) -> None:
    """A contestant that is 10 % slower against one that is not, by how much a run scatters."""
    random, figure = np.random.default_rng(3), figure_of("samples_per_s")
    slower = np.array([[np.log(1.1)], [0.0]])
    print(f"{duels} simulated duels with one that is 10 % slower, found in:")
    for spread in (0.01, 0.02, 0.05):
        for size in _SIZES:
            told = sum(_told(figure, slower + random.normal(0, spread, (2, size))) for _ in range(duels))  # fmt: skip
            print(f"  {spread:.0%} scatter, {size} seeds: {told / duels:.1%}")


def _told(figure: Figure, logarithms: np.ndarray) -> bool:
    found = [
        Entry(str(at), Framework.PYTORCH, dict(enumerate(np.exp(values).tolist())))
        for at, values in enumerate(logarithms)
    ]
    return len(judged(figure, found).unbeaten) < len(found)


def measured_spread(results: Results) -> float:
    """The standard deviation of the logarithm of the speed of one run, from the differences of the equal pairs."""
    one, other = (entry.values for entry in entries(_equal(results), "samples_per_s"))
    differences = [np.log(one[seed] / other[seed]) for seed in one if seed in other]
    return float(np.std(differences, ddof=1) / np.sqrt(2))


def _equal(results: Results) -> Results:
    kept = tuple(one for one in results.measured if one.contestant in (EQUAL, AGAIN))
    return replace(results, measured=kept)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--duels", type=int, default=2000, help="drawn for each line of the answer")
    parser.add_argument(
        "--home",
        type=Path,
        help="keep the runs there, use those that it has, and train what is missing",
    )
    parser.add_argument("--simulation-only", action="store_true", help="train nothing")
    given = parser.parse_args()
    if given.simulation_only:
        report_simulated(0.2, given.duels)
        report_power(given.duels)
        return
    temporary = nullcontext(given.home) if given.home else tempfile.TemporaryDirectory()
    with temporary as home:
        results = hold(Path(home), given.seeds, given.epochs)
    report_real(results, given.duels)
    report_simulated(max(0.05, measured_spread(results)), given.duels)
    report_power(given.duels)


if __name__ == "__main__":
    main()
