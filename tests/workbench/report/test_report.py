"""A report says what it was asked for, and nothing that stands in it is taken for anything but text."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from markdown_it import MarkdownIt

from runners.protocol import Framework
from storage.records import RunRecord
from storage.store import Store
from tests.examples import SPEC
from tests.workbench.conftest import finished_run, series
from workbench.errors import WorkbenchError
from workbench.plot_settings import PlotOptions, PlotSettings, Smoothing
from workbench.replicates import Replicates, Spread
from workbench.report.assemble import Cancelled, assemble
from workbench.report.content import ReportContent, ReportLine, ReportPlot, ReportRequest
from workbench.report.html import to_html
from workbench.report.markdown import to_markdown, write_html, write_markdown
from workbench.report.page import page as page_of
from workbench.report.svg import svg
from workbench.ticks import Scale
from workbench.x_axis import XAxis

EVIL = '<script>alert(1)</script> & "quoted" \x00\x1b[31m\u202e| `x` ![p](http://a.example/p.png)'


@pytest.fixture
def runs(store: Store) -> list[RunRecord]:
    """Three seeds in each framework, TensorFlow's with smaller losses."""
    made = []
    for framework, less in ((Framework.PYTORCH, 0.0), (Framework.TENSORFLOW, 0.2)):
        for seed in (1, 2, 3):
            spec = replace(SPEC, framework=framework, seed=seed)
            losses = [1.0, 0.6 - less + 0.01 * seed, 0.5 - less * (1 + seed / 20) + 0.013 * seed**2]
            made.append(finished_run(store, f"{framework} {seed}", losses, spec))
    return made


def report(store: Store, runs: Sequence[RunRecord], **wanted: object) -> ReportContent:
    return assemble(store, ReportRequest(tuple(run.id for run in runs), **wanted))  # type: ignore[arg-type]


def tags(page: str) -> list[tuple[str, dict[str, str | None]]]:
    found: list[tuple[str, dict[str, str | None]]] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
            found.append((tag, dict(attributes)))

    Reader().feed(page)
    return found


def test_it_has_curves_results_differences_repetitions_and_what_chance_could_do(
    store: Store, runs: list[RunRecord]
) -> None:
    made = report(store, runs)
    assert [plot.title for plot in made.plots] == ["Loss"]
    assert [table.title for table in made.tables] == ["Results", "What differs", "Repetitions"]
    differing = {row[1].text for row in made.tables[1].rows}
    assert {"framework", "seed"} <= differing
    assert [row[1].text for row in made.tables[2].rows] == ["3", "3"]
    by_metric = {each.metric: each for each in made.significances}
    assert by_metric["loss"].paired
    assert (
        "framework=tensorflow is better than framework=pytorch in loss"
        in by_metric["loss"].headline
    )


def test_what_is_not_shown_is_said(store: Store, runs: list[RunRecord]) -> None:
    made = report(store, runs, metrics=("test/accuracy", "none"), remarks=("Hidden: one curve.",))
    said = " ".join(made.left_out)
    assert "Hidden: one curve." in said
    assert "No run has none." in said
    assert "Not drawn: loss." in said


def test_a_run_that_is_gone_is_told_and_none_at_all_is_an_error(
    store: Store, runs: list[RunRecord]
) -> None:
    made = assemble(store, ReportRequest((runs[0].id, 999)))
    assert "1 of the runs that were asked for" in made.left_out[0]
    with pytest.raises(WorkbenchError, match="no such runs"):
        assemble(store, ReportRequest((999,)))


def test_single_runs_say_nothing_of_chance(store: Store, runs: list[RunRecord]) -> None:
    made = report(store, [runs[0], runs[3]])
    assert made.significances == ()
    assert "cannot be told from single runs" in made.chance


def test_of_one_run_there_is_a_report_too(store: Store, runs: list[RunRecord]) -> None:
    made = report(store, runs[:1])
    assert made.title == "pytorch 1"
    assert (made.chance, len(made.tables)) == ("", 1)


def test_the_difference_to_the_base_run_stands_beside_a_value(
    store: Store, runs: list[RunRecord]
) -> None:
    table = report(store, [runs[0], runs[3]], base=runs[3].id).tables[0]
    assert table.headers == ("", f"#{runs[0].id} pytorch 1", f"#{runs[3].id} tensorflow 1 (base)")
    losses = next(row for row in table.rows if row[0].text == "loss")
    assert (losses[1].aside, losses[2].aside) == ("+0.21", "")
    assert (losses[1].role, losses[2].role) == ("", "best")


def test_many_runs_stand_below_each_other(store: Store) -> None:
    made = report(store, [finished_run(store, f"run {n}", [1.0, 1 / (n + 1)]) for n in range(14)])
    assert len(made.tables[0].rows) == 14
    assert made.tables[0].headers[:2] == ("run", "state")
    assert any("12 of 14 runs" in said for said in made.left_out)


def test_every_point_counts_and_what_cannot_be_drawn_is_counted(store: Store) -> None:
    values = list(np.sin(np.arange(50_000) / 500))
    values[7] = math.nan
    run = finished_run(store, "long", values)
    plot = report(store, [run]).plots[0]
    assert plot.note == "49,999 of 50,000 points · 1 not finite"
    (line,) = plot.lines
    assert len(line.x) < 10_000
    assert np.nanmax(line.y) == np.nanmax(values)


def test_an_extreme_of_one_point_among_many_is_drawn(store: Store) -> None:
    values = [0.0] * 100_000
    values[54_321] = 9.0
    (line,) = report(store, [finished_run(store, "spike", values)]).plots[0].lines
    assert np.nanmax(line.y) == 9.0


def test_the_original_stands_faint_behind_a_smoothed_line(
    store: Store, runs: list[RunRecord]
) -> None:
    plot = report(store, runs[:1], settings=PlotSettings(smoothing=Smoothing(amount=0.5))).plots[0]
    assert [line.faint for line in plot.lines] == [True, False]
    assert plot.lines[1].y[1] == pytest.approx((0.25 * 1.0 + 0.5 * 0.61) / 0.75)


def test_repetitions_are_one_line_with_a_band(store: Store, runs: list[RunRecord]) -> None:
    choice = Replicates(spread=Spread.RANGE)
    plot = report(store, runs, settings=PlotSettings(replicates=choice)).plots[0]
    assert [line.label for line in plot.lines] == [
        "framework=pytorch (n = 3)",
        "framework=tensorflow (n = 3)",
    ]
    assert plot.bands[0].low.tolist() == pytest.approx([1.0, 0.61, 0.513])
    assert plot.bands[0].high.tolist() == pytest.approx([1.0, 0.63, 0.617])


def test_of_two_frameworks_one_is_dashed_since_their_curves_lie_on_each_other(
    store: Store, runs: list[RunRecord]
) -> None:
    lines = report(store, [runs[0], runs[3]]).plots[0].lines
    assert [line.dashed for line in lines] == [False, True]
    assert not any(line.dashed for line in report(store, runs[3:]).plots[0].lines)


def test_logarithmic_axes_and_typed_ranges_are_those_of_the_screen(
    store: Store, runs: list[RunRecord]
) -> None:
    options = {"loss": PlotOptions(y=(0.1, 10.0), log_y=True)}
    plot = report(store, runs[:1], options=options).plots[0]
    assert plot.y_range == pytest.approx((-1, 1))
    assert plot.lines[0].y[0] == pytest.approx(0.0)


def test_another_metric_can_stand_on_the_x_axis(store: Store, runs: list[RunRecord]) -> None:
    store.append(runs[0].id, {"samples": series([10, 30, 20])})
    wanted = PlotSettings(x_axis=XAxis.METRIC, x_metric="samples")
    plot = report(store, [store.run(runs[0].id)], metrics=("loss",), settings=wanted).plots[0]
    assert plot.lines[0].x.tolist() == [10, 20, 30]
    assert plot.x_title == "samples"


def test_it_can_be_cancelled(store: Store, runs: list[RunRecord]) -> None:
    with pytest.raises(Cancelled):
        assemble(store, ReportRequest((runs[0].id,)), cancelled=lambda: True)


# -- HTML -------------------------------------------------------------------------------------------
@pytest.fixture
def evil(store: Store) -> ReportContent:
    """Of runs whose every text is hostile."""
    parameters = {**SPEC.parameters, "optimizer": EVIL}
    made = []
    for seed in (1, 2):
        run = store.create_run(
            replace(SPEC, parameters=parameters, seed=seed), name=EVIL, experiment=EVIL, tags=[EVIL]
        )
        store.append(
            run.id, {EVIL: series([1.0, math.inf, 0.5, math.nan, 0.1]), "loss": series([2.0, 1.0])}
        )
        store.set_environment(run.id, {"packages": {EVIL: f"{EVIL} {seed}"}})
        store.set_note(
            run.id,
            f"# {EVIL}\n\n<img src=x onerror=alert(1)>\n\n[a](javascript:alert(1)) [b](https://b.example)",
        )
        made.append(store.run(run.id))
    store.set_experiment_note(made[0].experiment, EVIL)
    return report(store, made, title=EVIL)


def test_no_text_becomes_markup_and_nothing_is_loaded_from_anywhere(evil: ReportContent) -> None:
    page = to_html(page_of(evil))
    found = tags(page)
    assert not {"script", "img", "iframe", "link", "object", "embed", "base"} & {
        tag for tag, _ in found
    }
    named = {name for _, attributes in found for name in attributes}
    assert not {name for name in named if name.startswith("on")}
    assert "src" not in named
    links = {attributes["href"] for tag, attributes in found if tag == "a"}
    assert links == {"https://b.example", "http://a.example/p.png"}
    assert "url(" not in page
    assert "@import" not in page
    assert not set("\x00\x1b\u202e") & set(page)


def test_a_policy_forbids_what_could_have_been_overlooked(evil: ReportContent) -> None:
    policies = [a["content"] for tag, a in tags(to_html(page_of(evil))) if a.get("http-equiv")]
    assert policies == ["default-src 'none'; style-src 'unsafe-inline'"]


def test_every_tag_is_closed(evil: ReportContent, store: Store, runs: list[RunRecord]) -> None:
    for made in (evil, report(store, runs)):
        body = re.sub(r"^<!DOCTYPE html>|<meta[^>]*>", "", to_html(page_of(made)))
        ElementTree.fromstring(body)


def test_notes_are_rendered_from_markdown(store: Store, runs: list[RunRecord]) -> None:
    store.set_note(runs[0].id, "It **converged**.\n\n| a | b |\n|---|---|\n| 1 | 2 |")
    page = to_html(page_of(report(store, [store.run(runs[0].id)])))
    assert "<strong>converged</strong>" in page
    assert "<td>2</td>" in page


def test_light_and_dark_and_paper_have_their_colours(store: Store, runs: list[RunRecord]) -> None:
    page = to_html(page_of(report(store, runs)))
    assert "@media screen and (prefers-color-scheme:dark)" in page
    assert "@media print" in page


# -- Markdown ---------------------------------------------------------------------------------------
def test_the_markdown_has_its_pictures_beside_it(
    store: Store, runs: list[RunRecord], tmp_path: Path
) -> None:
    written = write_markdown(page_of(report(store, runs)), tmp_path / "my report.md")
    assert [path.name for path in written] == ["my report.md", "plot-1.svg"]
    text = written[0].read_text("utf-8")
    assert "![Loss](my%20report-plots/plot-1.svg)" in text
    ElementTree.fromstring(written[1].read_text("utf-8"))
    rendered = MarkdownIt("commonmark").enable("table").render(text)
    assert rendered.count("<table>") == 3
    assert "<h2>Is it chance?</h2>" in rendered


def test_hostile_names_stay_text_in_markdown(evil: ReportContent) -> None:
    text = to_markdown(page_of(evil), [f"p{at}.svg" for at in range(len(evil.plots))])
    rendered = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    pictures = {a["src"] for tag, a in tags(rendered) if tag == "img"}
    assert pictures == {f"p{at}.svg" for at in range(len(evil.plots))}
    assert "script" not in {tag for tag, _ in tags(rendered)}


def test_a_file_is_replaced_as_a_whole(store: Store, runs: list[RunRecord], tmp_path: Path) -> None:
    (tmp_path / "r.html").write_text("old")
    write_html(page_of(report(store, runs)), tmp_path / "r.html")
    assert [path.name for path in tmp_path.glob("*.html")] == ["r.html"]
    assert (tmp_path / "r.html").read_text("utf-8").endswith("</html>\n")


# -- SVG --------------------------------------------------------------------------------------------
def plot_of(lines: Sequence[ReportLine], **changes: object) -> ReportPlot:
    plot = ReportPlot("t", tuple(lines), (), "x", Scale.NUMBER, Scale.NUMBER, False, False, (0.0, 10.0), (0.0, 1.0), "")  # fmt: skip
    return replace(plot, **changes)  # type: ignore[arg-type]


def paths(picture: str) -> list[str]:
    root = ElementTree.fromstring(picture)
    found = [each.get("d", "") for each in root.iter("{http://www.w3.org/2000/svg}path")]
    return [path for path in found if "L" in path]


numbers = arrays.arrays(
    np.float64, 8, elements=st.floats(allow_nan=True, allow_infinity=False, width=64)
)


@settings(max_examples=50)
@given(numbers)
def test_any_values_make_a_picture_that_can_be_read(y: np.ndarray) -> None:
    line = ReportLine("a", 3, np.arange(8.0), y)
    picture = svg(plot_of([line]), alone=True)
    ElementTree.fromstring(picture)
    assert "nan" not in picture
    assert "inf" not in picture.replace("info", "")


def test_a_gap_stays_a_gap_and_a_lonely_point_is_a_dot() -> None:
    y = np.array([0.1, 0.2, math.nan, 0.5, math.nan, 0.3, 0.4])
    picture = svg(plot_of([ReportLine("a", 0, np.arange(7.0), y)]), alone=True)
    (path,) = paths(picture)
    assert (path.count("M"), path.count("L")) == (3, 2)
    assert picture.count("<circle") == 1


def test_a_long_legend_ends_with_how_many_more_there_are() -> None:
    lines = [ReportLine(f"run {n}", n, np.arange(2.0), np.ones(2)) for n in range(60)]
    picture = svg(plot_of(lines), alone=False)
    assert "and 37 more" in picture
    assert picture.count("<path d=") > 60
