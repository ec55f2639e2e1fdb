from __future__ import annotations

import os
import sys
import venv
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from runners.protocol import SCRIPT, Framework, State
from storage.home import Home
from storage.records import RunQuery
from workbench.bench import Workbench
from workbench.errors import WorkbenchError
from workbench.interpreters import environment_beside
from workbench.requests import InvalidRequest
from workbench.script_requests import ScriptRequest, argument_line, check_script

TEXT = """
import argparse, keras
parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.1)
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--data", required=True)
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "project" / "train.py"
    path.parent.mkdir()
    path.write_text(TEXT)
    return path


@pytest.fixture
def workbench(home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workbench]:
    monkeypatch.setattr("runners.scheduler.launch.start_scheduler", lambda _home: None)
    with Workbench.open(home.path) as opened:
        yield opened


def request(script: Path, **more: object) -> ScriptRequest:
    given = {"parameters": {"data": "d", "lr": "0.5"}, "interpreter": sys.executable, **more}
    return ScriptRequest(script=str(script), **given)  # type: ignore[arg-type]


def problems(asked: ScriptRequest) -> dict[str, str]:
    with pytest.raises(InvalidRequest) as caught:
        check_script(asked)
    return caught.value.problems


def test_options_and_arguments_become_the_command_line(script: Path) -> None:
    checked = check_script(request(script, arguments='--more "two words"'))
    assert checked.framework is Framework.TENSORFLOW
    assert checked.script.command_line == ("--lr", "0.5", "--data", "d", "--more", "two words")
    assert checked.script.folder == str(script.parent)
    assert dict(checked.parameters) == {"lr": 0.5, "seed": 0, "data": "d"}


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"script": ""}, "script", "choose the file"),
        ({"script": "/nowhere/train.py"}, "script", "there is no file"),
        ({"script": os.path.dirname(__file__)}, "script", "is no file"),
        ({"parameters": {}}, "data", "asks for Data"),
        ({"parameters": {"data": "d", "lr": "much"}}, "lr", "must be a number"),
        ({"parameters": {"data": "d", "depth": "1"}}, "depth", "there is no parameter"),
        ({"folder": "/nowhere"}, "folder", "is no folder"),
        ({"device": "abacus"}, "device", "a device is"),
        ({"priority": "soon"}, "priority", "whole number"),
    ],
)
def test_what_cannot_be_run_is_told_beside_its_field(
    script: Path, changes: dict[str, object], field: str, words: str
) -> None:
    assert words in problems(replace(request(script), **changes))[field]  # type: ignore[arg-type]


@pytest.mark.skipif(os.name == "nt", reason="words are told apart otherwise there")
def test_a_quotation_that_is_not_closed_is_told(script: Path) -> None:
    assert "told apart" in problems(request(script, arguments="--name 'half"))["arguments"]


def test_a_file_that_is_no_text_is_refused(script: Path) -> None:
    script.write_bytes(b"\x7fELF\0\0")
    assert "is no Python script" in problems(request(script))["script"]


def test_words_of_arguments_survive_being_edited() -> None:
    words = ("a b", "--x=1", "'")
    checked = argument_line(words)
    import shlex

    assert tuple(shlex.split(checked)) == words


def test_a_queued_script_has_all_that_it_needs_frozen_in_its_spec(
    workbench: Workbench, script: Path
) -> None:
    run = workbench.queue(request(script, parameters={"data": "d", "seed": "7"}, tags=("a",)))
    spec = run.spec
    assert (run.state, run.tags, run.name) == (State.QUEUED, ("a",), "train-tensorflow-1")
    assert (spec.template, spec.dataset, spec.seed) == (SCRIPT, "", 7)
    assert spec.interpreter == sys.executable
    assert workbench.home.run_folder(run.id).read_spec() == spec
    found = workbench.store.find(RunQuery(filter="template = script and seed = 7"))
    assert found.ids == (run.id,)


def test_a_clone_of_a_script_asks_for_the_same_and_knows_its_parent(
    workbench: Workbench, script: Path
) -> None:
    asked = request(script, arguments=("x", "y z"), experiment="e", priority=3)
    run = workbench.queue(asked)
    again = workbench.request_of(run)
    assert isinstance(again, ScriptRequest)
    assert again.parent == run.id
    twin = workbench.queue(again)
    assert twin.spec == run.spec
    assert (twin.parent, twin.experiment, twin.options) == (run.id, "e", run.options)


def test_what_is_no_python_is_refused_with_the_line(workbench: Workbench, script: Path) -> None:
    script.write_text("x = 1\nthis is no Python\n")
    with pytest.raises(InvalidRequest, match=r"is no Python script: line 2: invalid syntax"):
        workbench.queue(request(script, parameters={}))


def test_an_interpreter_that_is_none_is_refused(workbench: Workbench, script: Path) -> None:
    with pytest.raises(InvalidRequest, match="is not a program"):
        workbench.queue(request(script, interpreter="/nowhere/python"))


def test_a_script_cannot_be_resumed_or_extended_and_the_reason_is_told(
    workbench: Workbench, script: Path
) -> None:
    run = workbench.queue(request(script))
    workbench.store.set_state(run.id, State.STOPPED, "")
    with pytest.raises(WorkbenchError, match="only the script knows"):
        workbench.resume([run.id])
    with pytest.raises(WorkbenchError, match="only the script knows"):
        workbench.extend(run.id, 10)
    assert workbench.retry([run.id])[0].parent == run.id


def test_an_environment_beside_the_script_is_its_interpreter(
    workbench: Workbench, script: Path
) -> None:
    asked = replace(request(script), interpreter="")
    assert workbench.script_interpreter(asked, Framework.OTHER) == sys.executable
    venv.create(script.parents[1] / ".venv", with_pip=False, symlinks=os.name != "nt")
    beside = environment_beside(script.parent)
    assert beside is not None
    assert beside.is_relative_to(script.parents[1] / ".venv")
    assert workbench.script_interpreter(asked, Framework.OTHER) == str(beside)
