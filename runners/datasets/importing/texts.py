"""Texts: one stream to continue, or samples to tell apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from runners.datasets.dataset import ProgressCallback
from runners.datasets.importing import labels, listing
from runners.datasets.importing.encoding import read_text, text_blocks
from runners.datasets.importing.made import Made, PartWriters, present
from runners.datasets.importing.part_files import part_paths
from runners.datasets.importing.recipe import (
    How,
    ImportProblem,
    Recipe,
    Role,
    TextRule,
    Tokeniser,
)
from runners.datasets.importing.splitting import TEST, TRAIN, VALIDATION, Codes, Parts, split
from runners.datasets.importing.table import Table, stage
from runners.datasets.vocabulary import (
    Vocabulary,
    byte_pairs_of,
    characters_of,
    words_of,
)

LEARN_CHARACTERS = 1 << 26
"""Words and byte pairs are learned from so many characters, the first; characters from all."""
_LARGEST = 1 << 16
_LAST_CHARACTER = 0x110000
_BLOCK = 1000


class _Piece(NamedTuple):
    part: int
    text: str
    fraction: float


def import_stream(recipe: Recipe, folder: Path, on_progress: ProgressCallback) -> Made:
    """Files that follow each other as one text, of which the last shares are for validation and test."""
    rule = recipe.split
    if rule.how not in (How.TIME, How.FILES):
        raise ImportProblem(f"A text is cut {How.TIME}, or {How.FILES} of their own: choose that")
    read = _given_pieces if rule.how is How.FILES else _cut_pieces
    vocabulary = learn_vocabulary(
        recipe.text,
        (
            piece.text
            for piece in _reported(read(recipe), "learning the text", stage(on_progress, 0.05, 0.5))
            if piece.part == TRAIN
        ),
    )
    counts, parts = [0, 0, 0], [TRAIN, TEST]
    if rule.validation_paths or (rule.is_drawn and rule.validation):
        parts.append(VALIDATION)
    with PartWriters(folder, "x", (), np.uint16, parts) as writers:
        pieces = _reported(read(recipe), "writing tokens", stage(on_progress, 0.5, 0.95))
        for piece in pieces:
            tokens = np.array(vocabulary.encode(piece.text), np.uint16)
            writers.append(tokens, np.full(len(tokens), piece.part, np.uint8))
        counts = list(writers.counts)
    if not all(counts[part] > 1 for part in parts):
        raise ImportProblem(
            f"Too little text: train, test and validation have {counts} tokens. Import more, or choose other shares"
        )
    vocabulary.write(folder)
    facts = {"input_shape": (), "vocabulary_size": len(vocabulary.tokens), "ordered": True}
    return Made(tuple(counts), facts)


def import_folders(recipe: Recipe, folder: Path, on_progress: ProgressCallback) -> Made:
    """A folder of text files for each class."""
    files, given = listing.of_recipe(
        recipe, lambda path: listing.labelled(path, listing.TEXTS, on_progress)
    )
    codes, names = listing.in_ranks([file.label for file in files])
    found, classes = labels.ordered(np.array(codes), names)
    parts = split(recipe.split, len(files), labels=found, given=given)
    labels.check_known(found, classes, parts)

    def texts() -> Iterator[str]:
        for file in files:
            yield read_text(Path(file.path), recipe.reading.encoding)

    facts = {"classes": classes}
    return _write_samples(recipe, folder, texts, found, parts, facts, on_progress)


def import_table(recipe: Recipe, folder: Path, on_progress: ProgressCallback) -> Made:
    """A text, of one column or several, and a class a row."""
    columns = recipe.columns_of(Role.FEATURE)
    if not columns:
        raise ImportProblem("No column is the text: give one the role feature")
    table = Table(recipe, folder, stage(on_progress, 0, 0.3))
    if table.labels is None:
        raise ImportProblem("Texts can be classified or continued: choose classification")
    parts = table.split()

    def texts() -> Iterator[str]:
        for _, batch in table.rows.batches():
            read = [batch.column(column.name).to_pylist() for column in columns]
            for row in zip(*read, strict=True):
                yield "\n".join(str(text) for text in row if text is not None)

    facts = {"classes": table.classes, "ordered": recipe.split.how is How.TIME}
    progress = stage(on_progress, 0.3, 1)
    made = _write_samples(recipe, folder, texts, table.labels, parts, facts, progress)
    return Made(made.counts, made.facts, table.notes() + made.notes)


def learn_vocabulary(rule: TextRule, texts: Iterable[str]) -> Vocabulary:
    """The tokens of texts that are read once, a block at a time. Raises ImportProblem."""
    if rule.tokeniser is Tokeniser.WORDS:
        vocabulary = words_of(_first(texts, LEARN_CHARACTERS), rule.words, lower=rule.lower)
    else:
        seen = np.zeros(_LAST_CHARACTER, np.bool_)
        kept = list(_first(texts, LEARN_CHARACTERS, seen))
        characters = "".join(map(chr, np.flatnonzero(seen).tolist()))
        if rule.tokeniser is Tokeniser.CHARACTERS:
            vocabulary = characters_of(characters.lower() if rule.lower else characters)
        else:  # on lines of their own the characters make no pairs
            text = "".join(kept) + "\n" + "\n".join(characters)
            vocabulary = byte_pairs_of(text, rule.merges, lower=rule.lower)
    if rule.lower and not vocabulary.lower:
        vocabulary = Vocabulary(vocabulary.kind, vocabulary.tokens, lower=True)
    if len(vocabulary.tokens) <= 2:
        raise ImportProblem("The training part holds no text: import more")
    if len(vocabulary.tokens) > _LARGEST:
        raise ImportProblem(
            f"{len(vocabulary.tokens):,} different tokens are more than the {_LARGEST:,} there can be: "
            "choose fewer words or merges"
        )
    return vocabulary


def text_paths(paths: Sequence[str]) -> list[Path]:
    """The files that are named, and those in folders that are named, in order."""
    found: list[Path] = []
    for path in map(Path, paths):
        if path.is_dir():
            found += map(Path, listing.walk(path, listing.TEXTS))
        elif path.is_file():
            found.append(path)
        else:
            raise ImportProblem(f"{path} is not there: choose the file again")
    if not found:
        raise ImportProblem(
            f"{', '.join(paths)} holds no text files ({', '.join(sorted(listing.TEXTS))})"
        )
    return found


def _first(texts: Iterable[str], count: int, seen: Any = None) -> Iterator[str]:
    """The texts up to so many characters; all of them are marked in ``seen`` where that is given."""
    done = 0
    for text in texts:
        if seen is not None:
            seen[np.frombuffer(text.encode("utf-32-le", "replace"), np.uint32)] = True
        if done < count:
            yield text[: count - done]
        elif seen is None:
            return
        done += len(text)


def _reported(
    pieces: Iterable[_Piece], what: str, on_progress: ProgressCallback
) -> Iterator[_Piece]:
    for piece in pieces:
        yield piece
        on_progress(what, piece.fraction)


def _given_pieces(recipe: Recipe) -> Iterator[_Piece]:
    """The texts of files, each of which is of one part."""
    files = [(part, file) for part, path in part_paths(recipe) for file in text_paths((path,))]
    for number, (part, path) in enumerate(files):
        for text, _ in text_blocks(path, recipe.reading.encoding):
            yield _Piece(part, text, (number + 1) / len(files))


def _cut_pieces(recipe: Recipe) -> Iterator[_Piece]:
    """The texts of files, cut into training, validation and test part by shares of their characters."""
    paths, encoding, rule = text_paths(recipe.paths), recipe.reading.encoding, recipe.split
    total = sum(len(text) for path in paths for text, _ in text_blocks(path, encoding))
    if not total:
        raise ImportProblem(f"{', '.join(recipe.paths)} is empty: choose another file")
    bounds = (
        round(total * (1 - rule.test - rule.validation)),
        round(total * (1 - rule.test)),
        total,
    )
    done = 0
    for path in paths:
        for text, _ in text_blocks(path, encoding):
            start, end = done, done + len(text)
            done = end
            for part, low, high in zip(
                (TRAIN, VALIDATION, TEST), (0, *bounds), bounds, strict=False
            ):
                if cut := text[max(low - start, 0) : max(high - start, 0)]:
                    yield _Piece(part, cut, done / total)


def _write_samples(
    recipe: Recipe,
    folder: Path,
    texts: Callable[[], Iterator[str]],
    codes: Codes,
    parts: Parts,
    facts: dict[str, Any],
    on_progress: ProgressCallback,
) -> Made:
    """Each text as a row of tokens, cut or filled up to the length that the recipe says."""
    length, total = recipe.text.length, len(parts)

    def trained() -> Iterator[str]:
        for number, text in enumerate(texts()):
            if parts[number] == TRAIN:
                yield text
            on_progress("learning the texts", 0.5 * number / total)

    vocabulary = learn_vocabulary(recipe.text, trained())
    y = codes.astype(labels.dtype(facts["classes"]))
    empty = 0
    with (
        PartWriters(folder, "x", (length,), np.uint16, present(parts)) as x_writers,
        PartWriters(folder, "y", (), y.dtype, present(parts)) as y_writers,
    ):
        rows = texts()
        for start in range(0, total, _BLOCK):
            this = slice(start, min(start + _BLOCK, total))
            block = np.zeros((this.stop - start, length), np.uint16)
            for number in range(len(block)):
                tokens = vocabulary.encode(next(rows)[: length * 64])[:length]
                block[number, : len(tokens)] = tokens
                empty += not tokens
            x_writers.append(block, parts[this])
            y_writers.append(y[this], parts[this])
            on_progress("writing tokens", 0.5 + 0.45 * this.stop / total)
        counts = x_writers.counts
    vocabulary.write(folder)
    described = {**facts, "input_shape": (length,), "vocabulary_size": len(vocabulary.tokens)}
    return Made(counts, described, [f"{empty:,} texts are empty"] if empty else [])
