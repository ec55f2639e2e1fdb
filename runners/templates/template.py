"""What a template declares, without a framework."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from runners.datasets.dataset import DatasetInfo, Input, Task
from runners.parameters import Parameter
from runners.protocol import Scalar
from runners.templates.layers import Layer, block_names
from runners.training_parameters import CLASS_PARAMETERS, IMAGE_PARAMETERS, TRAINING_PARAMETERS


@dataclass(frozen=True, kw_only=True)
class ModelShape:
    """What a model has to fit: all that it is told of the data.

    ``inputs`` is the shape of one sample: (height, width, channels), (features,), (steps, channels), or (length,) for
    tokens. ``outputs`` is how many numbers come out: scores of classes (per sample, pixel or token), targets, or steps
    ahead of each channel; for a reconstruction as many as come in. ``vocabulary`` is how many tokens there are, or 0.
    """

    inputs: tuple[int, ...]
    outputs: int
    vocabulary: int = 0


@dataclass(frozen=True, kw_only=True)
class Template:
    """A model family, implemented once per framework.

    Its folder holds ``template.py`` (this declaration as ``TEMPLATE``), ``pytorch.py`` and
    ``tensorflow.py``, each with ``build_model(parameters, shape)``, and ``icon.svg``.
    ``layers`` lists the layers for the given parameters and shape, in the order in which a sample passes them; names and
    order of those with weights are the same in both implementations. ``misfit`` says why a dataset and parameters do not
    fit although input and task do, or "". ``unmatched`` names what cannot be made equal in the two frameworks, for the user.
    """

    name: str
    title: str
    summary: str
    reference: str
    inputs: tuple[Input, ...]
    tasks: tuple[Task, ...]
    parameters: tuple[Parameter, ...]
    layers: Callable[[Mapping[str, Any], ModelShape], list[Layer]]
    misfit: Callable[[Mapping[str, Any], DatasetInfo], str] = lambda _parameters, _dataset: ""
    unmatched: tuple[str, ...] = ()
    defaults: Mapping[str, Scalar] = field(default_factory=dict)
    """Better defaults for parameters of training, by name, than those that hold for every template."""
    folder: Path | None = None
    """Where a template of the user's lies; None for one of Twinbench's own."""

    @property
    def declared(self) -> tuple[Parameter, ...]:
        """What can be set for a run: the model's parameters, then those of training, with the template's defaults."""
        training = list(TRAINING_PARAMETERS)
        if Task.CLASSIFICATION in self.tasks:
            training += CLASS_PARAMETERS
        if Input.IMAGE in self.inputs:
            training += IMAGE_PARAMETERS
        own = {parameter.name for parameter in self.parameters}
        return (
            *self.parameters,
            *(
                replace(one, default=self.defaults.get(one.name, one.default))
                for one in training
                if one.name not in own
            ),
        )

    def why_not(self, parameters: Mapping[str, Any], dataset: DatasetInfo) -> str:
        """Why a run with these parameters cannot be trained on the dataset, or ""."""
        return (
            self.unfit(dataset)
            or self.misfit(parameters, dataset)
            or self._idle(parameters, dataset)
            or self._without_blocks(parameters, dataset)
        )

    def _idle(self, parameters: Mapping[str, Any], dataset: DatasetInfo) -> str:
        """What was asked for and would do nothing for such a dataset, or ""."""
        idle: list[Parameter] = []
        if self.task(dataset) is not Task.CLASSIFICATION:
            idle += CLASS_PARAMETERS
        if dataset.input is not Input.IMAGE:
            idle += IMAGE_PARAMETERS
        if dataset.input is Input.TOKENS:
            idle += [one for one in CLASS_PARAMETERS if one.name == "mixup"]
        for one in idle:
            if parameters.get(one.name, one.default) != one.default:
                return f"{one.title.lower()} does nothing for {dataset.title}: set it to {one.format(one.default)}"
        return ""

    def _without_blocks(self, parameters: Mapping[str, Any], dataset: DatasetInfo) -> str:
        if not parameters.get("gradient_checkpointing"):
            return ""
        if block_names(self.layers_for(parameters, dataset)):
            return ""
        return f"gradient checkpointing computes blocks of layers again, and {self.title} has none: set it to no"

    def task(self, dataset: DatasetInfo) -> Task:
        """What the template learns from the dataset. Only of use where `unfit` says nothing."""
        return dataset.task if dataset.task in self.tasks else self.tasks[0]

    def unfit(self, dataset: DatasetInfo) -> str:
        """Why the template can learn nothing from such a dataset, whatever its parameters, or ""."""
        if dataset.input not in self.inputs:
            wanted = " or ".join(_INPUT_WORDS[kind] for kind in self.inputs)
            return (
                f"{self.title} takes {wanted}; {dataset.title} holds {_INPUT_WORDS[dataset.input]}"
            )
        if dataset.task in self.tasks or (
            Task.RECONSTRUCTION in self.tasks and not dataset.task.streams
        ):
            return ""
        wanted = " or ".join(self.tasks)
        if dataset.task is Task.RECONSTRUCTION:
            return f"{dataset.title} has no labels to learn, and {self.title} is for {wanted}"
        return f"{self.title} is for {wanted}; {dataset.title} is for {dataset.task}"

    def shape(self, parameters: Mapping[str, Any], dataset: DatasetInfo) -> ModelShape:
        """What a model has to fit that learns from the dataset."""
        inputs, vocabulary = dataset.input_shape, dataset.vocabulary_size
        match self.task(dataset):
            case Task.CLASSIFICATION | Task.SEGMENTATION:
                outputs = len(dataset.classes)
            case Task.REGRESSION:
                outputs = len(dataset.targets)
            case Task.TEXT_GENERATION:
                inputs, outputs = (parameters["context"],), vocabulary
            case Task.FORECASTING:
                inputs, outputs = (parameters["context"], *inputs), parameters["horizon"]
            case Task.RECONSTRUCTION:
                outputs = math.prod(inputs)
        return ModelShape(inputs=inputs, outputs=outputs, vocabulary=vocabulary)

    def layers_for(self, parameters: Mapping[str, Any], dataset: DatasetInfo) -> list[Layer]:
        """The layers of a model that learns from the dataset."""
        return self.layers(parameters, self.shape(parameters, dataset))


_INPUT_WORDS = {
    Input.IMAGE: "images",
    Input.FEATURES: "tables",
    Input.TOKENS: "text",
    Input.SERIES: "time series",
}
