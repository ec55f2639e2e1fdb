"""What two frameworks do differently by nature, and what is done about each, as far as a match has it. Sentences for the user."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from runners.protocol import FRAMEWORKS, Framework, Mode
from runners.templates.layers import Layer
from workbench.duel.match import Match
from workbench.duel.results import Measured
from workbench.requests import CheckedRequest

Given = Mapping[str, Any]


def sentences(match: Match, request: CheckedRequest, measured: Sequence[Measured]) -> list[str]:
    """``request`` is what one of the contestants trains."""
    every = [{**request.parameters, **one.parameters} for one in match.contestants]
    found = list(_of_modes(match))
    if {one.framework for one in match.contestants} == set(FRAMEWORKS):
        layers = request.declared.layers_for(request.parameters, request.info)
        found += [*_of_frameworks(every, {_kind(layer) for layer in layers}), *_of_template(request, every)]  # fmt: skip
    return [*found, *_of_machine(match, measured)]


def _of_frameworks(every: Sequence[Given], kinds: set[str]) -> Iterator[str]:
    for holds, sentence in _MAPPED:
        if any(holds(given, kinds) for given in every):
            yield sentence


def _has(name: str, *values: object) -> Callable[[Given, set[str]], bool]:
    return lambda given, _kinds: given.get(name) in values


_MAPPED: tuple[tuple[Callable[[Given, set[str]], bool], str], ...] = (
    (
        lambda _given, _kinds: True,
        "Initial weights, the order of batches, augmentation and noise come from NumPy, so they are the same numbers in both "
        "frameworks; the frameworks' own data pipelines are not used.",
    ),
    (
        _has("optimizer", "adam", "adamw"),
        "Adam's epsilon: Keras adds it inside the bias correction, the paper and PyTorch after it. Both use the paper's form here, with the same epsilon.",
    ),
    (
        _has("optimizer", "momentum"),
        "Momentum: Keras puts the learning rate into the velocity, PyTorch applies it to the step. Both apply it to the step here.",
    ),
    (
        lambda given, _kinds: bool(given.get("weight_decay")),
        "Weight decay: Keras takes it apart from the gradient for every optimizer, PyTorch only for AdamW. Both do as PyTorch here.",
    ),
    (
        lambda _given, kinds: "batch norm" in kinds,
        "Batch norm's running variance is unbiased in PyTorch and biased in Keras, and the frameworks weight the new batch by momenta "
        "of opposite meaning. Both keep the same statistics here.",
    ),
    (
        lambda _given, kinds: any("convolution" in kind for kind in kinds),
        "Padding: where a convolution or pooling takes strides, TensorFlow pads the end of an image first. Both pad alike on all sides here.",
    ),
    (
        lambda _given, kinds: "lstm" in kinds,
        "LSTM: PyTorch adds two biases where TensorFlow has one. The second is zero and is not trained here.",
    ),
    (
        _has("activation", "gelu"),
        "GELU: TensorFlow rounds the root of two to float32, in float64 too, which leaves a difference of about 1e-8. Nothing can be done about it.",
    ),
    (
        lambda given, _kinds: given.get("precision", "float32") != "float32",
        "Mixed precision: each framework chooses which operations are computed in the shorter type. The proof is computed without it.",
    ),
)  # fmt: skip


def _kind(layer: Layer) -> str:
    return layer.kind.lower()


def _of_template(request: CheckedRequest, every: Sequence[Given]) -> Iterator[str]:
    """What the template says cannot be made equal; that of dropout only where there is any."""
    drops = any(value for given in every for name, value in given.items() if "dropout" in name)
    for text in request.declared.unmatched:
        if "dropout" not in text:
            yield f"{text[:1].upper()}{text[1:].removesuffix('.')}."
        elif drops:
            yield (
                "Dropout: each framework draws its own masks, so the trainings differ by chance as seeds do. The proof is computed without dropout."
            )


def _of_modes(match: Match) -> Iterator[str]:
    modes = {one.mode for one in match.contestants}
    if any(one.framework is Framework.TENSORFLOW and one.mode is Mode.EAGER for one in match.contestants):  # fmt: skip
        yield (
            "TensorFlow in eager mode takes its steps by Keras's own optimizers, as whoever trains so with Keras does: they are made of many small "
            "operations. Its graphs call TensorFlow's kernels of the same formulas, which costs a graph the same."
        )
    if Mode.FIT in modes:
        yield (
            "Keras fit prepares the next batch while a step is computed; the other contestants take their batches one after the other."
        )
    if Mode.XLA in modes or Mode.GRAPH in modes:
        yield (
            "Compilers order sums in another way, so that numbers differ by rounding; compiling is timed apart, in the first step."
        )


def _of_machine(match: Match, measured: Sequence[Measured]) -> Iterator[str]:
    """What should have been the same in all runs and was not."""
    for name, what in (("device", "devices"), ("threads", "numbers of threads"), ("python", "versions of Python")):  # fmt: skip
        found: dict[str, list[str]] = {}
        for one in measured:
            if one.environment.get(name) is not None:
                who = match.contestants[one.contestant].name
                there = found.setdefault(str(one.environment[name]), [])
                there += [who] * (who not in there)
        if len(found) > 1:
            parts = "; ".join(f"{value}: {', '.join(who)}" for value, who in found.items())
            yield f"The runs had different {what}: {parts}. Nothing was done about it."
