from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from runners.protocol import Framework, Mode, Script, State
from storage.home import Home
from storage.records import RunRecord
from storage.store import Store
from tests.examples import SPEC
from workbench.bench import Workbench
from workbench.errors import WorkbenchError
from workbench.exports.offers import formats_here

Pretender = Callable[[str], str]


@pytest.fixture
def pretender(tmp_path: Path) -> Pretender:
    """A program in the place of a Python, with this body; it notes the words that it is called with."""
    if sys.platform == "win32":
        pytest.skip("a script is no program there")

    def make(body: str) -> str:
        path = tmp_path / "python"
        note = f"import json, sys\nopen({str(tmp_path / 'words')!r}, 'a').write(json.dumps(sys.argv[1:]) + '\\n')"
        path.write_text(f"#!{sys.executable}\n{note}\n{body}")
        path.chmod(0o755)
        return str(path)

    return make


@pytest.fixture
def bench(home: Home, store: Store) -> Iterator[Workbench]:
    del store
    with Workbench.open(home.path) as workbench:
        yield workbench


def finished(bench: Workbench, interpreter: str = sys.executable, checkpoint: str = "last.pt") -> RunRecord:  # fmt: skip
    run = bench.store.create_run(replace(SPEC, interpreter=interpreter), name="mine")
    bench.store.set_state(run.id, State.FINISHED)
    folder = bench.home.run_folder(run.id).checkpoints
    folder.mkdir()
    (folder / checkpoint).touch()
    return bench.store.run(run.id)


def test_what_is_missing_is_named_with_the_line_that_installs_it(pretender: Pretender) -> None:
    python = pretender('print(json.dumps(["onnx", "onnxruntime"]))')
    offers = {one.format.id: one for one in formats_here(Framework.PYTORCH, python)}
    assert offers["pt2"].problem == offers["trained"].problem == offers["safetensors"].problem == ""
    onnx = offers["onnx"]
    assert "onnx and onnxruntime" in onnx.problem
    assert [one.partition(">")[0] for one in onnx.missing] == ["onnx", "onnxruntime"]
    words = shlex.split(onnx.install)
    assert words[:4] == [python, "-m", "pip", "install"]
    assert set(onnx.missing) < set(words)
    assert any(word.startswith("torch>") for word in words)


def test_an_interpreter_that_does_not_answer_is_told_in_words(pretender: Pretender) -> None:
    with pytest.raises(WorkbenchError, match="does not answer"):
        formats_here(Framework.TENSORFLOW, pretender("raise SystemExit(3)"))


def test_only_the_formats_of_the_runs_framework_are_offered(bench: Workbench) -> None:
    ids = [one.format.id for one in bench.exports.offers(finished(bench).id)]
    assert ids[0] == "trained"
    assert "torchscript" in ids
    assert "saved-model" not in ids


def test_a_run_without_a_model_is_refused_with_the_reason(bench: Workbench) -> None:
    store = bench.store
    queued = store.create_run(SPEC)
    bare = store.create_run(SPEC)
    store.set_state(bare.id, State.FAILED)
    script = store.create_run(
        replace(SPEC, template="script", framework=Framework.OTHER, mode=Mode.EAGER, script=Script("train.py", "folder", "0" * 64))
    )  # fmt: skip
    for run, words in ((queued, "it can be exported once"), (bare, "no checkpoint"), (script, "script of yours")):  # fmt: skip
        assert words in bench.exports.why_not(run.id)
        assert all(words in one.problem for one in bench.exports.offers(run.id))
        with pytest.raises(WorkbenchError, match=rf"Run {run.id} .* cannot be exported.*{words}"):
            bench.exports.export(run.id, ["onnx"])
    assert bench.exports.list() == []


def test_the_checkpoints_that_there_are_can_be_chosen(bench: Workbench) -> None:
    run = finished(bench)
    assert bench.exports.checkpoints(run.id) == ("last",)
    folder = bench.home.run_folder(run.id).checkpoints
    (folder / "best.pt").touch()
    (folder / "last.pt.new").touch()
    assert bench.exports.checkpoints(run.id) == ("best", "last")
    assert bench.exports.why_not(run.id) == ""


def test_a_run_whose_interpreter_is_gone_is_exported_by_the_one_of_the_settings(
    bench: Workbench, tmp_path: Path
) -> None:
    assert bench.exports.interpreter(finished(bench)) == sys.executable
    gone = finished(bench, str(tmp_path / "gone"))
    assert bench.exports.interpreter(gone) == bench.installation(Framework.PYTORCH).interpreter


def test_what_is_missing_is_installed_for_the_runs_interpreter_without_changing_the_framework(
    bench: Workbench, pretender: Pretender, tmp_path: Path
) -> None:
    run = finished(bench, pretender("print('Successfully installed')"))
    log: list[str] = []
    bench.exports.install(run.id, ["onnx>=1.21,<2"], log.append)
    assert log == ["Successfully installed"]
    words = json.loads((tmp_path / "words").read_text())
    assert words[:3] == ["-m", "pip", "install"]
    assert "onnx>=1.21,<2" in words
    assert any(word.startswith("torch>=") for word in words)


def test_what_pip_says_when_it_fails_is_told(bench: Workbench, pretender: Pretender) -> None:
    body = "print('ERROR: No matching distribution found for onnx', file=sys.stderr); print('a notice'); sys.exit(1)"
    run = finished(bench, pretender(body))
    with pytest.raises(WorkbenchError, match="could not install onnx: ERROR: No matching"):
        bench.exports.install(run.id, ["onnx"])
