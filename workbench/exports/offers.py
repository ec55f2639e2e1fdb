"""Which formats a run can be exported to, and what is missing for the others."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from runners.devices import read_devices
from runners.export.formats import Format, formats_of
from runners.protocol import Framework, RunFolder
from runners.scheduler.detached import no_window_flags
from storage.records import RunRecord
from workbench.errors import WorkbenchError
from workbench.interpreters import REQUIREMENTS, install_line

_PROBE_S = 60.0
_PROBE = """
import importlib.util, json, sys
print(json.dumps([name for name in sys.argv[1:] if importlib.util.find_spec(name) is None]))
"""


@dataclass(frozen=True, slots=True)
class Offer:
    """A format of a run's framework. ``problem`` says why it cannot be made here, "" if it can.

    ``missing`` are the requirements that are not installed for the run's interpreter, and ``install`` is the line, to be typed into a shell, that installs them.
    """

    format: Format
    problem: str = ""
    missing: tuple[str, ...] = ()
    install: str = ""


def formats_here(framework: Framework, interpreter: str) -> list[Offer]:
    """What any run of a framework can be exported to. Raises WorkbenchError for an interpreter that does not answer."""
    formats = formats_of(framework)
    names = {name for one in formats for name in _needs(one, framework)}
    lacking = _lacking(interpreter, names)
    has_gpu = any(device.id.startswith("cuda") for device in read_devices())  # NVIDIA's alone
    return [_offer(one, framework, lacking, interpreter, has_gpu=has_gpu) for one in formats]


def why_not(run: RunRecord, folder: RunFolder) -> str:
    """Why nothing of a run can be exported, in words, or ""."""
    if run.spec.script is not None:
        return "It is a run of a script of yours, whose model Twinbench does not know."
    if not run.state.final:
        return f"It is {run.state}: it can be exported once it has ended."
    if not folder.kept_checkpoints:
        return "It has no checkpoint: it ended before one was written, proves a duel and keeps none, or its checkpoints were deleted. Retry it to train it again."
    return ""


def _offer(
    one: Format, framework: Framework, lacking: frozenset[str], interpreter: str, *, has_gpu: bool
) -> Offer:
    if one.on_gpu_only and not has_gpu:
        return Offer(one, "It takes an NVIDIA GPU, and this machine has none.")
    needs = _needs(one, framework)
    missing = tuple(requirement for name, requirement in needs.items() if name in lacking)
    if not missing:
        return Offer(one)
    names = " and ".join(re.split("[<>=~!]", requirement)[0] for requirement in missing)
    line = install_line(interpreter, words_to_install(framework, missing))
    return Offer(one, f"It needs {names}, not installed for {interpreter}.", missing, line)


def words_to_install(framework: Framework, requirements: Sequence[str]) -> list[str]:
    """With the framework itself, so that no other version of it takes the place of the one that is there."""
    return [*requirements, REQUIREMENTS[framework]]


def _needs(one: Format, framework: Framework) -> Mapping[str, str]:
    """What making and running it takes: the name to import, and the requirement."""
    return {**one.makers[framework], **one.runners}


def _lacking(interpreter: str, names: Iterable[str]) -> frozenset[str]:
    wanted = sorted(names)
    if Path(interpreter).absolute() == Path(sys.executable).absolute():
        importlib.invalidate_caches()  # something may have been installed meanwhile
        return frozenset(name for name in wanted if importlib.util.find_spec(name) is None)
    try:
        output = subprocess.run(
            [interpreter, "-c", _PROBE, *wanted], capture_output=True, text=True, timeout=_PROBE_S, check=True,
            stdin=subprocess.DEVNULL, creationflags=no_window_flags(),
        ).stdout  # fmt: skip
        return frozenset(json.loads(output))
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise WorkbenchError(f"the interpreter {interpreter} does not answer ({error})") from error
