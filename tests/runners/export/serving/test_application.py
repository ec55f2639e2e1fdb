"""Tests of runners.export.serving.service.application, asked over HTTP's own messages in this process."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Response
from PIL import Image

from runners.export.manifest import MANIFEST, REFERENCE
from runners.export.runtimes import load
from runners.export.serving.service import application as module
from tests.runners.export import linear

PNG = {"Content-Type": "image/png"}


class Client:
    """Asks a service for the export in a folder."""

    def __init__(self, service: FastAPI, folder: Path) -> None:
        self._service, self.folder = service, folder

    def get(self, path: str) -> Any:
        return asyncio.run(self._ask("GET", path)).json()

    def predict(self, question: Any) -> Any:
        return self.post(json.dumps(question).encode()).json()

    def post(self, content: bytes, headers: Mapping[str, str] | None = None) -> Response:
        return asyncio.run(self._ask("POST", "/predict", content, headers))

    async def _ask(
        self,
        method: str,
        path: str,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        transport = ASGITransport(self._service)
        async with AsyncClient(transport=transport, base_url="http://service") as client:
            return await client.request(method, path, content=content, headers=headers)


Ask = Callable[[str], Client]


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Ask:
    """A client of the service for an export of a kind."""
    made: dict[str, Client] = {}

    def client(kind: str) -> Client:
        if kind not in made:
            folder = tmp_path_factory.mktemp(kind)
            linear.make(folder, kind)
            _, model = load(folder)
            manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
            made[kind] = Client(module.application(manifest, model.predict), folder)
        return made[kind]

    return client


def reference(client: Client) -> tuple[Any, Any]:
    with np.load(client.folder / REFERENCE) as arrays:
        return arrays["input"], arrays["output"]


def png(size: tuple[int, int], colour: int = 200) -> bytes:
    file = BytesIO()
    Image.new("L", size, colour).save(file, "PNG")
    return file.getvalue()


def test_it_says_that_it_is_well(ask: Ask) -> None:
    assert ask("images").get("/health") == {"status": "ok"}


def test_it_says_what_the_model_is_takes_and_gives(ask: Ask) -> None:
    told = ask("images").get("/metadata")
    assert told["title"] == "mlp on digits"
    assert told["inputs"] == [{"name": "input", "shape": [None, 8, 8, 1], "dtype": "float32"}]
    assert told["preprocessing"]["classes"] == list("0123456789")
    assert any("softmax" in sentence for sentence in told["preprocessing"]["words"])


@pytest.mark.parametrize("kind", linear.KINDS)
def test_inputs_as_the_model_takes_them_are_answered_by_its_outputs(kind: str, ask: Ask) -> None:
    x, outputs = reference(ask(kind))
    told = ask(kind).predict({"instances": x.tolist()})
    np.testing.assert_allclose(told["predictions"], outputs, rtol=1e-4, atol=1e-4)
    assert len(told["answers"]) == len(x)


def test_a_picture_is_classified(ask: Ask) -> None:
    told = ask("images").post(png((40, 30)), PNG).json()
    (answer,) = told["answers"]
    assert answer["class"] in "0123456789"
    assert sum(answer["probabilities"].values()) == pytest.approx(1)
    assert answer["probability"] == max(answer["probabilities"].values())
    assert "predictions" not in told


def test_a_picture_is_answered_as_its_pixels_are(ask: Ask) -> None:
    told = ask("images").post(png((8, 8), 102), PNG).json()  # dark, as the training images are
    pixels = {"instances": np.full((1, 8, 8, 1), 6.4).tolist()}
    (answer,), (same,) = told["answers"], ask("images").predict(pixels)["answers"]
    assert answer["probabilities"] == pytest.approx(same["probabilities"], rel=1e-4)


def test_a_row_may_be_a_list_or_named_and_is_in_its_own_units(ask: Ask) -> None:
    client = ask("rows")
    row = [7.0, 2.5, 1.0]
    named = dict(zip(["colour=red", "width", "length"], row[::-1], strict=True))
    told = client.predict({"values": [row, named]})["answers"]
    same = client.predict({"instances": [[1.0, -1.0, 1.0]]})["answers"]
    assert told == same * 2


def test_a_regression_and_a_forecast_are_told_in_their_own_units(ask: Ask) -> None:
    (told,) = ask("regression").predict({"values": [[4, 30]]})["answers"]
    assert told == {"price": pytest.approx(1000)}
    mean = [[10.0, 1.0]] * 3
    (told,) = ask("forecast").predict({"values": [mean]})["answers"]
    assert told == {"warmth": pytest.approx([10, 10]), "rain": pytest.approx([1, 1])}


def test_a_text_is_answered_by_what_may_come_next(ask: Ask) -> None:
    (told,) = ask("text").predict({"texts": ["abc"]})["answers"]
    assert len(told["next"]) == 5
    assert set(told["next"]) <= set(linear.LETTERS.tokens)


def test_a_text_is_classified_and_an_image_comes_back_within_its_scale(ask: Ask) -> None:
    told = ask("reviews").predict({"texts": ["Not so good", "good"]})["answers"]
    assert [answer["class"] in ("bad", "good") for answer in told] == [True, True]
    (answer,) = ask("images again").post(png((8, 8)), PNG).json()["answers"]
    image = np.array(answer["image"])
    assert image.shape == (8, 8, 1)
    assert image.min() >= 0
    assert image.max() <= 16


def test_what_is_no_number_is_null_in_the_answer(tmp_path: Path) -> None:
    linear.make(tmp_path, "regression")
    manifest = json.loads((tmp_path / MANIFEST).read_text("utf-8"))
    service = module.application(manifest, lambda x: x[:, :1] * np.nan)
    told = Client(service, tmp_path).predict({"values": [[1, 2]]})
    assert told == {"answers": [{"price": None}]}


@pytest.mark.parametrize(
    ("kind", "question", "words"),
    [
        ("images", {}, "ask with a picture"),
        ("images", [1], "ask with a picture"),
        ("images", {"pictures": [1]}, "ask with a picture"),
        ("images", {"instances": [[1]], "texts": ["a"]}, "ask with a picture"),
        ("images", {"instances": []}, "a list of samples"),
        ("images", {"instances": "abc"}, "a list of samples"),
        ("images", {"instances": [[1, 2], [3]]}, "equally long"),
        ("images", {"instances": [[1, 2]]}, "the shape (8, 8, 1), and not (2,)"),
        ("images", {"instances": [["a"]]}, "lists of numbers"),
        ("images", {"values": [[1]]}, "takes no rows"),
        ("images", {"texts": ["a"]}, "takes no texts"),
        ("rows", {"values": [[1, 2]]}, "the shape (3,)"),
        ("rows", {"values": [{"length": 1, "height": 2}]}, "height, width"),
        ("rows", {"instances": [[1, 2, 1e999]]}, "finite"),
        ("text", {"instances": [[1, 2, 3, 9]]}, "whole numbers from 0 to 5"),
        ("text", {"instances": [[1, 2, 3, 0.5]]}, "whole numbers from 0 to 5"),
        ("text", {"texts": [""]}, "not empty"),
        ("text", {"texts": [7]}, "not empty"),
    ],
)
def test_what_makes_no_sense_is_answered_by_words(
    kind: str, question: Any, words: str, ask: Ask
) -> None:
    answer = ask(kind).post(json.dumps(question).encode())
    assert answer.status_code == 422
    assert words in answer.json()["error"]


def test_what_is_no_json_no_picture_or_too_long_is_answered_by_words(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = ask("images")
    assert client.post(b"\xff{").status_code == 422
    broken = client.post(png((8, 8))[:40], PNG)
    assert "the picture cannot be read" in broken.json()["error"]
    refused = ask("rows").post(png((8, 8)), PNG)
    assert "takes no pictures" in refused.json()["error"]
    monkeypatch.setattr(module, "MOST_BYTES", 2**20)
    assert "1 MiB at most" in client.post(b" " * 2**21).json()["error"]
