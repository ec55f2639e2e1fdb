"""The two sets of colours. Contrasts are at least 4.5 for text and 3 for marks; a test measures them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from runners.protocol import State

Scheme = Literal["light", "dark"]


@dataclass(frozen=True, slots=True)
class Colors:
    """Every colour of one scheme, as ``#RRGGBB``.

    ``window`` lies behind everything, ``base`` behind data, ``raised`` behind what can be pressed.
    ``runs`` are told apart by people with protanopia and deuteranopia too: they were searched for the
    largest smallest distance in Oklab (Ottosson 2020) as seen normally and through the simulation of
    Machado et al. (2009), starting from the palette of Okabe and Ito (2008).
    """

    scheme: Scheme
    window: str
    base: str
    alternate: str
    raised: str
    hover: str
    border: str
    outline: str
    text: str
    dim: str
    disabled: str
    accent: str
    primary: str
    primary_hover: str
    on_primary: str
    selection: str
    track: str
    error: str
    warning: str
    success: str
    grid: str
    states: Mapping[State, str]
    runs: tuple[str, ...]


DARK = Colors(
    scheme="dark",
    window="#1A1E26",
    base="#14171D",
    alternate="#181C23",
    raised="#262C37",
    hover="#303847",
    border="#2B313D",
    outline="#667286",
    text="#DFE4EC",
    dim="#99A4B5",
    disabled="#667083",
    accent="#5C9DFF",
    primary="#2766D8",
    primary_hover="#3273E8",
    on_primary="#FFFFFF",
    selection="#243B61",
    track="#2B323E",
    error="#FF7B7B",
    warning="#E5B54A",
    success="#3CC49A",
    grid="#2B313D",
    states={
        State.QUEUED: "#99A4B5",
        State.STARTING: "#6CC5E0",
        State.RUNNING: "#5C9DFF",
        State.PAUSED: "#C9A0F0",
        State.STOPPING: "#E5B54A",
        State.FINISHED: "#3CC49A",
        State.STOPPED: "#C9B27C",
        State.FAILED: "#FF7B7B",
        State.KILLED: "#F0925A",
        State.LOST: "#D58BE0",
    },
    runs=(
        "#56B4E9", "#F0A32E", "#3CC49A", "#FACEF4", "#DF500C",
        "#FDE819", "#5283FE", "#9752B4", "#83868C", "#FDEAB6",
    ),
)  # fmt: skip

LIGHT = Colors(
    scheme="light",
    window="#F3F5F8",
    base="#FFFFFF",
    alternate="#F8F9FB",
    raised="#FFFFFF",
    hover="#E9EEF6",
    border="#D8DEE7",
    outline="#7B8595",
    text="#1B222D",
    dim="#5B6575",
    disabled="#98A1AF",
    accent="#1B62D6",
    primary="#1B62D6",
    primary_hover="#1554BC",
    on_primary="#FFFFFF",
    selection="#D5E4FB",
    track="#E1E6ED",
    error="#C02626",
    warning="#8A5F00",
    success="#0F7A55",
    grid="#E3E7ED",
    states={
        State.QUEUED: "#5B6575",
        State.STARTING: "#14768F",
        State.RUNNING: "#1B62D6",
        State.PAUSED: "#7340A8",
        State.STOPPING: "#8A5F00",
        State.FINISHED: "#0F7A55",
        State.STOPPED: "#74601F",
        State.FAILED: "#C02626",
        State.KILLED: "#AD4A10",
        State.LOST: "#93309F",
    },
    runs=(
        "#0072B2", "#DE7A00", "#009E73", "#774272", "#8D5951",
        "#484C1B", "#638FF7", "#50038F", "#35383D", "#B16512",
    ),
)  # fmt: skip
