from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.duels import CASES, CONTESTANTS
from benchmarks.duels_page import CLAIMS, page
from runners.protocol import State
from runners.templates import all_templates
from tests.workbench.duel import made
from workbench.duel.checking import check_match
from workbench.duel.figures import Row
from workbench.report.content import ReportTable
from workbench.report.document import Bullets, Document, Heading, Text
from workbench.report.markdown import to_markdown


def table(shown: Document, heading: str) -> ReportTable:
    """The first table below the heading."""
    blocks = iter(shown.blocks)
    for block in blocks:
        if isinstance(block, Heading) and block.text == heading:
            return next(one for one in blocks if isinstance(one, ReportTable))
    raise AssertionError(f"no {heading}")


def rows(shown: Document, heading: str) -> list[list[str]]:
    return [[cell.text for cell in row] for row in table(shown, heading).rows]


def test_every_template_has_its_duel() -> None:
    assert set(CASES) == {template.name for template in all_templates()}


@pytest.mark.parametrize("quick", [False, True])
@pytest.mark.parametrize("template", CASES)
def test_every_duel_can_be_held(template: str, quick: bool, tmp_path: Path) -> None:
    match = CASES[template].match(template, 3, CONTESTANTS, quick)
    assert len(check_match(match, tmp_path, tmp_path)) == 4


def test_each_row_of_the_article_stands_beside_what_was_measured() -> None:
    found = made.results(made.TORCH, made.COMPILED, made.EAGER, made.FUNCTION)
    told = {row[0]: row[1:] for row in rows(page([found, found]), "What articles claim, and what was measured")}  # fmt: skip
    assert list(told) == [str(row).capitalize() for row in Row]
    assert told["Speed"] == [CLAIMS[Row.SPEED], "PyTorch in 2 of 2 duels"]
    assert "was exported" in told["Mobile"][1]


def test_what_was_timed_on_a_busy_machine_is_left_out() -> None:
    found = made.results(made.TORCH, made.FUNCTION)
    busy = [replace(m, figures={**m.figures, "other_cpu_share": 0.6}) for m in found.measured]
    quiet, loud = (rows(page([one]), "Figures") for one in (found, replace(found, measured=tuple(busy))))  # fmt: skip
    assert "samples/s" in quiet[0][3]
    assert [row[3:5] for row in loud] == [["too busy", "too busy"]] * 2
    assert [row[2] for row in loud] == [row[2] for row in quiet]
    unproved = replace(found, measured=tuple(busy), proofs=())
    assert [row[3:5] for row in rows(page([unproved]), "Figures")] == [["too busy", "too busy"]] * 2


def test_proofs_alone_make_a_page() -> None:
    found = replace(made.results(made.TORCH, made.FUNCTION), measured=())
    shown = page([found])
    proofs = rows(shown, "Is it the same model?")
    assert proofs[0][-1] == "equal"
    assert proofs[-1][2:-1] == [
        "6e-08",
        "6e-08",
        "1e-04",
        "–",
    ]  # the losses in float32 decide nothing
    assert Text("No training has been measured yet.") in shown.blocks
    assert "| equal |" in to_markdown(shown)


def test_the_worst_difference_of_any_contestant_is_shown() -> None:
    found = made.results(made.TORCH, made.EAGER, made.FUNCTION)
    wrong = {"float32": 0.3, "float64": math.nan}
    proofs = [replace(p, output_difference=wrong) if p.contestant == 2 else p for p in found.proofs]  # fmt: skip
    row = rows(page([replace(found, proofs=tuple(proofs))]), "Is it the same model?")[0]
    assert row[2:] == ["not computed", "2.0e-16", "3.0e-01", "1.0e-07", row[-1]]
    assert "tf.function: failed" in row[-1]


def test_a_contestant_that_dropped_out_is_named_with_its_reason() -> None:
    found = made.failed(made.results(made.TORCH, made.FUNCTION), 1, State.FAILED, "no compiler")
    text = to_markdown(page([found]))
    assert "tf.function did not finish" in text
    assert "no compiler" in text


def test_the_share_that_the_host_took_away_stands_beside_the_noise() -> None:
    found = made.results(made.TORCH, made.FUNCTION)
    assert "took away 4.2 % of the processor's time" in _words(page([found], {"cnn": 0.042}))
    assert "took away" not in _words(page([found], {"cnn": None}))


def _words(shown: Document) -> str:
    return " ".join(words for one in shown.blocks if isinstance(one, Bullets) for words in one.items)  # fmt: skip


def test_exports_fill_the_rows_of_deployment_and_mobile() -> None:
    plain = made.results(made.TORCH, made.FUNCTION)
    found = made.exported(plain, {0: ("trained", "onnx"), 1: ("trained", "onnx", "litert")}, 2.0)
    shown = page([found])
    assert len(rows(page([plain]), "The verdicts")[0]) + 2 == len(rows(shown, "The verdicts")[0])
    assert [row[:3] for row in rows(shown, "Exported models")] == [["cnn", "PyTorch", "ONNX"], ["cnn", "tf.function", "ONNX and LiteRT (.tflite)"]]  # fmt: skip
    told = {row[0]: row[2] for row in rows(shown, "What articles claim, and what was measured")}
    assert told["Deployment"].endswith("of 1 duel")
