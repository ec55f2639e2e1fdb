"""Scripts that know nothing of Twinbench, and some that mean no good, run by the real scheduler."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import sys
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from runners.protocol import SCRIPT, ArtifactKind, Framework, Mode, Request, RunSpec, Script, State
from runners.scheduler.stop_ladder import Patience
from storage.rebuild import rebuild
from storage.records import RunRecord
from storage.store import Store
from tests.runners.scheduler.conftest import Bench, alive, until
from tests.waiting import wait_until

CALM = Patience(asked_s=60.0, terminated_s=60.0)
TORN = """
import os, struct, socket, time
from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import masked_crc32c as crc
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
def record(step):
    value = Summary.Value(tag="loss", simple_value=1 / (step + 1))
    data = Event(wall_time=100.0 + step, step=step, summary=Summary(value=[value])).SerializeToString()
    head = struct.pack("<Q", len(data))
    return head + struct.pack("<I", crc(head)) + data + struct.pack("<I", crc(data))
os.makedirs("logs/validation")
with open(f"logs/validation/events.out.tfevents.{int(time.time())}.{socket.gethostname()}", "wb") as file:
    file.write(record(0) + b"rubbish" + record(1) + record(2)[:-5])
"""
PYTORCH = """
import argparse, time
import torch
from torch.utils.tensorboard import SummaryWriter
parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, default=5)
steps = parser.parse_args().steps
model = torch.nn.Linear(2, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
writer = SummaryWriter()
for step in range(steps):
    loss = (model(torch.ones(4, 2)) - 1).square().mean()
    optimizer.zero_grad(); loss.backward(); optimizer.step()
    writer.add_scalar("loss/train", loss, step)
writer.close()
"""
KERAS = """
import os
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras, numpy as np
model = keras.Sequential([keras.layers.Dense(4), keras.layers.Dense(1)])
model.compile("sgd", "mse")
x, y = np.random.rand(64, 3), np.random.rand(64, 1)
model.fit(x, y, epochs=3, validation_split=0.25, verbose=0, callbacks=[keras.callbacks.TensorBoard("logs/fit")])
"""


class Scripts:
    """Queues scripts in one home and lets the scheduler run them."""

    def __init__(self, bench: Bench, folder: Path) -> None:
        self.bench = bench
        self.folder = folder
        self.scheduler = bench.scheduler(patience=CALM)

    def queue(
        self, text: str, *arguments: str, framework: Framework = Framework.OTHER
    ) -> RunRecord:
        path = self.folder / "train.py"
        path.write_text(text, "utf-8")
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        script = Script(str(path), str(self.folder), sha256, (), arguments)
        spec = RunSpec(SCRIPT, framework, Mode.EAGER, "", "", {}, 0, "cpu", sys.executable, script)
        return self.bench.store.create_run(spec)

    def ended(self, run: RunRecord) -> RunRecord:
        return self.bench.ended(self.scheduler, run)

    def ended_at_last(self, run: RunRecord) -> RunRecord:
        """As `ended`, of a script that imports a framework."""

        def is_over() -> bool:
            self.scheduler.tick()
            return self.bench.state(run).final

        wait_until(is_over)
        return self.bench.store.run(run.id)

    def until(self, run: RunRecord, name: str) -> str:
        """Until the script made that file in its folder; what it holds."""
        path = self.folder / name
        self.bench.drive(self.scheduler, lambda: path.exists() and bool(path.read_text()))
        return path.read_text()

    def log(self, run: RunRecord) -> str:
        return self.bench.folder(run).log.read_text("utf-8")


@pytest.fixture
def scripts(bench: Bench, tmp_path: Path) -> Scripts:
    folder = tmp_path / "work"
    folder.mkdir()
    return Scripts(bench, folder)


def says_when(text: str) -> str:
    """A script that tells its pid in a file when it has come as far as the text goes, and waits for ever."""
    return f"import os, signal, subprocess, sys, time\n{text}\nopen('there', 'w').write(str(os.getpid()))\nwhile True: time.sleep(0.05)\n"


# -- a whole life ------------------------------------------------------------------------------------
def test_a_script_sees_what_it_would_in_a_terminal_and_its_text_is_kept(scripts: Scripts) -> None:
    text = "import os, sys\nprint(sys.argv[1:], os.getcwd(), __name__, 'runners' in sys.modules)\n"
    ended = scripts.ended(run := scripts.queue(text, "--lr", "a b"))
    assert (ended.state, ended.reason, ended.exit_code) == (State.FINISHED, "the script ended", 0)
    assert ended.name == f"train-other-{run.id}"
    assert f"['--lr', 'a b'] {scripts.folder} __main__ False" in scripts.log(run)
    (kept,) = scripts.bench.store.artifacts(run.id)
    assert kept.artifact.kind is ArtifactKind.CODE
    assert (scripts.bench.folder(run).path / kept.artifact.path).read_text() == text
    assert ended.environment["interpreter"] == sys.executable
    assert ended.environment["python"].startswith("3.")


def test_what_it_reports_is_its_curve_and_its_progress(scripts: Scripts) -> None:
    text = (
        "import twinbench_reporter as report\n"
        "for step in range(4):\n    report.log(step, loss=1 / (step + 1)); report.progress(step + 1, 4)\n"
    )
    run = scripts.queue(text)
    ended = scripts.ended(run)
    series = scripts.bench.store.series(run.id, "loss")
    assert series.values.tolist() == [1.0, 1 / 2, 1 / 3, 1 / 4]
    assert (ended.progress.step, ended.progress.total_steps) == (4, 4)


def test_a_torn_event_file_gives_its_whole_points_with_their_times(scripts: Scripts) -> None:
    run = scripts.queue(TORN)
    assert scripts.ended(run).state is State.FINISHED
    series = scripts.bench.store.series(run.id, "validation/loss")
    assert (series.steps.tolist(), series.times.tolist()) == ([0, 1], [100.0, 101.0])
    assert "are damaged and were passed over" in scripts.log(run)


def test_a_pytorch_and_a_keras_script_have_their_curves(scripts: Scripts) -> None:
    run = scripts.queue(PYTORCH, "--steps", "7", framework=Framework.PYTORCH)
    ended = scripts.ended_at_last(run)
    assert ended.state is State.FINISHED, scripts.log(run)
    values = scripts.bench.store.series(run.id, "loss/train").values
    assert len(values) == 7
    assert values[-1] < values[0]
    shutil.rmtree(scripts.folder / "runs")
    run = scripts.queue(KERAS, framework=Framework.TENSORFLOW)
    ended = scripts.ended_at_last(run)
    assert ended.state is State.FINISHED, scripts.log(run)
    for name in ("train/epoch_loss", "validation/epoch_loss"):
        assert scripts.bench.store.series(run.id, name).steps.tolist() == [0, 1, 2]
    assert "torch" in ended.environment["packages"]


def test_a_history_that_was_lost_is_rebuilt_with_its_scripts(scripts: Scripts) -> None:
    run = scripts.queue("import twinbench_reporter as r\nr.log(1, loss=2.0)\n", "x")
    ended = scripts.ended(run)
    bench = scripts.bench
    bench.store.close()
    bench.lock.release()
    for path in bench.home.path.glob("history.db*"):
        path.unlink()
    rebuild(bench.home)
    bench.store = Store.open(bench.home)
    again = bench.store.run(run.id)
    assert again.spec == run.spec
    assert (again.name, again.state, again.reason) == (ended.name, ended.state, ended.reason)
    assert bench.store.series(run.id, "loss").values.tolist() == [2.0]


# -- bad ends ----------------------------------------------------------------------------------------
def test_a_script_that_raises_fails_with_its_last_words(scripts: Scripts) -> None:
    run = scripts.queue("def f():\n    raise ValueError('boom')\nf()\n")
    ended = scripts.ended(run)
    assert (ended.state, ended.reason, ended.exit_code) == (State.FAILED, "ValueError: boom", 1)
    outcome = scripts.bench.folder(run).read_outcome()
    assert outcome is not None
    assert outcome.traceback.startswith("Traceback")
    assert outcome.traceback.endswith("ValueError: boom")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("this is no Python\n", "SyntaxError: invalid syntax"),
        ("import sys; print('so it is'); sys.exit(3)\n", "the script ended with exit code 3: so it is"),
        ("import os; os.abort()\n", "the script crashed: signal 6 (SIGABRT)"),
    ],
)  # fmt: skip
def test_other_failures_are_told(scripts: Scripts, text: str, reason: str) -> None:
    ended = scripts.ended(scripts.queue(text))
    assert (ended.state, ended.reason) == (State.FAILED, reason)


def test_a_script_that_changed_since_it_was_queued_is_not_run(scripts: Scripts) -> None:
    run = scripts.queue("open('ran', 'w')\n")
    (scripts.folder / "train.py").write_text("open('ran', 'w')  # another\n")
    ended = scripts.ended(run)
    assert ended.state is State.FAILED
    assert "has changed since the run was queued" in ended.reason
    assert not (scripts.folder / "ran").exists()


def test_an_interpreter_that_is_gone_is_told(scripts: Scripts) -> None:
    spec = replace(scripts.queue("pass").spec, interpreter="/nowhere/python")
    ended = scripts.ended(scripts.bench.store.create_run(spec))
    assert ended.state is State.FAILED
    assert "/nowhere/python" in ended.reason


def test_a_script_that_is_killed_from_outside_counts_as_killed(scripts: Scripts) -> None:
    run = scripts.queue(says_when(""))
    os.kill(int(scripts.until(run, "there")), signal.SIGKILL)
    ended = scripts.ended(run)
    assert (ended.state, ended.exit_code) == (State.KILLED, 128 + 9)
    assert ended.reason == "the script was killed by signal 9 (SIGKILL) from outside"


# -- being stopped -----------------------------------------------------------------------------------
def test_a_script_that_catches_nothing_stops_when_asked(scripts: Scripts) -> None:
    run = scripts.queue(says_when("import twinbench_reporter as r\nr.log(5, loss=1.0)"))
    pid = int(scripts.until(run, "there"))
    scripts.bench.store.request([run.id], Request.STOP)
    ended = scripts.ended(run)
    assert (ended.state, ended.reason) == (State.STOPPED, "stopped by the user at step 5")
    assert not alive(pid)


def test_a_script_that_ignores_signals_is_killed_with_what_it_started(
    scripts: Scripts,
) -> None:
    child = "import time; import signal; signal.signal(15, signal.SIG_IGN); signal.signal(2, signal.SIG_IGN); time.sleep(1e6)"
    text = (
        "for number in (2, 15): signal.signal(number, signal.SIG_IGN)\n"
        f"p = subprocess.Popen([sys.executable, '-c', {child!r}], start_new_session=True)\n"
        "open('child', 'w').write(str(p.pid))"
    )
    scripts.bench.lock.release()
    scripts.scheduler = scripts.bench.scheduler(patience=Patience(asked_s=0.2, terminated_s=0.2))
    run = scripts.queue(says_when(text))
    pids = [int(scripts.until(run, name)) for name in ("there", "child")]
    scripts.bench.store.request([run.id], Request.STOP)
    ended = scripts.ended(run)
    assert (ended.state, ended.reason) == (State.KILLED, "killed by the user: it did not stop in time")  # fmt: skip
    assert not any(map(alive, pids))


def test_a_script_that_ignores_the_interruption_is_terminated(scripts: Scripts) -> None:
    scripts.bench.lock.release()
    scripts.scheduler = scripts.bench.scheduler(patience=Patience(asked_s=0.2, terminated_s=60.0))
    run = scripts.queue(says_when("signal.signal(2, signal.SIG_IGN)"))
    scripts.until(run, "there")
    scripts.bench.store.request([run.id], Request.STOP)
    ended = scripts.ended(run)
    assert ended.state is State.STOPPED
    assert "did not heed the interruption and was terminated" in ended.reason


def test_what_a_script_leaves_behind_is_ended(scripts: Scripts) -> None:
    text = (
        "import subprocess, sys\n"
        "p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(1e6)'])\n"
        "open('child', 'w').write(str(p.pid))\n"
    )
    run = scripts.queue(text)
    assert scripts.ended(run).state is State.FINISHED
    assert not alive(int((scripts.folder / "child").read_text()))


def test_a_pause_lets_a_script_stand_still_and_go_on(scripts: Scripts) -> None:
    run = scripts.queue(says_when(""))
    process = psutil.Process(int(scripts.until(run, "there")))
    store = scripts.bench.store
    store.request([run.id], Request.PAUSE)
    scripts.bench.drive(scripts.scheduler, lambda: scripts.bench.state(run) is State.PAUSED)
    assert process.status() == psutil.STATUS_STOPPED
    store.request([run.id], None)
    scripts.bench.drive(scripts.scheduler, lambda: scripts.bench.state(run) is State.RUNNING)
    until(lambda: process.status() != psutil.STATUS_STOPPED)
    store.request([run.id], Request.STOP)
    assert scripts.ended(run).state is State.STOPPED


@pytest.mark.usefixtures("reaped")
def test_a_scheduler_that_dies_leaves_the_script_to_the_next(scripts: Scripts) -> None:
    run = scripts.queue(says_when("import twinbench_reporter as r\nr.log(1, loss=1.0)"))
    pid = int(scripts.until(run, "there"))
    scripts.bench.lock.release()
    scripts.scheduler = scripts.bench.scheduler(patience=CALM)
    scripts.bench.drive(
        scripts.scheduler, lambda: "loss" in scripts.bench.store.run(run.id).summary
    )
    scripts.bench.store.request([run.id], Request.STOP)
    assert scripts.ended(run).state is State.STOPPED
    assert not alive(pid)
