from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from runners.protocol import State
from storage.home import Home
from storage.store import Store
from tests.examples import SPEC
from tests.workbench.conftest import Call, finished_run
from workbench.command_line import main
from workbench.commands.parser import build_parser

ROOT = Path(__file__).parents[2]
VERBS = (
    "templates", "model", "datasets", "devices", "run", "run-script", "interpreters", "example",
    "save-script", "new-template", "check-template", "runs", "show", "curve", "log", "compare",
    "stop", "pause", "resume", "retry", "extend", "delete", "restore", "scheduler",
    "rename", "note", "star", "unstar", "archive", "unarchive", "tag", "experiment", "queue", "hold", "release",
    "priority", "move", "alone", "duel", "duels", "export", "exports", "predict", "serve", "tensorboard", "settings", "check", "rebuild",
    "backup", "doctor",
)  # fmt: skip
RUN = ("run", "--template", "mlp", "--framework", "pytorch", "--dataset", "digits")


def test_the_help_names_every_verb_and_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    listed = [
        line.split()[0] for line in text.splitlines() if line.startswith("    ") and line[4] != " "
    ]
    assert listed == list(VERBS)
    for code in ("0  ", "1  ", "2  ", "130"):
        assert f"\n  {code}" in text


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself_and_each_of_its_options(
    verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([verb, "--help"]) == 0
    text = capsys.readouterr().out
    assert f"usage: twinbench {verb}" in text
    assert "--json" in text
    assert "--home DIR" in text


def test_home_and_json_are_understood_before_and_after_the_verb(tmp_path: Path) -> None:
    for words in (["--home", "H", "--json", "runs"], ["runs", "--home", "H", "--json"]):
        args = build_parser().parse_args(words)
        assert (args.home, args.json) == (Path("H"), True)
    plain = build_parser().parse_args(["runs"])
    assert (plain.home, plain.json) == (None, False)


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["fly"], "invalid choice"),
        (["show"], "RUN"),
        (["run", "--template", "mlp"], "--framework"),
        ([*RUN, "--set", "epochs"], "NAME=VALUE"),
        ([*RUN, "--set", "=3"], "NAME=VALUE"),
        (["runs", "--limit", "0"], "above 0"),
        (["runs", "--state", "happy"], "finished"),
        (["templates", "transformer"], "mlp"),
        (["datasets", "--prepare", "imagenet"], "fashion-mnist"),
        (["datasets", "--source", "folder"], "--prepare"),
        ([*RUN, "--set", "epochs=0"], "from 1"),
        ([*RUN, "--set", "color=red"], "there is no parameter 'color'"),
        ([*RUN, "--seed", "x"], "whole number"),
        ([*RUN, "--device", "gpu"], "cuda:N"),
        ([*RUN, "--device", "cuda:999"], "no cuda:999"),
        ([*RUN, "--mode", "xla"], "eager, graph"),
        (["settings", "color", "red"], "cpu_lanes"),
        (["settings", "cpu_lanes", "none"], "whole number"),
        (["settings", "--reset"], "--reset"),
        (["show", "17"], "17"),
        (["stop", "17"], "17"),
        (["delete", "nobody"], "nobody"),
        (["log", "17"], "17"),
        (["curve", "17", "loss"], "17"),
        (["compare", "17"], "17"),
        (["tensorboard", "17"], "17"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_makes_no_sense_is_told_with_exit_code_2_and_no_traceback(
    call: Call, words: list[str], part: str
) -> None:
    answer = call(*words)
    assert answer.code == 2
    assert answer.out == ""
    assert answer.err.startswith("twinbench: ")
    assert part in answer.err
    assert "Traceback" not in answer.err


def test_with_json_an_error_is_json_too_with_a_problem_per_field(call: Call) -> None:
    answer = call(*RUN, "--set", "epochs=0", "--set", "optimizer=lion", "--seed", "-1", "--json")
    assert answer.code == 2
    assert set(answer.json["problems"]) == {"epochs", "optimizer", "seed"}
    assert "adam" in answer.json["problems"]["optimizer"]
    assert answer.json["error"]
    assert call("show", "--json").json["problems"] == {}


def test_a_request_that_makes_no_sense_makes_no_home(call: Call, home: Home) -> None:
    assert call(*RUN, "--set", "epochs=0").code == 2
    assert not home.path.exists()


def test_a_home_that_cannot_be_written_is_told_with_a_way_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("in the way")
    assert main(["runs", "--home", str(tmp_path / "file" / "home")]) == 1
    told = capsys.readouterr().err
    assert "cannot be written" in told
    assert "--home" in told


def test_a_history_of_a_newer_version_is_refused_untouched(call: Call, home: Home) -> None:
    Store.open(home).close()
    with sqlite3.connect(home.database) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    before = home.database.read_bytes()
    answer = call("runs")
    assert answer.code == 1
    assert "newer Twinbench" in answer.err
    assert home.database.read_bytes() == before


def test_a_file_that_is_no_history_is_told(call: Call, home: Home) -> None:
    home.path.mkdir()
    home.database.write_bytes(b"this is no database" * 500)
    answer = call("runs", "--json")
    assert answer.code == 1
    assert "history.db" in answer.json["error"]


def test_a_missing_framework_is_told_with_the_line_that_installs_it(
    call: Call, tmp_path: Path
) -> None:
    import venv

    venv.create(tmp_path / "bare", with_pip=False)
    name = "Scripts/python.exe" if sys.platform == "win32" else "bin/python"
    assert call("settings", "interpreter.pytorch", str(tmp_path / "bare" / name)).code == 0
    answer = call(*RUN)
    assert answer.code == 1
    assert "PyTorch and numpy are not installed" in answer.err
    assert "-m pip install" in answer.err
    assert call("runs", "--json").json == []


def test_a_corrupt_file_of_a_dataset_is_told_and_nothing_is_queued(
    call: Call, tmp_path: Path
) -> None:
    folder = tmp_path / "corrupt"
    folder.mkdir()
    for name in ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"):
        (folder / f"{name}-ubyte").write_bytes(b"\x00\x00\x08\x03 cut short")
    answer = call("datasets", "--prepare", "fashion-mnist", "--source", str(folder))
    assert answer.code == 1
    assert "train-images-idx3-ubyte" in answer.err
    assert call("settings", "source.fashion-mnist", str(folder)).code == 0
    queued = call(
        "run", "--template", "mlp", "--framework", "pytorch", "--dataset", "fashion-mnist"
    )
    assert queued.code == 1
    assert "train-images-idx3-ubyte" in queued.err
    assert call("runs", "--json").json == []


def test_without_a_display_no_verb_says_what_can_be_done(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    if sys.platform in ("win32", "darwin"):
        pytest.skip("there a display is always there")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    answer = call()
    assert answer.code == 1
    assert "there is no display" in answer.err


def test_an_error_that_should_not_happen_is_one_message(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise RuntimeError("out of order")

    monkeypatch.setattr("workbench.commands.catalogue.read_devices", broken)
    answer = call("devices")
    assert answer.code == 1
    assert "RuntimeError: out of order" in answer.err
    assert "Traceback" not in answer.err


def test_a_reader_that_leaves_early_is_no_error_to_complain_of(store: Store, home: Home) -> None:
    run = finished_run(store, "long", [0.5] * 200_000)
    command = [sys.executable, "main.py", "curve", str(run.id), "loss", "--csv"]
    environment = {**os.environ, "TWINBENCH_HOME": str(home.path)}
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout
    assert process.stderr
    assert process.stdout.readline().strip() == b"step,time,value"
    process.stdout.close()
    told = process.stderr.read()
    process.stderr.close()
    assert process.wait(60) == 1
    assert told == b""


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C cannot be sent to one process there")
def test_ctrl_c_while_following_ends_the_command_and_not_the_run(store: Store, home: Home) -> None:
    run = store.create_run(SPEC, name="endless")
    store.set_state(run.id, State.RUNNING)
    home.run_folder(run.id).log.write_text("epoch 1\n")
    command = [sys.executable, "main.py", "--home", str(home.path), "log", "endless", "--follow"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline().strip() == b"epoch 1"
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
    assert store.run(run.id).state is State.RUNNING


def test_the_command_line_starts_without_qt_frameworks_or_the_database() -> None:
    program = (
        "import sys; from workbench.command_line import main; main(['templates', '--json']); "
        "print(sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = set(done.stderr.replace("'", " ").replace(",", " ").split())
    heavy = {
        "PySide6",
        "pyqtgraph",
        "torch",
        "tensorflow",
        "keras",
        "sklearn",
        "sqlalchemy",
        "numpy",
    }
    assert not loaded & heavy
    assert {"cnn", "mlp"} <= {template["name"] for template in json.loads(done.stdout)}
