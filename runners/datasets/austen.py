"""The openings of four novels by Jane Austen, as characters, and what the other datasets of them share.

Every fifth chapter is for testing.
"""

from __future__ import annotations

import re
from pathlib import Path

from runners.datasets.dataset import (
    Contents,
    DatasetError,
    DatasetInfo,
    Input,
    ProgressCallback,
    Task,
)
from runners.datasets.text_stream import text_stream
from runners.datasets.vocabulary import characters_of

SOURCE = "Project Gutenberg, as the R package janeaustenr has it"
LICENCE = "public domain"
NOVELS = ("Emma", "Northanger Abbey", "Persuasion", "Pride and Prejudice")
INFO = DatasetInfo(
    name="austen",
    title="Jane Austen",
    summary="a million characters from four novels by Jane Austen",
    source=SOURCE,
    licence=LICENCE,
    task=Task.TEXT_GENERATION,
    input=Input.TOKENS,
    input_shape=(),
    vocabulary_size=79,
    train_count=876_967,
    test_count=208_748,
    ordered=True,
)
FILE = Path(__file__).with_name("files") / "austen.txt.bz2"
_HEADING = re.compile(r"^# (.+), chapter (\d+)\n\n", re.MULTILINE)


def load(datasets_folder: Path, source: Path | None, on_progress: ProgressCallback) -> Contents:
    del datasets_folder
    on_progress("reading the novels", 0.0)
    parts = parts_of_text(INFO, source)
    return text_stream(parts, characters_of(parts["train"] + parts["test"]))


def parts_of_text(info: DatasetInfo, source: Path | None) -> dict[str, str]:
    """The text of each part. Raises DatasetError."""
    found = chapters(info, source)
    return {part: "".join(text for _, text in found[part]) for part in ("train", "test")}


def chapters(info: DatasetInfo, source: Path | None) -> dict[str, list[tuple[str, str]]]:
    """For each part the novel and the text of each chapter. Raises DatasetError."""
    import bz2

    if source is not None:
        raise DatasetError(f"{info.title} comes with Twinbench and takes no folder")
    try:
        text = bz2.decompress(FILE.read_bytes()).decode("utf-8")
    except (OSError, ValueError) as error:
        raise DatasetError(f"{FILE} cannot be read ({error}): install Twinbench again") from error
    pieces = _HEADING.split(text)[1:]
    found = zip(pieces[::3], pieces[1::3], pieces[2::3], strict=True)
    parts: dict[str, list[tuple[str, str]]] = {"train": [], "test": []}
    for novel, number, chapter in found:
        parts["test" if int(number) % 5 == 0 else "train"].append((novel, chapter))
    return parts
