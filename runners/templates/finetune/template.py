"""What fine-tuning declares."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from runners.datasets.dataset import DatasetInfo, Input, Task
from runners.parameters import Choice, Integer, Text
from runners.templates.layers import Layer, plain
from runners.templates.resnet.template import TEMPLATE as RESNET
from runners.templates.template import ModelShape, Template

_STAGES = {"18": 4, "34": 4, "20": 3, "32": 3}
_IMAGENET = "imagenet"


def _layers(parameters: Mapping[str, Any], model: ModelShape) -> list[Layer]:
    layers: list[Layer] = []
    shape = model.inputs
    if (factor := _enlargement(parameters, shape)) > 1:
        shape = (shape[0] * factor, shape[1] * factor, shape[2])
        layers.append(plain("enlarging", "enlarging", shape))
    if parameters["normalisation"] == _IMAGENET:
        shape = (*shape[:2], 3)
        layers.append(plain("normalisation", "normalisation", shape))
    network = {"depth": parameters["depth"], "width": 1.0}
    built = RESNET.layers(network, replace(model, inputs=shape))
    trained = _trained(parameters)
    return layers + [n if n.name.startswith(trained) else _frozen(n) for n in built]


def _enlargement(parameters: Mapping[str, Any], shape: tuple[int, ...]) -> int:
    factor: int = math.ceil(parameters["least_size"] / min(shape[:2]))
    return factor


def _trained(parameters: Mapping[str, Any]) -> tuple[str, ...]:
    """How the names of the layers begin that are trained."""
    last = f"stage_{_STAGES[parameters['depth']]}_"
    return {"everything": ("",), "last stage": (last, "output"), "output": ("output",)}[
        parameters["trained"]
    ]


def _frozen(layer: Layer) -> Layer:
    weights = tuple(replace(weight, trained=False) for weight in layer.weights)
    return replace(layer, weights=weights)


def _misfit(parameters: Mapping[str, Any], dataset: DatasetInfo) -> str:
    weights, channels = parameters["weights"], dataset.input_shape[-1]
    if parameters["normalisation"] == _IMAGENET and channels not in (1, 3):
        return (
            f"images are made like those of ImageNet from one or three channels, but those of {dataset.title} have "
            f"{channels}: set the normalisation to none, and give weights for so many channels"
        )
    if weights == _IMAGENET:
        if parameters["depth"] not in ("18", "34"):
            return (
                "there are weights of ImageNet for the depths 18 and 34 only: give the file of another training "
                "as weights"
            )
    elif weights and not Path(weights).is_absolute():
        return f"the weights have to be {_IMAGENET} or the whole path of a file, not {weights}"
    elif weights and not Path(weights).is_file():
        return f"there is no file of weights {weights}"
    network = {"depth": parameters["depth"], "width": 1.0}
    factor = _enlargement(parameters, dataset.input_shape)
    height, width = (side * factor for side in dataset.input_shape[:2])
    return RESNET.misfit(network, replace(dataset, input_shape=(height, width, channels)))


TEMPLATE = Template(
    name="finetune",
    title="Fine-tuning",
    summary="A residual network that begins with what it learnt from other images, so that few new ones are enough",
    reference="Yosinski, Clune, Bengio and Lipson (2014), How transferable are features in deep neural networks?",
    inputs=(Input.IMAGE,),
    tasks=(Task.CLASSIFICATION,),
    parameters=(
        Choice(
            name="depth",
            title="Depth",
            help="Which residual network: the weights have to be of one so deep. See the template resnet.",
            default="18",
            options=tuple(_STAGES),
        ),
        Text(
            name="weights",
            title="Weights",
            help=(
                "Where it begins: imagenet, which is downloaded once, or the path of a file: a checkpoint of a run of "
                "resnet or finetune (.pt, .npz), or torchvision's weights (.pth). Without any it begins anew."
            ),
            default=_IMAGENET,
        ),
        Choice(
            name="trained",
            title="Trained",
            help="What is trained; the rest stays as it was, and trains faster for it. The output is always new.",
            default="everything",
            options=("everything", "last stage", "output"),
        ),
        Choice(
            name="normalisation",
            title="Normalisation",
            help=(
                "What is done to the images first. The weights of ImageNet want three channels with the means and "
                "deviations of its images; those of a run of resnet want none."
            ),
            default=_IMAGENET,
            options=(_IMAGENET, "none"),
        ),
        Integer(
            name="least_size",
            title="Least size",
            help=(
                "Smaller images are enlarged by a whole factor until they are so wide and high. The weights of ImageNet "
                "want 64 at least, and are best with 224."
            ),
            unit="pixels",
            default=64,
            minimum=1,
            maximum=1024,
        ),
    ),
    layers=_layers,
    misfit=_misfit,
    defaults={"optimizer": "adamw", "learning_rate": 1e-4, "schedule": "cosine", "batch_size": 32},
)
