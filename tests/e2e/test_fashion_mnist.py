from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from runners.protocol import FRAMEWORKS, Framework, Mode
from runners.scheduler.launch import stop_scheduler
from storage.home import Home
from storage.store import Store

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]
SAMPLES = 54_000
BATCH = 128
MODES = {Framework.PYTORCH: Mode.EAGER, Framework.TENSORFLOW: Mode.GRAPH}
"""A step of TensorFlow's takes a quarter of the time as a graph."""


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> dict[Framework, Any]:
    """What ``run --wait --json`` told of a run in each framework."""
    home = tmp_path_factory.mktemp("fashion") / "home"
    told = {framework: _train(home, framework) for framework in FRAMEWORKS}
    store = Store.open(Home(home))
    stop_scheduler(store)
    store.close()
    return told


def _train(home: Path, framework: Framework) -> Any:
    words = (
        f"run --template cnn --dataset fashion-mnist --framework {framework} --set epochs=1 "
        f"--mode {MODES[framework]} --set filters=8,16"  # a small one, which still learns enough
    )
    command = [sys.executable, "main.py", "--home", str(home), *words.split(), "--wait", "--json"]
    answer = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=900, check=False
    )
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


@pytest.mark.usefixtures("fashion_mnist")
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_one_epoch_of_real_images_reaches_a_test_accuracy_of_80_percent(
    trained: dict[Framework, Any], framework: Framework
) -> None:
    run = trained[framework]
    assert (run["state"], run["exit_code"]) == ("finished", 0)
    assert run["summary"]["test/accuracy"]["last"] >= 0.80
    assert run["summary"]["loss"]["count"] == -(-SAMPLES // BATCH)


@pytest.mark.usefixtures("fashion_mnist")
def test_both_frameworks_come_to_nearly_the_same_accuracy(
    trained: dict[Framework, Any],
) -> None:
    one, other = (trained[each]["summary"]["test/accuracy"]["last"] for each in FRAMEWORKS)
    assert abs(one - other) < 0.03
