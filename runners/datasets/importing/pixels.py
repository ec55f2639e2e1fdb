"""Images and masks as arrays of bytes."""

from __future__ import annotations

import os
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from runners.datasets.importing.recipe import ImageRule, Resize

Pixels = NDArray[np.uint8]
Item = TypeVar("Item")
Result = TypeVar("Result")

warnings.simplefilter("error", Image.DecompressionBombWarning)
_RESIZED = {"smooth": Image.Resampling.BILINEAR, "exact": Image.Resampling.NEAREST}


class UnreadableImage(Exception):
    """A file is no image that can be read; the message names it and says why."""


def read_image(path: str, rule: ImageRule) -> Pixels:
    """The image (height, width, channels) as the rule says. Raises UnreadableImage."""
    with _opened(path) as image:
        if image.format == "JPEG":
            image.draft("RGB" if rule.colour else "L", (2 * rule.width, 2 * rule.height))
        turned = ImageOps.exif_transpose(image)
        pixels = np.asarray(_resized(_eight_bits(turned, rule.colour), rule, "smooth"))
    return pixels if rule.colour else pixels[..., np.newaxis]


def image_size(path: str) -> tuple[tuple[int, int], str]:
    """Width and height as seen, and the mode, without decoding the pixels. Raises UnreadableImage."""
    with _opened(path) as image:
        turned = image.getexif().get(0x0112, 1) >= 5
        return (image.size[::-1] if turned else image.size), image.mode


def read_mask(path: str) -> tuple[NDArray[np.uint32], tuple[int, int]]:
    """A mask's values (height, width), of colours 65536 * red + 256 * green + blue; and its width and height."""
    with _opened(path) as image:
        if image.mode in ("1", "L", "P", "I", "I;16"):
            values = np.asarray(image).astype(np.uint32)
        else:
            red, green, blue = np.moveaxis(
                np.asarray(image.convert("RGB")).astype(np.uint32), -1, 0
            )
            grey = bool((red == green).all() and (green == blue).all())
            values = red if grey else (red << 16) + (green << 8) + blue
        return values, image.size


def resize_mask(classes: Pixels, rule: ImageRule) -> Pixels:
    """The classes of a mask at the size of the images, nothing mixed."""
    return np.asarray(_resized(Image.fromarray(classes), rule, "exact"))


def in_threads(
    work: Callable[[Item], Result], items: Iterable[Item], ahead: int = 64
) -> Iterator[Result]:
    """``work`` of each item, in their order, a few ahead in threads: decoding lets other threads run."""
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        waiting: deque[Future[Result]] = deque()
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) >= ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


class _opened:  # noqa: N801  it is used as a function
    """An open image; whatever goes wrong with it becomes UnreadableImage."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __enter__(self) -> Image.Image:
        try:
            self._image = Image.open(self._path)
        except Exception as error:
            raise self._unreadable(error) from error
        return self._image

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        self._image.close()
        if isinstance(error, Exception):
            raise self._unreadable(error) from error

    def _unreadable(self, error: Exception) -> UnreadableImage:
        said = str(error).replace(self._path, "").strip(" :'\"")
        return UnreadableImage(f"{self._path} ({said or type(error).__name__})")


def _eight_bits(image: Image.Image, colour: bool) -> Image.Image:
    if image.mode.startswith("I"):
        values = np.asarray(image).astype(np.float64)
        image = Image.fromarray((values / (257 if values.max() > 255 else 1)).astype(np.uint8))
    if image.mode == "P":  # a palette, perhaps with a transparent colour
        image = image.convert("RGBA")
    return image.convert("RGB" if colour else "L")


def _resized(image: Any, rule: ImageRule, how: str) -> Any:
    size, method = (rule.width, rule.height), _RESIZED[how]
    if image.size == size:
        return image
    match rule.resize:
        case Resize.STRETCH:
            return image.resize(size, method)
        case Resize.CROP:
            return ImageOps.fit(image, size, method)
    return ImageOps.pad(image, size, method)
