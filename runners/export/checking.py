"""An exported model against the trained one, in the runtime that it is made for, on samples that nobody trained on.

Called in a process of its own, so that what made the export cannot lend it anything.
"""

from __future__ import annotations

import argparse
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from runners.export.formats import Format, Precision, UnknownFormat, get_format
from runners.export.manifest import REFERENCE, Check, Manifest
from runners.export.runtimes import Predictor, load
from runners.export.scoring import HELD, Held, Samples, choices, scores
from runners.export.trained import ExportError
from runners.export.voice import Voice, end_with_input, in_words
from runners.protocol import file_sha256
from runners.train.engine import prepare_environment
from runners.train.memory import is_out_of_memory
from runners.train.setup import TrainerError

Array = NDArray[Any]
Tell = Callable[[str, float], None]
_BATCH = 64


@dataclass(frozen=True, slots=True)
class Tolerance:
    """``difference`` is the largest of any output, relative to the largest of the trained model's outputs; ``loss`` how much worse the figure
    in `runners.export.scoring.HELD` may be. None where it is shown and not held against the export.
    """

    difference: float | None
    agreement: float
    loss: float | None = None


TOLERANCES: Mapping[Precision, Tolerance] = {
    # Sums in another order: float32 rounds at 6e-8, and the layers of a deep model multiply that by some hundreds.
    Precision.FULL: Tolerance(1e-4, 0.999),
    # float16 rounds at 5e-4, and some tens of layers may add that up.
    Precision.HALF: Tolerance(1e-2, 0.99),
    # 8 bits move outputs by per cents; what they cost is told by the task alone.
    Precision.QUANTISED: Tolerance(None, 0.95, 0.02),
}


def run(arguments: list[str], voice: Voice) -> dict[str, Any]:
    """The command ``check``; what is done says whether the export ``passed`` and what its ``problem`` is. Raises ExportError."""
    parser = argparse.ArgumentParser("python -m runners.export check", description="Compares an export with the trained model.")  # fmt: skip
    parser.add_argument("folder", type=Path, help="the folder of the export")
    folder: Path = parser.parse_args(arguments).folder
    end_with_input()
    found = check(folder.absolute(), voice.progress)
    return {"passed": found.passed, "problem": found.problem}


def check(folder: Path, tell: Tell) -> Check:
    """Check an export and write the result into its manifest. ``tell`` is told of the progress.

    Raises ExportError where nobody can tell whether it is good: there is no manifest, or no runtime.
    """
    found = _checked(folder, read_manifest(folder), tell)
    read_manifest(folder).with_check(found).write(folder)
    return found


def read_manifest(folder: Path) -> Manifest:
    """Raises ExportError where there is none, or one of a format that is not known."""
    try:
        found = Manifest.read(folder)
        get_format(found.format)
    except FileNotFoundError as error:
        raise ExportError(f"There is no export in {folder}") from error
    except (OSError, ValueError, UnknownFormat) as error:
        raise ExportError(f"The export in {folder} cannot be read: {error}") from error
    return found


def _checked(folder: Path, manifest: Manifest, tell: Tell) -> Check:
    if problem := damage(folder, manifest):
        return _unusable(problem)
    try:
        samples, expected = reference(folder, manifest)
    except (OSError, ValueError, KeyError, BadZipFile):
        return _unusable(f"{REFERENCE} is damaged, so there is nothing to compare with.")
    form = get_format(manifest.format)
    prepare_environment("cuda" if form.on_gpu_only else "cpu")
    try:
        tell("loading", 0.0)
        _, predictor = load(folder)
        outputs = predicted(predictor, samples.x, tell)
    except (ExportError, TrainerError):
        raise
    except ModuleNotFoundError as error:
        raise ExportError(missing_runtime(form, error)) from error
    except Exception as error:
        traceback.print_exc()
        if is_out_of_memory(error):  # which is no fault of the export
            raise ExportError(f"{form.title} could not be checked: {in_words(error)}") from error
        return _unusable(f"It cannot be run: {in_words(error)}.")
    return compared(samples, expected, outputs, form.precision)


def _unusable(problem: str) -> Check:
    return Check(0, None, None, None, {}, problem)


def missing_runtime(form: Format, error: ModuleNotFoundError) -> str:
    """In words, with what is to be installed."""
    package = (error.name or "").partition(".")[0]
    requirement = form.runners.get(package, package)
    return f'{form.title} takes a package that is not installed: type {sys.executable} -m pip install "{requirement}"'


def damage(folder: Path, manifest: Manifest) -> str:
    """What is wrong with the files of the format, in words; "" if they are those that were made."""
    for name, (size, digest) in manifest.files.items():
        try:
            if (folder / name).stat().st_size != size or file_sha256(folder / name) != digest:
                return f"{name} is not the file that was made: it is damaged or was changed."
        except OSError as error:
            return f"{name} cannot be read: {error.strerror or error}."
    return ""


def reference(folder: Path, manifest: Manifest) -> tuple[Samples, Array]:
    """The held-out samples and what the trained model gives for them. Raises what `numpy.load` raises, or KeyError."""
    with np.load(folder / REFERENCE, allow_pickle=False) as arrays:
        x = arrays["input"]
        truth = arrays["truth"] if "truth" in arrays.files else x
        return Samples(x, truth, manifest.preprocessing), arrays["output"]


def predicted(predictor: Predictor, x: Array, tell: Tell) -> Array:
    """The outputs for all samples. The first one goes alone, so that two sizes of a batch are tried."""
    outputs = [predictor.predict(x[:1])]
    for start in range(1, len(x), _BATCH):
        tell(f"asking about {len(x):,} held-out samples", start / len(x))
        outputs.append(predictor.predict(x[start : start + _BATCH]))
    return np.concatenate(outputs)


def compared(samples: Samples, expected: Array, outputs: Array, precision: Precision) -> Check:
    """Two models' outputs for the same samples."""
    if outputs.shape != expected.shape:
        return _unusable(
            f"Its outputs have the shape {outputs.shape}, and not {expected.shape} as the trained model's."
        )
    if problem := _no_numbers(expected, outputs):
        return _unusable(problem)
    gaps = np.abs(outputs.astype(np.float64) - expected)
    most = float(np.abs(expected).max(initial=0.0)) or 1.0
    ours, theirs = choices(expected, samples.task), choices(outputs, samples.task)
    agreement = None if ours is None else float((ours == theirs).mean())
    before, after = scores(expected, samples), scores(outputs, samples)
    metrics = {name: (value, after[name]) for name, value in before.items() if name in after}
    found = Check(
        len(expected), float(gaps.max()) / most, float(gaps.mean()) / most, agreement, metrics
    )
    problems = _problems(found, HELD[samples.task], TOLERANCES[precision])
    return replace(found, problem=" ".join(problems))


def _no_numbers(expected: Array, outputs: Array) -> str:
    if not np.isfinite(expected).all():
        return "The trained model's own outputs are not all finite numbers, so nothing can be compared."
    if bad := int(np.count_nonzero(~np.isfinite(outputs))):
        return f"{bad:,} of its {outputs.size:,} outputs are no finite numbers."
    return ""


def _problems(found: Check, held: Held, most: Tolerance) -> Iterator[str]:
    if most.difference is not None and (found.largest or 0.0) > most.difference:
        yield f"Its outputs differ by up to {found.largest:.2g} of the largest output, and {most.difference:g} is allowed."
    if found.agreement is not None and found.agreement < most.agreement:
        yield f"{found.agreement:.2%} of its predictions are the trained model's, and {most.agreement:.1%} is asked for."
    if most.loss is not None and held.metric in found.metrics:
        trained, exported = found.metrics[held.metric]
        if (lost := held.loss(trained, exported)) > most.loss:
            yield f"Its {held.metric.replace('_', ' ')} is {exported:.4g} and the trained model's {trained:.4g}: worse by {lost:.2g}, and {most.loss:g} is allowed."
