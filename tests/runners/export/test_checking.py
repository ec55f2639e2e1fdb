from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from runners.export.checking import check, compared, damage, missing_runtime
from runners.export.formats import Precision, get_format
from runners.export.manifest import MANIFEST, REFERENCE, Manifest
from runners.export.scoring import Samples
from runners.export.trained import ExportError
from tests.runners.export.made import write_export

CLASSES: Mapping[str, Any] = {"task": "classification", "scale": 1}


def samples(truth: np.ndarray, **about: Any) -> Samples:
    return Samples(truth, truth, {**CLASSES, **about})


def scored(count: int = 1000) -> tuple[Samples, np.ndarray]:
    """Samples of ten classes, of which nine in ten are told right."""
    truth = np.arange(count) % 10
    told = np.where(np.arange(count) % 10 == 3, (truth + 1) % 10, truth)
    return samples(truth), np.float32(np.eye(10)[told] * 10)


def changed(outputs: np.ndarray, share: float) -> np.ndarray:
    """The same scores, where of so many samples another class is chosen."""
    other = outputs.copy()
    count = round(share * len(outputs))
    other[:count] = np.roll(other[:count], 1, axis=1)
    return other


def test_equal_outputs_pass_whatever_the_precision() -> None:
    given, outputs = scored()
    for precision in Precision:
        found = compared(given, outputs, outputs, precision)
        assert found.passed
        assert (found.samples, found.largest, found.mean, found.agreement) == (1000, 0, 0, 1)
        assert found.metrics["accuracy"] == (0.9, 0.9)


@pytest.mark.parametrize(
    ("precision", "difference", "passes"),
    [
        (Precision.FULL, 0.9e-4, True),
        (Precision.FULL, 1.2e-4, False),
        (Precision.HALF, 0.9e-2, True),
        (Precision.HALF, 1.2e-2, False),
        (Precision.QUANTISED, 0.3, True),
    ],
)
def test_outputs_may_differ_by_so_much_of_the_largest(
    precision: Precision, difference: float, passes: bool
) -> None:
    given, outputs = scored()
    moved = outputs.copy()
    moved[5, 5] += np.float32(10 * difference)
    found = compared(given, outputs, moved, precision)
    assert found.largest == pytest.approx(difference, rel=1e-3)
    assert found.passed is passes
    assert passes or f"{difference:.2g}" in found.problem


@pytest.mark.parametrize(
    ("share", "problem"), [(0.01, ""), (0.04, "accuracy"), (0.06, "predictions")]
)
def test_a_quantised_model_is_held_to_what_it_tells_and_not_to_its_outputs(
    share: float, problem: str
) -> None:
    given, outputs = scored()
    found = compared(given, outputs, changed(outputs, share), Precision.QUANTISED)
    assert found.agreement == pytest.approx(1 - share)
    assert problem in found.problem
    assert found.passed == (not problem)


def test_a_quantised_model_may_be_better_than_the_trained_one() -> None:
    given, _ = scored()
    perfect = np.float32(np.eye(10)[given.truth] * 10)
    worse = changed(perfect, 0.04)
    assert compared(given, worse, perfect, Precision.QUANTISED).passed
    assert not compared(given, perfect, worse, Precision.QUANTISED).passed


def test_outputs_of_another_shape_or_no_numbers_are_a_failure_in_words() -> None:
    given, outputs = scored()
    assert "shape (1000, 9)" in compared(given, outputs, outputs[:, :9], Precision.FULL).problem
    broken = outputs.copy()
    broken[:3] = np.nan
    found = compared(given, outputs, broken, Precision.FULL)
    assert found.problem == "30 of its 10,000 outputs are no finite numbers."
    assert (found.largest, found.samples) == (None, 0)
    assert "trained model's own" in compared(given, broken, broken, Precision.FULL).problem


def test_a_file_that_is_not_the_one_that_was_made_is_told_by_its_name(tmp_path: Path) -> None:
    folder = write_export(tmp_path, files={"model.onnx": b"graph", "more/weights.bin": b"weights"})
    manifest = Manifest.read(folder)
    assert damage(folder, manifest) == ""
    (folder / "more" / "weights.bin").write_bytes(b"Weights")
    assert damage(folder, manifest).startswith("more/weights.bin is not the file that was made")
    (folder / "model.onnx").unlink()
    assert damage(folder, manifest).startswith("model.onnx cannot be read: No such file")


def test_what_is_damaged_fails_its_check_and_the_manifest_says_so(tmp_path: Path) -> None:
    folder = write_export(tmp_path, files={"model.onnx": b"graph"})
    (folder / "model.onnx").write_bytes(b"gr")
    found = check(folder, lambda text, fraction: None)
    assert not found.passed
    assert Manifest.read(folder).check == found
    (folder / "model.onnx").write_bytes(b"graph")
    (folder / REFERENCE).write_bytes(b"PK")
    assert "nothing to compare with" in check(folder, lambda text, fraction: None).problem


@pytest.mark.parametrize("content", [None, "nonsense", "{}", '{"version": 9}'])
def test_a_folder_without_a_manifest_cannot_be_checked(tmp_path: Path, content: str | None) -> None:
    folder = write_export(tmp_path)
    (folder / MANIFEST).unlink()
    if content is not None:
        (folder / MANIFEST).write_text(content)
    with pytest.raises(ExportError, match="export in"):
        check(folder, lambda text, fraction: None)


def test_a_format_that_is_not_known_cannot_be_checked(tmp_path: Path) -> None:
    folder = write_export(tmp_path, format="clay tablet")
    with pytest.raises(ExportError, match="no format 'clay tablet'"):
        check(folder, lambda text, fraction: None)


def test_a_missing_runtime_is_named_with_the_line_that_installs_it() -> None:
    lacking = ModuleNotFoundError("No module named 'onnxruntime'", name="onnxruntime.capi")
    words = missing_runtime(get_format("onnx"), lacking)
    assert sys.executable in words
    assert '-m pip install "onnxruntime>=' in words
