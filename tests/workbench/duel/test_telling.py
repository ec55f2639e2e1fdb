from __future__ import annotations

import math

import pytest

from workbench.duel.figures import figure_of
from workbench.duel.telling import spread_words, value_words


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("memory_peak", 1.2144e9, "1.214 GB"),
        ("memory_peak", 2e6, "2 MB"),
        ("export_bytes", 45_300, "45.3 kB"),
        ("export_bytes", 12, "12 bytes"),
        ("step_s", 2.5, "2.5 s"),
        ("step_s", 0.035, "35 ms"),
        ("export_latency_s", 1.8e-5, "18 µs"),
        ("export_latency_s", 5.962e-7, "596.2 ns"),
        ("export_latency_s", 0.0, "0 s"),
        ("test/accuracy", 0.913, "0.913"),
        ("step_s", math.nan, "–"),
    ],
)
def test_a_figure_is_told_in_the_unit_that_makes_it_easy_to_read(
    name: str, value: float, words: str
) -> None:
    assert value_words(figure_of(name), value) == words


def test_an_interval_names_its_unit_once_unless_its_ends_differ_in_it() -> None:
    latency = figure_of("export_latency_s")
    assert spread_words(latency, 0.002, 0.003) == "2 to 3 ms"
    assert spread_words(latency, 0.0005, 0.0015) == "500 µs to 1.5 ms"
