"""What is proposed, and what is pointed out, before anything is written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from runners.datasets.dataset import Input, Task
from runners.datasets.importing import Given, How, Kind, Preview, Role, Tokeniser, Type, inspect
from runners.datasets.importing import inspecting as inspecting_module
from tests.runners.datasets.importing.examples import flowers, image_folders, write_csv


def roles(preview: Preview) -> dict[str, Role]:
    return {column.name: column.role for column in preview.recipe.columns}


def said(preview: Preview) -> str:
    return "\n".join(notice.text for notice in preview.notices)


def test_a_preview_shows_rows_columns_and_counts(tmp_path: Path) -> None:
    preview = inspect(flowers(tmp_path / "flowers.csv"))
    assert (preview.recipe.kind, preview.count, preview.exact) == (Kind.SEPARATED, 120, True)
    assert preview.names == ("size", "width", "colour", "kind")
    assert len(preview.rows) == 50
    size, _, colour, _ = preview.columns
    assert size.low is not None
    assert size.high is not None
    assert size.low < 5 < size.high
    assert colour.top == (("red", 80), ("blue", 40))
    assert sum(count for _, count in preview.labels) == 120


def test_roles_and_types_are_proposed(tmp_path: Path) -> None:
    rows = [
        (
            n + 1,
            f"2024-01-{n % 28 + 1:02d}",
            n % 2 == 0,
            n * 1.5 % 7,
            f"p{n // 5}",
            "x",
            "ab"[n % 2],
        )
        for n in range(100)
    ]
    names = ("id", "day", "smoker", "dose", "patient_id", "country", "outcome")
    preview = inspect(write_csv(tmp_path / "t.csv", names, rows))
    assert roles(preview) == {
        "id": Role.IGNORED,
        "day": Role.FEATURE,
        "smoker": Role.FEATURE,
        "dose": Role.FEATURE,
        "patient_id": Role.GROUP,
        "country": Role.IGNORED,
        "outcome": Role.TARGET,
    }
    types = {column.name: column.type for column in preview.recipe.columns}
    assert (types["day"], types["smoker"], types["dose"]) == (Type.DATE, Type.BOOLEAN, Type.NUMBER)
    assert preview.recipe.split.how is How.GROUP
    assert "id has another value in every row, as an identifier has" in said(preview)
    assert "country has the same value in every row" in said(preview)


def test_a_column_that_gives_the_answer_away_is_pointed_out(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    kinds = generator.integers(0, 2, 200)
    rows = [
        (f"{generator.normal():.3f}", ("fine", "ill", "very ill")[k + k * int(n % 3 == 0)], "ab"[k])
        for n, k in enumerate(kinds)
    ]
    preview = inspect(write_csv(tmp_path / "t.csv", ("a", "result", "kind"), rows))
    assert [n.column for n in preview.notices if "determines kind" in n.text] == ["result"]


def test_a_number_that_is_the_target_in_another_unit_is_pointed_out(tmp_path: Path) -> None:
    values = np.random.default_rng(0).normal(20, 5, 100)
    rows = [(f"{v * 1.8 + 32:.4f}", f"{-v % 7:.3f}", f"{v:.4f}") for v in values]
    preview = inspect(write_csv(tmp_path / "t.csv", ("fahrenheit", "other", "celsius"), rows))
    assert preview.recipe.task is Task.REGRESSION
    assert [n.column for n in preview.notices if "determines" in n.text] == ["fahrenheit"]


def test_unequal_and_rare_classes_and_repeated_rows_are_pointed_out(tmp_path: Path) -> None:
    rows = [(n % 9, "a") for n in range(100)] + [(1, "b"), (2, "b")]
    text = said(inspect(write_csv(tmp_path / "t.csv", ("value", "label"), rows)))
    assert "Classes with fewer than 5 samples: b" in text
    assert "The classes are unequal: 100 samples of the largest, 2 of the smallest" in text
    assert "of 102 rows repeat another" in text


def test_one_class_only_is_pointed_out(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "t.csv", ("value", "label"), [(n % 9, "a") for n in range(50)])
    assert "one class only, 'a'" in said(inspect(path, Given(target="label")))


def test_dates_that_can_be_read_two_ways_are_pointed_out(tmp_path: Path) -> None:
    rows = [(f"{1 + n % 12:02d}/{1 + n % 9:02d}/2024", n * 2 % 11, "ab"[n % 2]) for n in range(60)]
    preview = inspect(write_csv(tmp_path / "t.csv", ("day", "value", "kind"), rows))
    assert "day first or month first" in said(preview)


def test_a_person_can_choose_target_and_form(tmp_path: Path) -> None:
    path = flowers(tmp_path / "flowers.csv")
    preview = inspect(path, Given(target="size"))
    assert roles(preview)["size"] is Role.TARGET
    assert preview.recipe.task is Task.REGRESSION
    reading = replace(preview.recipe.reading, header=False)
    assert inspect(path, Given(reading=reading)).names[0] == "column 1"
    assert inspect(path, Given(kind=Kind.TEXT_FILES)).recipe.task is Task.TEXT_GENERATION


def test_texts_with_a_label_are_proposed_for_classification(tmp_path: Path) -> None:
    rows = [(f"this film number {n} was quite long", "ab"[n % 2]) for n in range(60)]
    recipe = inspect(write_csv(tmp_path / "t.csv", ("review", "sentiment"), rows)).recipe
    assert (recipe.task, recipe.input) == (Task.CLASSIFICATION, Input.TOKENS)
    assert recipe.text.tokeniser is Tokeniser.WORDS
    assert recipe.text.length == 16


def test_a_large_table_is_looked_at_in_part_which_is_said(tmp_path: Path) -> None:
    rows = [(n * 7 % 1000, n % 13, "abc"[n % 3]) for n in range(300_000)]
    preview = inspect(write_csv(tmp_path / "t.csv", ("a", "b", "kind"), rows))
    assert preview.looked_at == 20_000
    assert not preview.exact
    assert preview.count == pytest.approx(300_000, rel=0.05)
    assert "Only the first 20,000 rows were looked at" in said(preview)


def test_a_folder_of_many_files_is_looked_at_in_part_which_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inspecting_module, "ENTRIES", 100)
    image_folders(tmp_path / "animals", 80, ("cat", "dog"))
    preview = inspect(tmp_path / "animals")
    assert (preview.count, preview.exact) == (100, False)
    assert "Only 100 images were looked at" in said(preview)


def test_names_for_columns_without_one_or_with_the_same(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,,a\n" + "1,2,x\n3,4,y\n" * 20, "utf-8")
    assert inspect(tmp_path / "t.csv").names == ("a", "column 2", "a 2")


def test_the_name_of_a_dataset_that_there_is_is_not_proposed(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    preview = inspect(flowers(tmp_path / "own" / "iris.csv"))
    assert (preview.recipe.name, preview.recipe.title) == ("my-iris", "iris")
