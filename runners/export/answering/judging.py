"""From what a model gives to what a person reads, and how bad each answer is. NumPy only."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from runners.datasets.dataset import Task
from runners.export.facts import Facts

Array = NDArray[Any]
Floats = NDArray[np.float32]


def answers(facts: Facts, outputs: Array) -> Array:
    """What is shown of a batch of outputs.

    Classification: the probabilities of the classes, (samples, classes). Segmentation: the class of each pixel, (samples, height, width).
    Regression and forecasting: numbers in the targets' own units. Reconstruction: pixels from 0 to 1. Text generation: the
    probabilities of the token after each place, (samples, length, tokens).
    """
    match facts.task:
        case Task.CLASSIFICATION | Task.TEXT_GENERATION:
            return softmax(outputs)
        case Task.SEGMENTATION:
            return np.asarray(outputs.argmax(-1), np.uint8)
        case Task.RECONSTRUCTION:
            return sigmoid(outputs)
    return own_units(facts, outputs)


def losses(facts: Facts, outputs: Array, x: Array, y: Array) -> Floats:
    """Of each sample, of shape (samples,): cross entropy in nats, for numbers the squared error of the standardised ones; means over
    pixels, tokens, steps and targets. What the task's objective is, without smoothing, weights of classes and other additions.
    """
    outputs = outputs.astype(np.float64)
    match facts.task:
        case Task.CLASSIFICATION | Task.SEGMENTATION | Task.TEXT_GENERATION:
            each = _cross_entropy(outputs, y)
        case Task.RECONSTRUCTION:
            each = np.logaddexp(0, outputs) - outputs * (x / facts.scale)
        case _:
            each = np.square(outputs - y)
    return _means(each)


def softmax(scores: Array) -> Floats:
    """Over the last axis. After scores that are no numbers, of no class anything is known."""
    scores = scores.astype(np.float64)
    with np.errstate(invalid="ignore", over="ignore"):
        powers = np.exp(scores - scores.max(-1, keepdims=True))
        shares: Floats = (powers / powers.sum(-1, keepdims=True)).astype(np.float32)
    return shares


def sigmoid(scores: Array) -> Floats:
    """Without overflow."""
    bright: Floats = (0.5 + 0.5 * np.tanh(scores.astype(np.float64) / 2)).astype(np.float32)
    return bright


def own_units(facts: Facts, values: Array) -> Floats:
    """Standardised targets, on the last axis, in their own units."""
    if not facts.targets:
        return values.astype(np.float32)
    mean, std = np.array([(one.mean, one.std) for one in facts.targets]).T
    own: Floats = (values * std + mean).astype(np.float32)
    return own


def _cross_entropy(scores: Array, truth: Array) -> Array:
    with np.errstate(invalid="ignore", over="ignore"):
        highest = scores.max(-1, keepdims=True)
        whole = np.log(np.exp(scores - highest).sum(-1)) + highest[..., 0]
        of_truth = np.take_along_axis(scores, truth.astype(np.int64)[..., None], -1)[..., 0]
        entropy: Array = whole - of_truth
    return entropy


def _means(each: Array) -> Floats:
    means: Floats = each.reshape(len(each), -1).mean(1).astype(np.float32)
    return means
