"""The document of the language says what is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from storage.query import check
from storage.query.fields import CHOICES, FIELDS, SYNONYMS
from storage.query.terms import FUNCTIONS
from storage.records import Fields, RunQuery
from storage.store import Store
from tests.storage.examples import series, spec

DOCUMENT = Path(__file__).parents[3] / "docs" / "filter-language.md"
TEXT = DOCUMENT.read_text("utf-8")


def rows(heading: str) -> list[list[str]]:
    """The cells of the first table below a heading."""
    part = TEXT.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in part.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


EXAMPLES = [
    *re.findall(r"^`(.+)`$", "\n".join(row[0] for row in rows("Ten examples")), re.MULTILINE),
    TEXT.split("```")[1].strip(),
]


@pytest.fixture
def filled(store: Store) -> Store:
    parameters = {"lr": 1e-4, "optimizer": "adam", "dropout": 0.1}
    run = store.create_run(spec(parameters=parameters), tags=["final"], experiment="widths")
    store.set_note(run.id, "It overfits")
    store.set_starred([run.id], True)
    names = ("val/accuracy", "train/loss", "system/gpu_percent")
    store.append(run.id, {name: series([0.95]) for name in names})
    return store


def test_there_are_ten_examples_and_one_above() -> None:
    assert len(EXAMPLES) == 11


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_can_be_asked(example: str, filled: Store) -> None:
    assert check(example, filled.fields()) is None
    filled.find(RunQuery(example))


@pytest.mark.parametrize(
    "example",
    [
        one
        for one in EXAMPLES
        if "failed and" not in one
        and "missing" not in one
        and "2h30m" not in one
        and "2026" not in one
    ],
)
def test_an_example_finds_the_run_that_it_is_about(example: str, filled: Store) -> None:
    assert filled.find(RunQuery(example)).ids == (1,)


def test_all_fields_are_told_in_their_order() -> None:
    told = [re.findall(r"`(\w+)`", row[0]) for row in rows("Fields")]
    reverse = {name: synonym for synonym, name in SYNONYMS.items()}
    assert told == [[field.name, *filter(None, [reverse.get(field.name)])] for field in FIELDS]
    for name, choices in CHOICES.items():
        (row,) = [row for row in rows("Fields") if row[0] == f"`{name}`"]
        assert set(re.findall(r"\w+", row[2])) - {"or"} == set(choices)


def test_all_functions_are_told() -> None:
    part = TEXT.split("## Parameters and metrics\n")[1].split("\n## ")[0]
    assert {function for function in FUNCTIONS if f"`{function}(" in part} == set(FUNCTIONS)


def test_all_values_that_are_told_can_be_read() -> None:
    terms = {
        "number": "id =",
        "text": "name =",
        "yes or no": "starred =",
        "duration": "duration <",
        "moment": "created =",
    }
    for kind, written, *_ in rows("Values"):
        for value in re.findall(r"`([^`]+)`", written):
            assert check(f"{terms[kind]} {value}", Fields()) is None, value


def test_the_error_that_is_shown_is_told_so(filled: Store) -> None:
    shown = TEXT.split("## Errors")[1].split("```")[1].strip().splitlines()
    text = shown[0].split("'")[1]
    error = check(text, filled.fields())
    assert error is not None
    assert shown[1] == f"twinbench: {error}"
    assert shown[2:] == [f"  {text}", "  " + " " * error.start + "^" * (error.stop - error.start)]
