"""What decides each row of the table: which figure, and between whom."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from runners.protocol import FRAMEWORKS, Framework, Mode, State
from workbench.duel import exported
from workbench.duel.code_facts import CodeFacts, code_facts
from workbench.duel.comparing import Entry, Judged, judged
from workbench.duel.figures import CODE, FIGURES, PRICE_OF_EAGER, Figure, Row, figure_of, leading
from workbench.duel.results import Measured, Results
from workbench.explain.words import listed

NOT_EXPORTED = "No run of this duel was exported, so nothing was measured. Export its runs (`twinbench duels export`), and the formats, their size and their latency stand here."
_FIXED: Mapping[Row, str] = {
    Row.VISUALISATION: "Both write what TensorBoard shows, and every run here can be opened in it; nothing was measured that could tell them apart.",
}
_IMPORTED = {
    Framework.PYTORCH: ("torch", "torchvision"),
    Framework.TENSORFLOW: ("tensorflow", "keras"),
}


def judged_row(results: Results, row: Row) -> Judged | str:
    """The comparison that decides the row, or why there is none."""
    if row in _FIXED:
        return _FIXED[row]
    if row is Row.FLEXIBILITY:
        return _flexibility(results)
    if row is Row.EASE:
        return _ease(results)
    if row in (Row.DEPLOYMENT, Row.MOBILE):
        return _elsewhere(results, row)
    figure = _leading(results, row)
    if figure is None:
        return "Nothing that decides this row has been measured."
    return _between(figure, entries(results, figure.name))


def entries(results: Results, name: str) -> list[Entry]:
    """The contestants that have the figure, with its values by seed."""
    told = exported.values if name in exported.NAMES else _trained
    found = []
    for at, contestant in enumerate(results.match.contestants):
        if values := told(results, at, name):
            found.append(Entry(contestant.name, contestant.framework, values))
    return found


def _trained(results: Results, contestant: int, name: str) -> dict[int, float]:
    return {
        one.seed: one.figures[name]
        for one in results.measured
        if one.contestant == contestant and one.state is State.FINISHED and math.isfinite(one.figures.get(name, math.nan))
    }  # fmt: skip


def names(results: Results) -> list[str]:
    """The figures that any finished run has, in the order of their first appearance; then those of exports."""
    having = (one.figures for one in results.measured if one.state is State.FINISHED)
    own = dict.fromkeys(name for figures in having for name in figures)
    return [*own, *(exported.NAMES if results.exported else ())]


def counted(results: Results) -> dict[Framework, CodeFacts]:
    """How much there is to read in the two scripts; a text that is no Python is left out."""
    found = {}
    for framework in FRAMEWORKS:
        try:
            if text := results.code.get(framework.value, ""):
                found[framework] = code_facts(text, _IMPORTED[framework])
        except SyntaxError:
            continue
    return found


def code_entries(results: Results, figure: Figure) -> list[Entry]:
    """The frameworks with one of the `CODE` figures of their scripts."""
    return [
        Entry(framework.display_name, framework, {0: float(_code_value(facts, figure.name))})
        for framework, facts in counted(results).items()
    ]


def eager_prices(results: Results) -> list[Entry]:
    """The frameworks that ran eager and as a graph with the same parameters: by seed, the eager step over the graph's."""
    found = []
    for framework in FRAMEWORKS:
        eager, graph = (_steps(results, framework, mode) for mode in (Mode.EAGER, Mode.GRAPH))
        values = {seed: eager[seed] / graph[seed] for seed in eager if graph.get(seed, 0) > 0}
        if values:
            found.append(Entry(framework.display_name, framework, values))
    return found


def _steps(results: Results, framework: Framework, mode: Mode) -> dict[int, float]:
    """Seconds of the median step by seed, of the contestant without parameters of its own."""
    ran = _ran(results, framework, mode)
    return {one.seed: one.figures["step_s"] for one in ran if "step_s" in one.figures}


def _ran(results: Results, framework: Framework, mode: Mode) -> list[Measured]:
    """The finished runs of the contestant without parameters of its own."""
    return [
        one for one in results.measured
        if one.state is State.FINISHED and (who := results.match.contestants[one.contestant]).framework is framework
        and who.mode is mode and not who.parameters
    ]  # fmt: skip


def parts(results: Results, row: Row, entry: Entry) -> list[float]:
    """What equal parts of the trainings show of one that is compared in `Row.SPEED` or `Row.FLEXIBILITY`: seconds of the median step, or
    what each part in eager mode is over each as a graph.
    """
    if row is Row.SPEED:
        of = results.match.contestants
        return _blocks(one for one in results.measured if of[one.contestant].name == entry.name)
    eager, graph = (_blocks(_ran(results, entry.framework, mode)) for mode in (Mode.EAGER, Mode.GRAPH))  # fmt: skip
    return [one / other for one in eager for other in graph]


def _blocks(runs: Iterable[Measured]) -> list[float]:
    return [block for one in runs if one.state is State.FINISHED for block in one.blocks]


# -- rows -------------------------------------------------------------------------------------------
def _leading(results: Results, row: Row) -> Figure | None:
    having = names(results)
    if row is Row.LEARNING:
        return leading(having)
    if row is Row.SPEED:
        return figure_of("samples_per_s") if "samples_per_s" in having else None
    # What a model needs of a GPU is scarcer than what it needs of the machine, where all of them ran on one.
    everyone, on_gpu = (entries(results, name) for name in ("memory_peak", "device_memory_peak"))
    if on_gpu and len(on_gpu) >= len(everyone):
        return figure_of("device_memory_peak")
    return figure_of("memory_peak") if everyone else None


def _between(figure: Figure, having: list[Entry]) -> Judged | str:
    if len(having) < 2:
        who = f"only of {having[0].name}" if having else "of nobody"
        return f"{figure.title} was measured {who}, so there is nothing to compare."
    return judged(figure, having)


def _flexibility(results: Results) -> Judged | str:
    prices = eager_prices(results)
    if len(prices) < len(FRAMEWORKS):
        return (
            "What looking into every step costs can be told where both frameworks run in eager mode and as a graph: PyTorch, "
            "torch.compile, TensorFlow and tf.function. Add those that are missing."
        )
    return judged(PRICE_OF_EAGER, prices)


def _ease(results: Results) -> Judged | str:
    taking_part = {contestant.framework for contestant in results.match.contestants}
    having = code_entries(results, CODE[0])
    if len(taking_part) < len(FRAMEWORKS):
        return "Only one framework takes part, so there are no two codes to compare."
    if len(having) < len(FRAMEWORKS):
        return "This training cannot be written as a script in both frameworks, so no code was counted."
    return judged(CODE[0], having)


def _elsewhere(results: Results, row: Row) -> Judged | str:
    """Deployment and mobile, by the figure that leads each."""
    if not results.exported:
        return NOT_EXPORTED
    (figure,) = (one for one in FIGURES if one.row is row and one.lead)
    having = entries(results, figure.name)
    exporting = {results.match.contestants[at].framework for at in exported.exporting(results)}
    if without := exporting - {one.framework for one in having}:
        names = listed([framework.display_name for framework in FRAMEWORKS if framework in without])
        what = (
            "no file for LiteRT"
            if row is Row.MOBILE
            else "no export that passed its check and was measured"
        )
        verb = "has" if len(without) == 1 else "have"
        return f"{names} {verb} {what} here, so there is nothing to compare."
    return _between(figure, having)


def _code_value(facts: CodeFacts, name: str) -> int:
    return {"lines": facts.lines, "branches": facts.branches, "api_names": len(facts.api_names)}[
        name
    ]
