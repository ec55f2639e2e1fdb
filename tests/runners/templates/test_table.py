from __future__ import annotations

from runners.templates.layers import batch_norm, convolution, dense, flatten, lstm
from runners.templates.table import layer_table

LAYERS = [
    convolution("convolution", (8, 6, 3), 4, 3, stride=2),
    batch_norm("norm", (4, 3, 4)),
    flatten("flatten", (4, 3, 4)),
    dense("output", 48, 10),
]


def test_a_row_says_what_a_layer_holds_and_costs() -> None:
    row = layer_table(LAYERS, batch_size=5).rows[0]
    assert (row.name, row.kind, row.output_shape) == ("convolution", "convolution", (4, 3, 4))
    assert (row.trained, row.fixed) == (3 * 3 * 3 * 4 + 4, 0)
    assert row.multiply_adds == 4 * 3 * 4 * 3 * 3 * 3
    assert row.weight_bytes == 4 * 112
    assert row.activation_bytes == 4 * 5 * 48


def test_numbers_that_follow_the_data_are_counted_apart() -> None:
    row = layer_table(LAYERS, batch_size=1).rows[1]
    assert (row.trained, row.fixed, row.weight_bytes) == (8, 8, 4 * 16)


def test_the_sums_are_those_of_the_rows() -> None:
    table = layer_table(LAYERS, batch_size=5)
    assert table.trained == 112 + 8 + 490
    assert table.fixed == 8
    assert table.multiply_adds == 1296 + 48 + 480
    assert table.weight_bytes == 4 * (112 + 16 + 490)
    assert table.activation_bytes == 4 * 5 * (48 + 48 + 48 + 10)


def test_a_model_without_layers_has_a_table_of_nothing() -> None:
    table = layer_table([], batch_size=1)
    assert (table.rows, table.trained, table.activation_bytes) == ((), 0, 0)


def test_a_recurrent_layer_costs_its_products_at_every_step() -> None:
    row = layer_table([lstm("lstm", (7, 3), 5)], batch_size=1).rows[0]
    assert row.multiply_adds == 7 * 4 * 5 * (3 + 5)
    assert row.output_shape == (5,)
