"""The parts of a script that are NumPy and Python, the same for every framework."""

from __future__ import annotations

from runners.datasets.dataset import Task

IMPORTS = {
    ("argparse", ""), ("math", ""), ("collections.abc", "Iterable"), ("collections.abc", "Iterator"),
    ("dataclasses", "dataclass"), ("pathlib", "Path"), ("numpy as np", ""),
    ("numpy.lib.stride_tricks", "sliding_window_view"),
}  # fmt: skip

MODEL_SHAPE = '''\
@dataclass(frozen=True)
class ModelShape:
    """What the model has to fit: the shape of a sample, how many numbers come out, and how many tokens there are."""

    inputs: tuple[int, ...]
    outputs: int
    vocabulary: int = 0
'''

DRAWN = '''\
def drawn(name: str, distribution: str, width: float, shape: tuple[int, ...]) -> np.ndarray:
    """Initial values from NumPy, so that they are the same whatever the framework."""
    generator = np.random.default_rng([SEED, *name.encode()])
    if distribution == "uniform":
        values = generator.uniform(-width, width, shape)
    elif distribution == "normal":
        values = generator.normal(0.0, width, shape)
    else:
        values = np.full(shape, width)
    return values.astype(np.float32)
'''

_LOAD = """\
def load(folder: Path, part: str) -> tuple[np.ndarray, np.ndarray]:
    x, y = (np.load(folder / f"{part}_{name}.npy", mmap_mode="r") for name in "xy")
    return np.asarray(x), np.asarray(y)
"""
_LOAD_TEXT = '''\
def load(folder: Path, part: str) -> tuple[np.ndarray, np.ndarray]:
    """Pieces of text one after the other, and the token that follows each of their tokens."""
    stream = np.asarray(np.load(folder / f"{part}_x.npy", mmap_mode="r"))
    pieces = sliding_window_view(stream, CONTEXT + 1)[::CONTEXT]
    return pieces[:, :-1], pieces[:, 1:]
'''
_LOAD_SERIES = '''\
def load(folder: Path, part: str) -> tuple[np.ndarray, np.ndarray]:
    """Windows of CONTEXT steps, one for each step of time, and the HORIZON steps after each."""
    stream = np.asarray(np.load(folder / f"{part}_x.npy", mmap_mode="r"))
    windows = sliding_window_view(stream, CONTEXT + HORIZON, axis=0).transpose(0, 2, 1)
    return windows[:, :CONTEXT], windows[:, CONTEXT:]
'''


def load(task: Task) -> str:
    return {Task.TEXT_GENERATION: _LOAD_TEXT, Task.FORECASTING: _LOAD_SERIES}.get(task, _LOAD)


_SPLIT_RANDOM = """\
    order = np.random.default_rng([SEED, *b"split"]).permutation(count)
    return order[kept:], np.sort(order[:kept])
"""
_SPLIT_LAST = """\
    order = np.arange(count)
    return order[: count - kept], order[count - kept :]
"""
_SPLIT_WINDOWS = """\
    order = np.arange(count)
    reach = CONTEXT + HORIZON - 1  # windows that reach into those for validation are for neither
    return order[: count - kept - reach], order[count - kept :]
"""


def split(task: Task, *, ordered: bool) -> str:
    body, which = _SPLIT_RANDOM, "drawn at random"
    if task is Task.FORECASTING:
        body, which = _SPLIT_WINDOWS, "the last ones"
    elif ordered:
        body, which = _SPLIT_LAST, "the last ones"
    return f'''\
def split(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Which samples of the training part are for training, and which for validation: {which}."""
    kept = round(count * VALIDATION_SPLIT)
{body}'''


def batches(tensor: str) -> str:
    return f"""\
def batches(
    x: np.ndarray, y: np.ndarray, order: np.ndarray
) -> Iterator[tuple[{tensor}, {tensor}]]:
    for start in range(0, len(order), BATCH_SIZE):
        chosen = order[start : start + BATCH_SIZE]
        yield to_tensors(x[chosen], y[chosen])
"""


def batches_with_noise(tensor: str) -> str:
    return f'''\
def batches(
    x: np.ndarray, order: np.ndarray, epoch: int = 0
) -> Iterator[tuple[{tensor}, {tensor}]]:
    """Images, and the noise from which the model draws their codes. Epoch 0 stands for an evaluation."""
    size = BATCH_SIZE if epoch else max(BATCH_SIZE, 256)
    for number, start in enumerate(range(0, len(order), size)):
        chosen = order[start : start + size]
        generator = np.random.default_rng([SEED, *b"transform", epoch, number])
        noise = generator.standard_normal((len(chosen), LATENT), np.float32)
        yield to_tensors(x[chosen], noise)
'''


_SCHEDULES = {
    "cosine": "LEARNING_RATE * 0.5 * (1.0 + math.cos(math.pi * done))",
    "linear": "LEARNING_RATE * (1.0 - done)",
    "step": "LEARNING_RATE * (1.0 if done < 0.5 else 0.1 if done < 0.75 else 0.01)",
}


def learning_rate(schedule: str, *, warms_up: bool) -> str:
    """A function of step and total steps, or "" where the rate never changes."""
    if schedule == "constant" and not warms_up:
        return ""
    lines = []
    done = "step / total"
    if warms_up:
        lines += [
            "    rising = WARMUP * total",
            "    if step < rising:",
            "        return LEARNING_RATE * (step + 1) / (rising + 1)",
        ]
        done = "(step - rising) / (total - rising)"
    if schedule != "constant":
        lines.append(f"    done = {done}")
    lines.append(f"    return {_SCHEDULES.get(schedule, 'LEARNING_RATE')}")
    body = "\n".join(lines)
    return f'''\
def learning_rate(step: int, total: int) -> float:
    """For the step that follows so many, of so many in all."""
{body}
'''
