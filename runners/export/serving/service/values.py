"""From a person's data to the input of a model, and from its output to an answer. Needs NumPy, and Pillow for pictures.

``about`` is what ``preprocessing.json`` beside the model says. Every function here stands for itself, as examples of use show some of them.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def pixels(file: Any, about: dict[str, Any]) -> Array:
    """A picture as the model takes it: of its size and colours, bright where its training images are, from 0 to its scale."""
    bright = brightness(file, about)
    if is_inverse(bright, about):
        bright = 1 - bright
    return sized(bright, about) * np.float32(about["scale"])


def brightness(file: Any, about: dict[str, Any]) -> Array:
    """A picture, upright, (height, width, channels) from 0 to 1; what is transparent shows the background."""
    from PIL import Image, ImageOps

    with Image.open(file) as picture:
        upright = ImageOps.exif_transpose(picture)
    channels, background = about["shape"][2], about["background"]
    if upright.mode.startswith("I"):  # up to 16 bits
        deep = np.asarray(upright).astype(np.float32)
        grey = deep / np.float32(65535 if deep.max(initial=0) > 255 else 255)
        return np.repeat(grey[..., None], channels, -1)
    rgba = np.asarray(upright.convert("RGBA"), np.float32) / 255
    opacity = rgba[..., 3:]
    colours: Array = rgba[..., :3] * opacity + np.float32(background) * (1 - opacity)
    if channels == 3:
        return colours
    grey = colours @ np.array([0.299, 0.587, 0.114], np.float32)
    return grey[..., None]


def is_inverse(bright: Array, about: dict[str, Any]) -> bool:
    """Whether a grey picture's border is bright and that of the training images dark, or the other way round."""
    edges = np.concatenate([bright[0], bright[-1], bright[:, 0], bright[:, -1]])
    unlike = bool(np.median(edges) > 0.5) != bool(about["background"] > 0.5)
    return unlike and bright.shape[2] == 1


def sized(bright: Array, about: dict[str, Any]) -> Array:
    """At the model's size, in the way in which its training images were brought there."""
    from PIL import Image, ImageOps

    height, width, channels = about["shape"]
    size = (width, height)
    if bright.shape[:2] == (height, width):
        return bright.astype(np.float32)
    coarser = min(bright.shape[:2]) >= 2 * max(size)
    method = Image.Resampling.BOX if coarser else Image.Resampling.BILINEAR
    layers = []
    for at in range(channels):
        layer = Image.fromarray(np.ascontiguousarray(bright[..., at], np.float32))
        if about["resize"] == "stretch":
            layer = layer.resize(size, method)
        elif about["resize"] == "crop":
            layer = ImageOps.fit(layer, size, method)
        else:
            layer = ImageOps.pad(layer, size, method, about["background"])
        layers.append(np.asarray(layer))
    return np.stack(layers, -1).clip(0, 1)


def standardised(values: Any, about: dict[str, Any]) -> Array:
    """Numbers in their own units, the columns on the last axis, as the model takes them."""
    mean = np.array([column["mean"] for column in about["features"]])
    std = np.array([column["std"] for column in about["features"]])
    x: Array = ((np.asarray(values, np.float64) - mean) / std).astype(np.float32)
    return x


def window(steps: Array, about: dict[str, Any]) -> Array:
    """Of a series (steps, channels), as the model takes them: the last of one to be forecast; else the first, filled up with 0 as in training."""
    length = about["shape"][0]
    if about["task"] != "forecasting":
        return np.pad(steps[:length], ((0, max(0, length - len(steps))), (0, 0)))
    if len(steps) < length:
        raise ValueError(f"There are {len(steps):,} steps, and the model looks at {length:,}")
    return steps[-length:]


def tokens(text: str, about: dict[str, Any]) -> Array:
    """The numbers of a text's tokens, cut to the model's length or filled up with 0. A model that writes on gets the end of the text."""
    length = about["shape"][0]
    numbers = encoded(text, about["vocabulary"])
    kept = numbers[-length:] if about["task"] == "text generation" else numbers[:length]
    return np.array(kept + [0] * (length - len(kept)), np.int32)


def encoded(text: str, vocabulary: dict[str, Any]) -> list[int]:
    """The numbers of the text's tokens; 1 stands for what the vocabulary does not know."""
    text = text.lower() if vocabulary["lower"] else text
    numbers = {token: number for number, token in enumerate(vocabulary["tokens"])}
    if vocabulary["kind"] == "byte pairs":
        chunks = re.findall(r" ?\w+| ?[^\w\s]+|\s+?(?= ?\S)|\s+", text)
        pieces = [piece for chunk in chunks for piece in merged(chunk, numbers)]
    elif vocabulary["kind"] == "words":
        pieces = re.findall(r"\w+(?:['’]\w+)*|[^\w\s]", text)
    else:
        pieces = list(text)
    return [numbers.get(piece, 1) for piece in pieces]


def merged(chunk: str, numbers: dict[str, int]) -> list[str]:
    """The chunk in pieces: neighbours whose joint text has the lowest number are joined first."""
    pieces = list(chunk)
    while joints := [pair for pair in map("".join, pairwise(pieces)) if pair in numbers]:
        joint = min(joints, key=numbers.__getitem__)
        joined: list[str] = []
        for piece in pieces:
            if joined and joined[-1] + piece == joint:
                joined[-1] = joint
            else:
                joined.append(piece)
        pieces = joined
    return pieces


def softmax(scores: Array) -> Array:
    """The probabilities, over the last axis."""
    powers = np.exp(scores - scores.max(-1, keepdims=True))
    chances: Array = powers / powers.sum(-1, keepdims=True)
    return chances


def classified(scores: Array, about: dict[str, Any]) -> dict[str, Any]:
    """The likeliest class of a sample, and how likely each is."""
    chances = softmax(scores)
    best = int(chances.argmax())
    return {
        "class": about["classes"][best],
        "probability": float(chances[best]),
        "probabilities": dict(zip(about["classes"], map(float, chances), strict=True)),
    }


def segmented(scores: Array, about: dict[str, Any]) -> dict[str, Any]:
    """The number of each pixel's class, (height, width), and the share of the pixels that each class has."""
    mask = scores.argmax(-1)
    shares = {name: float((mask == n).mean()) for n, name in enumerate(about["classes"])}
    return {"shares": shares, "mask": mask.tolist()}


def in_own_units(output: Array, about: dict[str, Any]) -> dict[str, Any]:
    """Each target's number; of a forecast the list of its next steps."""
    return {
        target["name"]: (column * target["std"] + target["mean"]).tolist()
        for target, column in zip(about["targets"], np.moveaxis(output, -1, 0), strict=True)
    }


def next_tokens(scores: Array, x: Array, about: dict[str, Any]) -> dict[str, Any]:
    """The five likeliest texts to come after the last token that is no filler."""
    end = int(np.flatnonzero(x).max(initial=0))
    chances = softmax(scores[end])
    texts = (
        about["vocabulary"]["tokens"]
        if about["vocabulary"]
        else list(map(str, range(len(chances))))
    )
    return {"next": {texts[n]: float(chances[n]) for n in chances.argsort()[::-1][:5]}}


def rebuilt(scores: Array, about: dict[str, Any]) -> dict[str, Any]:
    """The image that comes back, shaped as the input, from 0 to the scale."""
    bright = 0.5 + 0.5 * np.tanh(scores / 2)
    return {"image": (bright * about["scale"]).tolist()}


def answer(output: Array, x: Array, about: dict[str, Any]) -> dict[str, Any]:
    """What a person reads of the output for one sample."""
    match about["task"]:
        case "classification":
            return classified(output, about)
        case "segmentation":
            return segmented(output, about)
        case "text generation":
            return next_tokens(output, x, about)
        case "reconstruction":
            return rebuilt(output, about)
    return in_own_units(output, about)
