"""A forecaster of time series in PyTorch.

It reads the last steps of a series and says how the series goes on. A causal convolution looks at the present
and the past only; the convolutions of each block look twice as far back as those of the block before
(dilation), so that a few blocks see a long past. Around each block leads a way past it (skip), which it adds to.

It is told how the past differs from the last step, and says by how much the future will: a series that
wanders off to values never seen in training is followed there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn
from torch.nn.functional import pad, relu

from runners.templates.template import ModelShape


class Forecaster(nn.Module):
    def __init__(self, parameters: Mapping[str, Any], shape: ModelShape) -> None:
        super().__init__()
        self.horizon, self.channels = shape.outputs, shape.inputs[1]
        network = LstmNetwork if parameters["network"] == "lstm" else ConvolutionalNetwork
        self.network = network(self.channels, parameters)
        self.output = nn.Linear(parameters["width"], self.horizon * self.channels)

    def forward(self, past: Tensor) -> Tensor:
        last = past[:, -1:]
        seen = self.network(past - last)
        forecast: Tensor = self.output(seen).view(-1, self.horizon, self.channels)
        return last + forecast


class ConvolutionalNetwork(nn.Module):
    """What blocks of causal convolutions say at the last step."""

    def __init__(self, channels: int, parameters: Mapping[str, Any]) -> None:
        super().__init__()
        self.blocks = nn.Sequential()
        for number in range(1, parameters["blocks"] + 1):
            block = ResidualBlock(channels, 2 ** (number - 1), parameters)
            self.blocks.add_module(f"block_{number}", block)
            channels = parameters["width"]

    def forward(self, x: Tensor) -> Tensor:
        x = x.transpose(1, 2)  # PyTorch wants the channels before the steps
        x = self.blocks(x)
        return x[:, :, -1]


class ResidualBlock(nn.Module):
    def __init__(self, channels: int, dilation: int, parameters: Mapping[str, Any]) -> None:
        super().__init__()
        width, size = parameters["width"], parameters["kernel_size"]
        self.past = (size - 1) * dilation
        self.convolution_1 = nn.Conv1d(channels, width, size, dilation=dilation)
        self.convolution_2 = nn.Conv1d(width, width, size, dilation=dilation)
        self.dropout = nn.Dropout1d(parameters["dropout"])  # of whole channels, as in the paper
        self.skip = nn.Identity() if channels == width else nn.Conv1d(channels, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        y = self.dropout(relu(self.convolution_1(pad(x, (self.past, 0)))))
        y = self.dropout(relu(self.convolution_2(pad(y, (self.past, 0)))))
        return relu(y + self.skip(x))


class LstmNetwork(nn.Module):
    """What layers of LSTM say at the last step."""

    def __init__(self, channels: int, parameters: Mapping[str, Any]) -> None:
        super().__init__()
        self.layers = nn.ModuleDict()
        for number in range(1, parameters["blocks"] + 1):
            layer = nn.LSTM(channels, parameters["width"], batch_first=True)
            # PyTorch adds two biases where one does the same, and TensorFlow has one.
            nn.init.zeros_(layer.get_parameter("bias_hh_l0")).requires_grad_(False)
            self.layers[f"layer_{number}"] = layer
            channels = parameters["width"]
        self.dropout = nn.Dropout(parameters["dropout"])

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers.values():
            x = self.dropout(layer(x)[0])
        return x[:, -1]


def build_model(parameters: Mapping[str, Any], shape: ModelShape) -> nn.Module:
    """The model, from the past (samples, context, channels) to the future (samples, horizon, channels)."""
    return Forecaster(parameters, shape)
