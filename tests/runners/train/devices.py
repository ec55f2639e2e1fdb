"""The losses of a few steps on one device and on two: ``python -m tests.runners.train.devices FRAMEWORK``.

Prints JSON: by template what happened on two devices and on one, and, in TensorFlow, what the program for a TPU's cores gave on two shares of
the CPU, and the CPU for the same batches.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from runners.parameters import complete
from runners.protocol import Framework, Mode
from runners.templates import get_template
from runners.train.check import _write, made_up
from runners.train.data import open_data
from runners.train.engine import import_engine
from runners.train.setup import Setup
from runners.train.transforms import evaluation_transforms, training_transforms, transformed

CASES: dict[str, dict[str, Any]] = {
    "mlp": {"hidden_widths": "8", "gradient_clip": 0.1},
    "cnn": {"filters": "4", "pieces": 3, "average": 0.9},
    "unet": {"depth": 1, "width": 2},
    "tabular_resnet": {"blocks": 1, "dropout": 0.0},
}
"""The last two have batch norm: one that follows the variance of the population, and one that follows the batch's."""
_BATCH, _STEPS = 13, 6
"""64 samples make four batches of 13, whose halves differ, and one of 12."""
_EQUAL = 12
"""Batches of which two cores get equal parts, in three pieces too, and one of 4, which has no three equal pieces."""


def main(framework: Framework) -> None:
    found = {}
    for case, given in CASES.items():
        with TemporaryDirectory() as folder:
            found[case] = {
                count: _course(framework, case, given, count, folder) for count in (2, 1)
            }
            if framework is Framework.TENSORFLOW:
                for device in ("tpu", "cpu"):
                    course = _course(framework, case, given, 1, folder, device, _EQUAL)
                    found[case][device] = course
    print(json.dumps(found))


def _course(
    framework: Framework,
    case: str,
    given: dict[str, Any],
    replicas: int,
    folder: str,
    device: str = "cpu",
    size: int = _BATCH,
) -> dict[str, Any]:
    template = get_template(case)
    asked = {"optimizer": "momentum", "batch_size": size, **given}
    parameters, wrong = complete(template.declared, asked)
    assert not wrong, wrong
    dataset = _write(made_up(template), Path(folder))
    setup = Setup(
        framework=framework,
        mode=Mode.GRAPH if framework is Framework.TENSORFLOW else Mode.EAGER,
        device=device,
        template=template,
        dataset=dataset.info,
        parameters=parameters,
        seed=3,
        dtype="float64",
    )
    data = open_data(dataset, setup)
    setup = replace(setup, replicas=replicas)
    module = import_engine(setup)
    if device == "tpu":
        _stand_in_for_a_tpu()
    engine = module.create_engine(setup)
    try:
        batches = [*data.train.shuffled(3, 1).batches(size)] * 2
        transforms = training_transforms(setup)
        steps = [
            engine.train_step(*transformed(transforms, x, y, 3, 1, number), 0.01)
            for number, (x, y) in enumerate(batches[:_STEPS])
        ]
        x, y = next(data.test.batches(16))
        loss, _ = engine.evaluate(*transformed(evaluation_transforms(setup), x, y, 3, 0, 0))
        predicted = engine.predict(x).tolist()
        single = engine.train_step(batches[0][0][:1], batches[0][1][:1], 0.0)
        return {"steps": steps, "single": single, "evaluated": loss, "predicted": predicted}
    finally:
        engine.close()


def _stand_in_for_a_tpu() -> None:
    """Two shares of the CPU; what is given out and how steps are run is as on a TPU."""
    from runners.train.tensorflow import mirrors, tpu

    tpu._strategy = lambda: mirrors._strategy("cpu", 2)


if __name__ == "__main__":
    main(Framework(sys.argv[1]))
