from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runners.datasets import all_datasets, prepared
from runners.datasets.dataset import Input, Task
from runners.datasets.importing import (
    How,
    ImportProblem,
    Missing,
    Reading,
    Role,
    Split,
    Type,
    from_plain,
    inspect,
    run,
    to_plain,
)
from runners.datasets.importing.recipe import Recipe
from tests.runners.datasets.importing.examples import (
    array,
    column,
    flowers,
    imported,
    with_columns,
    write_csv,
)


def test_a_table_becomes_features_and_classes(tmp_path: Path) -> None:
    dataset = imported(flowers(tmp_path / "flowers.csv"), tmp_path / "home")
    info = dataset.info
    assert (info.name, info.task, info.input) == ("flowers", Task.CLASSIFICATION, Input.FEATURES)
    assert info.classes == ("large", "small")
    assert info.features == ("size", "width", "colour: red", "colour: blue")
    assert (info.train_count, info.test_count) == (96, 24)
    assert array(dataset, "train_x").dtype == np.float32
    assert array(dataset, "train_y").dtype == np.uint8
    assert info in all_datasets(tmp_path / "home")
    assert prepared("flowers", tmp_path / "home") == dataset


def test_features_are_standardised_by_the_training_part_alone(tmp_path: Path) -> None:
    rows = [(n * 2, "ab"[n % 2], "train" if n < 60 else "test") for n in range(80)]
    path = write_csv(tmp_path / "t.csv", ("value", "kind", "split"), rows)
    dataset = imported(path, tmp_path / "home")
    train, test = array(dataset, "train_x")[:, 0], array(dataset, "test_x")[:, 0]
    assert dataset.info.train_count == 60
    assert train.mean() == pytest.approx(0, abs=1e-6)
    assert train.std() == pytest.approx(1, abs=1e-6)
    assert test.min() > train.max()
    own = test * dataset.info.feature_std[0] + dataset.info.feature_mean[0]
    assert own == pytest.approx(np.arange(120, 160, 2), abs=1e-4)


def _as_tsv(table: Path) -> Path:
    return flowers(table.with_suffix(".tsv"), delimiter="\t")


def _as_packed(table: Path) -> Path:
    path = table.with_name("flowers.csv.gz")
    path.write_bytes(gzip.compress(table.read_bytes()))
    return path


def _as_utf16(table: Path) -> Path:
    path = table.with_name("flowers16.csv")
    path.write_text(table.read_text("utf-8"), "utf-16")
    return path


def _as_marked_utf8(table: Path) -> Path:
    path = table.with_name("flowers8.csv")
    path.write_text(table.read_text("utf-8"), "utf-8-sig")
    return path


def _as_german(table: Path) -> Path:
    path = table.with_name("german.csv")
    path.write_text(table.read_text("utf-8").replace(",", ";").replace(".", ","), "cp1252")
    return path


def _as_parquet(table: Path) -> Path:
    path = table.with_suffix(".parquet")
    pq.write_table(arrow_csv.read_csv(table), path)
    return path


def _as_json_lines(table: Path) -> Path:
    path = table.with_suffix(".jsonl")
    rows = arrow_csv.read_csv(table).to_pylist()
    path.write_text("\n".join(json.dumps(row) for row in rows), "utf-8")
    return path


def _as_excel(table: Path) -> Path:
    path = table.with_suffix(".xlsx")
    read = arrow_csv.read_csv(table)
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (read.column_names, *(list(row.values()) for row in read.to_pylist())):
        sheet.append(row)
    book.save(path)
    return path


@pytest.mark.parametrize(
    "form",
    [
        _as_tsv,
        _as_packed,
        _as_utf16,
        _as_marked_utf8,
        _as_german,
        _as_parquet,
        _as_json_lines,
        _as_excel,
    ],
)
def test_every_form_of_a_table_gives_the_same_bytes(
    tmp_path: Path, form: Callable[[Path], Path]
) -> None:
    table = flowers(tmp_path / "flowers.csv")
    expected = imported(table, tmp_path / "home", name="one")
    found = imported(form(table), tmp_path / "home", name="other")
    assert found.sha256 == expected.sha256
    assert found.info.features == expected.info.features


def test_the_same_recipe_gives_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    path = flowers(tmp_path / "flowers.csv")
    first = imported(path, tmp_path / "a")
    assert imported(path, tmp_path / "b").sha256 == first.sha256
    assert imported(path, tmp_path / "c", split=Split(seed=1)).sha256 != first.sha256


def test_a_regression_keeps_what_turns_its_targets_back(tmp_path: Path) -> None:
    rows = [(n % 7, 1000 + 3.5 * n) for n in range(100)]
    dataset = imported(write_csv(tmp_path / "t.csv", ("a", "price"), rows), tmp_path / "home")
    info = dataset.info
    assert (info.task, info.targets) == (Task.REGRESSION, ("price",))
    y = np.concatenate([array(dataset, "train_y"), array(dataset, "test_y")])
    assert y.shape == (100, 1)
    own = np.sort(y[:, 0] * info.target_std[0] + info.target_mean[0])
    assert own == pytest.approx([price for _, price in rows], rel=1e-4)


@pytest.mark.parametrize(
    ("missing", "filled", "features"),
    [
        (Missing.MEAN, 4.0, 1),
        (Missing.MEDIAN, 2.0, 1),
        (Missing.MOST_FREQUENT, 1.0, 1),
        (Missing.OWN, 4.0, 2),
    ],
)
def test_missing_numbers_are_filled_as_the_recipe_says(
    tmp_path: Path, missing: Missing, filled: float, features: int
) -> None:
    values = [1, 1, 2, 3, 13] * 8
    rows = [(v, "ab"[n % 2], "train") for n, v in enumerate(values)]
    rows += [("", "a", "test"), ("NA", "b", "test")]
    path = write_csv(tmp_path / "t.csv", ("value", "kind", "split"), rows)
    recipe = with_columns(inspect(path).recipe, column("value", missing=missing))
    dataset, _ = run(recipe, tmp_path / "home")
    test = array(dataset, "test_x")
    own = test[:, 0] * dataset.info.feature_std[0] + dataset.info.feature_mean[0]
    assert own == pytest.approx([filled, filled], abs=1e-5)
    assert test.shape == (2, features)
    if missing is Missing.OWN:
        assert list(test[:, 1]) == [1, 1]


def test_rows_without_a_needed_value_are_left_out_and_counted(tmp_path: Path) -> None:
    rows = [(n if n % 10 else "", "" if n % 25 == 1 else "ab"[n % 2]) for n in range(100)]
    path = write_csv(tmp_path / "t.csv", ("value", "kind"), rows)
    recipe = with_columns(inspect(path).recipe, column("value", missing=Missing.DROP))
    dataset, notes = run(recipe, tmp_path / "home")
    assert dataset.info.train_count + dataset.info.test_count == 86
    assert notes == ["14 rows lacked a value that they need and were left out"]


def test_rare_categories_are_one_and_unknown_ones_join_them(tmp_path: Path) -> None:
    cities = ["Rome"] * 30 + ["Oslo"] * 20 + ["Kyiv"] * 5 + ["Lima"] * 5
    rows = [(city, "ab"[n % 2], "train") for n, city in enumerate(cities)]
    rows += [("Cairo", "a", "test"), ("", "b", "test")]
    path = write_csv(tmp_path / "t.csv", ("city", "kind", "split"), rows)
    dataset = imported(path, tmp_path / "home", categories=2)
    names = ("city: Rome", "city: Oslo", "city: other", "city: missing")
    assert dataset.info.features == names
    assert array(dataset, "test_x").tolist() == [[0, 0, 1, 0], [0, 0, 0, 1]]


@pytest.mark.parametrize("form", ["%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%d %b %Y"])
def test_dates_become_the_parts_that_vary(tmp_path: Path, form: str) -> None:
    from datetime import date, timedelta

    days = [date(2023, 1, 3) + timedelta(days=37 * n) for n in range(20)]
    rows = [(day.strftime(form), "ab"[n % 2]) for n, day in enumerate(days * 3)]
    path = write_csv(tmp_path / "t.csv", ("day", "kind"), rows)
    dataset = imported(path, tmp_path / "home")
    assert dataset.info.features == ("day year", "day month", "day day", "day weekday")
    years = array(dataset, "train_x")[:, 0] * dataset.info.feature_std[0]
    assert {round(year + dataset.info.feature_mean[0]) for year in years.tolist()} == {2023, 2024}


def test_a_split_by_time_puts_the_last_rows_into_the_test_part_in_order(tmp_path: Path) -> None:
    order = np.random.default_rng(3).permutation(100)
    rows = [(int(n), "ab"[n % 2], int(n)) for n in order]
    path = write_csv(tmp_path / "t.csv", ("value", "kind", "moment"), rows)
    recipe = inspect(path).recipe
    recipe = with_columns(
        recipe,
        column("moment", Role.TIME),
        column("kind", Role.TARGET, Type.CATEGORY),
        column("value"),
    )
    recipe = replace(
        recipe, task=Task.CLASSIFICATION, split=Split(how=How.TIME, test=0.2, validation=0.1)
    )
    dataset, _ = run(recipe, tmp_path / "home")
    assert dataset.info.ordered
    for part, first, count in (("train", 0, 70), ("validation", 70, 10), ("test", 80, 20)):
        x = array(dataset, f"{part}_x")[:, 0]
        own = x * dataset.info.feature_std[0] + dataset.info.feature_mean[0]
        assert own == pytest.approx(np.arange(first, first + count), abs=1e-3)
        codes = array(dataset, f"{part}_y")
        assert codes.tolist() == [n % 2 for n in range(first, first + count)]


def test_groups_stay_together(tmp_path: Path) -> None:
    rows = [(n // 10, n // 10, "ab"[n % 2]) for n in range(200)]
    path = write_csv(tmp_path / "t.csv", ("patient_id", "value", "kind"), rows)
    recipe = inspect(path).recipe
    assert recipe.split.how is How.GROUP
    dataset, _ = run(recipe, tmp_path / "home")
    trained, tested = (
        set(array(dataset, f"{part}_x")[:, 0].tolist()) for part in ("train", "test")
    )
    assert not trained & tested
    assert dataset.info.test_count == 40


@given(
    counts=st.lists(st.integers(5, 40), min_size=2, max_size=6),
    test=st.floats(0.1, 0.5),
    seed=st.integers(0, 100),
)
def test_a_stratified_split_keeps_the_shares_of_the_classes(
    counts: list[int], test: float, seed: int
) -> None:
    from runners.datasets.importing.splitting import TEST, TRAIN, split

    labels = np.repeat(np.arange(len(counts)), counts)
    parts = split(Split(test=test, seed=seed), len(labels), labels=labels)
    assert (parts == TEST).sum() == round(len(labels) * test)
    for code, count in enumerate(counts):
        share = (parts[labels == code] == TEST).sum()
        assert abs(share - count * test) <= 1 + len(counts)
        assert (parts[labels == code] == TRAIN).any()


_CELLS = st.one_of(
    st.none(), st.floats(-1e6, 1e6).map(lambda x: round(x, 3)), st.integers(-1000, 1000)
)
_TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=12)


@settings(max_examples=25)
@given(
    rows=st.lists(st.tuples(_CELLS, _TEXTS), min_size=20, max_size=60),
    separator=st.sampled_from(",;\t|"),
)
def test_any_table_is_imported_as_a_plain_reader_sees_it(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[float | int | None, str]],
    separator: str,
) -> None:
    folder = tmp_path_factory.mktemp("table")
    full = [
        (value, text, "ab"[n % 2], "test" if n % 4 == 0 else "train")
        for n, (value, text) in enumerate(rows)
    ]
    path = write_csv(
        folder / "t.csv", ("value", "text", "kind", "split"), full, delimiter=separator
    )
    columns = (
        column("value"),
        column("text", kind=Type.CATEGORY),
        column("kind", Role.TARGET, Type.CATEGORY),
        column("split", Role.SPLIT, Type.CATEGORY),
    )
    recipe = inspect(path).recipe
    recipe = replace(
        recipe,
        columns=columns,
        task=Task.CLASSIFICATION,
        input=Input.FEATURES,
        split=Split(how=How.GIVEN),
        reading=Reading(separator=separator),
    )
    parts = np.array([part for *_, part in full])
    if (parts == "train").sum() < 2 or len({k for _, _, k, p in full if p == "train"}) < 2:
        return
    dataset, notes = run(recipe, folder / "home")
    assert notes == []
    values = np.array([np.nan if value is None else value for value, _ in rows], float)
    trained = values[parts == "train"]
    known = trained[~np.isnan(trained)]
    mean = known.mean() if len(known) else 0
    std = known.std() if len(known) and known.std() > abs(mean) * 1e-12 else 1
    for part in ("train", "test"):
        expected = np.where(np.isnan(values), mean, values)[parts == part]
        x = array(dataset, f"{part}_x")
        assert x[:, 0] == pytest.approx((expected - mean) / std, rel=1e-4, abs=1e-4)
        kinds = [kind for _, _, kind, p in full if p == part]
        assert [dataset.info.classes[code] for code in array(dataset, f"{part}_y")] == kinds


def test_a_recipe_and_a_preview_survive_json(tmp_path: Path) -> None:
    preview = inspect(flowers(tmp_path / "flowers.csv"))
    text = json.dumps(to_plain(preview))
    assert from_plain(type(preview), json.loads(text)) == preview
    dataset, _ = run(preview.recipe, tmp_path / "home")
    assert from_plain(Recipe, dataset.recipe) == preview.recipe


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kind": "pdf"}, "recipe.kind is 'pdf'; it can be: separated values, parquet"),
        ({"categories": "many"}, "recipe.categories is 'many', which is no int"),
        ({"colour": 1}, "recipe has unknown fields: colour"),
        ({"columns": [{"name": "a"}]}, "columns is incomplete"),
    ],
)
def test_a_recipe_that_is_none_is_refused_with_the_field(
    tmp_path: Path, change: dict[str, object], message: str
) -> None:
    plain = to_plain(inspect(flowers(tmp_path / "flowers.csv")).recipe)
    with pytest.raises(ImportProblem, match=message):
        from_plain(Recipe, {**plain, **change})


def test_typed_columns_of_parquet_are_taken_as_they_are(tmp_path: Path) -> None:
    from datetime import datetime

    count = 60
    table = pa.table(
        {
            "flag": [n % 3 == 0 for n in range(count)],
            "when": [datetime(2024, 1 + n % 12, 1) for n in range(count)],
            "word": pa.array(["xyz"[n % 3] for n in range(count)]).dictionary_encode(),
            "many": [[n, n] for n in range(count)],
            "kind": pa.array([n % 2 for n in range(count)], pa.int8()),
        }
    )
    pq.write_table(table, tmp_path / "t.parquet")
    preview = inspect(tmp_path / "t.parquet")
    types = {column.name: column.type for column in preview.recipe.columns}
    assert types["flag"] is Type.BOOLEAN
    assert types["when"] is Type.DATE
    assert preview.recipe.columns[3].role is Role.IGNORED
    dataset, _ = run(preview.recipe, tmp_path / "home")
    assert dataset.info.features == (
        "flag",
        "when month",
        "when weekday",
        "word: x",
        "word: y",
        "word: z",
    )
    assert dataset.info.classes == ("0", "1")
