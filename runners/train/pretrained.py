"""The weights that a training begins with: drawn from its seed, or those of an earlier training from a file.

A file is read without a framework and without running anything in it, so that both frameworks begin with the same numbers.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any
from urllib.request import urlopen
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from runners.protocol import file_sha256
from runners.templates.initial import Weights, initial_weights
from runners.templates.layers import Layer
from runners.train.pytorch_file import NotAPytorchFile, read_tensors
from runners.train.setup import Setup, TrainerError

Array = NDArray[Any]

IMAGENET = "imagenet"
_IMAGENET_URL = "https://download.pytorch.org/models/"
_IMAGENET_FILES = {"18": "resnet18-f37072fd.pth", "34": "resnet34-b627a593.pth"}
"""torchvision's residual networks by depth. The last part of a name is the beginning of the file's SHA-256."""
_TIMEOUT_S = 20
_NEW = "output"
"""The layer that is never taken over, since it knows the classes of the earlier training."""
_FROM_PYTORCH: dict[str, tuple[tuple[str, str, tuple[int, ...]], ...]] = {
    "dense": (("kernel", "weight", (1, 0)), ("bias", "bias", ())),
    "convolution": (("kernel", "weight", (2, 3, 1, 0)), ("bias", "bias", ())),
    "depthwise convolution": (("kernel", "weight", (2, 3, 0, 1)),),
    "batch norm": (
        ("gamma", "weight", ()),
        ("beta", "bias", ()),
        ("moving_mean", "running_mean", ()),
        ("moving_variance", "running_var", ()),
    ),
}
"""Per kind of layer the name of a weight, that of PyTorch's tensor, and the axes by which it is transposed."""


def starting_weights(setup: Setup, layers: list[Layer]) -> Weights:
    """What the parameter ``weights`` of the template names, if it has one, over what is drawn. Raises TrainerError."""
    weights = initial_weights(layers, setup.seed)
    path = _file(setup)
    if path is None:
        return weights
    taken = _taken(path, [layer for layer in layers if layer.weights and layer.name != _NEW])
    print(f"begins with the weights of {path.name}, SHA-256 {file_sha256(path)[:16]}")
    return weights | taken


def weights_facts(setup: Setup) -> Mapping[str, Any]:
    """``weights``: ``file`` and ``sha256`` of what the training begins with; nothing where that is drawn. Raises TrainerError."""
    path = _file(setup)
    return {"weights": {"file": str(path), "sha256": file_sha256(path)}} if path else {}


def without_weights(parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    """For a training that goes on from a checkpoint, so that nothing is asked of a file that may be gone."""
    return {**parameters, "weights": ""} if parameters.get("weights") else parameters


def _file(setup: Setup) -> Path | None:
    source = setup.parameters.get("weights", "")
    if source == IMAGENET:
        return _imagenet_file(setup.parameters["depth"])
    return Path(source) if source else None


def _taken(path: Path, layers: list[Layer]) -> Weights:
    try:
        found = _read(path, layers)
    except OSError as error:
        raise TrainerError(f"the weights {path} cannot be read: {error.strerror}") from error
    except (NotAPytorchFile, BadZipFile, ValueError, KeyError, EOFError) as error:
        raise TrainerError(
            f"{path} holds no weights that can be read: give a checkpoint (.pt, .npz) or weights of PyTorch (.pth)"
        ) from error
    weights = [weight for layer in layers for weight in layer.weights]
    for weight in weights:
        there = found.get(weight.name)
        if there is None or there.shape != weight.shape:
            shape = "missing" if there is None else f"of shape {there.shape}"
            raise TrainerError(
                f"the weights of {path.name} are of another network: {weight.name} is {shape} and has to be of shape "
                f"{weight.shape}. Depth, channels and, for the depths 18 and 34, the size of the images have to be "
                "those of the training that they come from (64 pixels and more, or less)"
            )
    return {weight.name: found[weight.name].astype(np.float32) for weight in weights}


def _read(path: Path, layers: list[Layer]) -> Weights:
    """By name from NumPy's archives, with or without ``weights/`` before it; by their order from files of PyTorch."""
    if path.suffix == ".npz":
        with np.load(path, allow_pickle=False) as archive:
            return {name.removeprefix("weights/"): archive[name] for name in archive.files}
    return dict(_in_order(read_tensors(path), layers))


def _in_order(tensors: Mapping[str, Array], layers: Iterable[Layer]) -> Iterator[tuple[str, Array]]:
    """Layers and the parts of a PyTorch model both stand in the order in which a sample passes them."""
    parts: dict[str, dict[str, Array]] = {}
    for name, tensor in tensors.items():
        part, _dot, attribute = name.rpartition(".")
        parts.setdefault(part, {})[attribute] = tensor
    for layer, part_tensors in zip(layers, parts.values(), strict=False):
        for weight, attribute, axes in _FROM_PYTORCH[layer.kind]:
            if attribute in part_tensors:
                array = part_tensors[attribute]
                fits = array.ndim == len(axes)
                yield f"{layer.name}/{weight}", array.transpose(axes) if fits else array


def _imagenet_file(depth: str) -> Path:
    """Where PyTorch keeps what it downloads, too; downloaded if it is not there. Raises TrainerError."""
    name = _IMAGENET_FILES[depth]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = Path(os.environ.get("TORCH_HOME") or cache / "torch") / "hub" / "checkpoints"
    path = folder / name
    try:
        if not path.is_file():
            print(f"downloading {_IMAGENET_URL}{name} to {folder}")
            _download(f"{_IMAGENET_URL}{name}", path)
    except OSError as error:
        raise TrainerError(
            f"the weights of ImageNet are not at {path} and cannot be downloaded ({error}): download "
            f"{_IMAGENET_URL}{name} where there is a network, and give the path of the file as weights"
        ) from error
    return path


def _download(url: str, path: Path) -> None:
    """The file appears as a whole and checked, or not at all. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, delete=False) as part:
        place = Path(part.name)
        try:
            with urlopen(url, timeout=_TIMEOUT_S) as answer:
                shutil.copyfileobj(answer, part)
            part.close()
            begins = path.stem.rpartition("-")[2]
            if not file_sha256(place).startswith(begins):
                raise OSError("what came is not the file that was asked for")
            place.replace(path)
        finally:
            place.unlink(missing_ok=True)
