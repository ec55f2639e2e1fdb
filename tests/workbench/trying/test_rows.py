from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runners.datasets.dataset import Input, Task
from runners.export.facts import Facts, Scaled
from workbench.errors import WorkbenchError
from workbench.trying.rows import (
    fields,
    given_of,
    number,
    read_rows,
    row_input,
    text_of_series,
    typed_series,
)

CARS = Facts(
    format="onnx", task=Task.REGRESSION, input=Input.FEATURES, shape=(4,),
    features=(Scaled("power", 100, 50), Scaled("colour: red", 0, 1), Scaled("colour: blue, dark", 0, 1), Scaled("note: x", 0, 1)),
    targets=(Scaled("price", 0, 1),),
)  # fmt: skip
AIR = Facts(format="onnx", task=Task.FORECASTING, input=Input.SERIES, shape=(3, 2), features=(Scaled("warmth", 10, 5), Scaled("rain", 0, 2)))  # fmt: skip


def test_a_column_of_categories_is_one_field_with_its_choices() -> None:
    power, colour, note = fields(CARS)
    assert (power.name, power.choices) == ("power", ())
    assert (colour.name, colour.choices) == ("colour", ("red", "blue, dark"))
    assert (note.name, note.choices) == ("note: x", ())  # one column is a number like any other


def test_a_row_is_standardised_and_its_category_marked() -> None:
    row = row_input(CARS, {"power": "150", "colour": "blue, dark", "note: x": "0.5"})
    np.testing.assert_allclose(row, [1, 0, 1, 0.5])


@given(st.floats(-1e4, 1e4), st.sampled_from(["red", "blue, dark"]))
def test_a_row_comes_back_as_it_was_given_to_six_digits(power: float, colour: str) -> None:
    told = {"power": f"{power:.6g}", "colour": colour, "note: x": "0"}
    back = given_of(CARS, row_input(CARS, told))
    assert back["colour"] == colour
    assert float(back["power"]) == pytest.approx(float(told["power"]), rel=1e-4, abs=1e-3)


@pytest.mark.parametrize(("given_for", "words"), [
    ({"power": "many", "colour": "red", "note: x": "0"}, "power: 'many' is no number"),
    ({"power": "inf", "colour": "red", "note: x": "0"}, "power: 'inf' is no number"),
    ({"power": "1", "colour": "green", "note: x": "0"}, "colour: 'green' is none of red, blue, dark"),
    ({"power": "1", "colour": "red"}, "no value for note: x"),
])  # fmt: skip
def test_what_does_not_fit_is_told_with_its_field(given_for: dict[str, str], words: str) -> None:
    with pytest.raises(WorkbenchError, match=words):
        row_input(CARS, given_for)


def test_a_decimal_comma_is_understood() -> None:
    assert number("3,5", "x") == 3.5
    with pytest.raises(WorkbenchError):
        number("3,500.5.1", "x")


def test_a_table_may_name_its_columns_in_any_order_with_others_between(tmp_path: Path) -> None:
    path = tmp_path / "cars.csv"
    path.write_text('owner,colour,note: x,power\nA,red,0,100\n\n"B","blue, dark",1,200\n', "utf-8")
    np.testing.assert_allclose(read_rows(path, CARS), [[0, 1, 0, 0], [2, 0, 1, 1]])


def test_a_table_without_names_has_the_columns_in_the_models_order(tmp_path: Path) -> None:
    path = tmp_path / "cars.csv"
    path.write_bytes("\ufeff100,red,0\n".encode())
    np.testing.assert_allclose(read_rows(path, CARS), [[0, 1, 0, 0]])


def test_of_a_series_the_last_steps_are_taken(tmp_path: Path) -> None:
    path = tmp_path / "air.csv"
    path.write_text("rain,warmth\n" + "".join(f"{at},{10 + at}\n" for at in range(5)), "utf-8")
    found = read_rows(path, AIR)
    assert found.shape == (1, 3, 2)
    np.testing.assert_allclose(found[0, :, 1], [1, 1.5, 2])


@pytest.mark.parametrize(("text", "words"), [
    ("", "cars.csv, there are no numbers"),
    ("power,colour,note: x\n", "there are no numbers"),
    ("power,colour\n1,red\n", "no column note: x"),
    ("1,red\n", "line 1: 2 values, and there are 3 columns [(]power, colour, note: x[)]"),
    (",red,0\n", "line 1: power: there is no number"),
    ("power,colour,note: x\n1,red,0\n1,red,x\n", "line 3: note: x: 'x' is no number"),
])  # fmt: skip
def test_a_table_that_does_not_fit_is_told_with_the_place(tmp_path: Path, text: str, words: str) -> None:  # fmt: skip
    path = tmp_path / "cars.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(WorkbenchError, match=words):
        read_rows(path, CARS)


def test_the_cells_of_a_table_may_be_apart_by_semicolons_tabs_or_spaces(tmp_path: Path) -> None:
    path = tmp_path / "cars.csv"
    for text in ("100,5;red;0\n", "power\tcolour\tnote: x\n100.5\tred\t0\n", "100.5 red  0\n"):
        path.write_text(text, "utf-8")
        np.testing.assert_allclose(read_rows(path, CARS), [[0.01, 1, 0, 0]], rtol=1e-5)


@pytest.mark.parametrize("text", ["10, 0\n15, 2\n\n20, 4", "10 0\n15 2\n20 4", "rain\twarmth\n0\t10\n2\t15\n4\t20"])  # fmt: skip
def test_a_series_is_typed_or_pasted_a_step_a_line(text: str) -> None:
    np.testing.assert_allclose(typed_series(text, AIR), [[[0, 0], [1, 1], [2, 2]]])


@pytest.mark.parametrize("text", ["20\n15\n10\n5", "20, 15, 10, 5", "20 15\n10 5", "warmth\n15\n10\n5"])  # fmt: skip
def test_the_steps_of_a_single_channel_may_stand_in_a_line(text: str) -> None:
    one = replace(AIR, shape=(3, 1), features=AIR.features[:1])
    np.testing.assert_allclose(typed_series(text, one), [[[1], [0], [-1]]])


@pytest.mark.parametrize(("text", "words"), [
    ("1, 2\n3, x\n5, 6", "Line 2: rain: 'x' is no number"),
    ("1, 2\n\n3\n5, 6", "Line 3: 1 values, and there are 2 columns"),
    ("1, 2\n3, 4", "2 steps, and the model looks at 3"),
    (" \n", "There are no numbers"),
])  # fmt: skip
def test_a_typed_series_that_does_not_fit_is_told_with_its_line(text: str, words: str) -> None:
    with pytest.raises(WorkbenchError, match=words):
        typed_series(text, AIR)


def test_a_series_comes_back_as_it_was_typed() -> None:
    text = "10.5, 0\n0, 0.3\n-3.25, 2\n20, 4e+06"
    assert text_of_series(AIR, typed_series(text, replace(AIR, shape=(4, 2)))[0]) == text


def test_of_a_series_to_be_told_apart_the_first_steps_are_taken_and_filled_up_as_in_training() -> None:  # fmt: skip
    apart = replace(AIR, task=Task.CLASSIFICATION)
    np.testing.assert_allclose(typed_series("15 2", apart), [[[1, 1], [0, 0], [0, 0]]])
    np.testing.assert_allclose(typed_series("15 2\n10 0\n10 0\n20 4", apart)[0, 0], [1, 1])


def test_a_series_that_is_too_short_is_told(tmp_path: Path) -> None:
    path = tmp_path / "air.csv"
    path.write_text("1,2\n3,4\n", "utf-8")
    with pytest.raises(WorkbenchError, match="2 steps, and the model looks at 3"):
        read_rows(path, AIR)


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    path.write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(WorkbenchError, match=r"odd\.csv cannot be read"):
        read_rows(path, CARS)
