"""Which frameworks are installed, in words."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

_TENSORFLOW = ("tensorflow", "tensorflow-cpu")


def versions() -> str:
    return (
        f"PyTorch {version('torch')}, TensorFlow {_first(_TENSORFLOW)} and Keras {version('keras')}"
    )


def _first(names: tuple[str, ...]) -> str:
    """The version of the first of these packages that is installed. Raises PackageNotFoundError if none is."""
    for name in names:
        try:
            return version(name)
        except PackageNotFoundError:
            continue
    raise PackageNotFoundError(names[0])
