"""Which frameworks are installed, in words."""

from __future__ import annotations

from importlib.metadata import distributions


def versions() -> str:
    installed = {d.metadata["Name"].lower(): d.version for d in distributions()}
    tensorflow = installed.get("tensorflow") or installed.get("tensorflow-cpu")
    return f"PyTorch {installed['torch']}, TensorFlow {tensorflow} and Keras {installed['keras']}"
