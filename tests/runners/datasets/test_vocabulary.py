from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runners.datasets.dataset import DatasetError
from runners.datasets.vocabulary import (
    UNKNOWN,
    Vocabulary,
    byte_pairs_of,
    characters_of,
    words_of,
)

TEXTS = st.text(st.sampled_from("abc AB'.,\n é"), max_size=60)


@given(TEXTS)
def test_a_text_of_its_own_characters_comes_back(text: str) -> None:
    vocabulary = characters_of(text)
    assert vocabulary.decode(vocabulary.encode(text)) == text


@given(TEXTS, TEXTS, st.integers(0, 20))
def test_byte_pairs_give_any_text_of_known_characters_back(
    text: str, more: str, merges: int
) -> None:
    vocabulary = byte_pairs_of("abc AB'.,\n é" + text, merges)
    assert vocabulary.decode(vocabulary.encode(more)) == more
    assert len(set(vocabulary.tokens)) == len(vocabulary.tokens)


def test_byte_pairs_merge_the_most_frequent_neighbours_first() -> None:
    vocabulary = byte_pairs_of("low low low lower", 4)
    assert vocabulary.tokens[-4:] == ("lo", "low", " low", " lowe")
    assert [vocabulary.tokens[n] for n in vocabulary.encode("low lower")] == ["low", " lowe", "r"]


def test_byte_pairs_stop_where_nothing_is_left_to_merge() -> None:
    assert byte_pairs_of("ab", 100).tokens[-1] == "ab"


def test_words_are_the_most_frequent_and_others_are_unknown() -> None:
    vocabulary = words_of(["The cat, the dog.", "the cat"], 3, lower=True)
    assert vocabulary.tokens == ("", UNKNOWN, "the", "cat", ",")
    assert vocabulary.encode("The bird, the cat") == [2, 1, 4, 2, 3]
    assert vocabulary.decode([2, 3, 4, 2, 0, 0]) == "the cat, the"


def test_what_was_never_seen_is_unknown_and_the_filler_is_no_text() -> None:
    vocabulary = characters_of("ab")
    assert vocabulary.encode("axb") == [2, 1, 3]
    assert vocabulary.decode([0, 2, 0]) == "a"


def test_a_vocabulary_is_read_as_it_was_written(tmp_path: Path) -> None:
    written = byte_pairs_of('"quotes" and é\n', 3, lower=True)
    written.write(tmp_path)
    assert Vocabulary.read(tmp_path) == written


@pytest.mark.parametrize("text", ["", "[1]", "{}", None])
def test_a_damaged_vocabulary_is_named_with_what_to_do(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "vocabulary.json").write_text(text, "utf-8")
    with pytest.raises(DatasetError, match=r"vocabulary.json cannot be read .* again"):
        Vocabulary.read(tmp_path)
