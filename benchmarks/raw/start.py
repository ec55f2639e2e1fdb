"""What a training begins with, in two files for the plain scripts: the weights, and the order of the samples.

Without them a script and the trainer do not train the same: the compiled kernels of one and the same model take up to five
percent longer with one draw of its weights than with another (`benchmarks.draws`).
"""

from pathlib import Path

import numpy as np

from runners.datasets.dataset import PreparedDataset
from runners.protocol import RunFolder
from runners.templates.initial import initial_weights
from runners.train.data import open_data
from runners.train.preparing import setup_of

TEMPLATES = ("mlp", "cnn")
"""Those that the plain scripts know."""


def write_start(run: Path, dataset: PreparedDataset) -> None:
    """Put them into the folder of a run with a spec, as its trainer will have them.

    ``weights.npz`` has the arrays in the canonical layout, layer by layer; ``orders.npz`` the indices of the ``train`` samples,
    (epochs, samples), and those of the ``validation``, (samples,).
    """
    folder = RunFolder(run)
    setup = setup_of(folder.read_spec(), dataset, "cpu", 1, folder, resume=False)
    shape = setup.template.shape(setup.parameters, setup.dataset)
    layers = setup.template.layers(setup.parameters, shape)
    np.savez(run / "weights.npz", **initial_weights(layers, setup.seed))  # type: ignore[arg-type]
    data = open_data(dataset, setup)
    epochs = range(1, setup.parameters["epochs"] + 1)
    train = [data.train.shuffled(setup.seed, epoch).indices for epoch in epochs]
    np.savez(run / "orders.npz", train=train, validation=data.validation.indices)
