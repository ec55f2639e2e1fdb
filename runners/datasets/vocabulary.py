"""Texts as numbers and back: characters, words, or byte pairs. Standard library only."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path

from runners.datasets.dataset import VOCABULARY, DatasetError

CHARACTERS, WORDS, BYTE_PAIRS = "characters", "words", "byte pairs"
FILLER = ""
UNKNOWN = "\ufffd"
_WORD = re.compile(r"\w+(?:['’]\w+)*|[^\w\s]")
_CHUNK = re.compile(r" ?\w+| ?[^\w\s]+|\s+?(?= ?\S)|\s+")
"""What byte pairs are merged within: a word or signs with the space before."""


@dataclass(frozen=True)
class Vocabulary:
    """The texts of the tokens by their numbers: 0 is the filler, an empty text, and 1 what is unknown."""

    kind: str
    tokens: tuple[str, ...]
    lower: bool = False

    def encode(self, text: str) -> list[int]:
        """The numbers of the text's tokens."""
        if self.lower:
            text = text.lower()
        if self.kind == BYTE_PAIRS:
            return [number for chunk in _CHUNK.findall(text) for number in self._merged(chunk)]
        pieces: Iterable[str] = _WORD.findall(text) if self.kind == WORDS else text
        numbers = self._numbers
        return [numbers.get(piece, 1) for piece in pieces]

    def decode(self, numbers: Iterable[int]) -> str:
        """The text; of words with single spaces between, except before signs that close."""
        texts = [self.tokens[number] for number in numbers]
        if self.kind != WORDS:
            return "".join(texts)
        return re.sub(r" (?=[.,;:!?)\]’”])", "", " ".join(filter(None, texts)))

    def write(self, folder: Path) -> None:
        described = {"kind": self.kind, "tokens": self.tokens, "lower": self.lower}
        text = json.dumps(described, ensure_ascii=False, indent=0)
        (folder / VOCABULARY).write_text(text, "utf-8")

    @classmethod
    def read(cls, folder: Path) -> Vocabulary:
        """What `write` wrote. Raises DatasetError."""
        try:
            raw = json.loads((folder / VOCABULARY).read_text("utf-8"))
            return cls(raw["kind"], tuple(raw["tokens"]), raw.get("lower", False))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DatasetError(
                f"{folder / VOCABULARY} cannot be read ({error}): prepare or import it again"
            ) from error

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {text: number for number, text in enumerate(self.tokens)}

    @cached_property
    def _merged(self) -> _Merge:
        return _Merge(self._numbers)


class _Merge:
    """Splits a chunk into tokens: neighbours whose joint text was learned first are joined first."""

    def __init__(self, numbers: dict[str, int]) -> None:
        self._numbers = numbers
        self._known: dict[str, list[int]] = {}

    def __call__(self, chunk: str) -> list[int]:
        if chunk not in self._known:
            self._known[chunk] = self._split(chunk)
        return self._known[chunk]

    def _split(self, chunk: str) -> list[int]:
        numbers, pieces = self._numbers, list(chunk)
        while True:
            joints = [first + second for first, second in pairwise(pieces)]
            known = [joint for joint in joints if joint in numbers]
            if not known:
                return [numbers.get(piece, 1) for piece in pieces]
            pieces = _joined(pieces, min(known, key=numbers.__getitem__))


def _joined(pieces: Sequence[str], joint: str) -> list[str]:
    """The pieces with every two neighbours that make the joint text joined, from the left."""
    result: list[str] = []
    for piece in pieces:
        if result and result[-1] + piece == joint:
            result[-1] = joint
        else:
            result.append(piece)
    return result


def characters_of(text: str) -> Vocabulary:
    """Every character of the text, in order of their code points."""
    return Vocabulary(CHARACTERS, (FILLER, UNKNOWN, *sorted(set(text) - {UNKNOWN})))


def words_of(texts: Iterable[str], size: int, *, lower: bool = False) -> Vocabulary:
    """The ``size`` most frequent words and signs, the most frequent first."""
    counts = Counter[str]()
    for text in texts:
        counts.update(_WORD.findall(text.lower() if lower else text))
    counts.pop(UNKNOWN, None)
    ordered = sorted(counts, key=lambda word: (-counts[word], word))
    return Vocabulary(WORDS, (FILLER, UNKNOWN, *ordered[:size]), lower)


def byte_pairs_of(text: str, merges: int, *, lower: bool = False) -> Vocabulary:
    """The characters of the text and, ``merges`` times, the joint text of the most frequent neighbours within a word.

    Sennrich, Haddow and Birch (2016), "Neural Machine Translation of Rare Words with Subword Units",
    https://arxiv.org/abs/1508.07909, with the space before a word as a part of it.
    """
    text = text.lower() if lower else text
    tokens = [*characters_of(text).tokens]
    pairs = _Pairs(Counter(_CHUNK.findall(text)))
    for _ in range(merges):
        joint = pairs.merge()
        if joint is None:
            break
        tokens.append(joint)
    return Vocabulary(BYTE_PAIRS, tuple(tokens), lower)


class _Pairs:
    """Counts of neighbours by their joint text, kept true from merge to merge."""

    def __init__(self, chunks: Counter[str]) -> None:
        self._chunks = [(list(chunk), count) for chunk, count in chunks.items()]
        self._counts = Counter[str]()
        self._places: dict[str, set[int]] = {}
        for place in range(len(self._chunks)):
            self._count(place, 1)

    def merge(self) -> str | None:
        """Merge the most frequent, the first in the alphabet of those; None where nothing is left."""
        if not self._counts:
            return None
        most = max(self._counts.values())
        joint = min(text for text, count in self._counts.items() if count == most)
        for place in self._places.pop(joint):
            self._count(place, -1)
            pieces, count = self._chunks[place]
            self._chunks[place] = (_joined(pieces, joint), count)
            self._count(place, 1)
        self._counts.pop(joint, None)
        return joint

    def _count(self, place: int, sign: int) -> None:
        pieces, count = self._chunks[place]
        for first, second in pairwise(pieces):
            joint = first + second
            self._counts[joint] += sign * count
            if sign > 0:
                self._places.setdefault(joint, set()).add(place)
            elif self._counts[joint] <= 0:
                del self._counts[joint]
