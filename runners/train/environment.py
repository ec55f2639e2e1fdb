"""What a trainer finds around itself."""

from __future__ import annotations

import platform
from pathlib import Path
from types import ModuleType


def package_versions(*modules: ModuleType) -> dict[str, str]:
    """The versions that imported packages tell of themselves, whatever they were installed as."""
    return {module.__name__: str(module.__version__) for module in modules}


def processor_name() -> str:
    """The CPU's name as the system gives it."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        lines = []
    for line in lines:
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
