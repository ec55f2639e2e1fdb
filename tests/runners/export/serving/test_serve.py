"""Tests of runners.export.serving.serve: the process that answers for any export on this machine."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import numpy as np

from runners.export.manifest import REFERENCE
from runners.export.serving.serve import REQUIREMENTS
from tests.runners.export import linear

CHECKOUT = Path(__file__).parents[4]


WITHOUT_UVICORN = (
    "import sys; sys.modules.update(uvicorn=None); "
    "from runners.export.__main__ import main; sys.exit(main(sys.argv[1:]))"
)


def started(
    folder: Path, port: int, how: tuple[str, ...] = ("-m", "runners.export")
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, *how, "serve", str(folder), "--port", str(port)],
        cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        text=True, encoding="utf-8",
    )  # fmt: skip


def last_message(process: subprocess.Popen[str], name: str) -> Any:
    assert process.stdout
    return next(json.loads(line)[name] for line in process.stdout if name in json.loads(line))


def test_it_answers_until_whoever_started_it_is_gone(tmp_path: Path) -> None:
    linear.make(tmp_path, "forecast")
    with np.load(tmp_path / REFERENCE) as arrays:
        x, outputs = arrays["input"][:3], arrays["output"][:3]
    with started(tmp_path, 0) as process:
        url = last_message(process, "serving")
        question = json.dumps({"instances": x.tolist()}).encode()
        with urlopen(Request(f"{url}/predict", question)) as answer:
            told = json.load(answer)
        np.testing.assert_allclose(told["predictions"], outputs, atol=1e-4)
        assert process.stdin
        process.stdin.close()
        process.wait(60)


def test_a_port_that_is_taken_is_told_in_words(tmp_path: Path) -> None:
    linear.make(tmp_path, "rows")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with started(tmp_path, port) as process:
            words = last_message(process, "error")
            assert process.wait(60) == 1
    assert f"Port {port} cannot be had" in words
    assert "--port" in words


def test_a_missing_package_is_told_with_the_line_that_installs_it(tmp_path: Path) -> None:
    linear.make(tmp_path, "rows")
    with started(tmp_path, 0, ("-c", WITHOUT_UVICORN)) as process:
        words = last_message(process, "error")
        assert process.wait(60) == 1
    assert words.endswith(f'{sys.executable} -m pip install "{REQUIREMENTS["uvicorn"]}"')


def test_an_export_that_is_damaged_is_told_in_words(tmp_path: Path) -> None:
    linear.make(tmp_path, "rows")
    (tmp_path / "model.onnx").write_bytes(b"no model")
    with started(tmp_path, 0) as process:
        assert "model.onnx" in last_message(process, "error")
        assert process.wait(60) == 1
