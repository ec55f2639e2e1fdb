"""A look at files of any kind, quick however many and large they are."""

from __future__ import annotations

import os
from collections import Counter
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from runners.datasets.dataset import Input, Task
from runners.datasets.importing import encoding, images, listing, notices, pixels
from runners.datasets.importing.array_files import is_array_file
from runners.datasets.importing.array_preview import preview_arrays
from runners.datasets.importing.preview import Given, Notice, Preview, Sample
from runners.datasets.importing.recipe import (
    How,
    ImportProblem,
    Kind,
    Reading,
    Recipe,
    Split,
    TextRule,
    Tokeniser,
)
from runners.datasets.importing.splitting import PARTS
from runners.datasets.importing.table_preview import (
    image_rule,
    length_for,
    name_for,
    preview_table,
    title_for,
)

ENTRIES = 20_000
"""At most so many entries of a folder are looked at, and of a class its share of them."""
_SAMPLES = 12
_NO_LABELS = (
    "The images have no labels, so a model can only learn to give them back, as the variational autoencoder does. For "
    "classes, put them into a folder for each, or choose a CSV file that names each image and its label"
)
_TEXT_SHOWN = 300
_BY_SUFFIX = {
    ".csv": Kind.SEPARATED,
    ".tsv": Kind.SEPARATED,
    ".tab": Kind.SEPARATED,
    ".data": Kind.SEPARATED,
    ".parquet": Kind.PARQUET,
    ".pq": Kind.PARQUET,
    ".jsonl": Kind.JSON_LINES,
    ".ndjson": Kind.JSON_LINES,
    ".xlsx": Kind.EXCEL,
    ".xlsm": Kind.EXCEL,
    ".xls": Kind.EXCEL,
    ".txt": Kind.TEXT_FILES,
    ".md": Kind.TEXT_FILES,
    ".text": Kind.TEXT_FILES,
}


def inspect_path(path: Path, given: Given) -> Preview:
    """As `runners.datasets.importing.inspect`."""
    path = path.absolute()
    if not path.exists():
        raise ImportProblem(f"{path} is not there: choose a file or folder")
    kind = given.kind or (recognise_folder(path) if path.is_dir() else recognise_file(path))
    if kind.is_table:
        return preview_table(path, kind, given)
    match kind:
        case Kind.IMAGE_FOLDERS:
            return _preview_image_folders(path)
        case Kind.IMAGES:
            return _preview_images(path)
        case Kind.IMAGE_MASKS:
            return _preview_masks(path)
        case Kind.ARRAYS:
            return preview_arrays(path)
        case Kind.TEXT_FOLDERS:
            return _preview_text_folders(path, given)
    return _preview_text(path, given)


def recognise_file(path: Path) -> Kind:
    """The kind of a file, by its name and its first bytes. Raises ImportProblem."""
    if is_array_file(path):
        return Kind.ARRAYS
    suffix = Path(path.name.lower().removesuffix(".gz")).suffix
    if suffix in _BY_SUFFIX:
        return _BY_SUFFIX[suffix]
    if suffix in listing.IMAGES:
        raise ImportProblem(
            f"{path.name} is one image: choose the folder that it is in, or one with a folder of images for each class"
        )
    data = encoding.head(path, 4096)
    if data.startswith(b"PAR1"):
        return Kind.PARQUET
    if encoding.looks_binary(data):
        raise ImportProblem(
            f"{path.name} is of no known kind. Tables: CSV, TSV, Parquet, JSON lines, Excel; arrays: NPY, NPZ, IDX, "
            "HDF5; texts: TXT; or a folder of images"
        )
    first = data.lstrip().removeprefix(b"\xef\xbb\xbf")
    if first.startswith(b"{") and suffix == ".json":
        return Kind.JSON_LINES
    if first.startswith(b"["):
        raise ImportProblem(
            f"{path.name} is one JSON document: save it as JSON lines, an object on each line"
        )
    return Kind.TEXT_FILES


def recognise_folder(path: Path) -> Kind:
    """The kind of a folder, by a bounded look into it. Raises ImportProblem."""
    if images.mask_folders(path) and any(listing.walk(path, listing.IMAGES, ENTRIES)):
        return Kind.IMAGE_MASKS
    inside = list(islice(listing.class_folders(path), 100))
    for kind, suffixes in (
        (Kind.IMAGE_FOLDERS, listing.IMAGES),
        (Kind.TEXT_FOLDERS, listing.TEXTS),
    ):
        labels = {
            label for inner, label, _ in inside if next(listing.walk(inner, suffixes, 1000), None)
        }
        if len(labels) > 1 or (labels and kind is Kind.TEXT_FOLDERS):
            return kind
    with os.scandir(path) as entries:
        names = [Path(entry.path) for entry in islice(entries, ENTRIES) if entry.is_file()]
    if any(map(is_array_file, names)):
        return Kind.ARRAYS
    suffixes_here = {name.suffix.lower() for name in names}
    if suffixes_here & listing.TEXTS and not suffixes_here & listing.IMAGES:
        return Kind.TEXT_FILES
    if any(_BY_SUFFIX.get(suffix, Kind.TEXT_FILES).is_table for suffix in suffixes_here):
        raise ImportProblem(_unknown_folder(path, names))
    if next(listing.walk(path, listing.IMAGES, ENTRIES), None):
        return Kind.IMAGES
    raise ImportProblem(_unknown_folder(path, names))


def _unknown_folder(path: Path, names: list[Path]) -> str:
    tables = [
        name.name for name in names if _BY_SUFFIX.get(name.suffix.lower(), Kind.TEXT_FILES).is_table
    ]
    if tables:
        return f"{path} holds tables: choose one of them, such as {sorted(tables)[0]}"
    if not names:
        return f"{path} is empty, or holds no files of a known kind: choose another folder"
    return f"{path} holds no files of a known kind (images, texts, arrays): choose another folder"


def _recipe(path: Path, kind: Kind, task: Task, taken: Input, **rest: Any) -> Recipe:
    name, title = name_for(path), title_for(path)
    return Recipe(
        name=name, title=title, paths=(str(path),), kind=kind, task=task, input=taken, **rest
    )


def looked_into(path: Path, suffixes: frozenset[str]) -> tuple[list[listing.Labelled], bool]:
    """Files of each class, up to its share of `ENTRIES`, and whether these are all."""
    folders = listing.class_folders(path)
    share = max(50, ENTRIES // max(len(folders), 1))
    found, whole = [], True
    for folder, label, part in folders:
        files = list(listing.walk(folder, suffixes, share))
        whole = whole and len(files) < share
        found += [listing.Labelled(file, label, part) for file in files]
    return found, whole


def _spread(files: list[listing.Labelled]) -> list[listing.Labelled]:
    """A few from all of them, one of each class first."""
    firsts = list({file.label: file for file in reversed(files)}.values())[::-1][:_SAMPLES]
    others = files[:: max(1, len(files) // _SAMPLES)]
    return (firsts + [file for file in others if file not in firsts])[:_SAMPLES]


def _folder_facts(files: list[listing.Labelled], whole: bool, what: str) -> dict[str, Any]:
    labels = tuple(Counter(file.label for file in files).most_common())
    found = notices.of_labels(labels)
    parts = {file.part for file in files} - {None}
    if parts:
        named = ", ".join(PARTS[part] for part in sorted(p for p in parts if p is not None))
        found.append(Notice(text=f"The folders give the parts {named}"))
    if not whole:
        found.append(
            Notice(text=f"Only {len(files):,} {what} were looked at; an import counts them all")
        )
    split = Split(how=How.GIVEN if len(parts) > 1 else How.STRATIFIED)
    return {"labels": labels, "notices": tuple(found), "split": split}


def _preview_image_folders(path: Path) -> Preview:
    files, whole = looked_into(path, listing.IMAGES)
    if not files:
        raise ImportProblem(f"{path} has no folders with images: there must be one for each class")
    facts = _folder_facts(files, whole, "images")
    chosen = _spread(files)
    rule = image_rule([file.path for file in chosen])
    recipe = _recipe(
        path,
        Kind.IMAGE_FOLDERS,
        Task.CLASSIFICATION,
        Input.IMAGE,
        image=rule,
        split=facts.pop("split"),
    )
    samples = tuple(_image_sample(file.path, file.label) for file in chosen)
    facts["notices"] = (*facts["notices"], *_unreadable(samples))
    return Preview(
        recipe=recipe,
        count=len(files),
        unit="images",
        exact=whole,
        looked_at=len(samples),
        samples=samples,
        **facts,
    )


def _preview_images(path: Path) -> Preview:
    """Of images without classes."""
    files: list[str] = []
    folders = listing.part_folders(path)
    for folder in [folder for folder, _ in folders] or [path]:
        files += listing.walk(folder, listing.IMAGES, ENTRIES)
    if not files:
        raise ImportProblem(f"{path} holds no images: choose another folder")
    chosen = files[:: max(1, len(files) // _SAMPLES)][:_SAMPLES]
    samples = tuple(map(_image_sample, chosen))
    found = [Notice(text=_NO_LABELS)]
    if folders:
        named = ", ".join(PARTS[part] for part in sorted(part for _, part in folders))
        found.append(Notice(text=f"The folders give the parts {named}"))
    whole = len(files) < ENTRIES
    return Preview(
        recipe=_recipe(
            path,
            Kind.IMAGES,
            Task.RECONSTRUCTION,
            Input.IMAGE,
            image=image_rule(chosen),
            split=Split(how=How.GIVEN if folders else How.RANDOM),
        ),
        count=len(files),
        unit="images",
        exact=whole,
        looked_at=len(samples),
        samples=samples,
        notices=(*found, *_unreadable(samples)),
    )


def _unreadable(samples: tuple[Sample, ...]) -> list[Notice]:
    bad = [sample for sample in samples if not sample.text]
    if not bad:
        return []
    text = f"{len(bad)} of {len(samples)} images that were opened cannot be read, such as {bad[0].path}"
    return [Notice(text=text)]


def _image_sample(path: str, label: str = "", mask: str = "") -> Sample:
    try:
        (width, height), mode = pixels.image_size(path)
    except pixels.UnreadableImage:
        return Sample(path=path, label=label, mask=mask)
    return Sample(path=path, label=label, mask=mask, text=f"{width} × {height}, {mode}")


def _preview_masks(path: Path) -> Preview:
    pairs, alone = images.mask_pairs(path, lambda _text, _fraction: None, ENTRIES)
    if not pairs:
        raise ImportProblem(
            f"{path} has no image with a mask of its name: image.png and its mask must be called the same"
        )
    chosen = pairs[:: max(1, len(pairs) // _SAMPLES)][:_SAMPLES]
    found, values = [], set[int]()
    for _, mask in chosen:
        values |= images.mask_values(mask)
    if alone:
        found.append(Notice(text=f"{alone:,} images have no mask of their name"))
    if len(values) > images.MASK_CLASSES:
        found.append(Notice(text="The masks have many values: a mask has one for each class"))
    whole = len(pairs) + alone < ENTRIES
    return Preview(
        recipe=_recipe(
            path,
            Kind.IMAGE_MASKS,
            Task.SEGMENTATION,
            Input.IMAGE,
            image=image_rule([image for image, _ in chosen]),
            split=Split(how=How.RANDOM),
        ),
        count=len(pairs),
        unit="images",
        exact=whole,
        looked_at=len(chosen),
        samples=tuple(_image_sample(image, mask=mask) for image, mask in chosen),
        labels=tuple((str(value), 0) for value in sorted(values)[:64]),
        notices=tuple(found),
    )


def _preview_text_folders(path: Path, given: Given) -> Preview:
    files, whole = looked_into(path, listing.TEXTS)
    facts = _folder_facts(files, whole, "texts")
    chosen = _spread(files)
    reading = given.reading or _text_reading([Path(file.path) for file in chosen])
    shown = [(file, _beginning(Path(file.path), reading)) for file in chosen]
    words = np.array([len(text.split()) for _, text in shown])
    rule = TextRule(tokeniser=Tokeniser.WORDS, lower=True, length=length_for(words))
    return Preview(
        recipe=_recipe(
            path,
            Kind.TEXT_FOLDERS,
            Task.CLASSIFICATION,
            Input.TOKENS,
            reading=reading,
            text=rule,
            split=facts.pop("split"),
        ),
        count=len(files),
        unit="texts",
        exact=whole,
        looked_at=len(shown),
        samples=tuple(
            Sample(path=file.path, label=file.label, text=text[:_TEXT_SHOWN])
            for file, text in shown
        ),
        **facts,
    )


def _preview_text(path: Path, given: Given) -> Preview:
    files = list(map(Path, listing.walk(path, listing.TEXTS, ENTRIES))) if path.is_dir() else [path]
    reading = given.reading or _text_reading(files[:_SAMPLES])
    return Preview(
        recipe=_recipe(
            path,
            Kind.TEXT_FILES,
            Task.TEXT_GENERATION,
            Input.TOKENS,
            reading=reading,
            split=Split(how=How.TIME, test=0.1),
        ),
        count=sum(file.stat().st_size for file in files),
        unit="bytes",
        exact=len(files) < ENTRIES,
        looked_at=min(len(files), _SAMPLES),
        samples=tuple(
            Sample(path=str(file), text=_beginning(file, reading)[:_TEXT_SHOWN])
            for file in files[:_SAMPLES]
        ),
    )


def _text_reading(files: list[Path]) -> Reading:
    """The encoding that all of the first files have."""
    found = []
    for file in files:
        data = encoding.head(file)
        if encoding.looks_binary(data):
            raise ImportProblem(f"{file} is no text: it holds zero bytes. Choose another file")
        found.append(encoding.recognise(data))
    other = [name for name in found if name != "utf-8"]
    return Reading(encoding=other[0] if other else "utf-8")


def _beginning(path: Path, reading: Reading) -> str:
    try:
        return encoding.head(path).decode(reading.encoding, errors="replace")
    except LookupError:
        encoding.check_encoding(path, reading.encoding)
        raise
