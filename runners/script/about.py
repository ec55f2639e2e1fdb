"""What an interpreter has, asked of it without importing any of that."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

PACKAGES = (
    "torch", "torchvision", "lightning", "pytorch-lightning", "transformers", "accelerate", "torch-xla",
    "tensorflow", "tensorflow-cpu", "tensorflow-macos", "keras", "jax", "flax", "scikit-learn", "xgboost",
    "tensorboard", "tensorboardX", "numpy",
)  # fmt: skip
"""Distributions whose versions are worth telling."""
_SECONDS = 30.0
_PROGRAM = """
import json, sys
try:
    from importlib.metadata import version
except ImportError:
    version = lambda name: {}[name]
found = {}
for name in sys.argv[1:]:
    try:
        found[name] = version(name)
    except Exception:
        pass
print(json.dumps({"python": "%d.%d.%d" % sys.version_info[:3], "packages": found}))
"""


def about_interpreter(
    interpreter: str, environment: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """``python`` (its version) and ``packages`` (name: version of those of `PACKAGES` that it has); empty if it does not answer."""
    try:
        done = subprocess.run(
            [interpreter, "-c", _PROGRAM, *PACKAGES], capture_output=True, stdin=subprocess.DEVNULL, text=True,
            timeout=_SECONDS, check=True, env=environment, creationflags=_no_window(),
        )  # fmt: skip
        found = json.loads(done.stdout.strip().splitlines()[-1])
        return {"python": str(found["python"]), "packages": dict(found["packages"])}
    except (OSError, subprocess.SubprocessError, ValueError, LookupError, TypeError):
        return {}


def _no_window() -> int:
    """On Windows no console opens for it."""
    if sys.platform == "win32":
        return subprocess.CREATE_NO_WINDOW
    return 0
