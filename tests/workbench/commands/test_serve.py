from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from urllib.request import urlopen

import pytest

from runners.export.manifest import Check, Manifest
from runners.export.serving.pack import KINDS
from storage.home import Home
from storage.store import Store
from tests.examples import SPEC
from tests.runners.export import linear
from tests.workbench.conftest import Call, finished_run
from workbench.commands.export_options import SERVERS

CHECKOUT = Path(__file__).parents[3]


@pytest.fixture
def exported(store: Store, home: Home) -> Path:
    """The folder of e1, an ONNX model of a finished run."""
    run = finished_run(store, "a", [0.5], replace(SPEC, interpreter=sys.executable))
    folder = home.run_folder(run.id).path / "exports" / "onnx"
    folder.mkdir(parents=True)
    linear.make(folder, "rows")
    store.exports.add(run.id, folder)
    return folder


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl+C cannot be sent to one process alone")
def test_an_export_is_served_until_it_is_interrupted(exported: Path, home: Home) -> None:
    words = [sys.executable, "main.py", "--home", str(home.path), "serve", "e1", "--port", "0", "--json"]  # fmt: skip
    with subprocess.Popen(
        words, cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True, text=True
    ) as process:  # fmt: skip
        assert process.stdout
        told = json.loads(process.stdout.readline())
        assert told["export"] == "e1"
        assert told["url"].startswith("http://127.0.0.1:")
        with urlopen(f"{told['url']}/metadata") as answer:
            assert json.load(answer)["title"] == "mlp on flowers"
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does
        _, log = process.communicate(timeout=120)
    assert process.returncode == 0
    assert "Traceback" not in log


def test_the_folder_of_a_server_is_written(exported: Path, call: Call, tmp_path: Path) -> None:
    output = tmp_path / "service"
    answer = call("serve", "e1", "--for", "fastapi", "--output", str(output), "--json")
    assert (answer.code, answer.json) == (0, {"folder": str(output), "server": "fastapi"})
    assert {path.name for path in output.iterdir()} >= {"Dockerfile", "service", "model", "ask.py"}


def test_every_server_that_a_folder_can_be_written_for_can_be_named() -> None:
    assert set(SERVERS) == set(KINDS)


def test_a_model_that_did_not_pass_its_check_is_served_with_a_warning(
    exported: Path, store: Store, call: Call, tmp_path: Path
) -> None:
    output = ("--output", str(tmp_path / "service"))
    failed = Check(9, 0.5, 0.1, 0.2, {}, "The outputs are too far apart")
    Manifest.read(exported).with_check(failed).write(exported)
    store.exports.refresh(1)
    answer = call("serve", "e1", "--for", "fastapi", *output)
    assert answer.code == 0
    assert "e1 did not pass its check" in answer.err


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("e1", "--for", "fastapi"), 2, "--for and --output belong together"),
        (("e1", "--output", "x"), 2, "--for and --output belong together"),
        (("e7",), 2, "e7"),
        (("e1", "--port", "70000"), 1, "Port 70000 cannot be had"),
        (("e1", "--for", "tensorflow-serving", "--output", "x"), 1, "takes SavedModel"),
    ],
)
def test_what_cannot_be_served_is_told_in_words(
    words: tuple[str, ...],
    code: int,
    message: str,
    exported: Path,
    call: Call,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    answer = call("serve", *words, "--json")
    assert (answer.code, message in answer.json["error"]) == (code, True)
    assert "Traceback" not in answer.err
