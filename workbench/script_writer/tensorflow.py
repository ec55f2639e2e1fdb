"""The parts of a script that are written for TensorFlow and Keras."""

from __future__ import annotations

from collections.abc import Mapping

from runners.datasets.dataset import Input, Task
from runners.templates.layers import Layer, Weight

IMPORTS = {("tensorflow as tf", ""), ("keras", ""), ("numpy as np", "")}


def places(layer: Layer, weight: Weight) -> list[tuple[tuple[int, ...] | str, ...]]:
    """The shape a weight is drawn in, which is that of Keras's variable."""
    del layer
    return [(weight.shape,)]


WEIGHTS_COMMENT = """\
# The initial weights: the names of layer and weight, which also seed the generator of each, its distribution and the
# width of that, and its shape."""

_INITIALISE = """\
def initialise(model: keras.Model) -> None:
    layers = {layer.name: layer for layer in model._flatten_layers()}
    for name, distribution, width, shape in INITIAL_WEIGHTS:
        layer, _, weight = name.partition("/")
        variables = {variable.name: variable for variable in layers[layer].weights}
        # A layer of one weight may call it as it likes.
        variable = variables.get(weight, layers[layer].weights[0])
        variable.assign(drawn(name, distribution, width, shape))
"""


def initialise(kinds: set[str]) -> str:
    del kinds
    return _INITIALISE


def to_tensors(task: Task, kind: Input) -> str:
    x = {
        Input.IMAGE: "tf.cast(x, tf.float32) * SCALE",
        Input.TOKENS: "tf.cast(x, tf.int64)",
    }.get(kind, "tf.convert_to_tensor(x)")
    numbers = task in (Task.REGRESSION, Task.FORECASTING, Task.RECONSTRUCTION)
    y = "tf.convert_to_tensor(y)" if numbers else "tf.cast(y, tf.int64)"
    return f"""\
def to_tensors(x: np.ndarray, y: np.ndarray) -> tuple[tf.Tensor, tf.Tensor]:
    return {x}, {y}
"""


_LOSSES: Mapping[Task, str] = {
    Task.CLASSIFICATION: '''\
def losses(scores: tf.Tensor, x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    """Of each sample: the cross entropy of the softmax of its scores."""
    return tf.nn.sparse_softmax_cross_entropy_with_logits(y, scores)


def measures(scores: tf.Tensor, x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    """Of each sample: whether the class with the highest score is right."""
    return tf.cast(tf.argmax(scores, 1) == y, tf.float32)
''',
    Task.REGRESSION: '''\
def losses(outputs: tf.Tensor, x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    """Of each sample: the mean squared error of the standardised numbers."""
    return tf.reduce_mean(tf.square(outputs - y), axis=list(range(1, len(y.shape))))


def measures(outputs: tf.Tensor, x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    """Of each sample: the mean absolute error in the numbers' own units."""
    return tf.reduce_mean(tf.abs(outputs - y) * TARGET_STD, axis=list(range(1, len(y.shape))))
''',
    Task.SEGMENTATION: '''\
def losses(scores: tf.Tensor, x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    """Of each sample: the mean cross entropy of its pixels."""
    return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, scores), (1, 2))


def measures(scores: tf.Tensor, x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    """Of each sample: the share of its pixels that are right."""
    return tf.reduce_mean(tf.cast(tf.argmax(scores, 3) == y, tf.float32), (1, 2))
''',
    Task.TEXT_GENERATION: '''\
def losses(scores: tf.Tensor, x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    """Of each piece of text: the mean cross entropy of its next tokens."""
    return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, scores), 1)


def measures(scores: tf.Tensor, x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    """Of each piece of text: the share of its next tokens that are right."""
    return tf.reduce_mean(tf.cast(tf.argmax(scores, 2) == y, tf.float32), 1)
''',
    Task.RECONSTRUCTION: '''\
def losses(outputs: tuple[tf.Tensor, ...], x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    """Of each image: the negative bound of Kingma and Welling (2013) for pixels after Bernoulli, in nats a pixel."""
    scores, mean, log_variance = outputs
    pixels = tf.nn.sigmoid_cross_entropy_with_logits(x, scores)
    divergence = tf.reduce_sum(tf.exp(log_variance) + mean**2 - 1 - log_variance, 1) / 2
    return tf.reduce_mean(pixels, (1, 2, 3)) + KL_WEIGHT / math.prod(x.shape[1:]) * divergence


def measures(outputs: tuple[tf.Tensor, ...], x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    """Of each image: the mean squared difference of its pixels."""
    return tf.reduce_mean((tf.sigmoid(outputs[0]) - x) ** 2, (1, 2, 3))
''',
}

_DICE_LOSSES = '''\
def losses(scores: tf.Tensor, x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    """Of each sample: the mean cross entropy of its pixels, and what the Dice coefficient lacks to 1.

    That is the coefficient of Milletari, Navab and Ahmadi (2016), with probabilities in the place of masks.
    """
    pixels = tf.nn.sparse_softmax_cross_entropy_with_logits(y, scores)
    given, truth = tf.nn.softmax(scores, 3), tf.one_hot(y, scores.shape[3])
    both, one, other = (tf.reduce_sum(each, (1, 2)) for each in (given * truth, given, truth))
    dice = tf.reduce_mean((2 * both + 1) / (one + other + 1), 1)
    return tf.reduce_mean(pixels, (1, 2)) + DICE * (1 - dice)
'''


def losses(task: Task, *, dice: bool) -> str:
    text = _LOSSES[Task.REGRESSION if task is Task.FORECASTING else task]
    return f"{_DICE_LOSSES}\n\n{text[text.index('def measures') :]}" if dice else text


_L2 = """\
            gradient += WEIGHT_DECAY * variable
"""
_SGD = '''\
class Optimizer:
    """w <- w - lr g."""

    def __init__(self, model: keras.Model) -> None:
        self.variables = [variable.value for variable in model.trainable_variables]

    def numbers(self, step: int, rate: float) -> tuple[tf.Tensor, ...]:
        """What changes with the step."""
        return (tf.constant(rate),)

    def apply(self, gradients: list[tf.Tensor], rate: tf.Tensor) -> None:
        for variable, gradient in zip(self.variables, gradients):
DECAYvariable.assign_sub(rate * gradient)
'''
_MOMENTUM = '''\
class Optimizer:
    """v <- 0.9 v + g, w <- w - lr v. In Keras's own the learning rate stands in the first of these."""

    def __init__(self, model: keras.Model) -> None:
        self.variables = [variable.value for variable in model.trainable_variables]
        self.velocities = [tf.Variable(tf.zeros_like(each)) for each in self.variables]

    def numbers(self, step: int, rate: float) -> tuple[tf.Tensor, ...]:
        """What changes with the step."""
        return (tf.constant(rate),)

    def apply(self, gradients: list[tf.Tensor], rate: tf.Tensor) -> None:
        for variable, velocity, gradient in zip(self.variables, self.velocities, gradients):
DECAYvelocity.assign(0.9 * velocity + gradient)
            variable.assign_sub(rate * velocity)
'''
_ADAM = '''\
class Optimizer:
    """ABOUT, with the epsilon outside the corrected root, where Keras's own has it inside."""

    def __init__(self, model: keras.Model) -> None:
        self.variables = [variable.value for variable in model.trainable_variables]
        self.means = [tf.Variable(tf.zeros_like(each)) for each in self.variables]
        self.squares = [tf.Variable(tf.zeros_like(each)) for each in self.variables]

    def numbers(self, step: int, rate: float) -> tuple[tf.Tensor, ...]:
        """What changes with the step: the corrected rate, the corrected root and the rate itself."""
        root = math.sqrt(1 - 0.999**step)
        return tf.constant(rate / (1 - 0.9**step)), tf.constant(root), tf.constant(rate)

    def apply(
        self, gradients: list[tf.Tensor], corrected: tf.Tensor, root: tf.Tensor, rate: tf.Tensor
    ) -> None:
        slots = zip(self.variables, self.means, self.squares, gradients)
        for variable, mean, square, gradient in slots:
DECAYmean.assign_add((gradient - mean) * 0.1)
            square.assign_add((tf.square(gradient) - square) * 0.001)
            variable.assign_sub(corrected * mean / (tf.sqrt(square) / root + 1e-8))
'''
_DECOUPLED = """\
            variable.assign_sub(rate * WEIGHT_DECAY * variable)
"""
_OPTIMIZERS = {
    "sgd": (_SGD, _L2),
    "momentum": (_MOMENTUM, _L2),
    "adam": (_ADAM.replace("ABOUT", "Adam, after Kingma and Ba (2015)"), _L2),
    "adamw": (_ADAM.replace("ABOUT", "AdamW, after Loshchilov and Hutter (2019)"), _DECOUPLED),
}


def optimizer(name: str, *, decays: bool) -> str:
    text, decay = _OPTIMIZERS[name]
    return text.replace("DECAY", (decay if decays else "") + " " * 12, 1)


_CLIP = """\
    norm = tf.linalg.global_norm(gradients)
    factor = tf.minimum(1.0, GRADIENT_CLIP / (norm + 1e-6))
    gradients = [gradient * factor for gradient in gradients]
"""
_SMOOTHED = """\
        shares = tf.one_hot(y, SHAPE.outputs) * (1 - LABEL_SMOOTHING) + LABEL_SMOOTHING / SHAPE.outputs
        loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(shares, outputs))
"""
_PLAIN = """\
        loss = tf.reduce_mean(losses(outputs, x, y))
"""


def steps(task: Task, *, smooths: bool, clips: bool) -> str:
    inputs = "x, y" if task is Task.RECONSTRUCTION else "x"
    return f'''\
@tf.function(reduce_retracing=True)
def train_step(
    model: keras.Model,
    optimizer: Optimizer,
    x: tf.Tensor,
    y: tf.Tensor,
    numbers: tuple[tf.Tensor, ...],
) -> tf.Tensor:
    """One step of the optimizer. Returns the loss of the batch before it."""
    with tf.GradientTape() as tape:
        outputs = model({inputs}, training=True)
{_SMOOTHED if smooths else _PLAIN}\
    gradients = [tf.convert_to_tensor(each) for each in tape.gradient(loss, optimizer.variables)]
{_CLIP if clips else ""}\
    optimizer.apply(gradients, *numbers)
    return loss


@tf.function(reduce_retracing=True)
def evaluate_batch(model: keras.Model, x: tf.Tensor, y: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    outputs = model({inputs}, training=False)
    return tf.reduce_sum(losses(outputs, x, y)), tf.reduce_sum(measures(outputs, x, y))


def evaluate(model: keras.Model, part: Iterable[tuple[tf.Tensor, tf.Tensor]]) -> str:
    """The mean loss and the mean measure of a part of the dataset, as a text."""
    count, loss, measure = 0, 0.0, 0.0
    for x, y in part:
        batch_loss, batch_measure = evaluate_batch(model, x, y)
        count += len(x)
        loss += float(batch_loss)
        measure += float(batch_measure)
    return f"loss {{loss / count:.9g}}, {{MEASURE}} {{measure / count:.6g}}"
'''


DEVICE = ""
CREATE = """\
    keras.utils.set_random_seed(SEED)
    model = build_model(MODEL, SHAPE)
    initialise(model)
    optimizer = Optimizer(model)
"""
STEP = "float(train_step(model, optimizer, x_batch, y_batch, optimizer.numbers(step + 1, rate)))"
SAVE = "model.save_weights(given.save)"
SAVED = "NAME.weights.h5"
