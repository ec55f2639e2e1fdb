"""GPUs that only a framework sees, such as Apple's and AMD's: asked of each framework once per installation.

The asking is a process of the framework's own interpreter, since the import takes seconds and must not happen here.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any

from runners.devices import FOUND_DEVICES_SETTING
from runners.protocol import FRAMEWORKS, Framework
from runners.scheduler.detached import child_environment, no_window_flags
from storage.store import Store
from workbench.interpreters import Installation

ASKED_SETTING = "found_devices.asked"
"""Which installation of each framework was asked: ``{framework: [interpreter, version]}``."""
_SECONDS = 180.0
_LOOK_S = 0.2
_TRACES = ("/dev/kfd", "/dev/dxg", "/dev/accel0", "/dev/vfio/0")
"""What Linux has where there may be a GPU of AMD, one of a Windows host, or a TPU."""


def is_likely() -> bool:
    """Whether this machine may have a GPU that NVML does not list; where not, asking would be seconds of work for nothing."""
    named = "TPU_NAME" in os.environ
    return (
        named
        or sys.platform in ("darwin", "win32")
        or any(Path(trace).exists() for trace in _TRACES)
    )


def find_devices(
    store: Store,
    installation: Callable[[Framework], Installation],
    *,
    anew: bool = False,
    cancelled: Callable[[], bool] = lambda: False,
) -> None:
    """Ask each installed framework, unless this installation of it was asked before, and keep what it tells. Raises StoreError."""
    asked: Any = store.setting(ASKED_SETTING)
    asked = dict(asked) if isinstance(asked, dict) else {}
    for framework in FRAMEWORKS:
        there = installation(framework)
        mark = [there.interpreter, there.version]
        if cancelled() or there.problem or (asked.get(framework) == mark and not anew):
            continue
        told = ask_for_devices(framework, there.interpreter, cancelled)
        if told is None:
            continue
        kept: Any = store.setting(FOUND_DEVICES_SETTING)
        others = [one for one in kept or () if one.get("framework") != framework]
        store.set_setting(FOUND_DEVICES_SETTING, [*others, *told])
        asked[framework] = mark
        store.set_setting(ASKED_SETTING, asked)


def ask_for_devices(
    framework: Framework, interpreter: str, cancelled: Callable[[], bool]
) -> list[dict[str, Any]] | None:
    """What the framework sees; nothing where it cannot be imported; None where the asking was broken off."""
    command = [interpreter, "-m", "runners.train.probe", framework.value]
    try:
        with subprocess.Popen(
            command,
            env=child_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            creationflags=no_window_flags(),
        ) as process:
            output = _output(process, cancelled)
    except OSError:
        return []
    return None if output is None else _parse(output)


def _output(process: subprocess.Popen[bytes], cancelled: Callable[[], bool]) -> bytes | None:
    deadline = monotonic() + _SECONDS
    while True:
        try:
            return process.communicate(timeout=_LOOK_S)[0]
        except subprocess.TimeoutExpired:
            if cancelled() or monotonic() > deadline:
                process.kill()
                process.communicate()
                return None


def _parse(output: bytes) -> list[dict[str, Any]]:
    """The last line, for a framework may print others before."""
    try:
        found = json.loads(output.decode("utf-8", "replace").strip().splitlines()[-1])
    except (ValueError, IndexError):
        return []
    wanted = ("id", "name", "memory_total", "framework")
    rows = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
    return [{name: one.get(name) for name in wanted} for one in rows]
