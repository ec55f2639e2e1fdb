"""What several templates declare alike."""

from __future__ import annotations

from runners.parameters import Choice, Real

DROPOUT_UNMATCHED = (
    "each framework draws its own dropout masks, so runs with dropout above 0 differ"
)


def activation(after: str) -> Choice:
    """The choice of the function ``after`` some layers, the same functions in both frameworks."""
    return Choice(
        name="activation",
        title="Activation",
        help=f"The function after {after}. GELU is the exact one, with the error function.",
        default="relu",
        options=("relu", "tanh", "gelu"),
    )


DROPOUT = Real(
    name="dropout",
    title="Dropout",
    help="The share of hidden units that is set to zero at random in each training step.",
    default=0.0,
    minimum=0.0,
    maximum=0.9,
)
