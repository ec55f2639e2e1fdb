from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import ProxyHandler, Request, build_opener

import psutil
import pytest

from runners.protocol import Framework, State
from storage.arrivals import Arrival
from storage.home import Home
from storage.store import Store
from tests.examples import SPEC
from tests.waiting import wait_until
from tests.workbench.conftest import finished_run, series
from workbench.tensorboard.launcher import TensorBoard, TensorBoardError
from workbench.tensorboard.mirror import folder_name

POINTS = 5000
VALUES = [math.pi / (step + 1) for step in range(POINTS)]


def ask(url: str, path: str, body: object = None, **query: str) -> Any:
    """An answer of TensorBoard's own HTTP interface."""
    data = None if body is None else json.dumps(body).encode()
    request = Request(
        f"{url}data/{path}?{urlencode(query)}", data, {"Content-Type": "application/json"}
    )
    with build_opener(ProxyHandler({})).open(request, timeout=120) as answer:
        return json.loads(answer.read())


def points(url: str, run: str, tag: str) -> list[list[Any]]:
    known = ask(url, "plugin/scalars/tags")
    if tag not in known.get(run, {}):
        return []
    answer: list[list[Any]] = ask(url, "plugin/scalars/scalars", run=run, tag=tag)
    return answer


@pytest.fixture
def board(home: Home, store: Store) -> Iterator[str]:
    """TensorBoard on all runs of the home: two that have ended and one that goes on."""
    finished_run(store, "long", [*VALUES[:-2], math.nan, math.inf])
    finished_run(store, "other", [0.5], replace(SPEC, framework=Framework.TENSORFLOW, seed=8))
    live = store.create_run(SPEC, name="live")
    store.set_state(live.id, State.RUNNING)
    store.append(live.id, {"loss": series([1.0])})
    with TensorBoard(home) as started:
        yield started.wait()


@pytest.mark.usefixtures("localhost")
def test_every_point_comes_back_exact_and_live_and_hparams_are_filled(
    board: str, store: Store
) -> None:
    assert board.startswith("http://127.0.0.1:")
    wait_until(lambda: len(points(board, "1 long", "loss")) == POINTS)
    kept = store.series(1, "loss")
    found = points(board, "1 long", "loss")
    assert [time for time, _, _ in found] == kept.times.tolist()
    assert [step for _, step, _ in found] == kept.steps.tolist()
    assert [value for _, _, value in found] == [*VALUES[:-2], "NaN", "Infinity"]

    store.append(3, {"loss": series([0.5, 0.25], first_step=1)})
    wait_until(lambda: [value for _, _, value in points(board, "3 live", "loss")] == [1, 0.5, 0.25])

    store.set_state(3, State.STOPPED)
    store.resume_run(3)
    store.take([Arrival(3, {"loss": series([0.75, 0.625, 0.5], first_step=1)}, rewind_to=0)])
    wait_until(
        lambda: [value for _, _, value in points(board, "3 live", "loss")] == [1, 0.75, 0.625, 0.5]
    )
    check_who_may_listen_and_look()

    fresh = finished_run(store, "fresh", [0.125])
    wait_until(lambda: len(points(board, folder_name(fresh), "loss")) == 1)

    check_hparams(board)


def check_who_may_listen_and_look() -> None:
    """TensorBoard listens on this machine's own address alone, and its files are for its user alone."""
    (board,) = [
        one
        for one in psutil.Process().children(recursive=True)
        if one.status() != psutil.STATUS_ZOMBIE and "workbench.tensorboard" in one.cmdline()
    ]
    sockets = board.net_connections(kind="inet")
    listening = [one.laddr.ip for one in sockets if one.status == psutil.CONN_LISTEN]
    assert listening == ["127.0.0.1"]
    folder = Path(board.cmdline()[4])
    assert folder.name.startswith("twinbench-tensorboard-")
    if os.name == "posix":
        assert folder.stat().st_mode & 0o077 == 0


def check_hparams(board: str) -> None:
    def experiment() -> Any:
        return ask(board, "plugin/hparams/experiment", {"experimentName": ""})

    wait_until(lambda: len(experiment().get("metricInfos", [])) == 2)
    columns = {info["name"] for info in experiment()["hparamInfos"]}
    assert columns == {"template", "framework", "mode", "dataset", "seed", *SPEC.parameters}
    metrics = {info["name"]["tag"] for info in experiment()["metricInfos"]}
    assert metrics == {"loss", "test/accuracy"}
    wanted = {"experimentName": "", "startIndex": 0, "sliceSize": 10, "colParams": []}
    wanted["allowedStatuses"] = ["STATUS_SUCCESS", "STATUS_RUNNING", "STATUS_UNKNOWN"]
    groups = ask(board, "plugin/hparams/session_groups", wanted)["sessionGroups"]
    rows = {group["sessions"][0]["name"]: group for group in groups}
    assert set(rows) == {"1 long", "2 other", "3 live", "4 fresh"}
    assert rows["2 other"]["hparams"]["framework"] == "tensorflow"
    assert rows["2 other"]["hparams"]["learning_rate"] == 0.1
    assert rows["2 other"]["hparams"]["hidden_widths"] == "64, 32"
    assert rows["2 other"]["sessions"][0]["status"] == "STATUS_SUCCESS"
    assert rows["3 live"]["sessions"][0]["status"] == "STATUS_UNKNOWN"


@pytest.mark.usefixtures("localhost")
def test_only_the_chosen_runs_are_shown(home: Home, store: Store) -> None:
    chosen = finished_run(store, "chosen", [0.5])
    finished_run(store, "left out", [0.5])
    with TensorBoard(home, [chosen.id]) as started:
        url = started.wait()
        wait_until(lambda: ask(url, "runs") == ["1 chosen"])


@pytest.mark.usefixtures("localhost")
def test_it_ends_with_its_parent_even_if_that_is_killed_and_leaves_nothing(
    home: Home, store: Store, tmp_path: Path
) -> None:
    finished_run(store, "one", [0.5])
    program = (
        "import sys; from pathlib import Path; from storage.home import Home\n"
        "from workbench.tensorboard.launcher import TensorBoard\n"
        "board = TensorBoard(Home(Path(sys.argv[1]))); board.wait()\n"
        "assert not any(name.startswith('tensorboard') for name in sys.modules)\n"
        "print('up', flush=True); sys.stdin.read()\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program, str(home.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**_environment(), "TMPDIR": str(tmp_path), "TEMP": str(tmp_path)},
    )
    with parent:
        assert parent.stdout
        assert parent.stdout.readline().strip() == b"up"
        (child,) = psutil.Process(parent.pid).children()
        assert list(tmp_path.glob("twinbench-tensorboard-*"))
        parent.kill()
    wait_until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)
    assert not list(tmp_path.glob("twinbench-tensorboard-*"))


def _environment() -> dict[str, str]:
    root = str(Path(__file__).parents[3])
    return {**os.environ, "PYTHONPATH": root}


def test_a_missing_tensorboard_is_told_with_the_line_that_installs_it(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(TensorBoardError, match="pip install tensorboard"):
        TensorBoard(home)


def test_a_start_that_fails_says_why_and_leaves_nothing(
    home: Home, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    home.path.parent.mkdir(exist_ok=True)
    home.path.write_text("no folder")
    board = TensorBoard(home)
    with pytest.raises(TensorBoardError, match="cannot be written"):
        board.wait()
    assert not list(tmp_path.glob("twinbench-tensorboard-*"))


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("plain", "1 plain"),
        ("a/b\\c:d", "1 a_b_c_d"),
        ("../..", "1 _"),
        ("naïve run", "1 naïve run"),
    ],
)
def test_a_runs_folder_is_sound_whatever_the_run_is_called(
    store: Store, name: str, folder: str
) -> None:
    assert folder_name(store.create_run(SPEC, name=name)) == folder
