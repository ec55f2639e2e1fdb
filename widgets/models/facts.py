"""What the details of an export say, as names and values."""

from __future__ import annotations

from collections.abc import Mapping

from runners.export.manifest import Manifest, Speed
from widgets.models import words
from widgets.models.reading import Item
from widgets.text import duration, full_moment, number, size, what_it_trains
from workbench import metrics

_VERSIONS = 12
"""More than these are no help to a reader; the manifest has them all."""


def about(item: Item) -> Mapping[str, str]:
    """What it is, and what it was made from."""
    record, manifest = item.record, item.manifest
    found = {
        "Run": f"{item.run.name} (#{item.run.id})",
        "Trained": what_it_trains(item.run.spec),
        "Format": words.format_title(record.format, item.framework),
        "Stage": words.STAGES.get(record.stage, record.stage),
        "Created": full_moment(record.created),
        "Folder": item.folder.name,
    }
    if manifest is not None:
        found["Checkpoint"] = f"{manifest.checkpoint}, step {manifest.step:,}"
        if manifest.seconds:
            found["Made in"] = duration(manifest.seconds) if manifest.seconds >= 1 else "less than a second"  # fmt: skip
        data = manifest.spec.get("dataset_hash")
        if data:
            found["Dataset's SHA-256"] = str(data)[:12]
    return found


def interface(manifest: Manifest) -> Mapping[str, str]:
    """What goes in and what comes out."""
    inputs, outputs = (
        "\n".join(map(words.tensor, tensors)) for tensors in (manifest.inputs, manifest.outputs)
    )
    return {"Input": inputs, "Output": outputs}


def preprocessing(manifest: Manifest) -> list[str]:
    """Sentences on how to come from one's data to the input, and from the output to an answer."""
    given = manifest.preprocessing.get("words", ())
    sentences = [given] if isinstance(given, str) else list(given)
    classes = [str(one) for one in manifest.preprocessing.get("classes") or ()]
    if classes:
        shown = ", ".join(classes[:12]) + (" …" if len(classes) > 12 else "")
        sentences.append(f"Classes, in their order: {shown}")
    return sentences


def check(manifest: Manifest) -> Mapping[str, str]:
    """How close it is to the trained model; nothing where it was not checked."""
    found = manifest.check
    if found is None:
        return {}
    values = {"Samples": f"{found.samples:,}, held out"}
    if found.largest is not None:
        values["Largest difference"] = f"{words.difference(found.largest)} of the largest output"
    if found.mean is not None:
        values["Mean difference"] = words.difference(found.mean)
    if found.agreement is not None:
        values["Same predictions"] = words.share(found.agreement)
    for name, (trained, exported) in found.metrics.items():
        shown = number(trained), number(exported)
        values[metrics.title(name)] = (
            shown[1] if shown[0] == shown[1] else f"{shown[1]}, trained {shown[0]}"
        )
    return values


def cost(item: Item) -> Mapping[str, str]:
    """What keeping and running it takes; only the size where it was not measured."""
    values = {"Size on disk": size(item.record.size_bytes) if item.record.size_bytes else "none of its own"}  # fmt: skip
    found = item.manifest.measurement if item.manifest is not None else None
    if found is not None:
        values["Load"] = words.seconds(found.load_s)
        values["Import"] = words.seconds(found.import_s)
        values["Peak memory"] = size(found.peak_bytes) if found.peak_bytes else "not known"
        values["Device"] = found.device
        values["Measured"] = full_moment(found.measured)
    return values


def speeds(item: Item) -> list[Speed]:
    """By threads, then by the size of the batch."""
    found = item.manifest.measurement if item.manifest is not None else None
    return sorted(found.speeds, key=lambda one: (one.threads, one.batch_size)) if found else []


def versions(manifest: Manifest) -> Mapping[str, str]:
    return dict(list(manifest.versions.items())[:_VERSIONS])
