"""One picture, one answer: by the example, by the service that stands alone, and by Twinbench itself."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from httpx import ASGITransport, AsyncClient
from PIL import Image, ImageDraw

from runners.export import examples
from runners.export.manifest import MANIFEST, PREPROCESSING, Manifest
from runners.export.preprocessing import Look
from runners.export.runtimes import load
from runners.export.serving.service.application import application
from tests.runners.export import linear
from tests.runners.export.alone import run_alone
from workbench.trying.client import Target, asking
from workbench.trying.files import read_given
from workbench.trying.said import as_json

PROGRAM = """\
import json, runpy, sys
print(json.dumps(runpy.run_path("example.py")["told"]["probabilities"]))
"""
LOOKS = [Look("pad", 0.0, 1.0), Look("crop", 0.25, 1.0), Look("stretch", 1.0, 1.0)]


def exported(folder: Path, look: Look) -> None:
    """A classifier of digits whose training images look like that."""
    manifest = linear.make(folder, "images")
    told = {name: getattr(look, name) for name in ("resize", "background", "ink")}
    about = {**manifest.preprocessing, **told}
    (folder / PREPROCESSING).write_text(json.dumps(about), "utf-8")
    manifest = replace(manifest, preprocessing=about)
    manifest.write(folder)
    examples.write(folder, manifest)


def drawn(path: Path) -> None:
    """Dark on bright, half transparent in a corner, and no square."""
    image = Image.new("RGBA", (50, 90), (250, 250, 240, 255))
    pen = ImageDraw.Draw(image)
    pen.line([(20, 10), (30, 80), (25, 40)], (20, 0, 60, 255), 6)
    pen.rectangle((0, 0, 12, 12), (90, 90, 90, 100))
    image.save(path)


async def served(folder: Path, picture: bytes) -> Mapping[str, float]:
    manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    transport = ASGITransport(application(manifest, load(folder)[1].predict))
    async with AsyncClient(transport=transport, base_url="http://service") as client:
        answer = await client.post("/predict", content=picture, headers={"Content-Type": "image/png"})  # fmt: skip
    (told,) = answer.json()["answers"]
    found: Mapping[str, float] = told["probabilities"]
    return found


def predicted(folder: Path, picture: Path) -> Mapping[str, float]:
    """As "Try it" and `twinbench predict` do."""
    with asking(Target(folder, folder, sys.executable)) as asker:
        facts = asker.facts()
        (given,) = read_given(picture, facts)
        answers = asker.ask("predict", **given.question)["answers"]
    found: Mapping[str, float] = as_json(facts, answers[0])["probabilities"]
    return found


def in_order(probabilities: Mapping[str, Any]) -> list[float]:
    return [probabilities[str(digit)] for digit in range(10)]


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.resize)
def test_a_picture_gets_the_same_probabilities_everywhere(look: Look, tmp_path: Path) -> None:
    exported(tmp_path, look)
    picture = tmp_path / "mine.png"
    drawn(picture)
    (tmp_path / "ask_it.py").write_text(PROGRAM, "utf-8")
    by_example = in_order(json.loads(run_alone(tmp_path, "ask_it.py", "mine.png").splitlines()[-1]))
    by_service = in_order(asyncio.run(served(tmp_path, picture.read_bytes())))
    by_twinbench = in_order(predicted(tmp_path, picture))
    np.testing.assert_allclose(by_example, by_service, rtol=1e-5)
    np.testing.assert_allclose(by_twinbench, by_service, rtol=1e-5)
    assert Manifest.read(tmp_path).preprocessing["resize"] == look.resize
