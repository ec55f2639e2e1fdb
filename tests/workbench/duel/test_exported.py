from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.workbench.duel.made import FIT, FUNCTION, TORCH, exported, results
from workbench.duel.exported import NAMES, exporting, fastest, reached, sentences, values
from workbench.duel.figures import Row
from workbench.duel.files import from_json, to_csv, to_json
from workbench.duel.page import document
from workbench.duel.results import Exported, Results
from workbench.duel.verdict import RowVerdict, Ruling, judge
from workbench.duel.weights import PROFILES
from workbench.report.html import to_html
from workbench.report.markdown import to_markdown

RESEARCH = PROFILES["research"]
BOTH = {0: ("trained", "onnx", "torchscript", "litert"), 1: ("trained", "onnx", "litert", "saved-model")}  # fmt: skip


def row(found: Results, which: Row) -> RowVerdict:
    return judge(found, RESEARCH).row(which)


def duel(slower: float = 1.0) -> Results:
    return exported(results(TORCH, FUNCTION), BOTH, slower)


def changed(found: Results, format: str, contestant: int, **fields: object) -> Results:
    """The same, where the exports of a contestant to a format have other fields."""
    records = [
        replace(one, **fields) if (one.format, one.contestant) == (format, contestant) else one  # type: ignore[arg-type]
        for one in found.exported
    ]
    return replace(found, exported=tuple(records))


def test_deployment_is_won_by_who_answers_a_single_sample_soonest() -> None:
    found = row(duel(slower=1.5), Row.DEPLOYMENT)
    assert (found.ruling, found.winner) == (Ruling.WINNER, "PyTorch")
    assert found.figure is not None
    assert found.figure.name == "export_latency_s"
    assert row(duel(slower=0.5), Row.DEPLOYMENT).winner == "TensorFlow"
    assert row(duel(), Row.DEPLOYMENT).winner == ""


def test_a_format_that_failed_its_check_once_does_not_count() -> None:
    found = duel()
    (first, *_) = (one for one in found.exported if one.format == "litert" and not one.contestant)
    bad = replace(first, passed=False, problem="Its accuracy fell.")
    broken = replace(found, exported=(bad, *(one for one in found.exported if one is not first)))
    assert "litert" not in reached(broken, 0)
    assert fastest(reached(broken, 0)) == "onnx"
    assert fastest(reached(broken, 1)) == "litert"
    assert "PyTorch: LiteRT (.tflite) failed its check. Its accuracy fell." in sentences(broken)
    assert set(values(broken, 0, "export_formats").values()) == {2.0}


def test_what_nobody_checked_does_not_count() -> None:
    assert "litert" not in reached(changed(duel(), "litert", 0, passed=None), 0)


def test_the_framework_itself_is_no_format_that_was_reached() -> None:
    found = exported(results(TORCH, FUNCTION), {0: ("trained",), 1: BOTH[1]})
    assert reached(found, 0) == {}
    said = row(found, Row.DEPLOYMENT)
    assert said.ruling is Ruling.UNMEASURED
    assert said.sentence.startswith("PyTorch has no export that passed")
    assert any("PyTorch reached no format" in sentence for sentence in sentences(found))


def test_frameworks_that_both_have_nothing_are_named_together() -> None:
    found = exported(results(TORCH, FUNCTION), {0: ("trained",), 1: ("trained",)})
    assert row(found, Row.MOBILE).sentence.startswith("PyTorch and TensorFlow have no file")


def test_a_format_measured_with_fewer_seeds_does_not_win_by_that() -> None:
    found = duel()
    once = Exported(0, 1, 1010, "pt2", True, "", {"latency_s": 1e-6})
    assert fastest(reached(replace(found, exported=(*found.exported, once)), 0)) == "litert"


def test_mobile_is_won_by_the_smallest_file_which_chance_has_no_part_in() -> None:
    found = changed(duel(), "litert", 1, figures={"size_bytes": 1e4, "latency_s": 1e-3})
    said = row(found, Row.MOBILE)
    assert (said.winner, said.uncertainty) == ("TensorFlow", "counted, so chance has no part in it")
    assert set(values(found, 1, "mobile_latency_s").values()) == {1e-3}


def test_a_framework_without_a_file_for_phones_is_named() -> None:
    found = exported(results(TORCH, FUNCTION), {0: ("onnx",), 1: ("onnx", "litert")})
    said = row(found, Row.MOBILE)
    assert said.ruling is Ruling.UNMEASURED
    assert said.sentence == "PyTorch has no file for LiteRT here, so there is nothing to compare."
    assert row(found, Row.DEPLOYMENT).judged is not None


def test_without_exports_the_rows_say_what_to_do() -> None:
    for which in (Row.DEPLOYMENT, Row.MOBILE):
        assert "Export its runs" in row(results(), which).sentence


def test_only_those_that_were_exported_are_compared() -> None:
    found = exported(results(TORCH, FUNCTION, FIT), {0: ("onnx",), 2: ("onnx",)}, slower=2)
    assert exporting(found) == [0, 2]
    said = row(found, Row.DEPLOYMENT)
    assert said.judged is not None
    assert [one.name for one in said.judged.entries] == ["PyTorch", "Keras fit"]


@pytest.mark.parametrize("name", NAMES)
def test_every_figure_is_told_of_who_has_it_and_of_nobody_else(name: str) -> None:
    found = duel()
    assert set(values(found, 0, name)) == set(found.match.seeds)
    assert values(replace(found, exported=()), 0, name) == {}


def test_the_page_has_a_row_for_each_format_of_each_contestant() -> None:
    page = document(duel(slower=1.5), RESEARCH)
    text = to_markdown(page)
    assert "| TorchScript | PyTorch | passed | 60 kB" in text
    assert "answers a single sample soonest" in text
    assert "Deployment and mobile" in to_html(page)


def test_exports_go_into_the_files_and_come_back() -> None:
    found = changed(duel(), "onnx", 1, passed=False, problem="It broke.")
    assert from_json(to_json(found)) == found
    rows = to_csv(found).splitlines()
    assert rows[0].endswith(",format")
    assert sum(line.endswith(",onnx") and ",failed," in line for line in rows) == 6 * len(found.match.seeds)  # fmt: skip


@pytest.mark.parametrize(("key", "value"), [("format", "clay tablet"), ("contestant", 7)])
def test_a_file_with_exports_of_what_there_is_not_is_refused_in_words(
    key: str, value: object
) -> None:
    raw = json.loads(to_json(duel()))
    raw["results"]["exported"][0][key] = value
    with pytest.raises(ValueError, match="not the file of a duel"):
        from_json(json.dumps(raw))


def test_a_file_from_before_there_were_exports_is_read() -> None:
    raw = json.loads(to_json(results()))
    del raw["results"]["exported"]
    assert from_json(json.dumps(raw)) == results()
