"""dev.py: what it takes for a ready environment, and how it reads its arguments."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from urllib.error import URLError

import pytest

import dev
from dev import Environment, SetupError, Stamp

EXTRAS = ["pytorch", "tensorflow"]


class Pip:
    """Stands in for the child processes: makes a tiny environment, notes calls, fails on demand."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.calls: list[list[str]] = []
        self.fails_with: str | type[BaseException] | None = None

    def run(self, command: list[str], **_: object) -> SimpleNamespace:
        if "venv" in command:
            self.environment.python.parent.mkdir(parents=True)
            self.environment.python.touch()
            return SimpleNamespace(returncode=0)
        self.calls.append(command)
        if isinstance(self.fails_with, str):
            self.environment.log.write_text(self.fails_with)
            return SimpleNamespace(returncode=1)
        if self.fails_with is not None:
            raise self.fails_with
        return SimpleNamespace(returncode=0)


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    (tmp_path / "constraints.txt").write_text("torch==1\n")
    return Environment(tmp_path)


@pytest.fixture
def pip(environment: Environment, monkeypatch: pytest.MonkeyPatch) -> Pip:
    pip = Pip(environment)
    monkeypatch.setattr(dev.subprocess, "run", pip.run)
    monkeypatch.setattr(dev, "torch_index", lambda extras: [])
    monkeypatch.setattr(dev, "space_needed", lambda extras: 0)
    return pip


def test_a_second_call_installs_nothing(environment: Environment, pip: Pip) -> None:
    environment.provide(EXTRAS)
    environment.provide(EXTRAS)
    assert len(pip.calls) == 1


def test_what_is_installed_is_pinned_by_the_constraints(environment: Environment, pip: Pip) -> None:
    environment.provide(EXTRAS)
    command = pip.calls[0]
    assert command[command.index("-c") + 1] == "constraints.txt"
    assert command[-1] == "-e.[pytorch,tensorflow]"


def test_one_framework_is_enough_when_both_are_installed(
    environment: Environment, pip: Pip
) -> None:
    environment.provide(EXTRAS)
    environment.provide(["pytorch"])
    assert len(pip.calls) == 1


def test_a_further_framework_is_added_to_the_one_that_is_there(
    environment: Environment, pip: Pip
) -> None:
    environment.provide(["pytorch"])
    kept = environment.folder / "kept"
    kept.touch()
    environment.provide(["tensorflow"])
    assert pip.calls[-1][-1] == "-e.[pytorch,tensorflow]"
    assert kept.exists()


@pytest.mark.parametrize("name", ["pyproject.toml", "constraints.txt"])
def test_changed_requirements_are_installed(environment: Environment, pip: Pip, name: str) -> None:
    environment.provide(EXTRAS)
    (environment.checkout / name).write_text("# changed\n")
    environment.provide(EXTRAS)
    assert len(pip.calls) == 2


@pytest.mark.parametrize("failure", ["some failure", KeyboardInterrupt])
def test_an_unfinished_environment_is_made_anew_by_the_next_call(
    environment: Environment, pip: Pip, failure: str | type[BaseException]
) -> None:
    pip.fails_with = failure
    with pytest.raises((SetupError, KeyboardInterrupt)):
        environment.provide(EXTRAS)
    half_installed = environment.folder / "half-installed"
    half_installed.touch()
    pip.fails_with = None
    environment.provide(EXTRAS)
    assert not half_installed.exists()
    assert environment.is_ready(Stamp.wanted(EXTRAS, environment.checkout))


def test_an_interrupted_update_is_not_trusted(environment: Environment, pip: Pip) -> None:
    environment.provide(EXTRAS)
    (environment.checkout / "constraints.txt").write_text("torch==2\n")
    pip.fails_with = KeyboardInterrupt
    with pytest.raises(KeyboardInterrupt):
        environment.provide(EXTRAS)
    (environment.checkout / "constraints.txt").write_text("torch==1\n")
    assert not environment.is_ready(Stamp.wanted(EXTRAS, environment.checkout))


def test_an_environment_of_another_python_is_made_anew(
    environment: Environment, pip: Pip, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment.provide(EXTRAS)
    old = environment.folder / "old"
    old.touch()
    monkeypatch.setattr(sys, "version", "3.99")
    environment.provide(EXTRAS)
    assert not old.exists()


def test_an_environment_without_its_python_is_made_anew(environment: Environment, pip: Pip) -> None:
    environment.provide(EXTRAS)
    environment.python.unlink()
    environment.python.parent.rmdir()
    environment.provide(EXTRAS)
    assert environment.python.exists()


def test_an_environment_that_somebody_else_made_is_left_alone(
    environment: Environment, pip: Pip
) -> None:
    environment.folder.mkdir()
    theirs = environment.folder / "pyvenv.cfg"
    theirs.touch()
    with pytest.raises(SetupError, match="move it away"):
        environment.provide(EXTRAS)
    assert theirs.exists()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"python": 1}'])
def test_a_damaged_stamp_is_no_stamp(tmp_path: Path, text: str) -> None:
    path = tmp_path / "stamp"
    path.write_text(text)
    assert Stamp.read(path) is None


@pytest.mark.parametrize(
    ("log", "words"),
    [
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        ("NewConnectionError: Temporary failure in name resolution", "no network"),
        ("ERROR: No matching distribution found for torch==2.13.0", "lacks a package"),
        ("something else", "starts afresh"),
    ],
)
def test_a_failed_installation_is_explained(
    environment: Environment, pip: Pip, log: str, words: str
) -> None:
    pip.fails_with = log
    with pytest.raises(SetupError, match=words):
        environment.provide(EXTRAS)


def test_too_small_a_disk_is_told_before_anything_is_made(
    environment: Environment, pip: Pip, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dev, "space_needed", lambda extras: 10**18)
    with pytest.raises(SetupError, match="GB free"):
        environment.provide(EXTRAS)
    assert not environment.folder.exists()


def test_python_without_ensurepip_is_told_what_to_install(
    environment: Environment, pip: Pip, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dev.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SetupError, match="python3-venv"):
        environment.provide(EXTRAS)


def test_a_second_call_waits_while_the_first_sets_up(environment: Environment) -> None:
    holder = (
        "import sys, dev, pathlib\n"
        "with dev.Environment(pathlib.Path(sys.argv[1])).alone():\n"
        "    print('locked', flush=True); sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", holder, str(environment.checkout)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=dev.CHECKOUT, stdin=pipe, stdout=pipe) as first:
        assert first.stdout is not None
        assert first.stdin is not None
        assert first.stdout.readline().strip() == b"locked"
        with open(environment.checkout / ".dev.lock", "w", encoding="utf-8") as file:
            assert not dev.lock(file.fileno())
        first.stdin.close()
    with environment.alone():
        pass


def test_without_pytorchs_own_index_pip_takes_its_default(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(*_: object, **__: object) -> None:
        raise URLError("no network")

    monkeypatch.setattr(dev, "has_nvidia", lambda: False)
    monkeypatch.setattr(dev.urllib.request, "urlopen", unreachable)
    assert dev.torch_index(["pytorch"]) == []


def test_a_machine_with_nvidia_gets_the_builds_with_cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dev, "has_nvidia", lambda: True)
    assert dev.torch_index(["pytorch"]) == []
    assert dev.extras_for("both") == ["pytorch", "tensorflow", "export"]


def test_a_python_too_new_for_tensorflow_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 99, 0))
    assert dev.extras_for("pytorch") == ["pytorch", "export"]
    with pytest.raises(SetupError, match="run --frameworks pytorch"):
        dev.extras_for("both")


def test_a_python_too_old_is_told_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 9))
    assert dev.main(["run"]) == 2
    assert "needs Python 3.11" in capsys.readouterr().out


def test_without_root_the_line_to_type_is_printed_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(dev, "missing_packages", lambda extras: ["libegl1", "g++"])
    monkeypatch.setattr(dev, "is_debian", lambda: True)
    monkeypatch.setattr(dev.os, "geteuid", lambda: 1000, raising=False)
    dev.provide_packages(EXTRAS)
    line = "sudo apt-get install --yes --no-install-recommends libegl1 g++"
    assert capsys.readouterr().out.count(line) == 1


def test_what_follows_two_dashes_reaches_the_program() -> None:
    parsed = dev.parse(["run", "--frameworks", "pytorch", "--", "runs", "--json", "--", "x"])
    assert (parsed.frameworks, parsed.arguments) == ("pytorch", ["runs", "--json", "--", "x"])


def test_what_follows_test_reaches_pytest() -> None:
    assert dev.parse(["test", "-k", "store", "-x"]).arguments == ["-k", "store", "-x"]


@pytest.mark.parametrize("arguments", [[], ["walk"], ["run", "--frameworks", "jax"], ["run", "x"]])
def test_arguments_that_make_no_sense_are_refused(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        dev.parse(arguments)
    assert raised.value.code == 2


@pytest.mark.skipif(sys.platform != "linux", reason="other systems always have a display")
def test_a_linux_machine_without_a_display_gets_the_example(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands: list[list[str]] = []
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setattr(dev, "Environment", lambda: environment)
    monkeypatch.setattr(environment, "provide", lambda extras: None)
    monkeypatch.setattr(dev, "provide_packages", lambda extras: None)
    monkeypatch.setattr(dev, "require_qt", lambda: None)
    monkeypatch.setattr(dev, "hand_over", lambda command: commands.append(list(command)) or 0)
    assert dev.run("both", []) == 0
    assert dev.run("both", ["doctor"]) == 0
    assert [command[2] for command in commands] == ["example", "doctor"]
