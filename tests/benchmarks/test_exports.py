from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks.duels import CASES
from benchmarks.exports import Wanted, matrix
from benchmarks.exports_page import Cell, page
from runners.export.formats import get_format
from runners.export.manifest import Check
from runners.protocol import FRAMEWORKS, Framework
from storage.home import Home
from tests.workbench.conftest import home, scheduled  # noqa: F401
from workbench.bench import Workbench
from workbench.report.content import ReportTable
from workbench.report.markdown import to_markdown


@pytest.fixture
def bench(scheduled: Home) -> Iterator[Workbench]:  # noqa: F811
    with Workbench.open(scheduled.path) as opened:
        yield opened


@pytest.mark.long
@pytest.mark.parametrize(
    ("template", "formats"), [("mlp", ("onnx", "litert-int8")), ("forecaster", ("onnx",))]
)
def test_a_template_goes_through_the_matrix_and_what_is_there_is_not_made_again(
    bench: Workbench, template: str, formats: tuple[str, ...]
) -> None:
    wanted = Wanted((template,), formats, seconds=5.0)
    cells = list(matrix(bench, wanted))
    assert [(cell.template, cell.framework, cell.format.id) for cell in cells] == [
        (template, Framework.PYTORCH, "onnx"),
        *((template, Framework.TENSORFLOW, format) for format in formats),
    ]
    assert not any(cell.problem for cell in cells)
    assert all(cell.check and cell.check.passed and cell.check.samples > 50 for cell in cells)
    assert list(matrix(bench, wanted)) == cells
    assert (len(bench.store.runs()), len(bench.exports.list())) == (2, len(cells))


def cell(format: str, check: Check | None, problem: str = "", template: str = "mlp") -> Cell:
    return Cell(template, Framework.TENSORFLOW, get_format(format), check, problem)


GOOD = Check(100, 2e-7, 1e-8, 1.0, {"accuracy": (0.9, 0.9)})
BAD = Check(100, 0.2, 0.1, 0.9, {"macro_f1": (0.9, 0.8), "accuracy": (0.9, 0.8)}, "It is worse.")


def test_the_page_says_of_each_format_how_far_it_is_from_the_trained_model() -> None:
    cells = [cell("onnx", GOOD), cell("litert-int8", GOOD), cell("saved-model", BAD), cell("litert-int8", BAD, "It is worse.", "gpt")]  # fmt: skip
    shown = page(cells)
    (table,) = (block for block in shown.blocks if isinstance(block, ReportTable))
    rows = [[one.text for one in row] for row in table.rows]
    assert rows == [
        ["mlp", "2e-07", "100 %, accuracy 0.9 → 0.9", "failed: 2e-01"],
        ["gpt", "", "failed: 90 %, accuracy 0.9 → 0.8", ""],
    ]
    assert shown.facts[1] == ("Exports", "4 made, 2 passed their check")
    assert "TensorFlow, LiteRT" in to_markdown(shown)


def test_what_was_not_made_has_its_reason_without_a_path_of_this_machine() -> None:
    text = to_markdown(page([cell("tensorrt", None, "It takes a GPU in /opt/my/place.")]))
    assert "It takes a GPU in this Python" in text
    assert "/opt" not in text


def test_every_template_can_be_asked_for() -> None:
    assert all("time_limit" in Wanted((name,), ()).parameters(name) for name in CASES)
    assert Wanted((), ()).frameworks == FRAMEWORKS
