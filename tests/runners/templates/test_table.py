from __future__ import annotations

from runners.templates.layers import batch_norm, convolution, dense, flatten, in_block, lstm
from runners.templates.table import kept_numbers, layer_table

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


def test_of_blocks_that_are_computed_again_the_ends_are_kept_and_the_inside_of_the_largest() -> (
    None
):
    small = in_block("small", [dense("a", 4, 30), dense("b", 30, 4)])
    large = in_block("large", [dense("c", 4, 50), dense("d", 50, 40), dense("e", 40, 4)])
    layers = [dense("first", 9, 4), *small, *large, dense("output", 4, 3)]
    assert kept_numbers(layers, recomputed=False) == 4 + 30 + 4 + 50 + 40 + 4 + 3
    assert kept_numbers(layers, recomputed=True) == 4 + 4 + 4 + 3 + (50 + 40)


def test_the_table_says_what_is_computed_again_and_how_much_is_kept() -> None:
    block = in_block("block", [dense("a", 4, 30), dense("b", 30, 4)])
    layers = [dense("first", 9, 4), *block, dense("output", 4, 3)]
    table = layer_table(layers, 5, recomputed=True)
    assert [row.name for row in table.rows if row.recomputed] == ["a"]
    assert table.kept_bytes == 4 * 5 * kept_numbers(layers, recomputed=True)
    whole = layer_table(layers, 5)
    assert not any(row.recomputed for row in whole.rows)
    assert whole.kept_bytes == whole.activation_bytes == table.activation_bytes


def test_without_blocks_all_is_kept() -> None:
    assert kept_numbers(LAYERS, recomputed=True) == kept_numbers(LAYERS, recomputed=False) == 154
