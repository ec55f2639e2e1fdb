"""The page of a duel holds what an expert asks for, and nothing in it is taken for anything but text."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from markdown_it import MarkdownIt

from runners.protocol import State
from tests.workbench.duel.made import FIT, TORCH, failed, results, scaled
from workbench.duel import beside
from workbench.duel.match import Target
from workbench.duel.page import document
from workbench.duel.results import Results
from workbench.duel.weights import PROFILES
from workbench.report.html import to_html
from workbench.report.markdown import to_markdown, write_markdown

EVIL = '<script>alert(1)</script> & "quoted" \x00\x1b[31m\u202e| `x` ![p](http://a.example/p.png)'
RESEARCH = PROFILES["research"]


def html(found: Results) -> str:
    return to_html(document(found, RESEARCH))


def hostile() -> Results:
    """Of a file from anywhere, whose every text is hostile."""
    evil = replace(TORCH, parameters={"optimizer": EVIL}, interpreter=EVIL)
    found = results(TORCH, FIT, evil)
    measured = tuple(
        replace(one, reason=EVIL, figures={**one.figures, EVIL: 1.0}, curves={EVIL: ((0.0, 0.0, 1.0), (1.0, 1.0, float("inf")))}, environment={"python": EVIL, "packages": {"torch": EVIL}, "device": EVIL, "threads": 1})
        for one in found.measured
    )  # fmt: skip
    return replace(
        found, name=EVIL, dataset_hash=EVIL, measured=measured, machine={EVIL: EVIL}, unequal=(EVIL,),
        code={"pytorch": f"import torch\nx = {EVIL!r}\n", "tensorflow": "import keras\n"},
        match=replace(found.match, template=EVIL, dataset=EVIL, parameters={EVIL: EVIL}),
    )  # fmt: skip


def well_formed(page: str) -> ElementTree.Element:
    return ElementTree.fromstring(re.sub(r"^<!DOCTYPE html>|<meta[^>]*>", "", page))


def test_the_page_has_every_row_of_the_table_and_all_its_parts() -> None:
    page = html(results())
    for said in (
        "Learning", "Speed", "Memory", "Flexibility", "Ease of use", "Deployment", "Mobile", "Visualisation",
        "Is it the same model?", "What is not equal", "Both codes side by side", "All comparisons",
        "How this was judged, and what it cannot say", "Example 9000, 8 cores", "torch 2.13.0", "Research", "Teaching",
    ):  # fmt: skip
        assert said in page
    assert page.count("<svg xmlns") == 6
    well_formed(page)


def test_a_failed_proof_stands_in_red_before_all_else() -> None:
    found = results(TORCH, FIT)
    wrong = replace(found.proofs[1], output_difference={"float32": 1.0, "float64": 1.0})
    page = html(replace(found, proofs=(found.proofs[0], wrong)))
    alarm = page.index(
        '<p class="alarm">It is not proved that the contestants train the same model'
    )
    assert alarm < page.index("<table")
    assert "★" not in page[alarm : page.index("Is it the same model?")]


def test_what_did_not_finish_is_told() -> None:
    page = html(failed(results(), 1, State.FAILED, "torch.compile needs a compiler"))
    assert "torch.compile needs a compiler" in page
    well_formed(page)


def test_a_target_is_told_with_who_reached_it() -> None:
    found = results(TORCH, FIT)
    match = replace(found.match, target=Target("val/accuracy", 0.9))
    some = tuple(
        replace(one, figures={**one.figures, "target_s": 3.0}) if one.contestant == 0 else one
        for one in found.measured
    )
    page = html(replace(found, match=match, measured=some))
    assert "PyTorch 5 of 5 and Keras fit 0 of 5" in page


@pytest.mark.parametrize(
    "found",
    [
        replace(results(TORCH, FIT), measured=(), proofs=()),
        results(TORCH, FIT, seeds=(7,)),
        failed(failed(results(TORCH, FIT), 0, State.LOST, ""), 1, State.KILLED, "out of memory"),
        replace(results(TORCH, FIT), code={}, machine={}, unequal=(), name=""),
        replace(results(TORCH, FIT), code={"pytorch": "def (", "tensorflow": "x = 1"}),
        hostile(),
    ],
    ids=["empty", "one seed", "all failed", "bare", "no Python", "hostile"],
)
def test_any_results_make_a_page_in_both_formats(found: Results) -> None:
    page = document(found, RESEARCH)
    root = well_formed(to_html(page))
    assert not {"script", "img", "iframe", "a", "link"} & {one.tag for one in root.iter()}
    assert not set("\x00\x1b\u202e") & set(to_html(page))
    rendered = MarkdownIt("commonmark", {"html": True}).enable("table").render(to_markdown(page))
    assert "<script" not in rendered
    assert "<img" not in rendered
    well_formed(to_html(beside.document(found, results(TORCH, FIT))))
    well_formed(to_html(beside.document(results(TORCH, FIT), found)))


def test_the_markdown_has_its_pictures_beside_it(tmp_path: Path) -> None:
    written = write_markdown(document(results(), RESEARCH), tmp_path / "duel.md")
    assert len(written) == 7
    for picture in written[1:]:
        ElementTree.fromstring(picture.read_text("utf-8"))
        assert f"duel-plots/{picture.name}" in written[0].read_text("utf-8")


def test_two_duels_beside_each_other_show_what_differs_and_by_how_much() -> None:
    slower = results(TORCH, FIT, steps_s={0: 0.08, 1: 0.088}, random=4)
    other = replace(slower, name="Laptop", machine={"Processor": "Small 3"})
    page = to_markdown(beside.document(results(TORCH, FIT), other))
    assert "| Processor | Example 9000, 8 cores | Small 3 |" in page
    speed = next(
        line for line in page.splitlines() if line.startswith("| PyTorch | Training speed")
    )
    change = re.search(r"−(\d+\.?\d*) % \\\(−", speed)
    assert change is not None
    assert float(change[1]) == pytest.approx(50, abs=2)


def test_the_same_duel_twice_differs_in_nothing() -> None:
    page = to_markdown(beside.document(results(TORCH, FIT), results(TORCH, FIT)))
    assert "are the same" in page


def test_the_page_tells_what_was_scaled_only_where_something_was() -> None:
    plain, page = (html(one) for one in (results(TORCH, FIT), scaled(results(TORCH, FIT))))
    assert "Scaling" not in plain
    well_formed(page)
    for told in ("Keras fit is the fastest", "Training speed by size of the batch", "12,500", "a batch of 256: the device ran out of memory"):  # fmt: skip
        assert told in page
