"""A look at a table: its first rows, its columns, and what could be learned from it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from runners.datasets import is_built_in
from runners.datasets.dataset import Input, Task
from runners.datasets.importing import encoding, notices, pixels, separated, tables
from runners.datasets.importing.batch import Skipped
from runners.datasets.importing.conversion import as_numpy, texts
from runners.datasets.importing.preview import ColumnFacts, Given, Notice, Preview, Sample
from runners.datasets.importing.proposals import Seen, look, propose_columns
from runners.datasets.importing.recipe import (
    Column,
    How,
    ImageRule,
    ImportProblem,
    Kind,
    Reading,
    Recipe,
    Role,
    Split,
    TextRule,
    Tokeniser,
    Type,
)

ROWS = 20_000
"""At most so many rows are looked at."""
_SHOWN = 50
_SHOWN_CHARACTERS = 200
_TOP = 12
_SAMPLES = 12


def preview_table(path: Path, kind: Kind, given: Given) -> Preview:
    """Raises ImportProblem where the file is no such table."""
    reading = given.reading or Reading()
    if kind is Kind.SEPARATED:
        reading = separated.recognise(path, given.reading)
    elif kind is Kind.JSON_LINES and not given.reading:
        reading = Reading(encoding=encoding.recognise(encoding.head(path)))
    skipped = Skipped("lines", 1.0)
    raw, whole = first_rows(path, kind, reading, skipped)
    columns = [
        look(name, raw.column(name).combine_chunks(), reading.decimal) for name in raw.column_names
    ]
    recipe = _propose(path, kind, reading, columns, given.target)
    count, exact = row_count(path, kind, reading, len(raw), whole)
    labels = _labels(columns, recipe)
    found = [
        *([Notice(text=skipped.note)] if skipped.note else []),
        *notices.of_columns(columns, recipe.columns),
        *notices.of_leakage(columns, recipe.columns),
        *(notices.of_labels(labels) if recipe.task is Task.CLASSIFICATION else []),
        *notices.of_duplicates(columns),
    ]
    if not whole:
        found.append(Notice(text=f"Only the first {len(raw):,} rows were looked at"))
    return Preview(
        recipe=recipe,
        count=count,
        unit="rows",
        exact=exact,
        looked_at=len(raw),
        names=tuple(raw.column_names),
        rows=_shown_rows(raw),
        columns=tuple(map(_facts, columns)),
        samples=_image_samples(path, columns, recipe),
        labels=labels,
        notices=tuple(found),
        sheets=tables.sheets(path) if kind is Kind.EXCEL else (),
    )


def name_for(path: Path) -> str:
    """A name for a dataset from that of a file or folder, and none that Twinbench has itself."""
    stem = path.name.split(".")[0] if path.is_file() else path.name
    name = re.sub(r"[^a-z0-9_-]+", "-", stem.lower()).strip("-_")[:61] or "imported"
    return f"my-{name}" if is_built_in(name) else name


def title_for(path: Path) -> str:
    stem = path.name.split(".")[0] if path.is_file() else path.name
    return re.sub(r"[_\s]+", " ", stem).strip() or "Imported"


def first_rows(path: Path, kind: Kind, reading: Reading, skipped: Skipped) -> tuple[Any, bool]:
    """At most `ROWS` rows as an Arrow table, and whether these are all."""
    names = tables.names(path, kind, reading)
    batches, count = [], 0
    for batch, _ in tables.batches(path, kind, reading, names, skipped):
        batches.append(batch)
        count += len(batch)
        if count > ROWS:
            break
    if not count:
        skipped.allowed = 0
        skipped.check()
        raise ImportProblem(f"{path} holds no rows below its header: choose another file")
    table = pa.Table.from_batches(batches)
    return table.slice(0, ROWS), count <= ROWS


def row_count(path: Path, kind: Kind, reading: Reading, seen: int, whole: bool) -> tuple[int, bool]:
    """How many rows the file has, and whether that is exact."""
    if whole:
        return seen, True
    if known := tables.row_count(path, kind):
        return known, True
    if kind is Kind.EXCEL:
        return tables.sheet_rows(path, reading.sheet), False
    data = encoding.head(path)
    lines = max(data.count(b"\n"), 1)
    return max(seen, round(path.stat().st_size * lines / len(data))), False


def _propose(
    path: Path, kind: Kind, reading: Reading, columns: list[Seen], target: str | None
) -> Recipe:
    proposed = propose_columns(columns, target)
    task, taken = _task(columns, proposed, target)
    recipe = Recipe(
        name=name_for(path),
        title=title_for(path),
        paths=(str(path),),
        kind=kind,
        task=task,
        input=taken,
        columns=tuple(proposed),
        reading=reading,
    )
    if task is Task.FORECASTING:
        recipe = replace(recipe, columns=tuple(_as_series(columns, proposed)))
    elif task is Task.CLASSIFICATION:
        recipe = replace(recipe, columns=tuple(map(_as_class, proposed)))
    if taken is Input.TOKENS:
        recipe = replace(
            recipe, text=_text_rule(columns), columns=tuple(map(_text_only, recipe.columns))
        )
    if taken is Input.IMAGE:
        paths = [sample.path for sample in _image_samples(path, columns, recipe)]
        rule = image_rule(paths)
        recipe = replace(recipe, image=rule, columns=tuple(map(_path_only, recipe.columns)))
    return replace(recipe, split=Split(how=_how(recipe)))


def _task(columns: list[Seen], proposed: list[Column], target: str | None) -> tuple[Task, Input]:
    by_role = {column.role: seen for column, seen in zip(proposed, columns, strict=True)}
    numbers = [
        seen
        for column, seen in zip(proposed, columns, strict=True)
        if column.role in (Role.FEATURE, Role.TARGET)
        and not (seen.type is Type.DATE and seen.rises)
    ]
    dated = any(seen.type is Type.DATE and seen.rises for seen in columns)
    if target is None and dated and numbers and all(seen.type is Type.NUMBER for seen in numbers):
        return Task.FORECASTING, Input.SERIES
    chosen = by_role.get(Role.TARGET)
    task = Task.CLASSIFICATION if chosen is None or chosen.looks_like_class else Task.REGRESSION
    if chosen is not None and chosen.type in (Type.CATEGORY, Type.TEXT, Type.BOOLEAN):
        task = Task.CLASSIFICATION
    if Role.PATH in by_role:
        return task, Input.IMAGE
    has_text = any(
        seen.type is Type.TEXT and column.role is Role.FEATURE
        for column, seen in zip(proposed, columns, strict=True)
    )
    return (
        (task, Input.TOKENS) if has_text and task is Task.CLASSIFICATION else (task, Input.FEATURES)
    )


def _as_series(columns: list[Seen], proposed: list[Column]) -> list[Column]:
    """The first rising date is the time; the target is a channel like the others."""
    found, has_time = [], False
    for column, seen in zip(proposed, columns, strict=True):
        role = column.role
        if seen.type is Type.DATE:
            role = Role.IGNORED if has_time or not seen.rises else Role.TIME
            has_time = has_time or role is Role.TIME
        elif role is Role.TARGET:
            role = Role.FEATURE
        found.append(replace(column, role=role))
    return found


def _as_class(column: Column) -> Column:
    return replace(column, type=Type.CATEGORY) if column.role is Role.TARGET else column


def _text_only(column: Column) -> Column:
    other = column.role is Role.FEATURE and column.type is not Type.TEXT
    return replace(column, role=Role.IGNORED) if other else column


def _path_only(column: Column) -> Column:
    return replace(column, role=Role.IGNORED) if column.role is Role.FEATURE else column


def _how(recipe: Recipe) -> How:
    if recipe.column_of(Role.SPLIT):
        return How.GIVEN
    if recipe.task is Task.FORECASTING:
        return How.TIME
    if recipe.column_of(Role.GROUP):
        return How.GROUP
    return How.STRATIFIED if recipe.task is Task.CLASSIFICATION else How.RANDOM


def _text_rule(columns: list[Seen]) -> TextRule:
    """Words, and a length that holds nineteen of twenty texts."""
    lengths = [
        pc.count_substring(seen.values, " ").drop_null().to_numpy() + 1
        for seen in columns
        if seen.type is Type.TEXT
    ]
    return TextRule(
        tokeniser=Tokeniser.WORDS, lower=True, length=length_for(np.concatenate(lengths))
    )


def length_for(words: Any) -> int:
    """A length in tokens that holds nineteen of twenty texts, given their lengths in words."""
    return int(np.clip(np.ceil(np.quantile(words, 0.95) * 1.2 / 16) * 16, 16, 512))


def image_rule(paths: list[str]) -> ImageRule:
    """A size and colour for images of which these are a sample: theirs if they agree, else one that is usual."""
    sizes, grey = [], True
    for path in paths:
        try:
            size, mode = pixels.image_size(path)
        except pixels.UnreadableImage:
            continue
        sizes.append(size)
        grey = grey and mode in ("1", "L", "I", "I;16", "F")
    if not sizes:
        return ImageRule()
    width, height = sizes[0]
    if len(set(sizes)) > 1 or max(width, height) > 256:
        short = sorted(min(size) for size in sizes)[len(sizes) // 2]
        width = height = max([side for side in (32, 64, 96, 128, 224) if side <= short], default=32)
    return ImageRule(height=height, width=width, colour=not grey)


def _labels(columns: list[Seen], recipe: Recipe) -> tuple[tuple[str, int], ...]:
    target = recipe.column_of(Role.TARGET)
    if target is None or recipe.task is not Task.CLASSIFICATION:
        return ()
    seen = next(column for column in columns if column.name == target.name)
    return notices.label_counts(texts(seen.raw).to_pylist())


def _image_samples(path: Path, columns: list[Seen], recipe: Recipe) -> tuple[Sample, ...]:
    named = recipe.column_of(Role.PATH)
    if named is None:
        return ()
    by_name = {column.name: column for column in columns}
    target = recipe.column_of(Role.TARGET)
    names = texts(by_name[named.name].raw).to_pylist()
    labels = texts(by_name[target.name].raw).to_pylist() if target else [""] * len(names)
    step = max(1, len(names) // _SAMPLES)
    return tuple(
        Sample(path=str(path.parent / name), label=str(label or ""))
        for name, label in list(zip(names, labels, strict=True))[::step][:_SAMPLES]
        if name
    )


def _shown_rows(raw: Any) -> tuple[tuple[str, ...], ...]:
    first = raw.slice(0, _SHOWN)
    columns = [
        ["" if value is None else str(value)[:_SHOWN_CHARACTERS] for value in column.to_pylist()]
        for column in first.columns
    ]
    return tuple(zip(*columns, strict=True))


def _facts(column: Seen) -> ColumnFacts:
    facts = ColumnFacts(
        name=column.name, missing=column.rows - column.present, distinct=column.distinct
    )
    if column.type is Type.NUMBER and column.present:
        values = as_numpy(column.values.drop_null())
        facts = replace(
            facts, low=float(values.min()), high=float(values.max()), mean=float(values.mean())
        )
        if column.distinct > _TOP:
            return facts
    counts = notices.label_counts(texts(column.raw).to_pylist())[:_TOP]
    return replace(facts, top=tuple((text[:_SHOWN_CHARACTERS], count) for text, count in counts))
