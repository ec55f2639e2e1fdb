"""What a person asks to be trained, checked before it is queued. No database, no framework, quick enough for every key."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from runners.datasets import get_dataset
from runners.datasets.dataset import DatasetInfo, Task
from runners.parameters import Integer, complete
from runners.protocol import (
    FRAMEWORKS,
    MODES,
    TPU,
    Framework,
    Mode,
    RunSpec,
    Scalar,
    device_ids,
    replica_count,
)
from runners.templates import get_template
from runners.templates.own import told
from runners.templates.table import kept_numbers
from runners.templates.template import Template
from runners.training_parameters import why_not_on
from storage.records import QueueOptions

T = TypeVar("T")
_SEED = Integer(name="seed", title="Seed", help="", default=0, minimum=0, maximum=2**31 - 1)
PRIORITY = Integer(
    name="priority", title="Priority", help="", default=0, minimum=-1000, maximum=1000
)
_DEVICE = re.compile(
    r"auto|cpu(:[2-9]|:[1-9][0-9])?|mps|tpu|cuda:all|cuda:[0-9]{1,3}(,cuda:[0-9]{1,3})*"
)
_FLOAT32_BYTES = 4
_FRAMEWORK_BYTES = {Framework.PYTORCH: 500_000_000, Framework.TENSORFLOW: 750_000_000}
"""After a first layer on the CPU a process of PyTorch 2.13 has 240 MB, one of TensorFlow 2.21 has 650 MB. On a GPU the context and the
workspace of its libraries commonly take some hundred megabytes. So this is a rough figure, and on the safe side."""
_OPTIMIZER_COPIES = {"sgd": 0, "momentum": 1, "adam": 2, "adamw": 2}


@dataclass(frozen=True, kw_only=True)
class RunRequest:
    """A run as asked for; texts as typed. ``parameters`` may leave out what keeps its default.

    ``priority``, ``held`` and ``alone`` say how it waits for its turn (`storage.records.QueueOptions`); ``parent`` is
    the id of the run that it repeats or was cloned from. ``interpreter`` is "" for the one that the settings name.
    """

    template: str
    framework: str
    dataset: str
    mode: str = Mode.EAGER
    parameters: Mapping[str, object] = field(default_factory=dict)
    seed: int | str = 0
    device: str = "auto"
    name: str = ""
    experiment: str = ""
    tags: tuple[str, ...] = ()
    priority: int | str = 0
    held: bool = False
    alone: bool = False
    parent: int | None = None
    interpreter: str = ""


@dataclass(frozen=True, kw_only=True)
class CheckedRequest:
    """A request that can be trained: every parameter given, in its type."""

    template: str
    declared: Template
    framework: Framework
    dataset: str
    info: DatasetInfo
    mode: Mode
    parameters: Mapping[str, Scalar]
    seed: int
    device: str
    name: str
    experiment: str
    tags: tuple[str, ...]
    options: QueueOptions
    """Without the memory that it needs, which `estimate` tells."""
    parent: int | None
    interpreter: str

    def spec(self, dataset_hash: str, interpreter: str) -> RunSpec:
        """What is frozen when it is queued."""
        return RunSpec(
            template=self.template,
            framework=self.framework,
            mode=self.mode,
            dataset=self.dataset,
            dataset_hash=dataset_hash,
            parameters=self.parameters,
            seed=self.seed,
            device=self.device,
            interpreter=interpreter,
        )


class InvalidRequest(ValueError):
    """``problems`` has a message per field: template, framework, dataset, mode, seed, device, priority, or a parameter's name."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {text}" for name, text in problems.items()))
        self.problems = dict(problems)


@dataclass(frozen=True, slots=True)
class Estimate:
    """``memory_bytes`` is for weights, gradients, optimizer and activations of one batch, in float32.

    ``framework_bytes`` is an allowance for what the framework takes before the first batch.
    """

    parameter_count: int
    memory_bytes: int
    framework_bytes: int
    steps_per_epoch: int


def check_request(
    request: RunRequest, datasets_folder: Path | None = None, templates_folder: Path | None = None
) -> CheckedRequest:
    """The request with every value in its type. Raises InvalidRequest with all problems at once.

    The folders are where imported datasets and templates of the user's are looked for, beside those that Twinbench knows.
    """
    problems: dict[str, str] = {}

    def checked(field_name: str, check: Callable[[], T]) -> T | None:
        try:
            return check()
        except (ValueError, LookupError) as error:
            problems[field_name] = str(error)
            return None

    template = checked("template", lambda: get_template(request.template, templates_folder))
    dataset = checked("dataset", lambda: get_dataset(request.dataset, datasets_folder))
    framework = checked("framework", lambda: _framework(request.framework))
    mode = checked("mode", lambda: _mode(request.mode, framework))
    seed = checked("seed", lambda: _SEED.parse(str(request.seed)))
    device = checked("device", lambda: checked_device(request.device))
    priority = checked("priority", lambda: PRIORITY.parse(str(request.priority)))
    values: dict[str, Scalar] = {}
    if template:
        values, wrong = complete(template.declared, request.parameters)
        problems |= wrong or (_misfit(template, values, dataset) if dataset else {})
        if not wrong and mode is Mode.FIT and values["pieces"] != 1:
            problems["pieces"] = (
                "Keras's fit computes a batch as a whole: choose 1, or another mode"
            )
    if not problems and framework and mode and device:
        problems |= _on_tpu(device, framework, mode)
        problems |= _together(device, framework, mode, values["batch_size"])
        if device != "auto" and (reason := why_not_on(values, device)):
            problems["precision"] = reason
    if problems or not (template and dataset and framework and mode):
        raise InvalidRequest(problems)
    return CheckedRequest(
        template=template.name,
        declared=template,
        framework=framework,
        dataset=dataset.name,
        info=dataset,
        mode=mode,
        parameters=values,
        seed=seed or 0,
        device=device or "auto",
        name=request.name.strip(),
        experiment=request.experiment.strip(),
        tags=tuple(dict.fromkeys(tag.strip() for tag in request.tags if tag.strip())),
        options=QueueOptions(priority or 0, request.held, request.alone),
        parent=request.parent,
        interpreter=request.interpreter.strip(),
    )


def estimate(request: CheckedRequest) -> Estimate:
    """Counted from the template's declared layers, so it knows nothing of the workspace of single operations.

    Weights and their gradients count once each, the optimizer's state as often as it keeps a copy,
    and the activations of a batch, or of a piece of it, twice, for the backward pass. Of several GPUs it is what each needs.
    """
    template = request.declared
    shape = template.shape(request.parameters, request.info)
    layers = template.layers(request.parameters, shape)
    parameters = sum(layer.parameter_count for layer in layers)
    batch = int(_number(request, "batch_size"))
    count = replica_count(request.device)
    at_once = math.ceil(batch / int(_number(request, "pieces")) / count)
    recomputed = bool(request.parameters["gradient_checkpointing"])
    per_sample = math.prod(shape.inputs) + kept_numbers(layers, recomputed=recomputed)
    here = count if device_ids(request.device) == ("cpu",) else 1
    processes = here if request.framework is Framework.PYTORCH else 1
    copies = 2 + _OPTIMIZER_COPIES[str(request.parameters["optimizer"])]
    return Estimate(
        parameter_count=parameters,
        memory_bytes=here * _FLOAT32_BYTES * (copies * parameters + 2 * at_once * per_sample),
        framework_bytes=processes * _FRAMEWORK_BYTES[request.framework],
        steps_per_epoch=math.ceil(training_count(request) / batch),
    )


def _mode(text: str, framework: Framework | None) -> Mode:
    """One that the framework has, or any where it is not known."""
    names = MODES[framework] if framework else tuple(Mode)
    name = text.strip().lower()
    if name in names:
        return Mode(name)
    there_are = f"there are: {', '.join(names)}"
    if framework and name in tuple(Mode):
        raise ValueError(f"{framework.display_name} has no mode {name!r}; {there_are}")
    raise ValueError(f"there is no mode {text!r}; {there_are}")


def _framework(text: str) -> Framework:
    """One that templates are written in."""
    name = text.strip().lower()
    if name not in FRAMEWORKS:
        raise ValueError(f"there is no framework {text!r}; there are: {', '.join(FRAMEWORKS)}")
    return Framework(name)


def checked_device(text: str) -> str:
    """The name of a device. Raises ValueError if it is none."""
    name = "".join(text.lower().split())
    if not _DEVICE.fullmatch(name):
        raise ValueError(
            "a device is auto, cpu, mps, tpu or cuda:N with the number of a GPU; several are cuda:0,cuda:1 or cuda:all, or, to "
            f"try out what several do, cpu:2: not {text!r}"
        )
    if len(set(device_ids(name))) < len(device_ids(name)):
        raise ValueError(f"each device can be named once: {text!r}")
    return name


def _on_tpu(device: str, framework: Framework, mode: Mode) -> dict[str, str]:
    """Why the run cannot be trained on a TPU, if it asks for that."""
    if device != TPU:
        return {}
    if framework is not Framework.TENSORFLOW:
        return {"device": "a TPU is for TensorFlow alone: choose another device"}
    if mode is not Mode.GRAPH:
        return {"mode": "on a TPU TensorFlow computes graphs alone: choose graph"}
    return {}


def _together(device: str, framework: Framework, mode: Mode, batch_size: Scalar) -> dict[str, str]:
    """Why the run cannot be trained on several devices at once, if it asks for that."""
    count = replica_count(device)
    if count == 1 and device != "cuda:all":
        return {}
    if mode in (Mode.XLA, Mode.FIT):
        return {
            "mode": f"{framework.display_name}'s mode {mode} is for a single device: choose eager or graph"
        }
    if isinstance(batch_size, int) and batch_size < count:
        return {"batch_size": f"a batch is shared by {count} devices: choose {count} or more"}
    return {}


def _misfit(
    template: Template, values: Mapping[str, Scalar], dataset: DatasetInfo
) -> dict[str, str]:
    """Why template, parameters and dataset do not go together, on the field that is best changed.

    That is the first parameter whose default would mend it, or else the dataset.
    """
    try:
        reason = template.why_not(values, dataset)
        if template.folder and not reason:
            template.layers_for(values, dataset)
    except Exception as error:
        if template.folder is None:
            raise
        return {"template": f"{template.title} cannot be used: {told(error, template.folder)}"}
    if not reason:
        return {}
    for parameter in template.declared:
        if not template.why_not({**values, parameter.name: parameter.default}, dataset):
            return {parameter.name: reason}
    return {"dataset": reason}


def _number(request: CheckedRequest, name: str) -> float:
    value = request.parameters[name]
    assert isinstance(value, int | float)
    return value


def training_count(request: CheckedRequest) -> int:
    """Samples that an epoch trains on; of a stream the windows that are cut from it."""
    info = request.info
    count = info.train_count
    task = request.declared.task(info)
    reach = 0
    if task is Task.TEXT_GENERATION:
        count = max(0, count - 1) // int(_number(request, "context"))
    elif task is Task.FORECASTING:
        reach = int(_number(request, "context") + _number(request, "horizon")) - 1
        count = max(0, count - reach)
    if info.validation_count:
        return count
    kept = round(count * _number(request, "validation_split"))
    return max(0, count - kept - reach * bool(kept))
