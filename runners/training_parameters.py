"""The parameters of training, the same for every template and framework. Standard library only."""

from __future__ import annotations

from collections.abc import Mapping

from runners.parameters import Choice, Flag, Integer, Parameter, Real

LARGEST_BATCH_SIZE = 65_536

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
        maximum=LARGEST_BATCH_SIZE,
    ),
    Real(
        name="time_limit",
        title="Time limit",
        help=(
            "The training ends after the step with which it has trained for so long; it is then validated and tested "
            "as always. Only time spent in training counts. The schedule follows the epochs. 0 is off."
        ),
        unit="s",
        group="Training",
        default=0.0,
        minimum=0.0,
        maximum=1e8,
    ),
    Integer(
        name="threads",
        title="Threads",
        help="How many threads of the CPU the framework computes with; 0 is one for each core.",
        group="Training",
        default=0,
        minimum=0,
        maximum=1024,
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
            "How the learning rate changes: not at all, down to zero along half a cosine or a line, or in "
            "steps, to a tenth after half and to a hundredth after three quarters of the training."
        ),
        group="Optimizer",
        default="constant",
        options=("constant", "cosine", "linear", "step"),
    ),
    Real(
        name="warmup",
        title="Warm-up",
        help="The share of the training in which the learning rate first rises from zero.",
        group="Optimizer",
        default=0.0,
        minimum=0.0,
        maximum=0.5,
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
    Integer(
        name="pieces",
        title="Pieces of a batch",
        help=(
            "A batch is computed in so many pieces, one after the other, and their gradients are added: "
            "the same step with less memory. Batch norm sees each piece alone."
        ),
        group="Training",
        default=1,
        minimum=1,
        maximum=1024,
    ),
    Flag(
        name="gradient_checkpointing",
        title="Gradient checkpointing",
        help=(
            "Keeps only what goes into each block of layers, and computes the rest again on the way back, after Chen "
            "et al. (2016): the same losses with less memory, in about a third more time."
        ),
        group="Training",
        default=False,
    ),
    Choice(
        name="precision",
        title="Precision",
        help=(
            "The type of numbers in the layers; weights stay float32. bfloat16 and float16 are faster where "
            "the device has units for them. float16 is for NVIDIA's GPUs, and its gradients are scaled."
        ),
        group="Training",
        default="float32",
        options=("float32", "bfloat16", "float16"),
    ),
    Real(
        name="average",
        title="Averaged weights",
        help=(
            "Evaluate and test a moving average of the weights, of which each step keeps this share, such "
            "as 0.999. 0 is off."
        ),
        group="Training",
        default=0.0,
        minimum=0.0,
        maximum=0.99999,
    ),
    Integer(
        name="patience",
        title="Patience",
        help=(
            "The training ends early when the validation loss has not fallen for so many epochs, and the "
            "best weights are tested. 0 is off."
        ),
        unit="epochs",
        group="Training",
        default=0,
        minimum=0,
        maximum=100_000,
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

CLASS_PARAMETERS: tuple[Parameter, ...] = (
    Real(
        name="label_smoothing",
        title="Label smoothing",
        help="The share of the truth that is spread evenly over all classes while training.",
        group="Classes",
        default=0.0,
        minimum=0.0,
        maximum=0.5,
    ),
    Choice(
        name="class_weights",
        title="Class weights",
        help="Whether rare classes count as much as common ones while training.",
        group="Classes",
        default="none",
        options=("none", "balanced"),
    ),
    Real(
        name="mixup",
        title="Mixup",
        help=(
            "Mixes each sample of a batch with another one and their classes alike, by a share drawn from "
            "Beta(a, a), after Zhang et al. (2018). This is a; 0 is off."
        ),
        group="Augmentation",
        default=0.0,
        minimum=0.0,
        maximum=10.0,
    ),
)
"""For templates that classify."""

IMAGE_PARAMETERS: tuple[Parameter, ...] = (
    Flag(
        name="flip",
        title="Flip",
        help="Turns every second image, at random, left to right.",
        group="Augmentation",
        default=False,
    ),
    Integer(
        name="shift",
        title="Shift",
        help="Moves each image by up to so many pixels, at random; black comes in from the border.",
        unit="pixels",
        group="Augmentation",
        default=0,
        minimum=0,
        maximum=512,
    ),
    Real(
        name="rotate",
        title="Rotate",
        help="Turns each image by up to so many degrees to either side, at random.",
        unit="degrees",
        group="Augmentation",
        default=0.0,
        minimum=0.0,
        maximum=180.0,
    ),
    Real(
        name="brightness",
        title="Brightness and contrast",
        help="Changes brightness and contrast of each image by up to this share, at random.",
        group="Augmentation",
        default=0.0,
        minimum=0.0,
        maximum=1.0,
    ),
    Integer(
        name="cutout",
        title="Cut-out",
        help="Blackens a square of this side in each image, after DeVries and Taylor (2017). 0 is off.",
        unit="pixels",
        group="Augmentation",
        default=0,
        minimum=0,
        maximum=512,
    ),
)
"""For templates that take images. What is done to an image is done to its mask."""

ALL_TRAINING_PARAMETERS = (*TRAINING_PARAMETERS, *CLASS_PARAMETERS, *IMAGE_PARAMETERS)


def why_not_on(parameters: Mapping[str, object], device: str) -> str:
    """What such a device (``cpu``, ``cuda``, ``mps``, with or without a number) cannot do of what was asked, or ""."""
    if parameters.get("precision") == "float16" and not device.startswith("cuda"):
        return "float16 needs an NVIDIA GPU: choose bfloat16 or float32"
    return ""
