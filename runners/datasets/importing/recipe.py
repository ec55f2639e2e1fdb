"""How a person's files become a dataset: a record that is proposed, edited, run, and kept with the result.

Standard library only, so that the window can hold it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum

from runners.datasets.dataset import DatasetError, Input, Task

_LARGEST_SHARE = 0.999
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


class ImportProblem(DatasetError):
    """Files or a recipe that cannot be imported; the message says what is wrong and how to mend it."""


class Kind(StrEnum):
    """How the files are read."""

    SEPARATED = "separated values"
    PARQUET = "parquet"
    JSON_LINES = "JSON lines"
    EXCEL = "Excel"
    IMAGE_FOLDERS = "images by class"
    """A folder per class; or folders train, test and perhaps validation with those in them."""
    IMAGES = "images without labels"
    """A folder of images without classes; or folders train, test and perhaps validation of them."""
    IMAGE_MASKS = "images with masks"
    """Two folders; an image and its mask have the same name up to the suffix."""
    ARRAYS = "arrays"
    """NPY, NPZ, IDX and HDF5 files."""
    TEXT_FILES = "text files"
    TEXT_FOLDERS = "text files by class"

    @property
    def is_table(self) -> bool:
        return self in (Kind.SEPARATED, Kind.PARQUET, Kind.JSON_LINES, Kind.EXCEL)


class Role(StrEnum):
    """What a column, or an array, is for."""

    FEATURE = "feature"
    TARGET = "target"
    GROUP = "group"
    """Rows of a group stay in one part; of series it says which rows are one series."""
    TIME = "time"
    SPLIT = "split"
    """It says ``train``, ``test`` or ``validation``."""
    PATH = "path"
    """Where the image of the row lies, from the table's folder or absolute."""
    IGNORED = "ignored"


class Type(StrEnum):
    NUMBER = "number"
    CATEGORY = "category"
    DATE = "date"
    TEXT = "text"
    BOOLEAN = "boolean"


class Missing(StrEnum):
    """What happens where a feature has no value. A row without a target, group, time or path is always left out."""

    DROP = "leave the row out"
    MEAN = "mean"
    MEDIAN = "median"
    MOST_FREQUENT = "most frequent"
    OWN = "a category of its own"
    """Of numbers: the mean, and a feature beside it that says where they were missing."""


@dataclass(frozen=True, kw_only=True)
class Column:
    name: str
    role: Role
    type: Type
    missing: Missing = Missing.MEAN
    """For categories and dates `Missing.MEAN` and `Missing.MEDIAN` mean the most frequent."""
    format: str = ""
    """Of dates as text, as ``strptime`` knows it; "" is ISO 8601."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How a text file is read as a table, or a workbook's sheet."""

    encoding: str = "utf-8"
    separator: str = ","
    decimal: str = "."
    header: bool = True
    sheet: str = ""
    """"" is the first."""


class How(StrEnum):
    """How samples are split into parts."""

    RANDOM = "random"
    STRATIFIED = "stratified"
    """Random, with the shares of the classes the same in each part."""
    GROUP = "by group"
    TIME = "by time"
    """The last are the test part, those before them the validation part."""
    GIVEN = "given"
    """By a column, by folders train, test and validation, or by arrays."""
    FILES = "by files"
    """The test part, and perhaps the validation part, are files of their own."""


@dataclass(frozen=True, kw_only=True)
class Split:
    how: How = How.STRATIFIED
    test: float = 0.2
    validation: float = 0.0
    """Shares of all samples. Without a validation part each run sets one apart itself."""
    seed: int = 0
    test_paths: tuple[str, ...] = ()
    validation_paths: tuple[str, ...] = ()
    """Files or folders for `How.FILES`, absolute, of the same form as the recipe's."""

    @property
    def is_drawn(self) -> bool:
        """Whether the shares and the seed decide, not the data."""
        return self.how not in (How.GIVEN, How.FILES)


class Tokeniser(StrEnum):
    CHARACTERS = "characters"
    WORDS = "words"
    BYTE_PAIRS = "byte pairs"
    """Sennrich, Haddow and Birch (2016), over characters within words."""


@dataclass(frozen=True, kw_only=True)
class TextRule:
    tokeniser: Tokeniser = Tokeniser.CHARACTERS
    merges: int = 1000
    """How many pairs of byte pairs are merged."""
    words: int = 10_000
    """How many words the vocabulary has, the most frequent; others are one unknown."""
    lower: bool = False
    length: int = 256
    """Tokens of a sample of classification: longer ones are cut, shorter ones filled up."""


class Resize(StrEnum):
    STRETCH = "stretch"
    CROP = "crop"
    """Fill the size and cut off what stands over on both sides."""
    PAD = "pad"
    """Fit into the size, on black."""


@dataclass(frozen=True, kw_only=True)
class ImageRule:
    height: int = 64
    width: int = 64
    colour: bool = True
    resize: Resize = Resize.CROP


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """All that an import needs to know. The same files and recipe give the same bytes."""

    name: str
    """Letters of a to z, digits, ``-`` and ``_``: the folder of the dataset."""
    paths: tuple[str, ...]
    """Absolute. One file or folder; several files of a table or text follow each other; arrays may be in several."""
    kind: Kind
    task: Task
    input: Input
    title: str = ""
    summary: str = ""
    source: str = ""
    licence: str = ""
    columns: tuple[Column, ...] = ()
    """Of a table; of arrays a column each, by the array's name."""
    reading: Reading = field(default_factory=Reading)
    categories: int = 32
    """A feature of categories becomes a column for each of at most so many; the rest are "other"."""
    dates: tuple[str, ...] = ("year", "month", "day", "weekday", "hour")
    """The parts of a date that become features, where they vary."""
    text: TextRule = field(default_factory=TextRule)
    image: ImageRule = field(default_factory=ImageRule)
    steps: int = 0
    """Steps of a series of classification; 0 is the longest. Longer ones are cut, shorter ones filled with 0."""
    split: Split = field(default_factory=Split)
    skip: float = 0.01
    """The share of lines or images that cannot be read and are left out; with more the import is refused."""

    def columns_of(self, *roles: Role) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.role in roles)

    def column_of(self, role: Role) -> Column | None:
        return next(iter(self.columns_of(role)), None)

    def check(self) -> None:
        """Raises ImportProblem for what can be seen without the files."""
        _require(
            bool(_NAME.fullmatch(self.name)),
            f"the name {self.name!r} must be small letters, digits, - and _, and begin with a letter or digit",
        )
        _require(bool(self.paths), "no file was named")
        split = self.split
        self._check_part_files()
        _require(
            not split.is_drawn
            or (
                split.test > 0 <= split.validation
                and split.test + split.validation < _LARGEST_SHARE
            ),
            "the shares of test and validation must leave something for training: "
            f"they are {split.test:g} and {split.validation:g}",
        )
        _require(0 <= self.skip <= 1, f"the share to skip is {self.skip:g}, not from 0 to 1")
        _require(self.categories > 0, "the number of categories must be at least 1")
        _require(self.text.length > 0, "the length of a text must be at least 1")
        image = self.image
        _require(
            1 <= image.height <= 4096 and 1 <= image.width <= 4096,
            f"images of {image.width} by {image.height} pixels: choose from 1 to 4096",
        )
        self._check_columns()

    def _check_part_files(self) -> None:
        split = self.split
        by_files = split.how is How.FILES
        _require(
            not by_files or bool(split.test_paths),
            "the test part is a file of its own: name it, or choose another way to split",
        )
        _require(
            by_files or not (split.test_paths or split.validation_paths),
            f"files are named for the test or validation part, but the split is {split.how}: choose {How.FILES}",
        )

    def _check_columns(self) -> None:
        for role in (Role.GROUP, Role.TIME, Role.SPLIT, Role.PATH):
            names = [column.name for column in self.columns_of(role)]
            _require(
                len(names) <= 1,
                f"the columns {', '.join(names)} all have the role {role}; one can",
            )
        if self.split.how is How.GROUP:
            _require(
                self.column_of(Role.GROUP) is not None,
                "a split by group needs a column with the role group",
            )
        if not self.kind.is_table or self.task.streams:
            return
        targets = self.columns_of(Role.TARGET)
        _require(bool(targets), "no column is the target: choose what is to be predicted")
        _require(
            self.task is not Task.CLASSIFICATION or len(targets) == 1,
            "a classification has one target; there are "
            + ", ".join(column.name for column in targets),
        )


def _require(right: bool, message: str) -> None:
    if not right:
        raise ImportProblem(message[0].upper() + message[1:])
