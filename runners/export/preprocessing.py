"""How to come from a person's data to the input of an exported model, and from its output to an answer. Standard library only.

`describe` gives what `manifest.json` has as ``preprocessing`` and what stands in ``preprocessing.json``, plain JSON:

==============  ========================================================================================================
``task``        as `Task` names it, that of the run: an autoencoder's is ``reconstruction``, whatever the dataset is for
``input``       as `Input` names it: ``image``, ``features``, ``tokens`` or ``series``
``shape``       of one sample of the input
``scale``       of images: the largest value; dividing by it is part of the model
``resize``      of images: how a picture of another size is brought to the model's: ``pad`` fits it in, in the middle, on its
                background; ``crop`` fills the size and cuts off what stands over on both sides; ``stretch`` leaves no proportions
``background``  of images: how bright the border of the training images is, from 0 to 1. What is transparent shows it, and a grey
                picture whose border is bright where this is dark (to either side of 0.5), or the other way round, is inverted
``ink``         of images: the share of the side that what stands out from the background takes, to which a drawing is enlarged
``features``    of each column of features and each channel of a series, in their order: ``name``, ``mean`` and ``std``;
                the input is (value - mean) / std. Where that is not known mean is 0 and std 1
``classes``     names, in the order of the output's last axis
``targets``     as ``features``: the number is output * std + mean
``vocabulary``  of tokens: ``kind``, ``tokens`` (texts by number; 0 fills up what is shorter, 1 is unknown) and ``lower``
                (texts are made small first); otherwise null
``activation``  what makes an answer of the output: ``softmax`` over the last axis, ``sigmoid``, or ``none``
``words``       all of that in sentences
``dataset``     `DatasetInfo` as JSON, from which the template can build the model anew
==============  ========================================================================================================
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from runners.datasets.dataset import DatasetInfo, Input, Task, info_from_raw
from runners.datasets.vocabulary import Vocabulary
from runners.protocol import Scalar
from runners.templates.template import Template


@dataclass(frozen=True, slots=True)
class Look:
    """What a dataset's images look like: the fields of these names above."""

    resize: str
    background: float
    ink: float


_ACTIVATIONS = {
    Task.CLASSIFICATION: "softmax",
    Task.SEGMENTATION: "softmax",
    Task.TEXT_GENERATION: "softmax",
    Task.RECONSTRUCTION: "sigmoid",
}


def describe(
    template: Template,
    parameters: Mapping[str, Scalar],
    info: DatasetInfo,
    vocabulary: Vocabulary | None,
    look: Look | None = None,
) -> dict[str, Any]:
    """What holds for the models of a template with these parameters that learned from the dataset; ``look`` is that of images."""
    task = template.task(info)
    series = task is Task.FORECASTING and not info.features
    columns = info.targets if series else _columns(info)
    scales = (
        (info.target_mean, info.target_std) if series else (info.feature_mean, info.feature_std)
    )
    told: dict[str, Any] = {
        "task": task.value,
        "input": info.input.value,
        "shape": list(template.shape(parameters, info).inputs),
        "scale": info.scale,
        **(asdict(look) if look else {}),
        "features": _scaled(columns, *scales),
        "classes": list(info.classes) if _ACTIVATIONS.get(task) == "softmax" else [],
        "targets": _scaled(info.targets, info.target_mean, info.target_std),
        "vocabulary": asdict(vocabulary) if vocabulary else None,
        "activation": _ACTIVATIONS.get(task, "none"),
    }
    words = [
        _input_words(told),
        *_picture_words(look),
        *_feature_words(told),
        _output_words(told, parameters),
    ]
    whole = {**told, "words": words, "dataset": asdict(info)}
    plain: dict[str, Any] = json.loads(json.dumps(whole))  # tuples are lists there
    return plain


def dataset_of(preprocessing: Mapping[str, Any]) -> DatasetInfo:
    """What the model learned from. Raises KeyError, TypeError or ValueError if it is something else."""
    return info_from_raw(preprocessing["dataset"])


def _columns(info: DatasetInfo) -> Sequence[str]:
    """The names of the columns of features or of the channels of a series."""
    if info.input not in (Input.FEATURES, Input.SERIES):
        return ()
    return info.features or [f"feature {n}" for n in range(1, info.input_shape[-1] + 1)]


def _scaled(
    names: Sequence[str], means: Sequence[float], stds: Sequence[float]
) -> list[dict[str, Any]]:
    means, stds = means or [0.0] * len(names), stds or [1.0] * len(names)
    return [
        {"name": name, "mean": mean, "std": std}
        for name, mean, std in zip(names, means, stds, strict=True)
    ]


def _input_words(told: Mapping[str, Any]) -> str:
    shape = told["shape"]
    match told["input"]:
        case Input.IMAGE:
            kind = {1: "grey", 3: "red, green, blue"}.get(shape[2], f"{shape[2]} channels")
            return (
                f"Input: images of {shape[0]} by {shape[1]} pixels ({kind}) as float32 (samples, height, width, channels), from 0 "
                f"to {told['scale']}; dividing by {told['scale']} is part of the model."
            )
        case Input.TOKENS:
            return (
                f"Input: the numbers of {shape[0]} tokens of a text as int32 (samples, tokens); 0 fills up what is shorter, at its "
                "end, and 1 is what the vocabulary does not know."
            )
        case Input.SERIES:
            return f"Input: {shape[0]} steps of {shape[1]} channels as float32 (samples, steps, channels)."
    return f"Input: {shape[0]} features as float32 (samples, features)."


def _picture_words(look: Look | None) -> list[str]:
    if look is None:
        return []
    how = {
        "stretch": "is stretched to the model's size",
        "crop": "is scaled to fill the model's size, and what stands over on both sides is cut off",
    }.get(look.resize, "is scaled to fit into the model's size, in the middle of its background")
    ground = f"{look.background:.3g} of the scale"
    return [
        f"A picture of another size {how}; the background of the training images is {ground}. What is transparent shows it, and a grey "
        "picture is inverted if its border is bright where that is dark, or the other way round, seen from the middle of the scale."
    ]


def _feature_words(told: Mapping[str, Any]) -> list[str]:
    if not told["features"]:
        return []
    return ["Each feature or channel goes in as (value - mean) / std, by the means and deviations under features."]  # fmt: skip


def _output_words(told: Mapping[str, Any], parameters: Mapping[str, Scalar]) -> str:
    match told["task"]:
        case Task.CLASSIFICATION:
            return "Output: a score for each class (samples, classes); softmax makes probabilities of them, the largest is the answer."
        case Task.SEGMENTATION:
            return "Output: a score for each class of each pixel (samples, height, width, classes); the largest is the pixel's class."
        case Task.TEXT_GENERATION:
            return "Output: at each place a score for each token to come next (samples, tokens, vocabulary); softmax makes probabilities."
        case Task.RECONSTRUCTION:
            return "Output: a score for each pixel, shaped as the input, from the mean of the code; its sigmoid is the brightness, 0 to 1."
        case Task.FORECASTING:
            return (
                f"Output: the next {parameters['horizon']} steps (samples, steps, channels), standardised: output * std + mean, by the "
                "means and deviations under targets, is in their own units."
            )
    return "Output: a number for each target (samples, targets), standardised: output * std + mean, by those under targets, is in its own unit."
