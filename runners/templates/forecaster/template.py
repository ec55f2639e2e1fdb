"""What the forecaster declares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runners.datasets.dataset import DatasetInfo, Input, Task
from runners.parameters import Choice, Integer
from runners.templates.common import DROPOUT, DROPOUT_UNMATCHED
from runners.templates.layers import Layer, convolution_1d, dense, dropout, lstm, plain
from runners.templates.template import ModelShape, Template


def _layers(parameters: Mapping[str, Any], model: ModelShape) -> list[Layer]:
    steps, channels = model.inputs
    width = parameters["width"]
    layers = [plain("differences", "subtract the last step", model.inputs)]
    for number in range(1, parameters["blocks"] + 1):
        if parameters["network"] == "lstm":
            layers += _lstm(number, (steps, channels), parameters)
        else:
            layers += _block(f"block_{number}", (steps, channels), parameters)
        channels = width
    horizon, ahead = model.outputs, model.inputs[1]
    return [
        *layers,
        plain("last", "last step", (width,)),
        dense("output", width, horizon * ahead),
        plain("forecast", "add the last step", (horizon, ahead)),
    ]


def _lstm(number: int, shape: tuple[int, int], parameters: Mapping[str, Any]) -> list[Layer]:
    layer = lstm(f"layer_{number}", shape, parameters["width"], sequences=True)
    return [layer, dropout(f"dropout_{number}", layer.output_shape)]


def _block(name: str, shape: tuple[int, int], parameters: Mapping[str, Any]) -> list[Layer]:
    steps, channels = shape
    width, kernel_size = parameters["width"], parameters["kernel_size"]
    through = (steps, width)
    layers = [
        convolution_1d(f"{name}_convolution_1", shape, width, kernel_size),
        dropout(f"{name}_dropout_1", through),
        convolution_1d(f"{name}_convolution_2", through, width, kernel_size),
        dropout(f"{name}_dropout_2", through),
    ]
    if channels != width:
        layers.append(convolution_1d(f"{name}_skip", shape, width, 1))
    return [*layers, plain(f"{name}_add", "add", through)]


def _misfit(parameters: Mapping[str, Any], dataset: DatasetInfo) -> str:
    window = parameters["context"] + parameters["horizon"]
    counts = [dataset.train_count, dataset.test_count]
    shortest = min([*counts, *([dataset.validation_count] if dataset.validation_count else [])])
    if window <= shortest:
        return ""
    return (
        f"context and horizon are {window:,} steps together, but a part of {dataset.title} has only "
        f"{shortest:,}: make them shorter"
    )


TEMPLATE = Template(
    name="forecaster",
    title="Forecaster",
    summary="Says how a time series goes on, by dilated causal convolutions or LSTM",
    reference=(
        "Bai, Kolter and Koltun (2018), An empirical evaluation of generic convolutional and recurrent "
        "networks for sequence modeling (here without weight normalisation); forecasting what is added to "
        "the last step after Zeng et al. (2023), Are transformers effective for time series forecasting?"
    ),
    inputs=(Input.SERIES,),
    tasks=(Task.FORECASTING,),
    parameters=(
        Choice(
            name="network",
            title="Network",
            help="Blocks of causal convolutions that look twice as far back each, or layers of LSTM.",
            default="convolutions",
            options=("convolutions", "lstm"),
        ),
        Integer(
            name="context",
            title="Context",
            help="How many steps a forecast is made from.",
            unit="steps",
            default=48,
            minimum=1,
            maximum=8192,
        ),
        Integer(
            name="horizon",
            title="Horizon",
            help="How many steps ahead are forecast.",
            unit="steps",
            default=12,
            minimum=1,
            maximum=1024,
        ),
        Integer(
            name="width",
            title="Width",
            help="How many filters each convolution, or units each layer of LSTM, has.",
            default=32,
            minimum=1,
            maximum=2048,
        ),
        Integer(
            name="blocks",
            title="Blocks",
            help=(
                "How many blocks of two convolutions, or layers of LSTM, follow each other. Blocks see 1 + 2 "
                "(kernel size - 1) (2^blocks - 1) steps."
            ),
            default=4,
            minimum=1,
            maximum=12,
        ),
        Integer(
            name="kernel_size",
            title="Kernel size",
            help="How many steps each filter of a convolution spans; LSTM has none.",
            unit="steps",
            default=3,
            minimum=2,
            maximum=32,
        ),
        DROPOUT,
    ),
    layers=_layers,
    misfit=_misfit,
    unmatched=(DROPOUT_UNMATCHED,),
    defaults={"epochs": 20},
)
