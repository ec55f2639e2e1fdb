"""What there is to say of a dataset, as names and values in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runners.datasets.dataset import DatasetInfo, Input, Task
from runners.datasets.importing import How, PartFacts
from widgets import text
from workbench.datasets import DatasetPage, Listed, Origin

INPUT = {
    Input.IMAGE: "images",
    Input.FEATURES: "table",
    Input.TOKENS: "text",
    Input.SERIES: "time series",
}
GLYPH = {
    Input.IMAGE: "image-multiple-outline",
    Input.FEATURES: "table",
    Input.TOKENS: "text-long",
    Input.SERIES: "chart-timeline-variant",
}
ORIGIN = {
    Origin.BUILT_IN: "comes with Twinbench",
    Origin.NETWORK: "needs a network once",
    Origin.IMPORTED: "imported",
}
_LONGEST = 60
_CLASSES = 12


def unit(info: DatasetInfo) -> str:
    """What its counts count."""
    if info.task is Task.FORECASTING:
        return "step"
    return "token" if info.task.streams else "sample"


def count(info: DatasetInfo) -> str:
    return text.plural(info.train_count + info.validation_count + info.test_count, unit(info))


def line(listed: Listed) -> str:
    """``images · classification · 1,797 samples · 117 KB``."""
    info = listed.info
    return f"{INPUT[info.input]} · {info.task} · {count(info)} · {text.size(info.size_bytes)}"


def state(listed: Listed) -> str:
    """How it is at hand."""
    if listed.prepared:
        return "prepared"
    return "not downloaded" if listed.origin is Origin.NETWORK else "not prepared"


def facts(page: DatasetPage) -> dict[str, str]:
    info, prepared = page.listed.info, page.listed.prepared
    found = {
        "Name": info.name,
        "Task": f"{info.task}, from {INPUT[info.input]}",
        "A sample": _sample(info),
        "Classes": _some(info.classes),
        "Targets": _some(info.targets),
        "Training": text.plural(info.train_count, unit(info)),
        "Validation": _validation(info),
        "Test": text.plural(info.test_count, unit(info)),
        "Vocabulary": f"{info.vocabulary_size:,} tokens" if info.vocabulary_size else "",
        "Size": text.size(info.size_bytes),
        "Source": info.source,
        "Licence": info.licence or "not stated",
        "Origin": ORIGIN[page.listed.origin],
    }
    if prepared:
        found["Prepared"] = text.full_moment(page.made)
        found["SHA-256"] = prepared.sha256
        found["Folder"] = str(prepared.folder)
    return {name: value for name, value in found.items() if value}


def part(facts: PartFacts) -> str:
    """``about 1,200 rows: cat 600, dog 590 and 3 more``."""
    about = "" if facts.exact else "about "
    count = text.size(facts.count) if facts.unit == "bytes" else f"{facts.count:,} {facts.unit}"
    classes = ", ".join(f"{name} {n:,}" for name, n in facts.labels[:_CLASSES])
    more = len(facts.labels) - _CLASSES
    return (
        f"{about}{count}"
        + (f": {classes}" if classes else "")
        + (f" and {more:,} more" if more > 0 else "")
    )


def recipe(raw: Mapping[str, Any]) -> dict[str, str]:
    """How an imported dataset was made."""
    found = {
        "Files": "\n".join(map(str, raw.get("paths", ()))),
        "Read as": str(raw.get("kind", "")),
        "Columns": _columns(raw.get("columns", ())),
        "Split": _split(raw.get("split", {})),
        "Text": _texts(raw) if raw.get("input") == Input.TOKENS else "",
        "Images": _images(raw.get("image", {})) if raw.get("input") == Input.IMAGE else "",
    }
    return {name: value for name, value in found.items() if value}


def _sample(info: DatasetInfo) -> str:
    if info.task is Task.TEXT_GENERATION:
        return "a piece of the text, as long as the run's context"
    if info.task is Task.FORECASTING:
        channels = text.plural(info.input_shape[0], "channel")
        return f"a window of {channels}, as long as the run's context and horizon"
    words = {
        Input.IMAGE: "pixels and channels",
        Input.FEATURES: "features",
        Input.TOKENS: "tokens at most",
        Input.SERIES: "steps and channels",
    }
    return f"{text.shape(info.input_shape)} {words[info.input]}"


def _validation(info: DatasetInfo) -> str:
    if info.validation_count:
        return text.plural(info.validation_count, unit(info))
    which = "the last of" if info.ordered or info.task.streams else "chosen from"
    return f"a share {which} the training part, as each run sets it"


def _some(names: tuple[str, ...]) -> str:
    if not names:
        return ""
    shown = ", ".join(names[:_LONGEST])
    more = f" and {len(names) - _LONGEST:,} more" if len(names) > _LONGEST else ""
    return f"{len(names):,}: {shown}{more}" if len(names) > 1 else shown


def _columns(columns: Any) -> str:
    by_role: dict[str, list[str]] = {}
    for column in columns:
        by_role.setdefault(str(column["role"]), []).append(f"{column['name']} ({column['type']})")
    return "\n".join(f"{role}: {_some(tuple(names))}" for role, names in by_role.items())


def _split(split: Mapping[str, Any]) -> str:
    if not split:
        return ""
    if split["how"] == How.GIVEN:
        return "given by the files themselves"
    if split["how"] == How.FILES:
        named = {"test": split["test_paths"], "validation": split["validation_paths"]}
        return "\n".join(f"{part}: {', '.join(paths)}" for part, paths in named.items() if paths)
    validation = f", {split['validation']:.0%} validation" if split["validation"] else ""
    return f"{split['how']}, {split['test']:.0%} test{validation}, seed {split['seed']}"


def _texts(raw: Mapping[str, Any]) -> str:
    rule = raw.get("text", {})
    lower = ", small letters" if rule.get("lower") else ""
    length = (
        "" if raw.get("task") == Task.TEXT_GENERATION else f", {rule.get('length')} tokens a text"
    )
    return f"{rule.get('tokeniser', '')}{lower}{length}"


def _images(rule: Mapping[str, Any]) -> str:
    if not rule:
        return ""
    colour = "in colour" if rule.get("colour") else "grey"
    return f"{rule.get('width')} × {rule.get('height')}, {colour}, {rule.get('resize')}"
