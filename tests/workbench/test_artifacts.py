from __future__ import annotations

import json
import math
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runners.protocol import Artifact, ArtifactKind
from workbench import artifacts
from workbench.artifacts import (
    ArtifactCache,
    ArtifactError,
    Histogram,
    Prediction,
    is_png,
    parse_confusion,
    parse_histograms,
    parse_predictions,
    read_artifact,
)

MATRIX = {
    "classes": ["cat", "dog"],
    "matrix": [[8, 2], [1, 9]],
    "per_class": {
        name: {"precision": 0.9, "recall": 0.8, "f1": 0.85, "support": 10}
        for name in ("cat", "dog")
    },
}


def artifact(path: str) -> Artifact:
    return Artifact("one", ArtifactKind.FILE, path)


def test_a_confusion_matrix_knows_its_shares_and_its_mistakes() -> None:
    matrix = parse_confusion(json.dumps(MATRIX).encode())
    assert matrix.shares.tolist() == [[0.8, 0.2], [0.1, 0.9]]
    assert (matrix.mistakes, matrix.accuracy) == (3, 0.85)


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "[1]",
        "not json",
        "1" * 5000,
        "[" * 100_000,
        '{"classes": ["a"], "matrix": [[1, 2]], "per_class": {}}',
        '{"classes": ["a"], "matrix": [[-1]], "per_class": {}}',
        '{"classes": ["a"], "matrix": [[1e999]], "per_class": {}}',
        '{"classes": ["a"], "matrix": [[1]], "per_class": {"a": {"precision": 1}}}',
        '{"classes": 3, "matrix": [[1]], "per_class": {}}',
    ],
)
@pytest.mark.parametrize("parse", [parse_confusion, parse_predictions, parse_histograms, is_png])
def test_a_damaged_file_is_told_by_its_name(tmp_path: Path, text: str, parse: object) -> None:
    (tmp_path / "kept.json").write_text(text)
    if text == "{}" and parse is parse_histograms:
        return  # a run without weights
    assert callable(parse)
    with pytest.raises(ArtifactError, match=r"^kept\.json is damaged: "):
        read_artifact(tmp_path, artifact("kept.json"), parse)


def test_a_file_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="not there any more"):
        read_artifact(tmp_path, artifact("kept.json"), is_png)


@pytest.mark.parametrize("path", ["../secret", "/etc/passwd", "C:\\secret", "a/../../secret"])
def test_nothing_outside_of_the_run_is_read(tmp_path: Path, path: str) -> None:
    (tmp_path / "secret").write_text("{}")
    folder = tmp_path / "run"
    folder.mkdir()
    for read in (read_artifact, ArtifactCache().read):
        with pytest.raises(ArtifactError, match="is no path inside of"):
            read(folder, artifact(path), parse_histograms)


def test_a_file_that_is_too_large_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(artifacts, "LARGEST_FILE", 10)
    (tmp_path / "kept").write_bytes(b"x" * 11)
    with pytest.raises(ArtifactError, match="larger than"):
        read_artifact(tmp_path, artifact("kept"), bytes)


def test_predictions_are_read_with_their_losses() -> None:
    said = {"index": 3, "truth": "cat", "predicted": "dog", "probability": 0.75, "truth_probability": 0.25}  # fmt: skip
    odd = {**said, "index": 4, "probability": None, "truth_probability": None}
    read = parse_predictions(json.dumps({"samples": [said], "mistakes": [odd]}).encode())
    assert read.samples[3] == Prediction(3, "cat", "dog", 0.75, 0.25)
    assert read.samples[3].loss == -math.log(0.25)
    assert math.isnan(read.mistakes[4].loss)
    assert read.get(4) is read.mistakes[4]
    assert not read.samples[3].right


def test_a_truth_without_a_chance_has_an_endless_loss() -> None:
    assert Prediction(0, "a", "b", 1.0, 0.0).loss == math.inf


@given(
    st.lists(st.integers(0, 1000), min_size=1, max_size=20),
    st.floats(-100, 100),
    st.floats(0.001, 10),
)
def test_the_area_of_a_density_is_one(counts: list[int], low: float, width: float) -> None:
    edges = low + width * np.arange(len(counts) + 1)
    histogram = Histogram(edges, np.array(counts, np.float64))
    area = float((histogram.density * np.diff(edges)).sum())
    assert area == pytest.approx(1.0 if any(counts) else 0.0)


@pytest.mark.parametrize(
    "raw",
    [
        {"edges": [0, 1], "counts": [1, 2]},
        {"edges": [1, 0], "counts": [1]},
        {"edges": [0, 1], "counts": [-1]},
        {"edges": [0, math.nan], "counts": [1]},
    ],
)
def test_what_is_no_histogram_is_refused(raw: object) -> None:
    with pytest.raises(ValueError, match=r"histogram|finite|rise"):
        parse_histograms(json.dumps({"w": raw}).encode())


def test_a_file_is_parsed_once_until_it_is_written_anew(tmp_path: Path) -> None:
    cache, path = ArtifactCache(), tmp_path / "kept"
    parsed: list[bytes] = []

    def parse(data: bytes) -> bytes:
        parsed.append(data)
        return data

    path.write_bytes(b"one")
    assert [cache.read(tmp_path, artifact("kept"), parse) for _ in range(3)] == [b"one"] * 3
    path.write_bytes(b"two")
    os.utime(path, ns=(1, 1))
    assert cache.read(tmp_path, artifact("kept"), parse) == b"two"
    assert parsed == [b"one", b"two"]


def test_a_cache_keeps_no_more_than_it_may(tmp_path: Path) -> None:
    cache = ArtifactCache(most_bytes=250)
    for number in range(5):
        (tmp_path / str(number)).write_bytes(b"x" * 100)
        cache.read(tmp_path, artifact(str(number)), bytes)
    assert cache.size == 200
