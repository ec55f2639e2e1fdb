"""Many injections at random moments, and what they broke: the counts that must be zero."""

from __future__ import annotations

import random
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from runners.protocol import State
from storage.check import check
from storage.records import RunRecord
from storage.store import StoreError
from tests.faults.acknowledged import compare
from tests.faults.injections import INJECTIONS, Injection
from tests.faults.laboratory import LANES, Laboratory, Overdue, Trial, witnessed

LONGEST_CALM_S = 1.0
MOST_ATTEMPTS = 4
FRAMEWORKS = ("pytorch", "pytorch", "pytorch", "tensorflow")


@dataclass
class Report:
    """What a campaign found. The first five lists and counts must be empty or zero."""

    lost_points: int = 0
    wrong_points: int = 0
    wrong_states: list[str] = field(default_factory=list)
    orphans: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    overdue: list[str] = field(default_factory=list)
    acknowledged: int = 0
    unacknowledged: int = 0
    runs: int = 0
    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    @property
    def injections(self) -> int:
        return sum(len(found) for found in self.seconds.values())

    @property
    def clean(self) -> bool:
        found = (self.wrong_states, self.orphans, self.broken, self.overdue)
        return not (self.lost_points or self.wrong_points or any(found))

    def __str__(self) -> str:
        times = [second for found in self.seconds.values() for second in found]
        lines = [
            f"injections                 {self.injections}, in {self.runs} runs",
            f"acknowledged points        {self.acknowledged:,}",
            f"  of these lost            {self.lost_points}",
            f"points doubled or invented {self.wrong_points}",
            f"points stored whose call was killed before it returned {self.unacknowledged}",
            f"wrong final states         {len(self.wrong_states)}",
            f"orphaned processes         {len(self.orphans)}",
            f"broken histories           {len(self.broken)}",
            f"never shown                {len(self.overdue)}",
        ]
        if times:
            median, longest = statistics.median(times), max(times)
            lines.append(
                f"until the truth was shown  median {median:.2f} s, longest {longest:.2f} s"
            )
        for name, found in sorted(self.seconds.items()):
            middle, top = statistics.median(found), max(found)
            lines.append(
                f"  {name:36} {len(found):4}  median {middle:6.2f} s  longest {top:6.2f} s"
            )
        lines += self.wrong_states + self.orphans + self.broken + self.overdue
        return "\n".join(lines)


class Campaign:
    """``injections`` faults on one home, the kinds drawn by their weights with ``seed``."""

    def __init__(
        self, home: Path, scratch: Path, *, seed: int, windows: int, small_disk: bool
    ) -> None:
        self._chance = random.Random(seed)
        self._home, self._scratch = home, scratch
        self._windows = windows
        self._kinds = [
            kind
            for kind in INJECTIONS
            if (small_disk or not kind.small_disk) and (windows or kind.name != "kill a window")
        ]
        self._ended: list[Trial] = []
        self.report = Report()

    def run(
        self,
        injections: int,
        tell: Callable[[str], None] = lambda _: None,
        kinds: Sequence[str] = (),
    ) -> Report:
        """Inject, the named kinds first, then drawn ones; end all runs; judge."""
        first = [next(kind for kind in self._kinds if kind.name == name) for name in kinds]
        with witnessed(self._scratch):
            lab = Laboratory(self._home, self._scratch, windows=self._windows)
            try:
                for number in range(injections):
                    kind = first[number] if number < len(first) else self._draw()
                    self._inject(lab, kind, f"{number + 1}/{injections}", tell)
                self._end_all(lab)
                self._judge(lab)
            finally:
                lab.close()
        return self.report

    def _draw(self) -> Injection:
        (kind,) = self._chance.choices(self._kinds, [kind.weight for kind in self._kinds])
        return kind

    def _inject(
        self, lab: Laboratory, kind: Injection, number: str, tell: Callable[[str], None]
    ) -> None:
        try:
            self.report.broken += lab.collapsed_windows()
            lab.open_windows()
            self._fill_lanes(lab)
            trial = self._chance.choice(lab.trials)
            lab.wait_training(trial)
            time.sleep(self._chance.random() * LONGEST_CALM_S)
            seconds = kind.inject(lab, trial, self._chance)
        except (Overdue, StoreError, AssertionError, OSError) as error:
            self.report.overdue.append(f"{kind.name}: {type(error).__name__}: {error}")
            tell(f"{number} {kind.name}: {error}")
            self._give_up(lab)
            return
        self.report.seconds[kind.name].append(seconds)
        tell(f"{number} {kind.name} on run {trial.run_id}: {seconds:.2f} s")
        if kind.ends:
            self._settle(lab, trial)

    def _fill_lanes(self, lab: Laboratory) -> None:
        while len(lab.trials) < LANES:
            lab.trials.append(lab.queue(self._chance.choice(FRAMEWORKS)))
        for trial in lab.trials:
            lab.wait(lambda t=trial: lab.trainer(t) is not None, "it starts")  # type: ignore[misc]

    def _settle(self, lab: Laboratory, trial: Trial) -> None:
        """Judge a run that came to an end, and resume it or go on with another."""
        self._judge_state(lab.run(trial), trial)
        lab.wait(lambda: not lab.members(trial), f"nothing of run {trial.run_id} is left")
        if trial.attempts < MOST_ATTEMPTS and self._chance.random() < 0.5:
            lab.workbench.resume([trial.run_id])
            trial.attempts += 1
            trial.adopted, trial.allowed = False, frozenset()
        else:
            lab.trials.remove(trial)
            self._ended.append(trial)

    def _give_up(self, lab: Laboratory) -> None:
        """After something that never came to pass: end the runs of now, however, and go on with others."""
        self.report.broken += lab.collapsed_windows()
        lab.open_windows()
        for trial in lab.trials:
            trial.allowed = frozenset(state for state in State if state.final)
        self._end_all(lab)

    def _end_all(self, lab: Laboratory) -> None:
        lab.start_scheduler()
        lab.workbench.stop([trial.run_id for trial in lab.trials])
        for trial in lab.trials:
            trial.allowed = trial.allowed or frozenset({State.STOPPED})
            lab.wait(lambda t=trial: lab.run(t).state.final, "it ends")  # type: ignore[misc]
            self._judge_state(lab.run(trial), trial)
        self._ended += lab.trials
        lab.trials = []

    def _judge_state(self, run: RunRecord, trial: Trial) -> None:
        if run.state not in trial.allowed:
            allowed = " or ".join(sorted(trial.allowed))
            self.report.wrong_states.append(
                f"run {run.id} attempt {run.attempt} is {run.state} ({run.reason}), not {allowed}"
            )

    def _judge(self, lab: Laboratory) -> None:
        lab.wait(lambda: not lab.orphans(), "no orphan is left", seconds=10)
        self.report.orphans += [f"orphan: {process}" for process in lab.orphans()]
        self.report.runs = len(self._ended)
        for trial in self._ended:
            found = compare(
                lab.witness(trial), lab.store, trial.run_id, trial.attempts, trial.destroyed
            )
            self.report.acknowledged += found.acknowledged
            self.report.lost_points += found.lost
            self.report.wrong_points += found.doubled_or_invented
            self.report.unacknowledged += found.unacknowledged
        self.report.broken += [
            f"{finding.what} ({finding.mend})"
            for finding in check(lab.home)
            if finding.level != "info"
        ]
