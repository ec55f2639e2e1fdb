from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from runners.protocol import FRAMEWORKS
from storage.records import RunRecord
from storage.store import Store
from tests.examples import SPEC
from tests.workbench.conftest import Call, finished_run


@pytest.fixture
def runs(store: Store) -> list[RunRecord]:
    specs = [
        replace(SPEC, framework=framework, seed=seed)
        for framework in FRAMEWORKS
        for seed in (1, 2, 3)
    ]
    return [
        finished_run(store, f"{spec.framework} {spec.seed}", [1.0, 0.5 + at / 100, 0.25], spec)
        for at, spec in enumerate(specs)
    ]


def test_a_report_is_written_for_the_named_runs(
    call: Call, runs: list[RunRecord], tmp_path: Path
) -> None:
    page, text = tmp_path / "r.html", tmp_path / "r.md"
    answer = call("compare", "1", "2", "--html", str(page), "--markdown", str(text))
    assert answer.code == 0
    picture = tmp_path / "r-plots" / "plot-1.svg"
    assert answer.out.splitlines() == [str(page), str(text), str(picture)]
    assert "pytorch 2" in page.read_text("utf-8")
    assert "pytorch 3" not in page.read_text("utf-8")
    assert picture.is_file()


def test_runs_are_found_by_a_filter_too(call: Call, runs: list[RunRecord]) -> None:
    found = call("compare", "--filter", "framework = tensorflow and seed >= 2", "--json").json
    assert {run["name"] for run in found["runs"]} == {"tensorflow 2", "tensorflow 3"}


def test_named_runs_come_first_and_none_twice(call: Call, runs: list[RunRecord]) -> None:
    found = call("compare", "pytorch 1", "--filter", "framework = pytorch", "--json").json
    names = [run["name"] for run in found["runs"]]
    assert names[0] == "pytorch 1"
    assert sorted(names) == ["pytorch 1", "pytorch 2", "pytorch 3"]


def test_what_is_drawn_and_how_can_be_said(
    call: Call, runs: list[RunRecord], tmp_path: Path
) -> None:
    page = tmp_path / "r.html"
    words = (
        "--metric",
        "loss",
        "--x",
        "epoch",
        "--log-y",
        "--smoothing",
        "mean:2",
        "--title",
        "T <1>",
    )
    assert call("compare", "1", "2", "--html", str(page), *words, "--baseline", "5").code == 0
    text = page.read_text("utf-8")
    assert "<h1>T &lt;1&gt;</h1>" in text
    assert "smoothed (mean 2)" in text
    assert "#5 tensorflow 2 (base)" in text


def test_repetitions_are_drawn_as_one(call: Call, runs: list[RunRecord], tmp_path: Path) -> None:
    page = tmp_path / "r.html"
    words = ("--replicates", "confidence", "--html", str(page))
    assert call("compare", "--filter", "seed exists", *words).code == 0
    assert "framework=pytorch (n = 3)" in page.read_text("utf-8")
    assert "<polygon" in page.read_text("utf-8")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "name the runs"),
        (("--filter", "seed = 99"), "no run passes the filter"),
        (("--filter", "seed = 1 and sed = 2"), "  seed = 1 and sed = 2\n               ^^^"),
        (("1", "--html", "{tmp}/missing/r.html"), "there is no folder"),
        (("1", "--html", "{tmp}/r.html", "--metric", "nope"), "they have: loss, test/accuracy"),
        (("1", "--html", "{tmp}/r.html", "--x", "nope"), "step, epoch, time, wall"),
        (("1", "--smoothing", "2"), "a weight from 0 to 0.999"),
        (("1", "--smoothing", "blur:2"), "mean:POINTS or gaussian:SIGMA"),
        (("1", "--smoothing", "nan"), "is not understood"),
        (("1", "--replicates", "wide"), "wide"),
        (("1", "--baseline", "99"), "99"),
    ],
)
def test_what_makes_no_sense_is_told(
    call: Call, runs: list[RunRecord], tmp_path: Path, words: tuple[str, ...], told: str
) -> None:
    answer = call("compare", *(word.replace("{tmp}", str(tmp_path)) for word in words))
    assert answer.code == 2
    assert told in answer.err
    assert not list(tmp_path.glob("*.html"))


def test_of_many_runs_each_has_a_line(call: Call, store: Store) -> None:
    for n in range(14):
        finished_run(store, f"run {n}", [1.0, 1 / (n + 1)])
    lines = call("compare", "--filter", "state = finished").out.splitlines()
    assert lines[0].split()[:2] == ["run", "state"]
    assert len([line for line in lines if "finished" in line]) == 14
