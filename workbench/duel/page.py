"""A duel on one page, which a newcomer understands and an expert can check."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from runners.protocol import FRAMEWORKS, State
from workbench.commands.output import time_text, value_text, version
from workbench.duel import exported, scaling
from workbench.duel import page_figures as figures
from workbench.duel import page_pictures as pictures
from workbench.duel.comparing import ERROR_RATE
from workbench.duel.fairness import Fairness, Proved, Standing, tiny
from workbench.duel.figures import Row
from workbench.duel.match import Contestant
from workbench.duel.noise import CLEAR, MOST_OTHERS, MOST_SPREAD
from workbench.duel.results import Results
from workbench.duel.rows import counted
from workbench.duel.telling import percent
from workbench.duel.verdict import RowVerdict, Ruling, Verdict, judge
from workbench.duel.weights import Total, Weights
from workbench.explain.words import count, listed
from workbench.report.content import ReportCell, ReportTable
from workbench.report.document import Block, Bullets, CodePair, Document, Heading, Pictures, Text
from workbench.report.document import Picture as AnyPicture

_PACKAGES = ("torch", "tensorflow", "keras", "numpy")


def document(results: Results, weights: Weights) -> Document:
    """The page, judged with these weights. Raises ValueError where they are none."""
    verdict = judge(results, weights)
    return Document(title(results), tuple(_facts(results)), tuple(_blocks(results, verdict)))


def title(results: Results) -> str:
    return f"{results.name}: a duel" if results.name else f"{results.match.template} on {results.match.dataset}: a duel"  # fmt: skip


def _facts(results: Results) -> Iterator[tuple[str, str]]:
    match = results.match
    yield "Trained", f"{match.template} on {match.dataset}"
    yield "Contestants", listed([contestant.name for contestant in match.contestants], 12)
    done = sum(one.state is State.FINISHED for one in results.measured)
    yield "Runs", f"{done} of {len(match.contestants) * len(match.seeds)} finished, {count(len(match.seeds), 'seed')}"  # fmt: skip
    yield "Machine", _machine(results)
    yield "Measured", f"{time_text(results.created)[:16]}, Twinbench {version()}"


def _machine(results: Results) -> str:
    """In a line, as in "Intel Xeon, cores: 2, memory: 25.3 GB, ..."; the names are left out where the words speak for themselves."""
    named = ("cores", "memory")
    facts = (f"{k}: {text}" if k in named else text for k, text in results.machine.items())
    return ", ".join(facts) or "not known"


def _blocks(results: Results, verdict: Verdict) -> Iterator[Block]:
    yield from _answer(verdict)
    yield from _weighed(verdict)
    yield from _fairness(verdict.fairness)
    yield from _learning(results, verdict)
    yield from _speed(results, verdict)
    yield from _memory(results, verdict)
    yield from _scaling(results)
    yield from _flexibility(results, verdict)
    yield from _ease(results, verdict)
    yield from _deployment(results, verdict)
    yield Heading("All comparisons")
    yield figures.comparisons_table(verdict)
    yield from _settings(results)
    yield Heading("How this was judged, and what it cannot say")
    yield Bullets(LIMITS)


# -- the answer -------------------------------------------------------------------------------------
def _answer(verdict: Verdict) -> Iterator[Block]:
    yield Heading("The verdict")
    if not verdict.fairness.proved:
        yield Text(verdict.fairness.sentence, "alarm")
    else:
        yield Text(" ".join(verdict.sentences), "answer")
    yield verdict_table(verdict)
    if verdict.out:
        yield Heading("What did not finish", 3)
        yield Bullets(verdict.out)


def verdict_table(verdict: Verdict) -> ReportTable:
    """The rows of the article's table with what was measured."""
    rows = tuple(_row(one) for one in verdict.rows)
    return ReportTable("", ("", "Verdict", "Decided by", "Size of the difference", "How sure"), rows, prose=True)  # fmt: skip


def _row(one: RowVerdict) -> tuple[ReportCell, ...]:
    role = {Ruling.WINNER: "best", Ruling.UNPROVED: "bad", Ruling.NOISY: "bad"}.get(one.ruling, "")
    answer = ReportCell(one.winner or str(one.ruling), role)
    decided_by = one.figure.title if one.figure else ""
    return (
        ReportCell(str(one.row).capitalize(), "base"), answer, ReportCell(decided_by),
        ReportCell(one.size or one.sentence), ReportCell(one.uncertainty),
    )  # fmt: skip


def _weighed(verdict: Verdict) -> Iterator[Block]:
    yield Heading("What it comes to for whom")
    if not verdict.totals:
        yield Text("There are no totals: that takes both frameworks, and the proof that they train the same model.")  # fmt: skip
        return
    yield Text(
        "A row's weight goes to the framework that won it, in halves where there is no difference worth choosing by, and stays open where "
        "nothing was decided. The weights are opinions; change them and see what they do.",
        "aside",
    )
    yield totals_table(verdict.totals)
    yield weights_table(verdict.totals)


def totals_table(totals: Sequence[Total]) -> ReportTable:
    headers = ("", *(f.display_name for f in FRAMEWORKS), "open", "Ahead", "Each of these rows would tip it")  # fmt: skip
    return ReportTable("", headers, tuple(_total(one) for one in totals), prose=True)


def _total(one: Total) -> tuple[ReportCell, ...]:
    leader = one.leader.display_name if one.leader else "nobody"
    ahead = leader if one.settled else f"{leader} so far"
    return (
        ReportCell(one.profile.capitalize(), "base"),
        *(ReportCell(percent(one.shares[f]), "best" if f is one.leader else "") for f in FRAMEWORKS),
        ReportCell(percent(one.open)),
        ReportCell(ahead),
        ReportCell(listed([str(row) for row in one.tipping], 8) or "none alone"),
    )  # fmt: skip


def weights_table(totals: Sequence[Total]) -> ReportTable:
    rows = [row for row in Row if any(one.weights.get(row) for one in totals)]
    cells = (
        (ReportCell(str(row).capitalize()), *(ReportCell(f"{one.weights.get(row, 0):g}") for one in totals))
        for row in rows
    )  # fmt: skip
    return ReportTable("", ("Weights", *(one.profile for one in totals)), tuple(cells))


# -- fairness ---------------------------------------------------------------------------------------
def _fairness(fairness: Fairness) -> Iterator[Block]:
    yield Heading("Is it the same model?")
    yield Text(fairness.sentence, "" if fairness.proved else "alarm")
    yield proof_table(fairness)
    if fairness.unequal:
        yield Heading("What is not equal, and what was done about it", 3)
        yield Bullets(fairness.unequal)


def proof_table(fairness: Fairness) -> ReportTable:
    checks = next((one.checks for one in fairness.contestants if one.checks), ())
    headers = ("", "compared with", "parameters", *(f"{c.what}, {c.precision}" for c in checks), "")  # fmt: skip
    limits = ("at most", "", "", *(f"{check.limit:.0e}" for check in checks), "")
    rows = (
        *(_proof(one, len(checks)) for one in fairness.contestants),
        *([tuple(map(ReportCell, limits))] if checks else []),
    )
    remark = "Largest differences, relative to the largest output and to the loss, from the same weights and batches, without dropout."
    return ReportTable("", headers, rows, remark=remark)


def _proof(one: Proved, checks: int) -> tuple[ReportCell, ...]:
    found = [ReportCell(tiny(check.found), "" if check.holds else "bad") for check in one.checks]
    bad = one.standing in (Standing.FAILED, Standing.MISSING)
    return (
        ReportCell(one.name), ReportCell(one.reference or "–"), ReportCell(f"{one.parameter_count:,}" if one.parameter_count else "–"),
        *(found or [ReportCell("–")] * checks),
        ReportCell(_STANDINGS[one.standing], "bad" if bad else "", one.reason if bad and not one.checks else ""),
    )  # fmt: skip


_STANDINGS = {
    Standing.PROVED: "equal",
    Standing.FAILED: "differs",
    Standing.MISSING: "no proof",
    Standing.ALONE: "nobody to compare with",
}


# -- what was measured ------------------------------------------------------------------------------
def _section(results: Results, verdict: Verdict, row: Row, heading: str, *more: AnyPicture | None) -> Iterator[Block]:  # fmt: skip
    yield Heading(heading)
    decided = verdict.row(row)
    yield Text(decided.sentence)
    chart = pictures.intervals(results, decided.figure) if decided.figure else None
    if shown := tuple(one for one in (chart, *more) if one is not None):
        yield Pictures(shown)
    yield figures.figures_table(results, verdict, row)


def _learning(results: Results, verdict: Verdict) -> Iterator[Block]:
    yield from _section(results, verdict, Row.LEARNING, "Learning", *pictures.curves(results))
    target = results.match.target
    if target is not None:
        done = [one for one in results.measured if one.state is State.FINISHED]
        reached = [
            f"{contestant.name} {sum('target_s' in one.figures for one in mine)} of {len(mine)}"
            for at, contestant in enumerate(results.match.contestants)
            for mine in [[one for one in done if one.contestant == at]]
        ]
        yield Text(
            f"The target was {target.metric} {target.value:g}. Runs that reached it: {listed(reached, 12)}. Time and steps to it are "
            "those of the runs that reached it."
        )


def _speed(results: Results, verdict: Verdict) -> Iterator[Block]:
    more = (pictures.step_times(results), pictures.blocks(results))
    yield from _section(results, verdict, Row.SPEED, "Speed", *more)
    yield Heading("How quiet the machine was", 3)
    yield figures.conditions_table(results, verdict)


def _memory(results: Results, verdict: Verdict) -> Iterator[Block]:
    yield from _section(results, verdict, Row.MEMORY, "Memory")


def _scaling(results: Results) -> Iterator[Block]:
    """Only where it was asked for."""
    if not results.scaled:
        return
    yield Heading("Scaling")
    if said := scaling.sentences(results):
        yield Text(" ".join(said))
    yield Text(
        f"One short run with each value, with the first seed, alone on the machine. Nothing is tested here: within {percent(scaling.CLOSE)} nobody is called the fastest, "
        "and a run that was disturbed shows as a kink.",
        "aside",
    )  # fmt: skip
    if shown := tuple(pictures.scaling_curves(results)):
        yield Pictures(shown)
    yield from figures.scaling_tables(results)
    if problems := scaling.problems(results):
        yield Bullets(tuple(problems))


def _flexibility(results: Results, verdict: Verdict) -> Iterator[Block]:
    yield Heading("Flexibility")
    yield Text(verdict.row(Row.FLEXIBILITY).sentence)
    tables = (figures.flexibility_table(results), figures.figures_table(results, verdict, Row.FLEXIBILITY), figures.shape_table(results))  # fmt: skip
    yield from (table for table in tables if table is not None and table.rows)


def _ease(results: Results, verdict: Verdict) -> Iterator[Block]:
    yield Heading("Ease of use")
    yield Text(verdict.row(Row.EASE).sentence)
    if table := figures.code_table(results):
        yield table
        yield Text(
            "Counted in the code below: the scripts that Twinbench writes of this training, or where it cannot write them, the template's own files. "
            "How easy something is to read is more than its lines: read both.",
            "aside",
        )
    sides = [(f.display_name, results.code[f.value]) for f in counted(results)]
    if len(sides) == 2:
        yield CodePair("Both codes side by side", sides[0], sides[1])


def _deployment(results: Results, verdict: Verdict) -> Iterator[Block]:
    yield Heading("Deployment and mobile")
    if not results.exported:
        yield Text(verdict.row(Row.DEPLOYMENT).sentence)
        return
    yield Bullets(tuple(verdict.row(row).sentence for row in (Row.DEPLOYMENT, Row.MOBILE)))
    for row in (Row.DEPLOYMENT, Row.MOBILE):
        if (table := figures.figures_table(results, verdict, row)).rows:
            yield table
    yield figures.formats_table(results)
    yield Bullets(tuple(exported.sentences(results)))


# -- settings ---------------------------------------------------------------------------------------
def _settings(results: Results) -> Iterator[Block]:
    yield Heading("The machine, the versions, all settings")
    machine = tuple((ReportCell(name), ReportCell(text)) for name, text in results.machine.items())
    if machine:
        yield ReportTable("", ("Machine", ""), machine, prose=True)
    yield contestants_table(results)
    yield ReportTable("", ("Setting", ""), tuple(_setting_rows(results)), prose=True, remark="Parameters that are not named here are the template's defaults.")  # fmt: skip


def contestants_table(results: Results) -> ReportTable:
    rows = tuple(_contestant(results, at, one) for at, one in enumerate(results.match.contestants))
    headers = ("Contestant", "framework", "mode", "Python", "packages", "device", "threads")
    return ReportTable("", headers, rows, (), tuple(range(len(rows))))


def _contestant(results: Results, at: int, one: Contestant) -> tuple[ReportCell, ...]:
    found = (m.environment for m in results.measured if m.contestant == at and m.environment)
    environment = next(found, {})
    packages = environment.get("packages") or {}
    shown = ", ".join(f"{name} {packages[name]}" for name in _PACKAGES if name in packages)
    texts = (environment.get("python"), shown, environment.get("device"), environment.get("threads"))  # fmt: skip
    cells = (ReportCell(value_text(text) or "–") for text in texts)
    return (ReportCell(one.name), ReportCell(one.framework.display_name), ReportCell(one.mode.value), *cells)  # fmt: skip


def _setting_rows(results: Results) -> Iterator[tuple[ReportCell, ReportCell]]:
    match = results.match
    target = f"{match.target.metric} {match.target.value:g}" if match.target else ""
    facts = {
        "Template": match.template, "Dataset": match.dataset, "SHA-256 of its arrays": results.dataset_hash,
        "Seeds": value_text(match.seeds), "Device": match.device, "Target": target,
        **{name: value_text(value) for name, value in match.parameters.items()},
    }  # fmt: skip
    yield from ((ReportCell(name), ReportCell(text)) for name, text in facts.items() if text)


LIMITS = (
    "The unit of evidence is a run: one contestant with one seed. Contestants with the same seed begin with the same weights and see the same batches, and are "
    "compared pair by pair.",
    f"Differences are tested by the paired t test, speeds, memory and losses by their logarithms. All comparisons of a row are one family: the chance that a row in which "
    f"nobody differs names a winner is held at {percent(ERROR_RATE)} (Holm). Over several rows some chance adds up.",
    "A contestant is beaten where the difference is beyond chance and at least as large as what is worth choosing by: 3 % of speed, 5 % of memory, half a "
    "percentage point of a score, 2 % of a loss, a tenth of the lines of code. A row is won by the framework, all of whose rivals are beaten. “No difference worth choosing by” "
    "means that the whole interval is smaller than that; “not decided” means that the seeds do not tell.",
    f"Speed and the price of eager mode are not judged where other programs took more than {percent(MOST_OTHERS)} of the processor, nor where equal parts of a contestant's own runs vary by more than {percent(MOST_SPREAD)}, unless one is ahead in {percent(CLEAR)} of the pairs of parts.",
    "The t test believes that differences scatter normally; with three seeds nobody can check that. More seeds make every sentence here safer.",
    "Equality is proved at the first step and over the first ones. Later float32 rounding parts any two trainings, as it parts two of one framework on two "
    "machines; from there on only statistics over seeds mean anything.",
    "It holds for this model, these data, this size of batch, this machine and these versions, and for how this project writes the model in each framework. It says nothing of others.",
    "The price of eager mode is what it costs to run each operation at once, so that one can look into every step. Flexibility is more than that.",
)  # fmt: skip
