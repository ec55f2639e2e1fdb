"""The text of `austen` as byte pairs: frequent words are one token, and rare ones are put together."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from runners.datasets import austen
from runners.datasets.dataset import Contents, ProgressCallback
from runners.datasets.text_stream import text_stream
from runners.datasets.vocabulary import byte_pairs_of

INFO = replace(
    austen.INFO,
    name="austen-byte-pairs",
    title="Jane Austen in byte pairs",
    summary="the same four novels in a thousand byte pairs",
    vocabulary_size=1029,
    train_count=282_094,
    test_count=67_560,
)
_MERGES = 950


def load(datasets_folder: Path, source: Path | None, on_progress: ProgressCallback) -> Contents:
    del datasets_folder
    on_progress("learning byte pairs", 0.0)
    parts = austen.parts_of_text(INFO, source)
    return text_stream(parts, byte_pairs_of(parts["train"], _MERGES))
