from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.workbench.conftest import Call


@pytest.fixture
def flowers(tmp_path: Path) -> Path:
    path = tmp_path / "flowers.csv"
    kinds = ("rose", "tulip")
    rows = [f"{place % 7},{(place * 3) % 11},{kinds[place % 2]}" for place in range(60)]
    path.write_text("\n".join(["length,width,kind", *rows]) + "\n", "utf-8")
    return path


def test_every_dataset_is_listed_with_its_task_and_whether_it_is_there(call: Call) -> None:
    lines = call("datasets").out.splitlines()
    (line,) = [line for line in lines if line.startswith("mauna-loa ")]
    assert "forecasting" in line
    assert " no " in line
    assert {each["name"] for each in call("datasets", "--json").json} >= {"iris", "cifar-10"}


def test_what_is_known_before_it_is_prepared_is_shown_with_what_to_do(call: Call) -> None:
    answer = call("datasets", "show", "iris")
    assert answer.code == 0
    assert "CC BY 4.0" in answer.out
    assert "`twinbench datasets --prepare iris` prepares it" in answer.out


def test_a_prepared_dataset_is_shown_with_balance_statistics_and_hash(call: Call) -> None:
    call("datasets", "--prepare", "iris")
    out = call("datasets", "show", "iris").out
    assert "setosa      40 (33.3%)  10 (33.3%)" in out
    assert "petal length (cm)" in out
    found = call("datasets", "show", "iris", "--json").json
    assert found["sha256"] in out
    assert found["statistics"]["parts"]["train"]["classes"] == [40, 40, 40]
    assert (found["prepared"], found["origin"]) == (True, "built in")


def test_tokens_and_masks_are_shown_too(call: Call) -> None:
    call("datasets", "--prepare", "austen-novels")
    out = call("datasets", "show", "austen-novels").out
    assert "most frequent: ','" in out
    assert "4,002 tokens" in out
    call("datasets", "--prepare", "nuclei")
    assert "nucleus     105,189 (19.0%)" in call("datasets", "show", "nuclei").out


def test_files_are_imported_under_a_name_and_then_listed(call: Call, flowers: Path) -> None:
    words = ("--target", "kind", "--name", "garden", "--title", "My garden", "--licence", "CC0")
    answer = call("datasets", "import", str(flowers), *words)
    assert answer.code == 0
    assert Path(answer.out.strip()).name == "garden"
    found = call("datasets", "show", "garden", "--json").json
    assert (found["title"], found["licence"], found["origin"]) == ("My garden", "CC0", "imported")
    assert found["classes"] == ["rose", "tulip"]
    assert "garden " in call("datasets").out


def test_a_preview_writes_nothing_and_its_recipe_can_be_imported(
    call: Call, flowers: Path, tmp_path: Path
) -> None:
    shown = call("datasets", "import", str(flowers), "--preview").out
    assert "60 rows" in shown
    assert "kind    target   category" in shown
    recipe = call("datasets", "import", str(flowers), "--preview", "--json").json
    assert "flowers" not in [line.partition(" ")[0] for line in call("datasets").out.splitlines()]
    path = tmp_path / "recipe.json"
    path.write_text(json.dumps({**recipe, "name": "edited"}), "utf-8")
    answer = call("datasets", "import", "--recipe", str(path), "--json")
    assert answer.code == 0
    assert answer.json["name"] == "edited"


def test_the_parts_are_files_that_are_named(call: Call, flowers: Path, tmp_path: Path) -> None:
    test = tmp_path / "test.csv"
    test.write_text("".join(flowers.read_text("utf-8").splitlines(keepends=True)[:13]), "utf-8")
    words = ("datasets", "import", str(flowers), "--test", str(test), "--name", "parted")
    assert "by files: train 60 rows, test 12 rows" in call(*words, "--preview").out
    recipe = call(*words, "--preview", "--json").json
    assert recipe["split"]["test_paths"] == [str(test)]
    assert call(*words).code == 0
    found = call("datasets", "show", "parted", "--json").json
    assert (found["train_count"], found["test_count"]) == (60, 12)


@pytest.mark.parametrize(
    ("words", "code", "part"),
    [
        (["import", "FLOWERS", "--test", "FLOWERS"], 1, "is the same file as the training part"),
        (["import", "FLOWERS", "--preview", "--test", "gone.csv"], 1, "gone.csv is not there"),
        (["import", "FLOWERS", "--validation", "FLOWERS"], 2, "--validation goes with --test"),
        (["import", "--recipe", "FLOWERS", "--test", "FLOWERS"], 2, "give --recipe alone"),
        (["show"], 2, "DATASET"),
        (["show", "nothing"], 2, "there is no dataset 'nothing'; there are: austen"),
        (["import"], 2, "name a file or folder to import"),
        (["import", "nowhere.csv"], 1, "nowhere.csv is not there"),
        (["import", "FLOWERS", "--target", "colour"], 2, "no column 'colour'; there are: length"),
        (["import", "FLOWERS", "--name", "digits"], 1, "choose another name"),
        (["import", "--recipe", "nowhere.json"], 2, "nowhere.json cannot be read"),
        (["import", "--recipe", "FLOWERS"], 2, "cannot be read"),
        (["import", "FLOWERS", "--recipe", "FLOWERS"], 2, "give --recipe alone"),
    ],
)
def test_what_makes_no_sense_is_told(
    call: Call, flowers: Path, words: list[str], code: int, part: str
) -> None:
    answer = call("datasets", *[str(flowers) if word == "FLOWERS" else word for word in words])
    assert (answer.code, answer.out) == (code, "")
    assert part in answer.err
