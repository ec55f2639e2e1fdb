"""What the exports of a duel's runs say of its contestants. Pure functions over `Results`."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from runners.export.formats import TRAINED, get_format
from workbench.duel.figures import FIGURES, Row
from workbench.duel.results import Exported, Results

BySeed = dict[int, float]
Formats = Mapping[str, Sequence[Exported]]
NAMES = tuple(one.name for one in FIGURES if one.row in (Row.DEPLOYMENT, Row.MOBILE))
"""The figures that are told from exports."""


def values(results: Results, contestant: int, name: str) -> BySeed:
    """One of the figures `NAMES` of a contestant; empty where it is not known."""
    having = reached(results, contestant)
    mobile = {format: some for format, some in having.items() if get_format(format).mobile}
    match name:
        case "export_latency_s":
            return _of(having, fastest(having), "latency_s")
        case "export_load_s":
            return _of(having, fastest(having), "load_s")
        case "export_samples_per_s":
            return _of(having, _best(having, "throughput", 1), "throughput")
        case "export_bytes":
            return _of(having, _best(having, "size_bytes", -1), "size_bytes")
        case "export_formats":
            seeds = {one.seed for one in results.exported if one.contestant == contestant}
            return dict.fromkeys(sorted(seeds), float(len(having)))
        case "mobile_bytes":
            return _of(mobile, _best(mobile, "size_bytes", -1), "size_bytes")
        case "mobile_latency_s":
            return _of(mobile, _best(mobile, "size_bytes", -1), "latency_s")
    return {}


def reached(results: Results, contestant: int) -> Formats:
    """The exports of a contestant by format: of the formats that passed their check whenever they were made. The framework itself is none of them."""
    found: dict[str, list[Exported]] = {}
    for one in results.exported:
        if one.contestant == contestant and one.format != TRAINED:
            found.setdefault(one.format, []).append(one)
    return {format: some for format, some in found.items() if all(one.passed for one in some)}


def fastest(having: Formats) -> str:
    """The format that answers a single sample soonest; "" where none was measured."""
    return _best(having, "latency_s", -1)


def exporting(results: Results) -> list[int]:
    """The contestants of which runs were exported."""
    return sorted({one.contestant for one in results.exported})


def sentences(results: Results) -> Iterator[str]:
    """Which formats each contestant reached, which is the fastest, and what failed."""
    for at in exporting(results):
        having, name = reached(results, at), results.match.contestants[at].name
        yield f"{name} reached {_formats(having)}."
        failed = [o for o in results.exported if o.contestant == at and o.passed is False]
        for format in dict.fromkeys(one.format for one in failed):
            words = next(one.problem for one in failed if one.format == format)
            yield f"{name}: {get_format(format).title} failed its check. {words}"


def _formats(having: Formats) -> str:
    titles = [get_format(format).title for format in having]
    best = fastest(having)
    ahead = f", of which {get_format(best).title} answers a single sample soonest" if best else ""
    if len(titles) > 1:
        return f"{len(titles)} formats{ahead}: {', '.join(titles)}"
    return titles[0] if titles else "no format that passed its check"


def _best(having: Formats, figure: str, sign: int) -> str:
    """The format with the highest, or for ``sign`` -1 the lowest, geometric mean, among those measured with the most seeds."""
    known = {format: [*_of(having, format, figure).values()] for format in having}
    most = max(map(len, known.values()), default=0)
    full = {f: sign * sum(map(math.log, some)) for f, some in known.items() if most == len(some)}
    return max(full, key=lambda format: full[format]) if most else ""


def _of(having: Formats, format: str, figure: str) -> BySeed:
    some = having.get(format, ())
    return {one.seed: one.figures[figure] for one in some if one.figures.get(figure, 0) > 0}
