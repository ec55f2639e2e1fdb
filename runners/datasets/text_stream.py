"""A text as one long stream of tokens in each part."""

from __future__ import annotations

from collections.abc import Mapping

from runners.datasets.dataset import Contents
from runners.datasets.vocabulary import Vocabulary


def text_stream(parts: Mapping[str, str], vocabulary: Vocabulary) -> Contents:
    """The arrays of a text generation, uint16 (tokens,), from the text of each part."""
    import numpy as np

    arrays = {
        f"{part}_x": np.array(vocabulary.encode(text), np.uint16) for part, text in parts.items()
    }
    return Contents(arrays, vocabulary)
