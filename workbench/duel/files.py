"""A duel as files: the raw numbers as CSV, and all of it as JSON, from which it is judged again or run again elsewhere."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from runners.export.formats import get_format
from runners.protocol import State
from workbench.commands.output import strict
from workbench.duel.figures import CONDITIONS, EXPORTED, LARGEST, figure_of
from workbench.duel.match import Match
from workbench.duel.results import Exported, Measured, Proof, Results, Scaled
from workbench.duel.verdict import RowVerdict, Verdict, judge
from workbench.duel.weights import DEFAULT, PROFILES

_VERSION = 1
_PASSED = {True: "passed", False: "failed", None: "not checked"}
_COLUMNS = ("contestant", "framework", "mode", "seed", "run", "state", "figure", "title", "unit", "value", "scaled", "scaled_to", "format")  # fmt: skip


def to_csv(results: Results) -> str:
    """A row for each contestant, seed and figure, with ``_COLUMNS``; a run without figures has one row. Every digit is there.

    Rows of what was scaled say at their end which parameter was set to what, those of exports which format.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    first = results.match.seeds[0]
    runs: list[tuple[Measured | Scaled | Exported, int, str, tuple[object, object, str]]] = [
        *((one, one.seed, one.state.value, ("", "", "")) for one in results.measured),
        *((one, first, one.state.value, (one.what, one.value or "", "")) for one in results.scaled),
        *((one, one.seed, _PASSED[one.passed], ("", "", one.format)) for one in results.exported),
    ]
    for one, seed, state, end in runs:
        who = results.match.contestants[one.contestant]
        start = (who.name, who.framework.value, who.mode.value, seed, one.run_id, state)
        for figure in _figures(one) or [("", "", "", "")]:
            writer.writerow((*start, *figure, *end))
    return text.getvalue()


def _figures(one: Measured | Scaled | Exported) -> list[tuple[str, str, str, str]]:
    return [(name, *_title(name), repr(float(value))) for name, value in one.figures.items()]


def _title(name: str) -> tuple[str, str]:
    if own := {**CONDITIONS, **LARGEST, **EXPORTED}.get(name):
        return own
    figure = figure_of(name)
    return figure.title, figure.unit


def to_json(results: Results) -> str:
    """The results, and for other programs the verdict by the default weights. `from_json` reads the results back, equal in every bit."""
    raw = asdict(results) | {"match": json.loads(results.match.to_json())}
    whole = {
        "version": _VERSION,
        "kind": "twinbench duel",
        "results": raw,
        "verdict": _verdict(judge(results, PROFILES[DEFAULT])),
    }
    return json.dumps(strict(whole), indent=1, allow_nan=False)


def from_json(text: str) -> Results:
    """Raises ValueError, in words, if it is something else."""
    try:
        whole: dict[str, Any] = json.loads(text)
        if whole["version"] != _VERSION:
            raise ValueError("a newer version of Twinbench wrote it")
        raw = whole["results"]
        match = Match.from_json(json.dumps(raw.pop("match")))
        proofs = tuple(_proof(one) for one in raw.pop("proofs"))
        measured = tuple(_measured(one) for one in raw.pop("measured"))
        unequal = tuple(map(str, raw.pop("unequal")))
        scaled = tuple(_scaled(one) for one in raw.pop("scaled", ()))
        exported = tuple(_exported(one) for one in raw.pop("exported", ()))
        found = Results(
            match=match, proofs=proofs, measured=measured, unequal=unequal, scaled=scaled,
            exported=exported, **raw,
        )  # fmt: skip
        _check(found)
    except (LookupError, TypeError, AttributeError, json.JSONDecodeError) as error:
        raise ValueError(f"this is not the file of a duel: {error}") from error
    return found


def _proof(raw: Mapping[str, Any]) -> Proof:
    return Proof(
        **{
            **raw,
            "state": State(raw["state"]),
            "output_difference": {k: float(v) for k, v in raw["output_difference"].items()},
            "loss_differences": {k: _floats(v) for k, v in raw["loss_differences"].items()},
        }
    )


def _measured(raw: Mapping[str, Any]) -> Measured:
    return Measured(
        **{
            **raw,
            "state": State(raw["state"]),
            "figures": {k: float(v) for k, v in raw["figures"].items()},
            "blocks": _floats(raw["blocks"]),
            "histogram": {k: _floats(v) for k, v in raw["histogram"].items()},
            "curves": {k: tuple(_point(p) for p in v) for k, v in raw["curves"].items()},
        }
    )


def _scaled(raw: Mapping[str, Any]) -> Scaled:
    figures = {k: float(v) for k, v in raw["figures"].items()}
    return Scaled(**{**raw, "state": State(raw["state"]), "figures": figures})


def _exported(raw: Mapping[str, Any]) -> Exported:
    get_format(raw["format"])
    return Exported(**{**raw, "figures": {k: float(v) for k, v in raw["figures"].items()}})


def _floats(raw: Sequence[Any]) -> tuple[float, ...]:
    """JSON has no NaN and no infinity: they stand there as their names."""
    return tuple(map(float, raw))


def _point(raw: Sequence[Any]) -> tuple[float, float, float]:
    step, seconds, value = map(float, raw)
    return step, seconds, value


def _check(results: Results) -> None:
    """Raises ValueError where a record names a contestant that there is not, or a text is none."""
    most = len(results.match.contestants)
    places = [one.contestant for one in results.measured]
    places += [one.contestant for one in results.scaled]
    places += [one.contestant for one in results.exported]
    places += [at for one in results.proofs for at in (one.contestant, one.reference)]
    if any(not isinstance(at, int) or not 0 <= at < most for at in places):
        raise ValueError("this is not the file of a duel: it names a contestant that it has not")
    texts = [results.duel, results.name, results.dataset_hash]
    if not all(isinstance(text, str) for text in (*texts, *results.code.values(), *results.machine.values())):  # fmt: skip
        raise ValueError("this is not the file of a duel: a text is missing")


# -- the verdict, for other programs ----------------------------------------------------------------
def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "proved": verdict.fairness.proved,
        "fairness": verdict.fairness.sentence,
        "noise": verdict.noise.reason,
        "rows": [_row(one) for one in verdict.rows],
        "totals": [
            {
                "profile": one.profile,
                "shares": {framework.value: share for framework, share in one.shares.items()},
                "open": one.open,
                "leader": one.leader.value if one.leader else None,
                "tipping": [row.value for row in one.tipping],
            }
            for one in verdict.totals
        ],
        "sentences": list(verdict.sentences),
    }


def _row(one: RowVerdict) -> dict[str, Any]:
    return {
        "row": one.row.value,
        "ruling": one.ruling.value,
        "figure": one.figure.name if one.figure else None,
        "winner": one.winner,
        "holders": list(one.holders),
        "sentence": one.sentence,
        "comparisons": list(_comparisons(one)),
    }


def _comparisons(one: RowVerdict) -> Iterator[dict[str, Any]]:
    """Advantages are of natural logarithms where ``ratio`` is true."""
    if one.judged is None:
        return
    names = [entry.name for entry in one.judged.entries]
    for each in one.judged.comparisons:
        effect = None if math.isnan(each.effect) else each.effect
        pair = {
            "one": names[each.one],
            "other": names[each.other],
            "ratio": one.judged.figure.ratio,
        }
        yield asdict(each) | pair | {"effect": effect, "finding": each.finding.value}
