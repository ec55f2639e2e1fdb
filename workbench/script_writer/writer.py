"""Writing a training as one file that a person can read, change and run without Twinbench.

The model is the template's own file for the framework. The rest is written for the task and the parameters: initial
weights, batches, optimizer, schedule, loss and evaluation, each as in a run, so that the losses are those of a run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from runners.datasets.dataset import DatasetInfo, Input, Task
from runners.protocol import Framework
from runners.templates import folder_of
from runners.templates.layers import ONES, ZEROS, Layer, Weight
from runners.templates.template import Template
from runners.training_parameters import IMAGE_PARAMETERS
from workbench.script_writer import common, pytorch, tensorflow
from workbench.script_writer.source import Source, literal, needed_imports

_PARTS: Mapping[Framework, ModuleType] = {
    Framework.PYTORCH: pytorch,
    Framework.TENSORFLOW: tensorflow,
}
_TENSORS = {Framework.PYTORCH: "Tensor", Framework.TENSORFLOW: "tf.Tensor"}
_MEASURES = {
    Task.CLASSIFICATION: "accuracy",
    Task.REGRESSION: "mean absolute error",
    Task.FORECASTING: "mean absolute error",
    Task.SEGMENTATION: "pixel accuracy",
    Task.TEXT_GENERATION: "token accuracy",
    Task.RECONSTRUCTION: "squared error",
}
_NOT_WRITTEN = (
    "class_weights", "mixup", "pieces", "precision", "average", "patience",
    "gradient_checkpointing",
    *(parameter.name for parameter in IMAGE_PARAMETERS),
)  # fmt: skip
_OFF = {"pieces": 1, "average": 0.0, "patience": 0}


class CannotBeWrittenError(Exception):
    """The training has something that a script has no words for yet; the message says what to set."""


@dataclass(frozen=True, kw_only=True)
class Training:
    """What the script trains. ``parameters`` are all of the template's and of training's (`Template.declared`)."""

    template: Template
    framework: Framework
    dataset: DatasetInfo
    parameters: Mapping[str, Any]
    seed: int = 0

    @property
    def task(self) -> Task:
        return self.template.task(self.dataset)

    def unwritten(self) -> str:
        """Why it cannot be written as a script, or ""."""
        for parameter in self.template.declared:
            value = self.parameters[parameter.name]
            off = _OFF.get(parameter.name, parameter.default)
            if parameter.name in _NOT_WRITTEN and value != off:
                return (
                    f"a script cannot do this yet: {parameter.title.lower()}. Set it to "
                    f"{parameter.format(off)} to save one"
                )
        if self.parameters.get("weights"):
            return (
                "a script cannot begin with the weights of a file yet: leave “weights” empty, and "
                "load them in the script"
            )
        return ""


def script(training: Training) -> str:
    """The text of the script. Raises CannotBeWrittenError, and OSError or SyntaxError for the template's file."""
    if reason := training.unwritten():
        raise CannotBeWrittenError(reason)
    file = folder_of(training.template) / f"{training.framework}.py"
    source = Source.read(file.read_text("utf-8"))
    parts = _PARTS[training.framework]
    sections = [_joined(*section) for section in _sections(training, source, parts)]
    body = "\n\n\n".join(sections)
    needed = needed_imports(body, source.imports | common.IMPORTS | parts.IMPORTS)
    ending = '\n\n\nif __name__ == "__main__":\n    main()\n'
    return f"{_docstring(training, source)}\n\n{needed}\n\n{body}{ending}"


def _joined(title: str, *blocks: str) -> str:
    body = "\n\n\n".join(block.strip("\n") for block in blocks if block)
    starts = body.startswith(("def ", "class ", "@"))
    return f"# ---- {title}\n\n{body}" if not starts else f"# ---- {title}\n\n\n{body}"


def _docstring(training: Training, source: Source) -> str:
    first, _, rest = source.docstring.partition("\n")
    arrays = ", ".join(f"{name}.npy" for name in training.dataset.arrays)
    return f'''"""{first.removesuffix(".")}, trained on {training.dataset.title}.
{rest}

It needs {training.framework.display_name}, NumPy and the folder of the prepared dataset with {arrays}:

    python THIS_FILE FOLDER

Written by Twinbench. It gives the losses of a run with the same parameters.
"""'''


def _sections(training: Training, source: Source, parts: ModuleType) -> Iterator[tuple[str, ...]]:
    given, task, tensor = training.parameters, training.task, _TENSORS[training.framework]
    layers = training.template.layers_for(given, training.dataset)
    yield "What was chosen", common.MODEL_SHAPE, "\n".join([*_constants(training), parts.DEVICE])
    yield "The model", source.body
    kinds = {layer.kind for layer in layers}
    yield (
        "Its initial weights",
        f"{parts.WEIGHTS_COMMENT}\n{_weights(layers, parts.places)}",
        common.DRAWN,
        parts.initialise(kinds),
    )
    info = training.dataset
    noisy = task is Task.RECONSTRUCTION
    yield (
        "The data",
        common.load(task),
        common.split(task, ordered=info.ordered or info.task.streams) if _splits(training) else "",
        parts.to_tensors(task, info.input),
        common.batches_with_noise(tensor) if noisy else common.batches(tensor),
    )
    optimizer = {"decays": bool(given["weight_decay"])} if parts is tensorflow else {}
    yield (
        "The training",
        parts.losses(task, dice=bool(given.get("dice"))),
        common.learning_rate(given["schedule"], warms_up=bool(given["warmup"])),
        parts.optimizer(given["optimizer"], **optimizer),
        parts.steps(
            task, smooths=bool(given.get("label_smoothing")), clips=bool(given["gradient_clip"])
        ),
        _main(training, parts),
    )


def _splits(training: Training) -> bool:
    return not training.dataset.validation_count and bool(training.parameters["validation_split"])


def _constants(training: Training) -> Iterator[str]:
    given, info = training.parameters, training.dataset
    own = {one.name: given[one.name] for one in training.template.parameters}
    yield from _dictionary("MODEL", own)
    shape = training.template.shape(given, info)
    vocabulary = f", vocabulary={shape.vocabulary}" if shape.vocabulary else ""
    yield f"SHAPE = ModelShape(inputs={shape.inputs}, outputs={shape.outputs}{vocabulary})"
    yield f"SEED = {training.seed}"
    names = ["epochs", "batch_size", "learning_rate"]
    names += ["validation_split"] * _splits(training)
    names += [
        name
        for name in ("warmup", "weight_decay", "gradient_clip", "label_smoothing", "dice")
        if given.get(name) or (name == "weight_decay" and training.framework is Framework.PYTORCH)
    ]
    names += [name for name in ("context", "horizon", "latent", "kl_weight") if name in own]
    for name in names:
        yield f"{name.upper()} = {literal(given[name])}"
    if info.input is Input.IMAGE:
        yield f"SCALE = np.float32(1 / {info.scale})  # images are unsigned bytes"
    if training.task in (Task.REGRESSION, Task.FORECASTING):
        yield f"TARGET_STD = {literal(info.target_std)}  # targets are standardised"
    yield f'MEASURE = "{_MEASURES[training.task]}"'


def _dictionary(name: str, values: Mapping[str, Any]) -> Iterator[str]:
    yield f"{name} = {{"
    for key, value in values.items():
        yield f"    {literal(key)}: {literal(value)},"
    yield "}"


def _weights(layers: list[Layer], places: Callable[[Layer, Weight], list[tuple[Any, ...]]]) -> str:
    rows = [
        (weight.name, str(weight.initial.draw), weight.initial.scale, *place)
        for layer in layers
        for weight in layer.weights
        if not _begins_so_anyway(layer, weight)
        for place in places(layer, weight)
    ]
    listed = "".join(f"    {literal(row)},\n" for row in rows)
    return f"INITIAL_WEIGHTS = [\n{listed}]\n"


def _begins_so_anyway(layer: Layer, weight: Weight) -> bool:
    """Whether every framework gives it this value by itself."""
    if layer.kind not in ("batch norm", "layer norm"):
        return False
    ones = weight.name.endswith(("/gamma", "/moving_variance"))
    return weight.initial == (ONES if ones else ZEROS)


def _main(training: Training, parts: ModuleType) -> str:
    given, task = training.parameters, training.task
    changes = given["schedule"] != "constant" or given["warmup"]
    rate = "learning_rate(step, total)" if changes else "LEARNING_RATE"
    load, validation = "", ""
    if training.dataset.validation_count:
        load = '    validation_x, validation_y = load(given.folder, "validation")\n'
        validation = _whole("validation", task)
    elif _splits(training):
        validation = _batches("x", "y", "validation", task)
    division = (
        "train, validation = split(len(x))" if _splits(training) else "train = np.arange(len(x))"
    )
    shown = (
        f'        print(f"epoch {{epoch}} of {{EPOCHS}}: {{evaluate(model, {validation})}}")\n'
        if validation
        else ""
    )
    order = "order, epoch" if task is Task.RECONSTRUCTION else "order"
    return f'''\
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\\n")[0])
    parser.add_argument("folder", type=Path, help="the folder of the prepared dataset")
    parser.add_argument("--every", type=int, default=50, metavar="N", help="show each Nth loss")
    parser.add_argument("--save", metavar="{parts.SAVED}", help="keep the trained weights")
    given = parser.parse_args()
    if not (given.folder / "train_x.npy").is_file():
        parser.error(f"{{given.folder}} holds no prepared dataset: there is no train_x.npy")

    x, y = load(given.folder, "train")
    test_x, test_y = load(given.folder, "test")
{load}    {division}
{parts.CREATE}
    step, total = 0, EPOCHS * math.ceil(len(train) / BATCH_SIZE)
    for epoch in range(1, EPOCHS + 1):
        order = np.random.default_rng([SEED, *b"epoch", epoch]).permutation(train)
        for x_batch, y_batch in {_batches("x", "y", order, task)}:
            rate = {rate}
            loss = {parts.STEP}
            step += 1
            if step % given.every == 0:
                print(f"step {{step}} of {{total}}: loss {{loss:.9g}}")
{shown}    print(f"test: {{evaluate(model, {_whole("test", task)})}}")
    if given.save:
        {parts.SAVE}
'''


def _whole(part: str, task: Task) -> str:
    return _batches(f"{part}_x", f"{part}_y", f"np.arange(len({part}_x))", task)


def _batches(x: str, y: str, order: str, task: Task) -> str:
    if task is Task.RECONSTRUCTION:
        return f"batches({x}, {order})"
    return f"batches({x}, {y}, {order})"
