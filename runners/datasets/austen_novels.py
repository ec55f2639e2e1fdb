"""Which of four novels by Jane Austen a passage is from. Passages of one chapter are all in the same part."""

from __future__ import annotations

from pathlib import Path

from runners.datasets import austen
from runners.datasets.dataset import Contents, DatasetInfo, Input, ProgressCallback, Task
from runners.datasets.vocabulary import Vocabulary, words_of

LENGTH = 64
"""Words and signs of a passage."""
_WORDS = 4000
INFO = DatasetInfo(
    name="austen-novels",
    title="Jane Austen's novels",
    summary=f"passages of {LENGTH} words; say which of four novels each is from",
    source=austen.SOURCE,
    licence=austen.LICENCE,
    task=Task.CLASSIFICATION,
    input=Input.TOKENS,
    input_shape=(LENGTH,),
    classes=austen.NOVELS,
    vocabulary_size=_WORDS + 2,
    train_count=2917,
    test_count=690,
)


def load(datasets_folder: Path, source: Path | None, on_progress: ProgressCallback) -> Contents:
    import numpy as np

    del datasets_folder
    on_progress("reading the novels", 0.0)
    parts = austen.chapters(INFO, source)
    vocabulary = words_of((text for _, text in parts["train"]), _WORDS, lower=True)
    arrays = {}
    for part, found in parts.items():
        passages = [(p, novel) for novel, text in found for p in _passages(vocabulary, text)]
        arrays[f"{part}_x"] = np.array([passage for passage, _ in passages], np.uint16)
        numbers = [INFO.classes.index(novel) for _, novel in passages]
        arrays[f"{part}_y"] = np.array(numbers, np.uint8)
    return Contents(arrays, vocabulary)


def _passages(vocabulary: Vocabulary, text: str) -> list[list[int]]:
    """Of equal length; the rest of the chapter is left out."""
    tokens = vocabulary.encode(text)
    starts = range(0, len(tokens) - LENGTH + 1, LENGTH)
    return [tokens[start : start + LENGTH] for start in starts]
