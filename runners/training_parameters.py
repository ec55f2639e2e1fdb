"""The parameters of training, the same for every template and framework. Standard library only."""

from __future__ import annotations

from runners.parameters import Choice, Flag, Integer, Parameter, Real

TRAINING_PARAMETERS: tuple[Parameter, ...] = (
    Integer(
        name="epochs",
        title="Epochs",
        help="How often the whole training part is gone through.",
        group="Training",
        default=5,
        minimum=1,
        maximum=100_000,
    ),
    Integer(
        name="batch_size",
        title="Batch size",
        help="How many samples make one step.",
        unit="samples",
        group="Training",
        default=128,
        minimum=1,
        maximum=65_536,
    ),
    Real(
        name="validation_split",
        title="Validation split",
        help="The share of the training part that is kept for validation; 0 validates nothing.",
        group="Training",
        default=0.1,
        minimum=0.0,
        maximum=0.5,
    ),
    Choice(
        name="optimizer",
        title="Optimizer",
        help="How weights follow gradients. Momentum is SGD with 0.9 of the last step's direction.",
        group="Optimizer",
        default="adam",
        options=("sgd", "momentum", "adam", "adamw"),
    ),
    Real(
        name="learning_rate",
        title="Learning rate",
        help="How far a step goes, at the start of the schedule.",
        group="Optimizer",
        default=1e-3,
        minimum=1e-8,
        maximum=10.0,
        logarithmic=True,
    ),
    Choice(
        name="schedule",
        title="Schedule",
        help=(
            "How the learning rate changes: not at all, down to zero along half a cosine, or in "
            "steps, to a tenth after half and to a hundredth after three quarters of the training."
        ),
        group="Optimizer",
        default="constant",
        options=("constant", "cosine", "step"),
    ),
    Real(
        name="weight_decay",
        title="Weight decay",
        help="Pulls weights towards zero: in the gradient (L2), or apart from it with AdamW.",
        group="Optimizer",
        default=0.0,
        minimum=0.0,
        maximum=1.0,
    ),
    Real(
        name="gradient_clip",
        title="Gradient clipping",
        help="The largest norm of all gradients together; longer ones are scaled down. 0 is off.",
        group="Optimizer",
        default=0.0,
        minimum=0.0,
        maximum=1e6,
    ),
    Choice(
        name="non_finite",
        title="Loss that is no number",
        help=(
            "What happens when the training loss becomes infinite or not a number: the run ends as "
            "failed, with the reason, or it goes on."
        ),
        group="Training",
        default="stop",
        options=("stop", "go on"),
    ),
    Flag(
        name="pictures",
        title="Pictures and histograms",
        help=(
            "Keep histograms of the weights and a picture of the worst mistakes, after twelve epochs "
            "at most."
        ),
        group="Training",
        default=True,
    ),
)
