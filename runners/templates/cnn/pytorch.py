"""A convolutional network in PyTorch.

Each block slides small filters over the image (convolution), bends the result (activation), and keeps
the largest of every 2 by 2 values (pooling), so that the image shrinks while what it says of each place
grows. A hidden layer then looks at all places together, and the output layer gives a score per class, or
the numbers to be predicted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

from runners.templates.template import ModelShape

ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh, "gelu": nn.GELU}


class ConvolutionalNetwork(nn.Module):
    def __init__(self, parameters: Mapping[str, Any], shape: ModelShape) -> None:
        super().__init__()
        activation = ACTIVATIONS[parameters["activation"]]
        height, width, channels = shape.inputs

        self.blocks = nn.Sequential()
        for number, filters in enumerate(parameters["filters"], start=1):
            convolution = nn.Conv2d(channels, filters, parameters["kernel_size"], padding="same")
            self.blocks.add_module(f"convolution_{number}", convolution)
            self.blocks.add_module(f"activation_{number}", activation())
            self.blocks.add_module(f"pooling_{number}", nn.MaxPool2d(2))
            height, width, channels = height // 2, width // 2, filters

        self.hidden = nn.Linear(height * width * channels, parameters["hidden_width"])
        self.activation = activation()
        self.dropout = nn.Dropout(parameters["dropout"])
        self.output = nn.Linear(parameters["hidden_width"], shape.outputs)

    def forward(self, images: Tensor) -> Tensor:
        x = images.permute(0, 3, 1, 2)  # PyTorch wants the channels before height and width
        x = self.blocks(x)
        x = x.permute(0, 2, 3, 1).flatten(1)  # channels last again, in the order of TensorFlow
        x = self.dropout(self.activation(self.hidden(x)))
        scores: Tensor = self.output(x)
        return scores


def build_model(parameters: Mapping[str, Any], shape: ModelShape) -> nn.Module:
    """The model, from images (samples, height, width, channels) to scores (samples, outputs).

    The scores are logits of classes, whose softmax is part of the loss, or numbers.
    """
    return ConvolutionalNetwork(parameters, shape)
