"""Measures what training can do besides following an optimizer, in one framework and one process.

``python -m tests.runners.templates.features FRAMEWORK OUTPUT_FOLDER FEATURE...`` writes ``FEATURE.npz`` for each, or ``FEATURE.error``
with a traceback: what `tests.runners.templates.parity.train` finds in a few steps. TensorFlow measures only what is asked of it.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from runners.protocol import Framework, Mode
from runners.train.setup import Setup
from tests.runners.templates.cases import CASES, MOMENTUM, SEED, Course, prepared
from tests.runners.templates.parity import Found, Model, measure_each, train

STEPS = 4
IMAGES, MASKS = "cnn-odd-size", "unet-without-norm"
FIRST: Mapping[str, str] = {one.template: name for name, one in reversed(CASES.items())}
"""A case of each template."""
BLOCKS = ("gpt", "vit", "unet", "resnet", "mobilenet", "finetune")
"""The templates that have blocks, which can be computed again, and cases of them."""


@dataclass(frozen=True, kw_only=True)
class Feature:
    """``mode`` is that of TensorFlow, None if it is not measured; PyTorch is eager, since compiling takes too long."""

    case: str
    parameters: Course = field(default_factory=dict)
    dtype: str = "float64"
    mode: Mode | None = Mode.EAGER


def _blocks(case: str) -> dict[str, object]:
    """With dropout, where there is any, since its masks have to be drawn again just as they were."""
    has_dropout = any(one.name == "dropout" for one in CASES[case].declared.parameters)
    return {**MOMENTUM["momentum"], **({"dropout": 0.3} if has_dropout else {})}


EXACT: dict[str, Feature] = {
    "flip": Feature(case=IMAGES, parameters={"flip": True}),
    "shift": Feature(case=IMAGES, parameters={"shift": 3}),
    "rotate": Feature(case=IMAGES, parameters={"rotate": 40.0}),
    "brightness": Feature(case=IMAGES, parameters={"brightness": 0.4}),
    "cutout": Feature(case=IMAGES, parameters={"cutout": 4}),
    "smoothed": Feature(case=IMAGES, parameters={"label_smoothing": 0.2}),
    "mixed-and-smoothed": Feature(case=IMAGES, parameters={"mixup": 0.4, "label_smoothing": 0.2}),
    "as-it-is": Feature(case=IMAGES),
    "masks": Feature(
        case=MASKS, parameters={"flip": True, "shift": 2, "rotate": 20.0, "cutout": 3}
    ),
    "masks-as-they-are": Feature(case=MASKS),
}
WHOLE = {f"float32-{t}": Feature(case=c, dtype="float32", mode=None) for t, c in FIRST.items()}
BFLOAT16 = {
    f"bfloat16-{template}": Feature(
        case=case,
        parameters={"precision": "bfloat16", "gradient_checkpointing": template in BLOCKS},
        dtype="float32",
        mode=Mode.GRAPH,
    )
    for template, case in FIRST.items()
}
FLOAT16 = {
    f"float16-{template}": Feature(
        case=FIRST[template],
        parameters={"precision": "float16"},
        dtype="float32",
        mode=Mode.GRAPH,
    )
    for template in ("mlp", "gpt", "unet", "finetune")
}
KEPT = {
    f"kept-{case}": Feature(
        case=case, parameters=_blocks(case), mode=Mode.EAGER if case in BLOCKS[:3] else None
    )
    for case in BLOCKS
}
RECOMPUTED = {
    name.replace("kept", "recomputed"): Feature(
        case=one.case, parameters={**one.parameters, "gradient_checkpointing": True}, mode=one.mode
    )
    for name, one in KEPT.items()
}
FEATURES = {**EXACT, **WHOLE, **BFLOAT16, **FLOAT16, **KEPT, **RECOMPUTED}


def baseline(name: str) -> str:
    """What a feature is compared with in the same framework."""
    kind, _, rest = name.partition("-")
    if kind == "recomputed":
        return f"kept-{rest}"
    if name in EXACT:
        return "masks-as-they-are" if kind == "masks" else "as-it-is"
    return f"float32-{rest}"


def measured(framework: Framework, name: str) -> bool:
    return framework is Framework.PYTORCH or FEATURES[name].mode is not None


def main(framework: Framework, output: Path, names: list[str]) -> None:
    asked = [name for name in names if measured(framework, name)]
    measure_each(asked, output, lambda name: _measure(FEATURES[name], framework, output))


def _measure(feature: Feature, framework: Framework, output: Path) -> Found:
    case = CASES[feature.case]
    dataset = prepared(case.dataset, output / "datasets" / feature.case)
    setup = Setup(
        framework=framework,
        mode=(feature.mode if framework is Framework.TENSORFLOW else None) or Mode.EAGER,
        device="cpu",
        template=case.declared,
        dataset=case.dataset,
        parameters=case.values(**feature.parameters),
        seed=SEED,
        dtype=feature.dtype,
    )
    return train(Model(case, setup, dataset), STEPS)


if __name__ == "__main__":
    main(Framework(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
