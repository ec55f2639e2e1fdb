from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from runners.templates.initial import initial_weights
from runners.templates.layers import Layer
from tests.runners.templates.cases import CASES, EVERY_FEATURE, FIRST_STEPS, SEED
from tests.runners.templates.parity import disturbed
from tests.runners.templates.parity_results import Pair, measure, relative

pytestmark = pytest.mark.long

EACH = pytest.mark.parametrize("case", CASES)
DTYPES = pytest.mark.parametrize("dtype", ["float64", "float32"])
COUNTED = ("dense", "convolution", "depthwise", "transposed", "lstm", "gru", "attention")
"""The beginnings of the kinds of layers whose multiply-adds PyTorch counts, too."""
GetPair = Callable[[str], Pair]


@pytest.fixture(scope="module")
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> GetPair:
    """What was measured of a case. Only the cases of the tests that were chosen are measured."""
    folder = tmp_path_factory.mktemp("parity")
    measure(folder, dict.fromkeys(_chosen_cases(request)))
    return cache(lambda case: Pair(folder, case))


def _chosen_cases(request: pytest.FixtureRequest) -> Iterator[str]:
    for item in request.session.items:
        if item.path == Path(__file__) and isinstance(item, pytest.Function):
            yield str(item.callspec.params["case"])


def _within(case: str, dtype: str) -> float:
    return 1e-5 if dtype == "float32" else CASES[case].float64_within / 10


def _layers(case: str) -> list[Layer]:
    one = CASES[case]
    return one.declared.layers_for(one.values(), one.dataset)


@EACH
@DTYPES
def test_both_frameworks_start_from_the_weights_that_the_seed_gives(
    pair: GetPair, case: str, dtype: str
) -> None:
    expected = initial_weights(_layers(case), SEED)
    for found in pair(case).both:
        assert {n for n in found if n.startswith(f"{dtype}/initial/")} == {
            f"{dtype}/initial/{name}" for name in expected
        }
        for name, array in expected.items():
            np.testing.assert_array_equal(found[f"{dtype}/initial/{name}"], array, name)


@EACH
@DTYPES
def test_weights_are_carried_into_a_model_and_back_without_loss(
    pair: GetPair, case: str, dtype: str
) -> None:
    for found in pair(case).both:
        for name, array in disturbed(_layers(case)).items():
            np.testing.assert_array_equal(found[f"{dtype}/carried/{name}"], array, name)


@EACH
def test_both_models_train_as_many_numbers_as_the_template_declares(
    pair: GetPair, case: str
) -> None:
    declared = sum(layer.parameter_count for layer in _layers(case))
    for found in pair(case).both:
        assert found["float32/trained"] == declared


@EACH
def test_layers_give_the_shapes_that_the_template_declares(pair: GetPair, case: str) -> None:
    real = pair(case).tensorflow
    named = [layer for layer in _layers(case) if f"float32/shape/{layer.name}" in real]
    assert {layer.name for layer in named} >= {n.name for n in _layers(case) if _moves(n)}
    for layer in named:
        assert tuple(real[f"float32/shape/{layer.name}"]) == layer.output_shape, layer.name


def _moves(layer: Layer) -> bool:
    return bool(layer.weights) and layer.kind != "learned"


@EACH
def test_the_declared_multiply_adds_are_those_that_pytorch_counts(pair: GetPair, case: str) -> None:
    declared = sum(n.multiply_adds for n in _layers(case) if n.kind.startswith(COUNTED))
    assert pair(case).pytorch["float32/multiply_adds"] == declared


@EACH
@DTYPES
def test_outputs_and_losses_of_a_batch_are_equal(pair: GetPair, case: str, dtype: str) -> None:
    assert pair(case).apart(f"{dtype}/output/") <= _within(case, dtype)
    assert pair(case).apart(f"{dtype}/loss") <= _within(case, dtype)
    assert pair(case).apart(f"{dtype}/training_loss") <= _within(case, dtype)


@EACH
def test_in_float64_gradients_of_a_batch_are_equal(pair: GetPair, case: str) -> None:
    assert pair(case).gradients_apart("float64") <= _within(case, "float64")


@EACH
def test_in_float32_gradients_of_a_batch_are_equal_to_the_rounding_of_either_framework(
    pair: GetPair, case: str
) -> None:
    assert pair(case).gradients_apart("float32") <= max(1e-5, 2 * pair(case).gradients_rounded())


@EACH
def test_the_outputs_in_float32_are_those_in_float64_rounded(pair: GetPair, case: str) -> None:
    for found in pair(case).both:
        for name in pair(case).names("float64/output/"):
            rounded = found[name.replace("float64", "float32")]
            assert rounded.dtype == np.float32
            assert relative(found[name], rounded) <= 1e-4


@EACH
def test_both_frameworks_get_the_same_batches(pair: GetPair, case: str) -> None:
    for course in CASES[case].courses:
        assert pair(case).apart(f"{course}/float64/batches") == 0


@EACH
def test_in_float64_the_losses_of_fifty_steps_of_every_optimizer_are_equal(
    pair: GetPair, case: str
) -> None:
    for course in CASES[case].courses:
        assert pair(case).losses_apart(f"{course}/float64", 50) <= CASES[case].float64_within, (
            course
        )
        assert pair(case).apart(f"{course}/float64/after/") <= 10 * CASES[case].float64_within, (
            course
        )


@EACH
def test_eager_mode_and_graph_mode_of_tensorflow_take_the_same_course(
    pair: GetPair, case: str
) -> None:
    few = pair(case).tensorflow["other mode/losses"]
    many = pair(case).tensorflow["momentum/float64/losses"]
    np.testing.assert_allclose(few, many[: len(few)], rtol=_within(case, "float64"))


@pytest.mark.parametrize("case", [name for name, one in CASES.items() if "adamw" in one.courses])
def test_in_float32_the_losses_of_the_first_steps_are_equal_to_rounding(
    pair: GetPair, case: str
) -> None:
    assert pair(case).losses_apart("momentum/float32", FIRST_STEPS) <= 1e-5


@EACH
def test_the_weights_after_fifty_steps_are_equal(pair: GetPair, case: str) -> None:
    assert pair(case).apart("momentum/float64/weights/") <= 10 * CASES[case].float64_within


@EACH
def test_statistics_of_the_data_follow_it_unless_frozen_and_are_equal(
    pair: GetPair, case: str
) -> None:
    before = disturbed(_layers(case))
    for norm in (layer for layer in _layers(case) if layer.kind == "batch norm"):
        gamma, _beta, *statistics = norm.weights
        for weight in statistics:
            name = f"momentum/float64/weights/{weight.name}"
            for found in pair(case).both:
                moved = relative(found[name], before[weight.name])
                assert moved > 0.01 if gamma.trained else moved == 0
            assert pair(case).apart(name) <= CASES[case].float64_within


@EACH
def test_training_lowers_the_loss(pair: GetPair, case: str) -> None:
    course = list(CASES[case].courses)[-1]
    losses = pair(case).pytorch[f"{course}/float64/losses"]
    assert losses[-10:].mean() < losses[:10].mean()


@EACH
def test_dropout_is_on_in_training_and_off_in_evaluation(pair: GetPair, case: str) -> None:
    one = CASES[case]
    if not any(parameter.name == "dropout" for parameter in one.declared.parameters):
        pytest.skip("the template has no dropout")
    for found in pair(case).both:
        assert found["dropout/training_loss"] != found["float32/training_loss"]
        for name in pair(case).names("dropout/output/"):
            whole = name.replace("dropout", "float32")
            np.testing.assert_allclose(found[name], found[whole], rtol=1e-6, atol=1e-7)


@EACH
def test_initial_weights_are_spread_as_the_template_declares(case: str) -> None:
    for layer in _layers(case):
        for weight in layer.weights:
            drawn = initial_weights([layer], SEED)[weight.name]
            scale, count = weight.initial.scale, drawn.size
            spread = {"constant": 0.0, "uniform": scale / math.sqrt(3), "normal": scale}
            expected = spread[weight.initial.draw]
            assert abs(drawn.std() - expected) <= 4 * expected / math.sqrt(count) + 1e-7
            if weight.initial.draw != "constant":
                assert abs(drawn.mean()) <= 4 * expected / math.sqrt(count)


@pytest.mark.parametrize("case", ["mlp"])
def test_a_quick_measure_of_training_is_the_same(pair: GetPair, case: str) -> None:
    found = pair(case)
    np.testing.assert_array_equal(
        found.pytorch["adam/float64/measures"], found.tensorflow["adam/float64/measures"]
    )
    assert found.pytorch["adam/float64/measures"].max() > 0


@pytest.mark.parametrize("case", ["mlp"])
def test_clipping_changes_the_course_of_a_training_with_long_gradients(
    pair: GetPair, case: str
) -> None:
    for found in pair(case).both:
        steep, clipped = found["steep/float64/losses"], found["clipped/float64/losses"]
        assert steep[0] == clipped[0]
        assert abs(steep[5] - clipped[5]) > 1e-3


@pytest.mark.parametrize("case", ["mlp"])
def test_every_course_is_another(pair: GetPair, case: str) -> None:
    for found in pair(case).both:
        ends = {float(found[f"{name}/float64/after/loss"]) for name in EVERY_FEATURE}
        assert len(ends) == len(EVERY_FEATURE)
