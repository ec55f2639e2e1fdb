"""The page about the duels of all templates, with what articles claim beside what was measured."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from benchmarks.versions import versions
from runners.export.formats import get_format
from runners.protocol import State
from workbench.commands.output import value_text
from workbench.duel.comparing import mean_interval
from workbench.duel.exported import exporting, reached
from workbench.duel.fairness import Proved, Standing, tiny
from workbench.duel.figures import Figure, Row, figure_of, leading
from workbench.duel.results import Results
from workbench.duel.rows import entries, names
from workbench.duel.telling import percent, value_words
from workbench.duel.verdict import RowVerdict, Ruling, Verdict, judge
from workbench.duel.weights import DEFAULT, PROFILES
from workbench.explain.words import count, listed
from workbench.report.content import ReportCell, ReportTable
from workbench.report.document import Block, Bullets, Document, Heading, Text

CLAIMS: Mapping[Row, str] = {
    Row.LEARNING: "The two learn alike; a result depends on the model and not on the framework.",
    Row.SPEED: "TensorFlow is faster in production, since it makes a graph of a model; PyTorch is about as fast, or faster for research.",
    Row.MEMORY: "TensorFlow takes more memory, PyTorch hands it back sooner.",
    Row.FLEXIBILITY: "PyTorch is flexible, since it runs a model step by step; TensorFlow's graphs are rigid.",
    Row.EASE: "PyTorch is easier to learn and reads like Python; TensorFlow is harder, though Keras has made it easier.",
    Row.DEPLOYMENT: "TensorFlow is ahead, with TensorFlow Serving; PyTorch is catching up.",
    Row.MOBILE: "TensorFlow is ahead, with TensorFlow Lite.",
    Row.VISUALISATION: "TensorFlow is ahead, with TensorBoard; with PyTorch one needs tools of others.",
}
"""What articles that compare the two usually claim, in a sentence each."""
_JUDGED = (Row.LEARNING, Row.SPEED, Row.MEMORY, Row.FLEXIBILITY, Row.EASE)
_EXPORTED = (Row.DEPLOYMENT, Row.MOBILE)
_TIMED = ("samples_per_s", "first_step_s")
_BUSY = "too busy"
_HOW = (
    "Each template was trained by each contestant with each seed, alone on the machine and in turns, and judged as docs/duel.md says. It holds for these models, data, "
    "budgets, this machine and these versions."
)
_ABOUT_CLAIMS = (
    "The claims are not this project's: they are what articles that compare the two frameworks usually say. Beside each stands in how many of the duels below which "
    "framework was measured to be ahead."
)
_ABOUT_PROOFS = (
    "Before any training every contestant computes the outputs for the same samples from the same weights, and trains for the first steps on the same batches, "
    "without dropout. The largest difference of any contestant from the first is shown, relative to the largest output and to the loss. The losses in float32 are shown and decide nothing where float64 was computed: batch norm and large steps multiply rounding, "
    "as they do between two machines. None of these figures depends on how busy a machine is."
)


@dataclass(frozen=True)
class _Duel:
    results: Results
    verdict: Verdict
    stolen: float | None

    @property
    def template(self) -> str:
        return self.results.match.template

    @property
    def trained(self) -> bool:
        return any(one.state is State.FINISHED for one in self.results.measured)


def page(
    found: Sequence[Results], stolen: Mapping[str, float | None] = MappingProxyType({})
) -> Document:
    """One page for all of them. Those that nothing was trained in yet tell of their proofs alone.

    ``stolen`` is the share of the processor's time that the host of a virtual machine took away, by the duel's template.
    """
    duels = [_Duel(one, judge(one, PROFILES[DEFAULT]), stolen.get(one.match.template)) for one in found]  # fmt: skip
    who = dict.fromkeys(each.name for one in found for each in one.match.contestants)
    facts = (("Machine", _machine(found)), ("Versions", versions()), ("Contestants", listed([*who], 12)))  # fmt: skip
    return Document("The duels of all templates", facts, tuple(_blocks(duels)))


def _machine(found: Sequence[Results]) -> str:
    """Without the load, which every duel has of its own, and the system's long name."""
    known = next((one.machine for one in found if one.machine), {})
    named = ("cores", "memory")
    facts = {name: text for name, text in known.items() if name not in ("load", "system")}
    return ", ".join(f"{k}: {text}" if k in named else text for k, text in facts.items()) or "not known"  # fmt: skip


def _blocks(duels: Sequence[_Duel]) -> Iterator[Block]:
    yield Text(
        "This page was written by python -m benchmarks.duels, which holds the duels on any machine."
    )
    yield Text(_HOW)
    trained = [one for one in duels if one.trained]
    yield Heading("What articles claim, and what was measured")
    yield Text(_ABOUT_CLAIMS)
    yield _claims(trained)
    yield Heading("The verdicts")
    if trained:
        yield _verdicts(trained)
    else:
        yield Text("No training has been measured yet.")
    yield Heading("Is it the same model?")
    yield Text(_ABOUT_PROOFS)
    yield _proofs(duels)
    if trained:
        yield Heading("Figures")
        yield _figures(trained)
        if exported := [one for one in trained if one.results.exported]:
            yield Heading("Exported models")
            yield _exports(exported)
        yield Heading("How quiet the machine was")
        yield Bullets(tuple(map(_quiet, trained)))
        if out := [f"{one.template}: {words}" for one in trained for words in one.verdict.out]:
            yield Heading("What did not finish")
            yield Bullets(tuple(out))
    yield Heading("What was trained")
    yield _settings(duels)


# -- verdicts -----------------------------------------------------------------------------------------
def _claims(trained: Sequence[_Duel]) -> ReportTable:
    rows = tuple(
        (ReportCell(str(row).capitalize(), "base"), ReportCell(claim), ReportCell(_measured(row, trained)))
        for row, claim in CLAIMS.items()
    )  # fmt: skip
    return ReportTable("", ("", "What articles claim", "Measured"), rows, prose=True)


def _measured(row: Row, trained: Sequence[_Duel]) -> str:
    """``TensorFlow in 7, no difference worth choosing by in 3 of 10``."""
    if not trained:
        return "Nothing yet."
    said = Counter(_short(one.verdict.row(row)) for one in trained)
    if list(said) == [_short_words(Ruling.UNMEASURED)]:
        return trained[0].verdict.row(row).sentence
    return f"{listed([f'{words} in {n}' for words, n in said.most_common()])} of {count(len(trained), 'duel')}"


def _short(one: RowVerdict) -> str:
    return one.winner or _short_words(one.ruling)


def _short_words(ruling: Ruling) -> str:
    return str(ruling).partition(":")[0]


def _verdicts(trained: Sequence[_Duel]) -> ReportTable:
    judged = (*_JUDGED, *(_EXPORTED if any(one.results.exported for one in trained) else ()))
    rows = tuple(
        (ReportCell(one.template, "base"), *(_verdict(one.verdict.row(row)) for row in judged))
        for one in trained
    )
    headers = ("", *(str(row).capitalize() for row in judged))
    remark = "In parentheses, how the best contestant of the framework that is ahead, or of all, stands to the best of the other one."
    return ReportTable("", headers, rows, prose=True, remark=remark)


def _verdict(one: RowVerdict) -> ReportCell:
    return ReportCell(_short(one), "differs" if one.winner else "", one.size)


# -- proofs -------------------------------------------------------------------------------------------
def _proofs(duels: Sequence[_Duel]) -> ReportTable:
    every = [check for one in duels for it in one.verdict.fairness.contestants for check in it.checks]  # fmt: skip
    limits = {(c.what, c.precision): f"{c.limit:.0e}" if c.decides else "–" for c in every}
    headers = ("", "parameters", *(f"{what}, {precision}" for what, precision in limits), "")
    rows = [_proof(one, list(limits)) for one in duels]
    if limits:
        last = ("at most", "", *limits.values(), "")
        rows.append(tuple(map(ReportCell, last)))
    return ReportTable("", headers, tuple(rows))


def _proof(duel: _Duel, columns: Sequence[tuple[str, str]]) -> tuple[ReportCell, ...]:
    who = duel.verdict.fairness.contestants
    parameters = max((one.parameter_count for one in who), default=0)
    figures = (_worst(who, what, precision) for what, precision in columns)
    return (
        ReportCell(duel.template, "base"), ReportCell(f"{parameters:,}" if parameters else "–"),
        *figures, ReportCell(_standing(who)),
    )  # fmt: skip


def _worst(who: Sequence[Proved], what: str, precision: str) -> ReportCell:
    found = [c for one in who for c in one.checks if (c.what, c.precision) == (what, precision)]
    if not found:
        return ReportCell("–")
    worst = max((check.found for check in found), key=lambda x: math.inf if math.isnan(x) else x)
    return ReportCell(tiny(worst), "" if all(check.holds for check in found) else "bad")


def _standing(who: Sequence[Proved]) -> str:
    bad = [f"{one.name}: {one.standing} ({one.reason})" for one in who if one.standing in (Standing.FAILED, Standing.MISSING)]  # fmt: skip
    return listed(bad) if bad else "equal" if len(who) > 1 else "–"


# -- figures ------------------------------------------------------------------------------------------
def _figures(trained: Sequence[_Duel]) -> ReportTable:
    headers = ("", "contestant", "learnt", *(figure_of(name).title for name in _TIMED), figure_of("memory_peak").title)  # fmt: skip
    rows = tuple(row for one in trained for row in _contestants(one))
    remark = "Means over the seeds. What was timed while the machine was too busy to judge it is left out."
    return ReportTable("", headers, rows, prose=True, remark=remark)


def _contestants(duel: _Duel) -> Iterator[tuple[ReportCell, ...]]:
    lead = leading(names(duel.results))
    busy = bool(duel.verdict.noise.reason) and duel.verdict.row(Row.SPEED).ruling is not Ruling.WINNER  # fmt: skip
    for one in duel.results.match.contestants:
        learnt = ReportCell("–") if lead is None else _value(duel.results, lead, one.name)
        if lead is not None and learnt.text != "–":
            learnt = ReportCell(f"{lead.title} {learnt.text}")
        timed = (
            ReportCell(_BUSY) if busy else _value(duel.results, figure_of(name), one.name)
            for name in _TIMED
        )
        memory = _value(duel.results, figure_of("memory_peak"), one.name)
        yield ReportCell(duel.template), ReportCell(one.name), learnt, *timed, memory


def _value(results: Results, figure: Figure, contestant: str) -> ReportCell:
    values = next((e.values.values() for e in entries(results, figure.name) if e.name == contestant), ())  # fmt: skip
    return ReportCell(value_words(figure, mean_interval(figure, values)[0]))


def _exports(duels: Sequence[_Duel]) -> ReportTable:
    figures = ("export_latency_s", "export_bytes", "mobile_bytes", "mobile_latency_s")
    headers = ("", "contestant", "formats that passed", *(figure_of(name).title for name in figures))  # fmt: skip
    rows = tuple(
        (ReportCell(one.template, "base"), ReportCell(one.results.match.contestants[at].name), ReportCell(_formats(one.results, at)),
         *(_value(one.results, figure_of(name), one.results.match.contestants[at].name) for name in figures))
        for one in duels for at in exporting(one.results)
    )  # fmt: skip
    remark = "Means over the seeds, of calls in Python on this machine. The framework itself counts for nobody."
    return ReportTable("", headers, rows, prose=True, remark=remark)


def _formats(results: Results, contestant: int) -> str:
    return listed([get_format(name).title for name in reached(results, contestant)]) or "none"


def _quiet(duel: _Duel) -> str:
    said = duel.verdict.noise.reason or "quiet enough to judge speed."
    if duel.stolen is None:
        return f"{duel.template}: {said}"
    return f"{duel.template}: {said} The virtual machine's host took away {percent(duel.stolen)} of the processor's time, which counts among what others took."


# -- settings -----------------------------------------------------------------------------------------
def _settings(duels: Sequence[_Duel]) -> ReportTable:
    rows = []
    for one in duels:
        match = one.results.match
        parameters = ", ".join(f"{name} {value_text(value)}" for name, value in match.parameters.items())  # fmt: skip
        done = sum(run.state is State.FINISHED for run in one.results.measured)
        cells = (one.template, match.dataset, parameters or "the template's defaults", str(len(match.seeds)), f"{done} of {len(match.contestants) * len(match.seeds)}")  # fmt: skip
        rows.append(tuple(map(ReportCell, cells)))
    remark = "What is not named has the template's defaults."
    return ReportTable("", ("", "dataset", "parameters", "seeds", "trainings done"), tuple(rows), prose=True, remark=remark)  # fmt: skip
