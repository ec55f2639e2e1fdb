"""The verdict of a duel: for each row of the table who is better, by how much, how sure that is, or why nobody can tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from runners.protocol import FRAMEWORKS, Framework, State
from workbench.duel import rows as found_rows
from workbench.duel.comparing import Judged
from workbench.duel.fairness import Fairness, prove
from workbench.duel.figures import Figure, Row
from workbench.duel.match import FEWEST_SEEDS
from workbench.duel.noise import Noise, noise, superiority
from workbench.duel.results import Results
from workbench.duel.telling import interval_words, percent, size_words
from workbench.duel.weights import PROFILES, Total, Weights, profile_of, total
from workbench.explain.words import count, listed


class Ruling(StrEnum):
    WINNER = "winner"
    EQUAL = "no difference worth choosing by"
    UNDECIDED = "not decided: more seeds would help"
    NOISY = "too noisy to judge"
    UNPROVED = "no verdict: equality is not proved"
    UNMEASURED = "not measured"


@dataclass(frozen=True, slots=True)
class RowVerdict:
    """``judged`` has the figures, None where nothing was measured. ``winner`` is who won: a framework, or in a duel within one
    framework a contestant; "" else. ``holders`` are the names of those that nobody beats. ``size`` and ``uncertainty`` say of the two that
    matter how far they are apart; "" where there is nothing to say. ``sentence`` says all of it, or why there is no winner.
    """

    row: Row
    ruling: Ruling
    judged: Judged | None
    winner: str
    framework: Framework | None
    holders: tuple[str, ...]
    size: str
    uncertainty: str
    sentence: str

    @property
    def figure(self) -> Figure | None:
        return None if self.judged is None else self.judged.figure


@dataclass(frozen=True, slots=True)
class Verdict:
    """``totals`` are those of the weights that were asked for, then of the profiles. They are empty where not both frameworks took part
    or equality is not proved. ``sentences`` say the whole in a few words. ``out`` says of each contestant that dropped out or lost
    runs what happened to it.
    """

    fairness: Fairness
    noise: Noise
    rows: tuple[RowVerdict, ...]
    totals: tuple[Total, ...]
    sentences: tuple[str, ...]
    out: tuple[str, ...]

    def row(self, row: Row) -> RowVerdict:
        return next(one for one in self.rows if one.row is row)


def judge(results: Results, weights: Weights) -> Verdict:
    """Raises ValueError where the weights are none; see `workbench.duel.weights.total`."""
    fairness, shaken = prove(results), noise(results)
    both = len(_frameworks(results)) == len(FRAMEWORKS)
    rows = tuple(_Rows(results, fairness, shaken).all())
    totals = _totals(rows, weights) if both and fairness.proved else ()
    return Verdict(
        fairness, shaken, rows, totals, tuple(_sentences(results, fairness, rows, totals)), tuple(dropped_out(results))
    )  # fmt: skip


def _frameworks(results: Results) -> list[Framework]:
    taking_part = {results.match.contestants[one.contestant].framework for one in results.measured if one.state is State.FINISHED}  # fmt: skip
    return [framework for framework in FRAMEWORKS if framework in taking_part]


# -- rows -------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class _Rows:
    results: Results
    fairness: Fairness
    noise: Noise

    def all(self) -> Iterator[RowVerdict]:
        for row in Row:
            found = found_rows.judged_row(self.results, row)
            if isinstance(found, str):
                yield RowVerdict(row, Ruling.UNMEASURED, None, "", None, (), "", "", found)
            else:
                yield self._ruled(row, found)

    def _ruled(self, row: Row, judged: Judged) -> RowVerdict:
        if not self.fairness.proved:
            return _without(row, Ruling.UNPROVED, judged, "Equality is not proved, so the figures are shown without a verdict.")  # fmt: skip
        told = _Told(row, judged, len(_frameworks(self.results)) > 1)
        if row in (Row.SPEED, Row.FLEXIBILITY) and self.noise.reason:
            return self._despite_noise(told) or _without(
                row, Ruling.NOISY, judged, self.noise.reason
            )
        return told.verdict()

    def _despite_noise(self, told: _Told) -> RowVerdict | None:
        """A winner by more than noise can do, if there is one."""
        verdict = told.verdict()
        if verdict.ruling is not Ruling.WINNER:
            return None
        parts = [found_rows.parts(self.results, told.row, entry) for entry in told.judged.entries]
        ahead, others = told.ahead_of(verdict.framework)
        found = [superiority(parts[ahead], parts[at]) for at in others]
        if any(map(self.noise.hides, found)):
            return None
        remark = f"on a noisy machine, yet so in {percent(min(found))} of the pairs of parts"
        return replace(told, remark=remark).verdict()


def _without(row: Row, ruling: Ruling, judged: Judged, why: str) -> RowVerdict:
    return RowVerdict(row, ruling, judged, "", None, (), "", "", why)


@dataclass(frozen=True, slots=True)
class _Told:
    """A row that may be judged, in words. ``remark`` is added to how sure it is."""

    row: Row
    judged: Judged
    between_frameworks: bool
    remark: str = ""

    def verdict(self) -> RowVerdict:
        ruling, framework, winner = self._ruling()
        ahead, others = self.ahead_of(framework)
        behind = self.judged.best(others)
        pair = self.judged.between(ahead, behind)
        names = [self.judged.entries[at].name for at in (ahead, behind)]
        size = f"{names[0]}'s is {size_words(self.judged.figure, pair, names[1])}"
        sure = interval_words(self.judged.figure, pair, len(self.judged.comparisons))
        sure = f"{sure}; {self.remark}" if self.remark else sure
        return RowVerdict(
            self.row, ruling, self.judged, winner, framework, self._holders, size, sure,
            self._sentence(ruling, winner, names[0], size, sure),
        )  # fmt: skip

    def _ruling(self) -> tuple[Ruling, Framework | None, str]:
        entries, unbeaten = self.judged.entries, self.judged.unbeaten
        owners = {entries[at].framework for at in unbeaten}
        if self.between_frameworks and len(owners) == 1:
            framework = owners.pop()
            return Ruling.WINNER, framework, framework.display_name
        if not self.between_frameworks and len(unbeaten) == 1:
            return Ruling.WINNER, None, entries[unbeaten[0]].name
        return (Ruling.EQUAL if self.judged.equal else Ruling.UNDECIDED), None, ""

    def ahead_of(self, framework: Framework | None) -> tuple[int, list[int]]:
        """The best, of the framework if one is named, and those that it is to be told from: the other framework's, or all others."""
        everyone = range(len(self.judged.entries))
        mine = [at for at in everyone if framework is None or self.judged.entries[at].framework is framework]  # fmt: skip
        ahead = self.judged.best(mine)
        own = self.judged.entries[ahead].framework
        others = [at for at in everyone if at != ahead]
        foreign = [at for at in others if self.judged.entries[at].framework is not own]
        return ahead, foreign or others

    @property
    def _holders(self) -> tuple[str, ...]:
        return tuple(self.judged.entries[at].name for at in self.judged.unbeaten)

    def _sentence(self, ruling: Ruling, winner: str, ahead: str, size: str, sure: str) -> str:
        figure = self.judged.figure.title
        fewest = min(c.seeds for c in self.judged.comparisons)
        if ruling is Ruling.WINNER:
            shared = "" if self._holders in ((ahead,), (winner,)) else f" {listed(list(self._holders))} {_share(self._holders)}."  # fmt: skip
            return f"{figure}: {size} ({sure}).{shared}"
        if ruling is Ruling.EQUAL:
            return f"{figure}: no difference worth choosing by among {listed(list(self._holders))}; {size} ({sure})."
        if self.judged.figure.scatters and fewest < FEWEST_SEEDS:
            return (
                f"{figure}: {size}, from {count(fewest, 'seed')} that both have. With fewer than "
                f"{FEWEST_SEEDS} nobody can tell this from chance."
            )
        return f"{figure}: not decided among {listed(list(self._holders))}; {size} ({sure}). More seeds would help."


def _share(names: Sequence[str]) -> str:
    return "share the row" if len(names) > 1 else "holds the row"


# -- the whole --------------------------------------------------------------------------------------
def _totals(rows: Sequence[RowVerdict], weights: Weights) -> tuple[Total, ...]:
    shares: dict[Row, Mapping[Framework, float]] = {}
    for one in rows:
        if one.framework is not None:
            shares[one.row] = {one.framework: 1.0}
        elif one.ruling is Ruling.EQUAL:
            shares[one.row] = dict.fromkeys(FRAMEWORKS, 0.5)
    own = profile_of(weights)
    first = total(own, weights, shares)
    rest = (total(name, each, shares) for name, each in PROFILES.items() if name != own)
    return (first, *rest)


def _sentences(
    results: Results, fairness: Fairness, rows: Sequence[RowVerdict], totals: Sequence[Total]
) -> Iterator[str]:
    if not any(one.state is State.FINISHED for one in results.measured):
        yield "No run of this duel has finished yet."
        return
    if not fairness.proved:
        yield fairness.sentence
        return
    done = sum(one.state is State.FINISHED for one in results.measured)
    if done < (all_runs := len(results.match.contestants) * len(results.match.seeds)):
        yield f"{done} of {all_runs} runs have finished."
    if not any(one.judged for one in rows):
        yield "Nothing can be compared yet."
    for winner in dict.fromkeys(one.winner for one in rows if one.winner):
        won = [str(one.row) for one in rows if one.winner == winner]
        yield f"{winner} is ahead in {listed(won, 8)}."
    for ruling, words in _ENDINGS.items():
        having = [str(one.row) for one in rows if one.ruling is ruling]
        if having:
            yield words.format(listed(having, 8))
    if totals:
        yield _of_total(totals[0])


_ENDINGS = {
    Ruling.EQUAL: "There is no difference worth choosing by in {}.",
    Ruling.UNDECIDED: "Not decided: {}; more seeds would help.",
    Ruling.NOISY: "The machine was too noisy to judge {}.",
}


def _of_total(one: Total) -> str:
    name = "your own weights" if one.profile == "own" else f"the weights of {one.profile}"
    figures = ", ".join(f"{f.display_name} {percent(share)}" for f, share in one.shares.items())
    ahead = f"{one.leader.display_name} is ahead" if one.leader else "nobody is ahead"
    rest = (
        f", and {percent(one.open)} are not decided by any measurement" if one.open > 0.005 else ""
    )
    return f"With {name} {ahead}: {figures}{rest}."


def dropped_out(results: Results) -> Iterator[str]:
    """What happened to runs that did not finish, a sentence for each contestant and reason."""
    for at, contestant in enumerate(results.match.contestants):
        bad = [one for one in results.measured if one.contestant == at and one.state.final and one.state is not State.FINISHED]  # fmt: skip
        for reason in dict.fromkeys(one.reason or str(one.state) for one in bad):
            seeds = [str(one.seed) for one in bad if (one.reason or str(one.state)) == reason]
            what = "seed" if len(seeds) == 1 else "seeds"
            yield f"{contestant.name} did not finish with {what} {listed(seeds)}: {reason.rstrip('.')}. The others are judged without it."
