"""Training on the cores of a TPU, by TPUStrategy: after TensorFlow's guide to TPUs, and not tried on one."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import tensorflow as tf

from runners.train.setup import Setup, TrainerError
from runners.train.tensorflow.mirrors import Mirrors


class Cores(Mirrors):
    """All cores run one program, so shapes are fixed when it is traced, and each is given a part of the same size."""

    any_size = False

    def __init__(self, setup: Setup) -> None:
        """Raises TrainerError where there is no TPU, or where its cores cannot share a batch."""
        self._cores: Any = _strategy()
        super().__init__(self._cores)
        size = setup.parameters["batch_size"]
        if size % (self.count * setup.parameters["pieces"]):
            raise TrainerError(
                f"the {self.count} cores of this TPU compute equal parts of a batch: choose a batch size, and a number of "
                f"pieces, that leave each of them {self.count} equal parts"
            )

    def spread(self, portions: Sequence[Sequence[Any]]) -> Any:
        def values(place: int) -> Any:
            return self._cores.experimental_distribute_values_from_function(
                lambda context: portions[context.replica_id_in_sync_group][place]
            )

        return tuple(values(place) for place in range(len(portions[0])))

    def run(self, function: Callable[..., Any], portions: Any, *others: Any) -> Any:
        return self.first(self._cores.run(lambda *portion: function(portion, *others), portions))

    def everywhere(self, function: Callable[..., Any]) -> Callable[..., Any]:
        return tf.function(lambda *given: self.first(self._cores.run(function, given)))  # type: ignore[no-any-return]


@cache
def _strategy() -> tf.distribute.Strategy:
    """Over the TPU of this machine, or the one that TPU_NAME names; made once, as making it empties the TPU. Raises TrainerError."""
    try:
        place = os.environ.get("TPU_NAME", "local")
        resolver = tf.distribute.cluster_resolver.TPUClusterResolver(tpu=place)
        tf.config.experimental_connect_to_cluster(resolver)
        tf.tpu.experimental.initialize_tpu_system(resolver)
    except (tf.errors.OpError, ValueError, RuntimeError) as error:
        raise TrainerError(
            "TensorFlow finds no TPU: train on a machine that has one, with the package tensorflow-tpu in the place of "
            "tensorflow, name a remote one by the variable TPU_NAME, or choose another device"
        ) from error
    return tf.distribute.TPUStrategy(resolver)
