"""Which GPUs a framework sees: ``python -m runners.train.probe pytorch|tensorflow``.

Prints a JSON list of objects: ``id`` (``cuda:N``, ``mps``, ``xpu:N``, or ``tpu`` with all its cores), ``name``, ``memory_total`` (bytes,
None where it is not told), ``kind`` (``cuda``, ``rocm``, ``mps``, ``xpu`` or ``tpu``) and ``framework``. ROCm's devices are
called ``cuda:N``, as PyTorch calls them. The exit code is 1 if the framework cannot be imported.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from typing import Any

from runners.protocol import FRAMEWORKS, Framework

Found = list[dict[str, Any]]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser("python -m runners.train.probe")
    parser.add_argument("framework", type=Framework, choices=FRAMEWORKS)
    framework: Framework = parser.parse_args(arguments).framework
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    probe = _pytorch if framework is Framework.PYTORCH else _tensorflow
    try:
        found = probe()
    except ImportError as error:
        print(f"{framework.display_name} cannot be imported: {error}", file=sys.stderr)
        return 1
    print(json.dumps([{**device, "framework": framework} for device in found]))
    return 0


def _pytorch() -> Found:
    import torch

    found: Found = []
    kind = "rocm" if torch.version.hip else "cuda"
    for number in range(torch.cuda.device_count()):
        about = torch.cuda.get_device_properties(number)
        found.append(_device(f"cuda:{number}", kind, about.name, about.total_memory))
    if torch.backends.mps.is_available():
        found.append(_device("mps", "mps", "Apple GPU", torch.mps.recommended_max_memory()))
    if torch.xpu.is_available():
        for number in range(torch.xpu.device_count()):
            xpu = torch.xpu.get_device_properties(number)
            found.append(_device(f"xpu:{number}", "xpu", xpu.name, xpu.total_memory))
    return found


def _tensorflow() -> Found:
    import tensorflow as tf

    built_for: dict[str, Any] = dict(tf.sysconfig.get_build_info())
    kind = "rocm" if built_for.get("is_rocm_build") else "cuda"
    if sys.platform == "darwin":
        kind = "mps"
    found: Found = []
    for number, gpu in enumerate(tf.config.list_physical_devices("GPU")):
        name = tf.config.experimental.get_device_details(gpu).get("device_name", gpu.name)
        found.append(_device("mps" if kind == "mps" else f"cuda:{number}", kind, name, None))
    for number, gpu in enumerate(tf.config.list_physical_devices("XPU")):
        found.append(_device(f"xpu:{number}", "xpu", gpu.name, None))
    if cores := tf.config.list_physical_devices("TPU"):
        found.append(_device("tpu", "tpu", f"TPU, {len(cores)} cores", None))
    return found


def _device(identifier: str, kind: str, name: str, memory_total: int | None) -> dict[str, Any]:
    return {"id": identifier, "name": name, "memory_total": memory_total, "kind": kind}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
