"""Whether a match can be held, before anything of it is queued. No database, no framework, quick enough for every key."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from runners.datasets.dataset import Task
from runners.parameters import IntegerList, ParameterError
from runners.protocol import MODES, replica_count
from runners.training_parameters import LARGEST_BATCH_SIZE
from workbench.duel.match import Contestant, Match
from workbench.requests import (
    CheckedRequest,
    InvalidRequest,
    RunRequest,
    check_request,
    training_count,
)

FEWEST_CONTESTANTS = 2
_MOST_SCALED = 16
SCALED: Mapping[str, IntegerList] = {
    "batch_size": IntegerList(
        name="scale_batch",
        title="Scale batch sizes",
        help="Also measure the speed with batches of these sizes, in a short run each.",
        default=(16, 64, 256),
        minimum=1,
        maximum=LARGEST_BATCH_SIZE,
        shortest=2,
        longest=_MOST_SCALED,
    ),
    "threads": IntegerList(
        name="scale_threads",
        title="Scale threads",
        help="Also measure the speed with so many threads, in a short run each.",
        default=(1, 2),
        minimum=1,
        maximum=1024,
        shortest=2,
        longest=_MOST_SCALED,
    ),
}
"""The fields that say which values of a parameter are tried."""
NO_LARGEST = "it is only looked for on a GPU: where the memory of a processor is used up, the system does not say so but kills programs"
_LARGEST_SEED = 2**31 - 1
VALIDATED: Mapping[Task, tuple[str, ...]] = {
    Task.CLASSIFICATION: ("accuracy", "top5_accuracy", "macro_f1", "roc_auc"),
    Task.REGRESSION: ("mae", "rmse", "mape", "r2"),
    Task.SEGMENTATION: ("iou", "dice", "pixel_accuracy"),
    Task.TEXT_GENERATION: ("accuracy", "perplexity"),
    Task.FORECASTING: ("mae", "rmse", "mape", "relative_mae"),
    Task.RECONSTRUCTION: ("mse", "cross_entropy", "kl"),
}
"""What a validation tells beside the loss."""


def check_match(
    match: Match, datasets_folder: Path | None = None, templates_folder: Path | None = None
) -> list[CheckedRequest]:
    """What each contestant trains, with the first seed. Raises InvalidRequest with all problems at once.

    The problems are by ``contestants``, ``seeds``, ``target``, ``scale_batch``, ``scale_threads``, ``largest_batch``, and the fields of a run that contestants share; what is wrong with
    parameters of a contestant's own is told of ``contestants``.
    """
    problems: dict[str, str] = {}
    told: list[str] = [*_of_all(match.contestants)]
    checked: list[CheckedRequest] = []
    for contestant in match.contestants:
        try:
            if problem := _mode_problem(contestant):
                told.append(problem)
                continue
            request = request_of(match, contestant)
            checked.append(check_request(request, datasets_folder, templates_folder))
        except InvalidRequest as error:
            own = {name for name in error.problems if name in contestant.parameters}
            told += [f"{contestant.name}: {error.problems[name]}" for name in sorted(own)]
            problems |= {k: v for k, v in error.problems.items() if k not in own}
    if told:
        problems["contestants"] = "\n".join(told)
    if problem := _seeds_problem(match.seeds):
        problems["seeds"] = problem
    if match.target and checked and (problem := _target_problem(match, checked[0])):
        problems["target"] = problem
    problems |= _scaling_problems(match, checked)
    if problems:
        raise InvalidRequest(problems)
    return checked


def read_scaled(texts: Mapping[str, str]) -> tuple[dict[str, tuple[int, ...]], dict[str, str]]:
    """The values of each parameter that are to be tried, as they were typed, and the problems by their fields."""
    values: dict[str, tuple[int, ...]] = {}
    problems: dict[str, str] = {}
    for name, text in texts.items():
        values[name] = ()
        try:
            values[name] = SCALED[name].parse(text) if text.strip() else ()
        except ParameterError as error:
            problems[SCALED[name].name] = str(error)
    return values, problems


def request_of(match: Match, contestant: Contestant) -> RunRequest:
    """What a contestant trains, with the first seed."""
    return RunRequest(
        template=match.template,
        framework=contestant.framework,
        dataset=match.dataset,
        mode=contestant.mode,
        parameters={**match.parameters, **contestant.parameters},
        device=match.device,
        interpreter=contestant.interpreter,
    )


def _of_all(contestants: Sequence[Contestant]) -> Iterator[str]:
    if len(contestants) < FEWEST_CONTESTANTS:
        yield "a duel needs two contestants or more"
    for place, one in enumerate(contestants):
        if one in contestants[:place]:
            yield f"two contestants are the same: {_called(one)}; give one of them parameters of its own"  # fmt: skip


def _mode_problem(contestant: Contestant) -> str:
    modes = MODES.get(contestant.framework, ())
    if contestant.mode in modes:
        return ""
    there_are = ", ".join(modes) or "none"
    return f"{contestant.framework.display_name} has no mode {contestant.mode.value!r}; there are: {there_are}"


def _called(contestant: Contestant) -> str:
    """A name for one whose mode its framework may not have."""
    return f"{contestant.framework}:{contestant.mode}" if _mode_problem(contestant) else contestant.name  # fmt: skip


def _seeds_problem(seeds: Sequence[int]) -> str:
    if not seeds:
        return "a duel needs a seed"
    if len(set(seeds)) < len(seeds):
        return "each seed can be there only once"
    if any(not 0 <= seed <= _LARGEST_SEED for seed in seeds):
        return f"a seed is a whole number from 0 to {_LARGEST_SEED:,}"
    return ""


def _scaling_problems(match: Match, checked: Sequence[CheckedRequest]) -> dict[str, str]:
    """By the fields of what is scaled, those that something is wrong with."""
    if match.scaling is None:
        return {}
    found = {
        SCALED[name].name: _values_problem(SCALED[name], values)
        for name, values in match.scaling.values.items()
        if values
    }
    most = min(map(training_count, checked), default=0)
    if (
        checked
        and not found.get("scale_batch")
        and max(match.scaling.batch_sizes, default=0) > most
    ):
        found["scale_batch"] = f"an epoch has only {most:,} samples"
    if match.scaling.largest_batch:
        found["largest_batch"] = _largest_problem(match.device)
    return {name: problem for name, problem in found.items() if problem}


def _values_problem(field: IntegerList, values: Sequence[int]) -> str:
    try:
        field.check(values)
    except ParameterError as error:
        return str(error)
    return "each value can be there only once" if len(set(values)) < len(values) else ""


def _largest_problem(device: str) -> str:
    if device.startswith("cpu"):
        return NO_LARGEST
    return "" if replica_count(device) == 1 and device != "cuda:all" else "it is looked for on one GPU: choose a single one"  # fmt: skip


def _target_problem(match: Match, request: CheckedRequest) -> str:
    target = match.target
    assert target
    names = ["loss", *VALIDATED[request.declared.task(request.info)]]
    if target.metric not in [f"val/{name}" for name in names]:
        listed = ", ".join(f"val/{name}" for name in names)
        return f"validation tells no {target.metric!r}; it tells: {listed}"
    if not request.info.validation_count and not request.parameters["validation_split"]:
        return "nothing is validated: give a validation split above 0, or no target"
    return "" if math.isfinite(target.value) else "a target is a number"
