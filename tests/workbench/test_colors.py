"""The figures behind the palettes: contrast after WCAG 2, and distance as colour-blind people see it."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray

from workbench.colors import DARK, LIGHT, Colors

Vector = NDArray[np.float64]
# Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB.
SEEN_WITH = {
    "full sight": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
}  # fmt: skip
# Ottosson (2020), https://bottosson.github.io/posts/oklab
TO_LMS = np.array(
    [[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566], [0.0883024619, 0.2817188376, 0.6299787005]]
)  # fmt: skip
TO_OKLAB = np.array(
    [[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099], [0.0259040371, 0.7827717662, -0.8086757660]]
)  # fmt: skip
CLEARLY_DIFFERENT = 0.08
"""In Oklab, where black and white are 1 apart and 0.02 is just noticeable."""

schemes = pytest.mark.parametrize("colors", [LIGHT, DARK], ids=lambda colors: colors.scheme)


def linear(color: str) -> Vector:
    parts = np.array([int(color[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    dark, light = sorted(float(linear(each) @ [0.2126, 0.7152, 0.0722]) for each in (one, other))
    return (light + 0.05) / (dark + 0.05)


def oklab(color: str, sight: str) -> Vector:
    seen = np.clip(SEEN_WITH[sight] @ linear(color), 0, 1)
    return np.asarray(TO_OKLAB @ np.cbrt(TO_LMS @ seen))


@schemes
@pytest.mark.parametrize("sight", SEEN_WITH)
def test_any_two_colours_of_runs_can_be_told_apart(colors: Colors, sight: str) -> None:
    seen = {color: oklab(color, sight) for color in colors.runs}
    for one, other in combinations(colors.runs, 2):
        assert np.linalg.norm(seen[one] - seen[other]) >= CLEARLY_DIFFERENT, (one, other)


@schemes
def test_every_run_stands_out_from_the_plot_it_is_drawn_on(colors: Colors) -> None:
    assert all(contrast(color, colors.base) >= 2.95 for color in colors.runs)


@schemes
@pytest.mark.parametrize("ground", ["window", "base", "alternate", "raised"])
def test_text_is_readable_on_everything_it_stands_on(colors: Colors, ground: str) -> None:
    background = getattr(colors, ground)
    for name in ("text", "dim", "error", "warning", "success", "accent"):
        assert contrast(getattr(colors, name), background) >= 4.5, name


@schemes
def test_states_are_readable_in_a_row_whether_it_is_selected_or_not(colors: Colors) -> None:
    for state, color in colors.states.items():
        assert contrast(color, colors.base) >= 4.5, state
    assert contrast(colors.text, colors.selection) >= 7
    assert contrast(colors.on_primary, colors.primary) >= 4.5


@schemes
def test_outlines_of_what_can_be_pressed_are_visible(colors: Colors) -> None:
    assert all(contrast(colors.outline, ground) >= 3 for ground in (colors.base, colors.window))


@schemes
def test_every_state_has_a_colour_of_its_own(colors: Colors) -> None:
    assert len(set(colors.states.values())) == len(colors.states) == 10
