"""Which sample is in which part, fixed by the seed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from runners.datasets.importing.recipe import How, ImportProblem, Split

PARTS = ("train", "test", "validation")
TRAIN, TEST, VALIDATION = range(3)
PART_WORDS = ("training", "test", "validation")
"""The parts in a sentence, as in "the training part"."""
Parts = NDArray[np.uint8]
"""The number of each sample's part."""
Codes = NDArray[np.int64]
_PART_NAMES = {
    "train": TRAIN,
    "training": TRAIN,
    "test": TEST,
    "testing": TEST,
    "validation": VALIDATION,
    "valid": VALIDATION,
    "val": VALIDATION,
    "dev": VALIDATION,
}


def part_named(text: str) -> int | None:
    """The part that a folder, an array or a value of a column means, or None."""
    return _PART_NAMES.get(text.strip().lower())


def split(
    rule: Split,
    count: int,
    *,
    labels: Codes | None = None,
    groups: Codes | None = None,
    times: Codes | None = None,
    given: Parts | None = None,
) -> Parts:
    """The part of each of ``count`` samples.

    ``labels`` are classes; ``groups`` are numbers of groups; ``times`` are anything that sorts, the order of the
    samples where there are none. Raises ImportProblem where a part would be empty.
    """
    generator = np.random.default_rng(rule.seed)
    match rule.how:
        case How.GIVEN | How.FILES:
            if given is None:
                raise ImportProblem(
                    "The split is said to be given, but no column, folder or array gives it: give a column the role "
                    f"split, name the test files (split {How.FILES}), or choose another way to split"
                )
            parts = given
        case How.TIME:
            order = np.arange(count) if times is None else np.argsort(times, kind="stable")
            parts = _cut(order[::-1], rule)
        case How.GROUP:
            if groups is None:
                raise ImportProblem("A split by group needs a column with the role group")
            parts = _by_group(groups, rule, generator)
        case How.STRATIFIED if labels is not None:
            parts = _stratified(labels, rule, generator)
        case _:
            parts = _cut(generator.permutation(count), rule)
    check(parts, rule)
    return parts


def check(parts: Parts, rule: Split) -> None:
    """Raises ImportProblem where a part that is wanted has no sample, or training fewer than two."""
    counts = np.bincount(parts, minlength=3)
    wanted_validation = rule.validation > 0 if rule.is_drawn else bool(rule.validation_paths)
    if counts[TRAIN] < 2 or not counts[TEST] or (wanted_validation and not counts[VALIDATION]):
        found = ", ".join(f"{name} {n:,}" for name, n in zip(PARTS, counts, strict=True))
        mend = {
            How.GIVEN: "give both a train and a test part",
            How.FILES: "name files that hold samples, or split in another way",
        }.get(rule.how, "import more data, choose other shares, or split in another way")
        raise ImportProblem(
            f"Too little data for the split: of {len(parts):,} samples the parts get {found}. To mend it, {mend}"
        )


def _cut(order: Codes, rule: Split) -> Parts:
    """The first in the order are the test part, the next the validation part."""
    count = len(order)
    test, validation = round(count * rule.test), round(count * rule.validation)
    parts = np.zeros(count, np.uint8)
    parts[order[:test]] = TEST
    parts[order[test : test + validation]] = VALIDATION
    return parts


def _stratified(labels: Codes, rule: Split, generator: np.random.Generator) -> Parts:
    """Each class in random order at even distances from 0 to 1, and the parts are ranges of that.

    So the parts have their shares of the whole too, where many classes have few samples.
    """
    order = generator.permutation(len(labels))
    order = order[np.argsort(labels[order], kind="stable")]
    _, starts, counts = np.unique(labels[order], return_index=True, return_counts=True)
    rank = np.arange(len(order)) - np.repeat(starts, counts)
    place = (rank + 0.5) / np.repeat(counts, counts)
    place[rank == 0] = 2  # the first of each class is for training
    return _cut(order[np.argsort(place, kind="stable")], rule)


def _by_group(groups: Codes, rule: Split, generator: np.random.Generator) -> Parts:
    """Whole groups in random order, each to the first part that has room for it."""
    sizes = np.bincount(groups)
    room = {TEST: len(groups) * rule.test, VALIDATION: len(groups) * rule.validation}
    part_of = np.zeros(len(sizes), np.uint8)
    for group in generator.permutation(len(sizes)):
        for part in (TEST, VALIDATION):
            if room[part] >= sizes[group] / 2 and sizes[group]:
                part_of[group] = part
                room[part] -= sizes[group]
                break
    if not (part_of == TEST).any() and len(sizes) > 1:
        part_of[np.argmin(sizes)] = TEST
    return part_of[groups]
