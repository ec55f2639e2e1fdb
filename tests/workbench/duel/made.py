"""Results of duels that were never run, with figures as real ones have them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from runners.protocol import Framework, Mode, State
from workbench.duel.match import Contestant, Match, Scaling
from workbench.duel.results import LARGEST_BATCH, Exported, Measured, Proof, Results, Scaled

TORCH = Contestant(Framework.PYTORCH, Mode.EAGER)
COMPILED = Contestant(Framework.PYTORCH, Mode.GRAPH)
EAGER = Contestant(Framework.TENSORFLOW, Mode.EAGER)
FUNCTION = Contestant(Framework.TENSORFLOW, Mode.GRAPH)
FIT = Contestant(Framework.TENSORFLOW, Mode.FIT)

_STEP_S = {("pytorch", "eager"): 0.040, ("pytorch", "graph"): 0.047, ("tensorflow", "eager"): 0.058, ("tensorflow", "graph"): 0.043, ("tensorflow", "fit"): 0.044}  # fmt: skip
_ON_FRAMEWORK = {Framework.PYTORCH: (6.1e8, 1.3), Framework.TENSORFLOW: (9.2e8, 5.2)}
"""Bytes after the import and seconds of it."""
_BATCH, _STEPS = 128, 422
CODE = {
    "pytorch": "import torch\nfrom torch import nn\n\n\nmodel = nn.Linear(2, 2)\nif model:\n    print(torch.ones(2))\n",
    "tensorflow": "import keras\nimport tensorflow as tf\n\nmodel = keras.layers.Dense(2)\nprint(tf.ones(2))\n",
}


def results(
    *contestants: Contestant,
    seeds: Sequence[int] = (1, 2, 3, 4, 5),
    steps_s: Mapping[int, float] | None = None,
    accuracy: Mapping[int, float] | None = None,
    scatter: float = 0.01,
    random: int = 0,
) -> Results:
    """A duel on a quiet machine that went well. ``steps_s`` and ``accuracy`` are those of contestants by their places, ``scatter`` the
    relative standard deviation of what is timed from run to run.
    """
    contestants = contestants or (TORCH, COMPILED, EAGER, FUNCTION, FIT)
    generator = np.random.default_rng(random)
    luck = {seed: float(generator.normal(0, 0.004)) for seed in seeds}
    measured = [
        _measured(
            at,
            who,
            seed,
            (steps_s or {}).get(at, _STEP_S[who.framework, who.mode]),
            (accuracy or {}).get(at, 0.905) + luck[seed] + float(generator.normal(0, 0.001)),
            scatter,
            generator,
        )
        for seed in seeds
        for at, who in enumerate(contestants)
    ]
    return Results(
        duel="0123456789abcdef0123456789abcdef",
        name="CNN on Fashion-MNIST",
        created=1_790_000_000_000_000,
        match=Match("cnn", "fashion-mnist", tuple(contestants), tuple(seeds), {"epochs": 1}, "cpu"),
        dataset_hash="ab" * 32,
        proofs=proofs(contestants),
        measured=tuple(measured),
        machine={"Processor": "Example 9000, 8 cores", "Memory": "32 GiB", "System": "Linux 6.1"},
        unequal=("Dropout: each framework draws its own masks; the proof leaves dropout out.",),
        code=CODE,
    )


def proofs(contestants: Sequence[Contestant]) -> tuple[Proof, ...]:
    """Each proved against the first with the same parameters."""
    found = []
    for at, who in enumerate(contestants):
        reference = next(place for place, one in enumerate(contestants) if one.parameters == who.parameters)  # fmt: skip
        proof = Proof(at, reference, 100 + at, State.FINISHED, "", 101_770)
        if reference != at:
            proof = replace(
                proof,
                output_difference={"float32": 4e-7, "float64": 9e-16},
                loss_differences={"float32": (1e-7,) * 20, "float64": (2e-16,) * 20},
                shape_change_s=0.3,
            )
        found.append(proof)
    return tuple(found)


def _measured(
    at: int, who: Contestant, seed: int, step_s: float, accuracy: float, scatter: float, generator: np.random.Generator
) -> Measured:  # fmt: skip
    def about(value: float, share: float = scatter) -> float:
        return float(value * np.exp(generator.normal(0, share)))

    memory, import_s = _ON_FRAMEWORK[who.framework]
    step = about(step_s)
    first = about(2.5 if who.mode is not Mode.EAGER else 0.2)
    import_s = about(import_s)
    edges = np.linspace(0.8 * step, 1.5 * step, 31)
    counts = np.histogram(step * np.exp(generator.normal(0, 0.08, _STEPS)), edges)[0]
    figures = {
        "samples_per_s": _BATCH / step, "step_s": step, "first_step_s": first, "import_s": import_s, "build_s": about(0.2),
        "start_s": import_s + first + 0.2, "train_s": step * _STEPS, "evaluation_samples_per_s": about(8000),
        "memory_imported": about(memory, 0.001), "memory_built": about(memory * 1.1, 0.001),
        "memory_peak": about(memory * 1.5, 0.004), "compilations": float(who.mode is not Mode.EAGER),
        "test/accuracy": accuracy, "test/loss": 1.17 - accuracy, "best/val/loss": 1.16 - accuracy, "other_cpu_share": 0.02,
    }  # fmt: skip
    places = np.linspace(0, _STEPS, 22)[1:]
    loss = tuple((float(x), float(x * step), float(0.3 + np.exp(-x / 80) + generator.normal(0, 0.01))) for x in places)  # fmt: skip
    return Measured(
        at, seed, 1000 + 10 * seed + at, State.FINISHED, "finished", figures,
        tuple(about(step, 0.01) for _ in range(20)),
        {"edges": tuple(map(float, edges)), "counts": tuple(map(float, counts))},
        {"val/accuracy": ((float(_STEPS), step * _STEPS, accuracy),), "train/loss": loss},
        {"python": "3.11.9", "packages": {"torch": "2.13.0", "keras": "3.15.1"}, "device": "cpu", "threads": 8},
    )  # fmt: skip


def scaled(found: Results) -> Results:
    """The same, with the speed of three sizes of a batch and two numbers of threads, of which the largest did not go in the last contestant."""
    most = len(found.match.contestants) - 1
    records = [
        Scaled(at, what, value, 2000 + value, State.FINISHED, "", {"samples_per_s": (90.0 + 9 * at) * value**0.7, "memory_peak": 4e8 + 1e5 * value})
        for what, values in (("batch_size", (16, 64)), ("threads", (1, 2)))
        for value in values
        for at in range(most + 1)
    ]  # fmt: skip
    records += [
        Scaled(most, "batch_size", 256, 2256, State.FAILED, "the device ran out of memory"),
        Scaled(0, LARGEST_BATCH, 0, 2300, State.FINISHED, "", {LARGEST_BATCH: 12_000.0, "failing_batch": 12_500.0}),
    ]  # fmt: skip
    match = replace(found.match, scaling=Scaling((16, 64, 256), (1, 2), largest_batch=True))
    return replace(found, match=match, scaled=tuple(records))


_FORMATS = {"trained": (0, 9e-4), "onnx": (5e4, 2e-4), "litert": (4.6e4, 1e-4), "torchscript": (6e4, 4e-4), "saved-model": (9e4, 8e-4)}  # fmt: skip
"""Bytes and seconds."""


def exported(found: Results, formats: Mapping[int, Sequence[str]], slower: float = 1.0) -> Results:
    """The same, with exports of the contestants at these places, with every seed; those of the last one are so many times as slow."""
    generator = np.random.default_rng(1)
    records = [
        Exported(at, seed, 1000 + 10 * seed + at, name, True, "", {
            **({"size_bytes": _FORMATS[name][0]} if _FORMATS[name][0] else {}),
            "latency_s": _FORMATS[name][1] * (slower if at == max(formats) else 1) * float(np.exp(generator.normal(0, 0.01))),
            "throughput": 1 / _FORMATS[name][1], "load_s": 0.1, "peak_bytes": 1e8, "difference": 2e-7,
        })
        for at, some in formats.items()
        for seed in found.match.seeds
        for name in some
    ]  # fmt: skip
    return replace(found, exported=tuple(records))


def failed(found: Results, contestant: int, state: State, reason: str) -> Results:
    """The same, where no run of the contestant finished."""
    return replace(
        found,
        proofs=tuple(
            replace(p, state=state, reason=reason) if p.contestant == contestant else p
            for p in found.proofs
        ),
        measured=tuple(
            Measured(m.contestant, m.seed, m.run_id, state, reason)
            if m.contestant == contestant
            else m
            for m in found.measured
        ),
    )
