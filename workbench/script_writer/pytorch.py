"""The parts of a script that are written for PyTorch."""

from __future__ import annotations

from collections.abc import Mapping

from runners.datasets.dataset import Input, Task
from runners.templates.layers import Layer, Weight

IMPORTS = {
    ("torch", ""), ("numpy as np", ""), ("torch", "Tensor"), ("torch", "nn"),
    ("torch.nn.functional", "binary_cross_entropy_with_logits"),
    ("torch.nn.functional", "cross_entropy"), ("torch.nn.functional", "one_hot"),
    ("torch.nn.utils", "clip_grad_norm_"),
}  # fmt: skip

_KERNELS = {
    "dense": ("weight", (1, 0)),
    "convolution": ("weight", (3, 2, 0, 1)),
    "depthwise convolution": ("weight", (2, 3, 0, 1)),
    "transposed convolution": ("weight", (3, 2, 0, 1)),
    "convolution 1d": ("weight", (2, 1, 0)),
    "lstm": ("weight_ih_l0", (1, 0)),
    "gru": ("weight_ih_l0", (1, 0)),
}


def places(layer: Layer, weight: Weight) -> list[tuple[tuple[int, ...] | str, ...]]:
    """Of each of PyTorch's tensors for a weight: the shape that is drawn, its path, and the order of its axes."""
    name = weight.name.rpartition("/")[2]
    axes = tuple(range(len(weight.shape)))
    match layer.kind, name:
        case "learned", _:
            return [(weight.shape, layer.name, axes)]
        case (("gru" | "lstm"), "bias"):
            shape = weight.shape[-1:]
            return [(shape, f"{layer.name}_bias_{of}_l0", (0,)) for of in ("ih", "hh")]
        case _, "kernel":
            attribute, axes = _KERNELS[layer.kind]
        case _, "recurrent_kernel":
            attribute, axes = "weight_hh_l0", (1, 0)
        case _:
            attribute = {"gamma": "weight", "beta": "bias", "embeddings": "weight"}.get(name, name)
    return [(weight.shape, f"{layer.name}_{attribute}", axes)]


WEIGHTS_COMMENT = """\
# The initial weights: what seeds the generator of each, its distribution and the width of that, the shape it is drawn
# in, the path of PyTorch's tensor (dots read as underscores), and the order in which that has the axes."""

_FIND = '''\
def find(model: nn.Module, name: str) -> Tensor:
    """The weight whose path in the model, its dots read as underscores, is the name or ends with it."""
    found = []
    for path, tensor in model.named_parameters():
        parts = path.split(".")
        if name in ["_".join(parts[first:]) for first in range(len(parts))]:
            found.append((len(parts), tensor))
    return min(found, key=lambda each: each[0])[1]
'''
_INITIALISE = """\
@torch.no_grad()
def initialise(model: nn.Module) -> None:
    for name, distribution, width, shape, path, axes in INITIAL_WEIGHTS:
        values = drawn(name, distribution, width, shape)
"""
_GATES = """\
        if path.endswith(("_ih_l0", "_hh_l0")):  # PyTorch has the first two gates the other way round
            update, reset, new = np.split(values, 3, axis=-1)
            values = np.concatenate([reset, update, new], axis=-1)
"""
_COPY = """\
        find(model, path).copy_(torch.from_numpy(values.transpose(axes)))
"""
_ONE_BIAS = """\
    for module in model.modules():
        if isinstance(module, nn.LSTM):  # one bias is enough, so the second one stays zero
            module.bias_hh_l0.requires_grad_(requires_grad=False)
"""


def initialise(kinds: set[str]) -> str:
    gates = _GATES if "gru" in kinds else ""
    one_bias = _ONE_BIAS if "lstm" in kinds else ""
    return f"{_FIND}\n\n{_INITIALISE}{gates}{_COPY}{one_bias}"


def to_tensors(task: Task, kind: Input) -> str:
    x = {
        Input.IMAGE: "torch.from_numpy(x).to(DEVICE).float() * SCALE",
        Input.TOKENS: "torch.from_numpy(x.astype(np.int64)).to(DEVICE)",
    }.get(kind, "torch.from_numpy(x).to(DEVICE)")
    numbers = task in (Task.REGRESSION, Task.FORECASTING, Task.RECONSTRUCTION)
    y = "torch.from_numpy(y)" if numbers else "torch.from_numpy(y.astype(np.int64))"
    return f"""\
def to_tensors(x: np.ndarray, y: np.ndarray) -> tuple[Tensor, Tensor]:
    return {x}, {y}.to(DEVICE)
"""


_LOSSES: Mapping[Task, str] = {
    Task.CLASSIFICATION: '''\
def losses(scores: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Of each sample: the cross entropy of the softmax of its scores."""
    return cross_entropy(scores, y, reduction="none")


def measures(scores: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Of each sample: whether the class with the highest score is right."""
    return (scores.argmax(1) == y).float()
''',
    Task.REGRESSION: '''\
def losses(outputs: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Of each sample: the mean squared error of the standardised numbers."""
    return (outputs - y).square().flatten(1).mean(1)


def measures(outputs: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Of each sample: the mean absolute error in the numbers' own units."""
    std = torch.tensor(TARGET_STD, device=DEVICE)
    return ((outputs - y).abs() * std).flatten(1).mean(1)
''',
    Task.SEGMENTATION: '''\
def losses(scores: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Of each sample: the mean cross entropy of its pixels."""
    return cross_entropy(scores.permute(0, 3, 1, 2), y, reduction="none").mean((1, 2))


def measures(scores: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Of each sample: the share of its pixels that are right."""
    return (scores.argmax(3) == y).float().mean((1, 2))
''',
    Task.TEXT_GENERATION: '''\
def losses(scores: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Of each piece of text: the mean cross entropy of its next tokens."""
    return cross_entropy(scores.flatten(0, 1), y.flatten(), reduction="none").view(y.shape).mean(1)


def measures(scores: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Of each piece of text: the share of its next tokens that are right."""
    return (scores.argmax(2) == y).float().mean(1)
''',
    Task.RECONSTRUCTION: '''\
def losses(outputs: tuple[Tensor, ...], x: Tensor, y: Tensor) -> Tensor:
    """Of each image: the negative bound of Kingma and Welling (2013) for pixels after Bernoulli, in nats a pixel."""
    scores, mean, log_variance = outputs
    pixels = binary_cross_entropy_with_logits(scores, x, reduction="none").flatten(1)
    divergence = (log_variance.exp() + mean.square() - 1 - log_variance).sum(1) / 2
    return pixels.mean(1) + KL_WEIGHT / pixels.shape[1] * divergence


def measures(outputs: tuple[Tensor, ...], x: Tensor, y: Tensor) -> Tensor:
    """Of each image: the mean squared difference of its pixels."""
    return (outputs[0].sigmoid() - x).square().flatten(1).mean(1)
''',
}

_DICE_LOSSES = '''\
def losses(scores: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Of each sample: the mean cross entropy of its pixels, and what the Dice coefficient lacks to 1.

    That is the coefficient of Milletari, Navab and Ahmadi (2016), with probabilities in the place of masks.
    """
    pixels = cross_entropy(scores.permute(0, 3, 1, 2), y, reduction="none").mean((1, 2))
    given, truth = scores.softmax(3), one_hot(y, scores.shape[3]).float()
    both = (given * truth).sum((1, 2))
    dice = ((2 * both + 1) / (given.sum((1, 2)) + truth.sum((1, 2)) + 1)).mean(1)
    return pixels + DICE * (1 - dice)
'''


def losses(task: Task, *, dice: bool) -> str:
    text = _LOSSES[Task.REGRESSION if task is Task.FORECASTING else task]
    return f"{_DICE_LOSSES}\n\n{text[text.index('def measures') :]}" if dice else text


_CLASSES = {
    "sgd": "SGD(weights, weight_decay=WEIGHT_DECAY)",
    "momentum": "SGD(weights, momentum=0.9, weight_decay=WEIGHT_DECAY)",
    "adam": "Adam(weights, weight_decay=WEIGHT_DECAY)",
    "adamw": "AdamW(weights, weight_decay=WEIGHT_DECAY)",
}


def optimizer(name: str) -> str:
    return f"""\
def create_optimizer(model: nn.Module) -> torch.optim.Optimizer:
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    return torch.optim.{_CLASSES[name].replace("(weights", "(weights, lr=LEARNING_RATE")}
"""


def steps(task: Task, *, smooths: bool, clips: bool) -> str:
    inputs = "x, y" if task is Task.RECONSTRUCTION else "x"
    loss = "losses(outputs, x, y).mean()"
    if smooths:
        loss = "cross_entropy(outputs, y, label_smoothing=LABEL_SMOOTHING)"
    clip = "    clip_grad_norm_(model.parameters(), GRADIENT_CLIP)\n" if clips else ""
    return f'''\
def train_step(
    model: nn.Module, optimizer: torch.optim.Optimizer, x: Tensor, y: Tensor, rate: float
) -> float:
    """One step of the optimizer. Returns the loss of the batch before it."""
    model.train()
    optimizer.param_groups[0]["lr"] = rate
    optimizer.zero_grad()
    outputs = model({inputs})
    loss = {loss}
    loss.backward()
{clip}    optimizer.step()
    return loss.item()


@torch.inference_mode()
def evaluate(model: nn.Module, part: Iterable[tuple[Tensor, Tensor]]) -> str:
    """The mean loss and the mean measure of a part of the dataset, as a text."""
    model.eval()
    count, loss, measure = 0, 0.0, 0.0
    for x, y in part:
        outputs = model({inputs})
        count += len(x)
        loss += losses(outputs, x, y).sum().item()
        measure += measures(outputs, x, y).sum().item()
    return f"loss {{loss / count:.9g}}, {{MEASURE}} {{measure / count:.6g}}"
'''


DEVICE = 'DEVICE = "cuda" if torch.cuda.is_available() else "cpu"\n'
CREATE = """\
    torch.manual_seed(SEED)
    model = build_model(MODEL, SHAPE)
    initialise(model)
    model.to(DEVICE)
    optimizer = create_optimizer(model)
"""
STEP = "train_step(model, optimizer, x_batch, y_batch, rate)"
SAVE = "torch.save(model.state_dict(), given.save)"
SAVED = "WEIGHTS.pt"
