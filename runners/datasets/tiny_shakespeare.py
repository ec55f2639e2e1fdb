"""Tiny Shakespeare: a million characters of Shakespeare's plays, on which language models are commonly tried.

Karpathy (2015), "The Unreasonable Effectiveness of Recurrent Neural Networks". The checksum is the one that TensorFlow Datasets
publishes for the same address, as is the split: nine tenths, one twentieth, one twentieth.
"""

from __future__ import annotations

from pathlib import Path

from runners.datasets.dataset import Contents, DatasetInfo, Input, ProgressCallback, Task
from runners.datasets.download import RemoteFile, get_files
from runners.datasets.text_stream import text_stream
from runners.datasets.vocabulary import characters_of

INFO = DatasetInfo(
    name="tiny-shakespeare",
    title="Tiny Shakespeare",
    summary="a million characters of Shakespeare's plays; downloads 1 MB",
    source="Andrej Karpathy, https://github.com/karpathy/char-rnn",
    licence="public domain",
    task=Task.TEXT_GENERATION,
    input=Input.TOKENS,
    input_shape=(),
    vocabulary_size=67,
    train_count=1_003_854,
    validation_count=55_770,
    test_count=55_770,
    ordered=True,
)
FILES = (
    RemoteFile(
        "https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt",
        "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
    ),
)


def load(datasets_folder: Path, source: Path | None, on_progress: ProgressCallback) -> Contents:
    (path,) = get_files(INFO, FILES, datasets_folder, source, on_progress)
    on_progress(f"reading {path.name}", 0.85)
    text = path.read_text("utf-8")
    first, second = INFO.train_count, INFO.train_count + INFO.validation_count
    parts = {"train": text[:first], "validation": text[first:second], "test": text[second:]}
    return text_stream(parts, characters_of(text))
