"""The name of this machine's processor. Standard library only, so that a trainer can tell it too."""

from __future__ import annotations

import platform
import subprocess
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path


@cache
def cpu_name() -> str:
    """The processor's name as its maker sells it, or the architecture where that cannot be read."""
    readers = {"linux": _cpu_name_linux, "darwin": _cpu_name_macos, "win32": _cpu_name_windows}
    name = ""
    with suppress(OSError, subprocess.SubprocessError, StopIteration):
        name = readers.get(sys.platform, str)().strip()
    return name or platform.processor() or platform.machine()


def _cpu_name_linux() -> str:
    lines = Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines()
    return next(line for line in lines if line.startswith("model name")).partition(":")[2]


def _cpu_name_macos() -> str:
    command = ["sysctl", "-n", "machdep.cpu.brand_string"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=5, check=True)
    return done.stdout


def _cpu_name_windows() -> str:
    if sys.platform != "win32":
        return ""
    import winreg

    path = r"HARDWARE\DESCRIPTION\System\CentralProcessor\0"
    with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, path) as key:
        return str(winreg.QueryValueEx(key, "ProcessorNameString")[0])
