from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runners.datasets.dataset import Input, Task
from runners.export.facts import Facts, Scaled
from workbench.errors import WorkbenchError
from workbench.trying.rows import fields, given_of, number, read_rows, row_input

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
    ("", "holds no line"),
    ("power,colour,note: x\n", "nothing but the names"),
    ("power,colour\n1,red\n", "no column note: x"),
    ("1,red\n", "line 1: 2 values, and there are 3 columns"),
    ("power,colour,note: x\n1,red,0\n1,red,x\n", "line 3: note: x: 'x' is no number"),
])  # fmt: skip
def test_a_table_that_does_not_fit_is_told_with_the_place(tmp_path: Path, text: str, words: str) -> None:  # fmt: skip
    path = tmp_path / "cars.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(WorkbenchError, match=words):
        read_rows(path, CARS)


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
