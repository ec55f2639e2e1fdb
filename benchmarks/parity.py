"""How equal each template's models are in PyTorch and in TensorFlow, as tables for ``docs/parity.md``.

``python -m benchmarks.parity [--only CASE ...] [--output FILE]``. The cases and the processes that measure them are those of the tests
(``tests/runners/templates``). Without ``--output`` the tables are printed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.versions import versions
from runners.templates import get_template
from tests.runners.templates.cases import CASES
from tests.runners.templates.parity_results import Pair, measure

_INTRODUCTION = """\
# How equal the frameworks are

Each template has one implementation in PyTorch and one in TensorFlow. These figures compare them, on small models and data, from the same
weights and the same batches. They are the largest differences that were seen, relative to the largest number of the array (outputs, gradients) or
to the loss itself. float64 rounds at 1.1e-16 and float32 at 6.0e-8, so what is near that is equal but for the order of sums.

`python -m benchmarks.parity --output docs/parity.md` wrote this page, with {versions}, on the CPU. The tests fail where a model
departs from the other by more than 1e-9 in float64, or in float32 by more than 1e-5 and twice the rounding, unless the reason is stated below.
"""
_MODELS = ("model", "template", "learns", "parameters")
_FLOAT64 = (
    "model",
    "outputs",
    "gradients",
    "momentum, 20 steps",
    "50 steps",
    "AdamW, 50 steps",
    "weights after 50",
)
_FLOAT32 = ("model", "outputs", "gradients", "their rounding", "momentum, 20 steps", "50 steps")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="+", choices=CASES, default=list(CASES), metavar="CASE")
    parser.add_argument("--output", type=Path, metavar="FILE")
    chosen = parser.parse_args()
    with TemporaryDirectory() as name:
        folder = Path(name)
        measure(folder, chosen.only)
        text = _page({case: Pair(folder, case) for case in chosen.only})
    if chosen.output:
        chosen.output.write_text(text, "utf-8")
    else:
        print(text)
    return 0


def _page(pairs: dict[str, Pair]) -> str:
    return "\n".join(
        [
            _INTRODUCTION.format(versions=versions()),
            "## The models\n",
            *_table(_MODELS, [_model_row(*item) for item in pairs.items()]),
            "\n## In float64\n",
            "TensorFlow is in graph mode, but for the first model. Further models of a template follow one optimizer alone.\n",
            *_table(_FLOAT64, [_float64_row(*item) for item in pairs.items()]),
            "\n## In float32\n",
            "*Their rounding* is how far the gradients of either framework are from its own in float64. It is large where rounding moves a place across "
            "the kink of an activation, and such a network's losses part in the course of a training, as those of two runs on different machines do.\n",
            *_table(_FLOAT32, [_float32_row(*item) for item in pairs.items()]),
            "\n## What is not the same\n",
            *_unmatched(pairs),
            "",
        ]
    )


def _model_row(case: str, pair: Pair) -> list[str]:
    one = CASES[case]
    task = one.declared.task(one.dataset)
    return [
        case,
        one.template,
        f"{task} of {one.dataset.input}",
        f"{pair.pytorch['float64/trained']:,}",
    ]


def _float64_row(case: str, pair: Pair) -> list[str]:
    figures = [
        pair.apart("float64/output/"),
        pair.gradients_apart("float64"),
        pair.losses_apart("momentum/float64", 20),
        pair.losses_apart("momentum/float64", 50),
        pair.losses_apart("adamw/float64", 50) if "adamw" in CASES[case].courses else None,
        pair.apart("momentum/float64/weights/"),
    ]
    return [case, *map(_figure, figures)]


def _float32_row(case: str, pair: Pair) -> list[str]:
    is_first = "adamw" in CASES[case].courses
    figures = [
        pair.apart("float32/output/"),
        pair.gradients_apart("float32"),
        pair.gradients_rounded(),
        *(pair.losses_apart("momentum/float32", n) if is_first else None for n in (20, 50)),
    ]
    return [case, *map(_figure, figures)]


def _figure(difference: float | None) -> str:
    if difference is None:
        return ""
    return f"{difference:.1e}" if difference else "0"


def _table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """In Markdown; all columns but the first that hold figures are aligned to the right."""
    figures = [bool(rows) and rows[0][n][:1].isdigit() for n in range(len(headers))]
    line = ["---:" if is_figure else "---" for is_figure in figures]
    return [f"| {' | '.join(cells)} |" for cells in (headers, line, *rows)]


def _unmatched(pairs: Iterable[str]) -> list[str]:
    templates = dict.fromkeys(CASES[case].template for case in pairs)
    declared = [(name, reason) for name in templates for reason in get_template(name).unmatched]
    known = [(case, CASES[case].because) for case in pairs if CASES[case].because]
    return [f"- `{name}`: {reason}." for name, reason in declared + known]


if __name__ == "__main__":
    sys.exit(main())
