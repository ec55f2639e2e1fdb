"""Whether a template is the same model in both frameworks: both are asked in processes of their own, and compared."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any

from runners.protocol import FRAMEWORKS, Framework, Scalar
from runners.templates.template import Template
from workbench.errors import WorkbenchError
from workbench.processes import Cancelled, ask

WITHIN = 1e-6
"""How far the models may be apart in float64, relative to the largest number of an array."""
_PATIENCE_S = 600.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was compared: ``detail`` tells the numbers, and what to look at where it is not ``good``."""

    what: str
    good: bool
    detail: str


def check_template(
    template: Template,
    templates_folder: Path,
    parameters: Mapping[str, Scalar],
    interpreter: Callable[[Framework], str],
    cancelled: Callable[[], bool] = lambda: False,
) -> list[Finding]:
    """Raises WorkbenchError where a model cannot be built or trained, with the line in the template's file."""
    import numpy as np

    with TemporaryDirectory() as folder:
        found = []
        for framework in FRAMEWORKS:
            output = Path(folder) / f"{framework}.npz"
            words = [
                interpreter(framework), "-m", "runners.train.check", framework, str(templates_folder),
                template.name, json.dumps(parameters), str(output),
            ]  # fmt: skip
            _run(words, framework, cancelled)
            with np.load(output, allow_pickle=False) as arrays:
                found.append(dict(arrays))
    return list(_compared(*found))


def _run(words: list[str], framework: Framework, cancelled: Callable[[], bool]) -> None:
    deadline = monotonic() + _PATIENCE_S
    try:
        ask(words, _unheard, _unheard, lambda: bool(_why_end(cancelled(), deadline)))
    except Cancelled:
        problem = _why_end(cancelled(), deadline)
        raise WorkbenchError(f"{framework.display_name}: {problem}") from None
    except WorkbenchError as error:
        raise WorkbenchError(f"{framework.display_name}: {error}") from error


def _unheard(*_: object) -> None:
    """Of a check only the result is told."""


def _why_end(cancelled: bool, deadline: float) -> str:
    if cancelled:
        return "the check was cancelled"
    late = "the check took longer than ten minutes; give smaller parameters"
    return late if monotonic() > deadline else ""


def _compared(one: dict[str, Any], other: dict[str, Any]) -> Iterator[Finding]:
    ours, theirs = int(one["trained"]), int(other["trained"])
    yield Finding("weights", ours == theirs, f"{ours:,} in PyTorch, {theirs:,} in TensorFlow")
    yield _apart("outputs", one, other, "output/")
    yield _apart("gradients", one, other, "gradient/")
    yield _apart(f"losses of {len(one['losses'])} steps", one, other, "losses")


def _apart(what: str, one: dict[str, Any], other: dict[str, Any], prefix: str) -> Finding:
    import numpy as np

    names = sorted(name for name in one if name.startswith(prefix))
    least = max((float(np.max(np.abs(one[name]))) for name in names), default=0.0) / 100
    worst, where = 0.0, ""
    for name in names:
        if name not in other or one[name].shape != other[name].shape:
            return Finding(what, False, f"{name} has other shapes in the two frameworks")
        largest = max(float(np.max(np.abs(one[name]))), least) or 1.0
        apart = float(np.max(np.abs(one[name].astype(float) - other[name]))) / largest
        if not apart <= worst:  # also one that is not a number
            worst, where = apart, name.removeprefix(prefix)
    good = worst <= WITHIN
    at = "" if good or not where else f", most in {where}"
    return Finding(what, good, f"{worst:.1e} apart{at}")
