"""The weights alone, as ``model.safetensors``, by the names and in the layout that the template declares, which is Keras's."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
from safetensors.numpy import load_file, save_file

from runners.export.tensorflow.wrapping import unwrapped
from runners.export.trained import Trained
from runners.protocol import Framework
from runners.templates import framework_module
from runners.train.setup import Setup
from runners.train.tensorflow.precision import plain_policy
from runners.train.tensorflow.weights import load_weights, read_weights

FILE = "model.safetensors"


def make(trained: Trained) -> tuple[str, ...]:
    setup = trained.setup
    layers = setup.template.layers_for(setup.parameters, setup.dataset)
    weights = read_weights(unwrapped(trained.model), layers)
    contiguous = {name: np.ascontiguousarray(array) for name, array in weights.items()}
    save_file(contiguous, trained.folder / FILE, {"template": setup.template.name})
    return (
        "Its names are those of the template's layers, its arrays lie as Keras's do: filters as (height, width, in, out)",
    )


def load(setup: Setup, folder: Path) -> keras.Model:
    """The template's model, unwrapped, with these weights. Raises LookupError or ValueError where they are of another."""
    shape = setup.template.shape(setup.parameters, setup.dataset)
    template = framework_module(setup.template, Framework.TENSORFLOW)
    with plain_policy("float32"):
        model: keras.Model = template.build_model(setup.parameters, shape)
    layers = setup.template.layers(setup.parameters, shape)
    load_weights(model, layers, load_file(folder / FILE))
    return model
