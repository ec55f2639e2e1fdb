"""Real training, from the typed line to the numbers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from runners.protocol import State
from storage.home import Home
from storage.store import Store
from tests.waiting import wait_until
from tests.workbench.conftest import Call
from workbench.requests import RunRequest, check_request, estimate

ROOT = Path(__file__).parents[3]
RUN = ("run", "--template", "mlp", "--framework", "pytorch", "--dataset", "digits")


def test_a_run_that_is_waited_for_is_trained_and_shown_whole(call: Call, scheduled: Home) -> None:
    parameters = {"epochs": "2", "hidden_widths": "16, 8", "batch_size": "431"}
    words = [word for item in parameters.items() for word in ("--set", "=".join(item))]
    answer = call(*RUN, *words, "--wait", "--json")
    assert answer.code == 0, answer.err
    shown = answer.json
    assert (shown["state"], shown["exit_code"]) == ("finished", 0)
    assert shown["summary"]["test/accuracy"]["count"] == 1
    assert shown["spec"]["parameters"]["hidden_widths"] == [16, 8]
    steps = shown["progress"]["total_steps"]
    assert shown["summary"]["loss"]["count"] == steps
    request = RunRequest(
        template="mlp", framework="pytorch", dataset="digits", parameters=parameters
    )
    assert steps == 2 * estimate(check_request(request)).steps_per_epoch
    assert Path(shown["folder"]).is_dir()
    assert any(one["kind"] == "confusion-matrix" for one in shown["artifacts"])
    assert "epoch 2/2" in answer.err
    points = call("curve", str(shown["id"]), "loss", "--csv").out.splitlines()
    assert len(points) == steps + 1
    assert "finished" in call("log", str(shown["id"])).out


def test_a_queued_run_prints_only_its_id(call: Call, store: Store, scheduled: Home) -> None:
    answer = call(*RUN, "--set", "epochs=1", "--name", "quick")
    assert answer.code == 0
    assert store.run(int(answer.out)).name == "quick"
    assert call("stop", "quick", "--kill", "--wait").code == 0


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C cannot be sent to one process there")
def test_of_two_runs_that_are_waited_for_the_stopped_one_fails_and_the_interrupted_one_goes_on(
    call: Call, store: Store, scheduled: Home
) -> None:
    with _waiting(scheduled) as first:
        wait_until(lambda: any(run.progress.step for run in store.runs()))
        with _waiting(scheduled) as second:
            wait_until(lambda: len(store.queue()) == 1)
            assert call("stop", "2").code == 0
            out, err = second.communicate(timeout=120)
            assert second.returncode == 1
        assert out.splitlines()[0] == "2"
        assert "stopped" in err
        os.killpg(first.pid, signal.SIGINT)  # as a terminal does: to the whole group
        _, err = first.communicate(timeout=120)
        assert first.returncode == 130
    assert "run 1 goes on" in err
    assert "Traceback" not in err
    before = store.run(1).progress.step
    wait_until(lambda: store.run(1).progress.step > before)
    assert store.run(1).state is State.RUNNING
    assert call("stop", "1", "--kill", "--wait").code == 0


def _waiting(home: Home) -> subprocess.Popen[str]:
    """A run too long to end by itself, and the command that waits for it, in a group of its own."""
    return subprocess.Popen(
        [
            sys.executable,
            "main.py",
            "--home",
            str(home.path),
            *RUN,
            "--set",
            "epochs=100000",
            "--wait",
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
