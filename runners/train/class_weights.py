"""How much each class counts, so that rare ones count as much as common ones."""

from __future__ import annotations

import numpy as np

from runners.datasets.dataset import Task
from runners.train.data import Part
from runners.train.setup import Setup


def class_weights(setup: Setup, train: Part) -> tuple[float, ...]:
    """Samples / (classes * samples of the class), where the run asks for it; 0 for a class without samples.

    That is the "balanced" of scikit-learn, after King and Zeng (2001), over the classes that occur.
    """
    if setup.task is not Task.CLASSIFICATION or setup.parameters["class_weights"] == "none":
        return ()
    counts = np.bincount(train.y[train.indices], minlength=len(setup.dataset.classes))
    occurring = np.count_nonzero(counts)
    return tuple(len(train) / (occurring * count) if count else 0.0 for count in counts.tolist())
