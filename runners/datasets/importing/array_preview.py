"""A look at arrays: their shapes, and which are samples and which targets."""

from __future__ import annotations

from pathlib import Path

from runners.datasets.dataset import Input, Task
from runners.datasets.importing.array_files import Source, open_arrays
from runners.datasets.importing.preview import ColumnFacts, Preview
from runners.datasets.importing.recipe import (
    Column,
    How,
    ImportProblem,
    Kind,
    Recipe,
    Role,
    Split,
    Type,
)
from runners.datasets.importing.table_preview import name_for, title_for


def preview_arrays(path: Path) -> Preview:
    """The arrays by name, shape and type, with roles by their names. Raises ImportProblem."""
    sources = open_arrays((str(path),))
    taken, task = _array_task(sources)
    columns = tuple(_array_column(source, sources, task) for source in sources)
    used = [s for s, c in zip(sources, columns, strict=True) if c.role is Role.FEATURE]
    how = How.STRATIFIED if task is Task.CLASSIFICATION else How.RANDOM
    if task.streams:
        how = How.TIME
    if len(used) > 1:
        how = How.GIVEN
    return Preview(
        recipe=Recipe(
            name=name_for(path),
            title=title_for(path),
            paths=(str(path),),
            kind=Kind.ARRAYS,
            task=task,
            input=taken,
            columns=columns,
            split=Split(how=how),
        ),
        count=sum(source.shape[0] for source in used),
        unit="samples",
        exact=True,
        looked_at=0,
        names=("array", "shape", "type"),
        rows=tuple(
            (source.name, " × ".join(map(str, source.shape)), str(source.dtype))
            for source in sources
        ),
        columns=tuple(ColumnFacts(name=source.name, missing=0, distinct=0) for source in sources),
    )


def _array_task(sources: list[Source]) -> tuple[Input, Task]:
    inputs = [source for source in sources if not source.is_target and source.dtype.kind in "buif"]
    targets = [source for source in sources if source.is_target]
    if not inputs:
        raise ImportProblem("No array holds numbers to learn from")
    x = max(inputs, key=lambda source: (len(source.shape), source.shape[0]))
    fractions = x.dtype.kind == "f"
    taken = Input.FEATURES
    if len(x.shape) == 4 or (len(x.shape) == 3 and not fractions):
        taken = Input.IMAGE
    elif len(x.shape) == 3:
        taken = Input.SERIES
    if not targets:
        if fractions and len(x.shape) <= 2 and len(inputs) == 1:
            return Input.SERIES, Task.FORECASTING
        raise ImportProblem(
            "No array is named as the target: call it y, labels or masks, beside the samples"
        )
    y = targets[0]
    if len(y.shape) >= 3:
        return taken, Task.SEGMENTATION
    return taken, Task.REGRESSION if y.dtype.kind == "f" else Task.CLASSIFICATION


def _array_column(source: Source, sources: list[Source], task: Task) -> Column:
    if source.is_target:
        return Column(name=source.name, role=Role.TARGET, type=Type.CATEGORY)
    dimensions = max(len(other.shape) for other in sources if not other.is_target)
    numbers = source.dtype.kind in "buif" and (len(source.shape) == dimensions or task.streams)
    role = Role.FEATURE if numbers else Role.IGNORED
    return Column(name=source.name, role=role, type=Type.NUMBER)
