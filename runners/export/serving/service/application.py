"""The service: what may be asked of it, and what it answers.

============  =====================================================================================================
GET /health   ``{"status": "ok"}`` as soon as the model is loaded
GET /metadata  what the model is, takes and gives
POST /predict  a picture (``Content-Type: image/png`` or another of Pillow's), or JSON with one of

              ``{"instances": [...]}``  inputs just as the model takes them, each as nested lists
              ``{"values": [...]}``     rows of features, or series, in their own units; a row may be ``{name: number}``
              ``{"texts": [...]}``      texts
============  =====================================================================================================

The answer is ``{"answers": [...]}``, one for each sample; where it was asked with ``instances``, as TensorFlow Serving is, also
``{"predictions": [...]}``, the model's outputs. What cannot be understood is answered by ``{"error": words}`` and the status 422.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from io import BytesIO
from threading import Lock
from typing import Any

import numpy as np
from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from . import values
from .values import Array

MOST_BYTES = 32 * 2**20
"""A question may be so long."""


class NotUnderstood(ValueError):
    """The question makes no sense; the message says why."""


def application(manifest: Mapping[str, Any], predict: Callable[[Array], Array]) -> FastAPI:
    """``manifest`` is what the file of that name beside the model says; ``predict`` gives the outputs for a batch of inputs."""
    about = manifest["preprocessing"]
    title = f"{manifest['spec']['template']} on {manifest['spec']['dataset']}"
    service = FastAPI(title=title, description="\n\n".join(about["words"]))
    one_at_a_time = Lock()

    def answered(kind: str, body: bytes) -> dict[str, Any]:
        x, raw = understood(kind, body, about)
        with one_at_a_time:
            outputs = predict(x)
        told = [values.answer(*each, about) for each in zip(outputs, x, strict=True)]
        return {"answers": told, **({"predictions": outputs.tolist()} if raw else {})}

    @service.get("/health")
    def health() -> dict[str, str]:
        return {"status": "ok"}

    @service.get("/metadata")
    def metadata() -> dict[str, Any]:
        kept = ("format", "run", "checkpoint", "step", "inputs", "outputs", "versions", "notes")
        told = {name: about[name] for name in about if name != "dataset"}
        return {"title": title, **{name: manifest[name] for name in kept}, "preprocessing": told}

    @service.post("/predict", openapi_extra=_QUESTION)
    async def answer(request: Request) -> JSONResponse:
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        try:
            found = await run_in_threadpool(answered, kind, await _body(request))
        except NotUnderstood as error:
            return JSONResponse({"error": str(error)}, 422)
        return JSONResponse(_without_nan(found))

    return service


def understood(kind: str, body: bytes, about: Mapping[str, Any]) -> tuple[Array, bool]:
    """A batch of inputs, and whether they came just as the model takes them. Raises NotUnderstood."""
    told = dict(about)
    if kind.startswith("image/"):
        return _picture(body, told)[None], False
    try:
        question = json.loads(body)
        ((name, given),) = question.items()
        read = {"instances": _instances, "values": _values, "texts": _texts}[name]
        if not given or not isinstance(given, list):
            raise NotUnderstood(f"{name} is to be a list of samples")
    except (ValueError, KeyError, AttributeError) as error:
        if isinstance(error, NotUnderstood):
            raise
        raise NotUnderstood(
            'ask with a picture (Content-Type: image/png), or with JSON: {"instances": [...]}, {"values": [...]} or {"texts": [...]}'
        ) from error
    return read(given, told), name == "instances"


def _picture(body: bytes, about: dict[str, Any]) -> Array:
    if about["input"] != "image" or about["shape"][2] not in (1, 3):
        raise NotUnderstood("this model takes no pictures; /metadata says what it takes")
    try:
        return values.pixels(BytesIO(body), about)
    except Exception as error:  # Pillow's readers raise whatever they like for damaged files
        raise NotUnderstood(f"the picture cannot be read: {error}") from error


def _instances(given: list[Any], about: dict[str, Any]) -> Array:
    x = _numbers(given)
    _check_shape(x, about)
    if about["input"] != "tokens":
        return x.astype(np.float32)
    most = about["dataset"]["vocabulary_size"]
    if (x < 0).any() or (x >= most).any() or (x % 1).any():
        raise NotUnderstood(f"tokens are whole numbers from 0 to {most - 1}")
    return x.astype(np.int32)


def _values(given: list[Any], about: dict[str, Any]) -> Array:
    if about["input"] not in ("features", "series"):
        raise NotUnderstood("this model takes no rows; /metadata says what it takes")
    names = [column["name"] for column in about["features"]]
    rows = [_row(each, names) if isinstance(each, dict) else each for each in given]
    x = _numbers(rows)
    _check_shape(x, about)
    return values.standardised(x, about)


def _row(named: dict[str, Any], names: list[str]) -> list[Any]:
    if set(named) != set(names):
        apart = sorted(set(named) ^ set(names))
        raise NotUnderstood(
            f"a row has {', '.join(names)}; too much or missing: {', '.join(apart)}"
        )
    return [named[name] for name in names]


def _texts(given: list[Any], about: dict[str, Any]) -> Array:
    if about["input"] != "tokens" or not about["vocabulary"]:
        raise NotUnderstood("this model takes no texts; /metadata says what it takes")
    if not all(isinstance(text, str) and text for text in given):
        raise NotUnderstood("texts is to be a list of texts that are not empty")
    return np.stack([values.tokens(text, about) for text in given])


def _numbers(given: list[Any]) -> Array:
    try:
        x = np.array(given, np.float64)
    except (TypeError, ValueError) as error:
        raise NotUnderstood(f"these are not equally long lists of numbers: {error}") from error
    if not np.isfinite(x).all():
        raise NotUnderstood("every number is to be finite")
    return x


def _check_shape(x: Array, about: dict[str, Any]) -> None:
    wanted = tuple(about["shape"])
    if x.shape[1:] != wanted:
        raise NotUnderstood(f"a sample has the shape {wanted}, and not {x.shape[1:]}")


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MOST_BYTES:
            raise NotUnderstood(f"a question may have {MOST_BYTES // 2**20} MiB at most")
    return bytes(body)


def _without_nan(value: Any) -> Any:
    """With null for what JSON has no number for."""
    if isinstance(value, dict):
        return {name: _without_nan(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_without_nan(each) for each in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value


_QUESTION: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "properties": {
                        name: {"type": "array", "items": {}}
                        for name in ("instances", "values", "texts")
                    },
                    "minProperties": 1,
                    "maxProperties": 1,
                }
            },
            "image/png": {"schema": {"type": "string", "format": "binary"}},
        },
    }
}
