"""A script that is saved trains what a run trains."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from runners import protocol
from runners.protocol import Framework
from tests.runners.templates.cases import CASES
from tests.workbench.script_writer.trained import CHOSEN
from workbench.script_writer.writer import CannotBeWrittenError, Training, script

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[3]
FRAMEWORKS = pytest.mark.parametrize("framework", protocol.FRAMEWORKS, ids=str)


def training(name: str, framework: Framework, **given: object) -> Training:
    case = CASES[name]
    return Training(
        template=case.declared,
        framework=framework,
        dataset=case.dataset,
        parameters=case.values(**given),
    )


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> dict[Framework, Path]:
    """The folders with what `tests.workbench.script_writer.trained` found, a process for each framework."""
    folders = {}
    for framework in protocol.FRAMEWORKS:
        folders[framework] = tmp_path_factory.mktemp(framework)
        subprocess.run(
            [
                sys.executable,
                "-m",
                "tests.workbench.script_writer.trained",
                framework,
                folders[framework],
                *CHOSEN,
            ],
            cwd=ROOT,
            env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"},
            check=True,
            timeout=900,
        )
    return folders


@FRAMEWORKS
@pytest.mark.parametrize("name", CHOSEN)
def test_a_script_has_the_losses_of_the_run_that_it_was_saved_from(
    trained: dict[Framework, Path], framework: Framework, name: str
) -> None:
    found: dict[str, Any] = json.loads((trained[framework] / f"{name}.json").read_text("utf-8"))
    assert "error" not in found, found["error"]
    assert len(found["script"]) == len(found["trained"]) > 4
    assert found["script"] == pytest.approx(found["trained"], rel=1e-5)
    assert found["script_tested"] == pytest.approx(found["tested"], rel=1e-5)


@FRAMEWORKS
@pytest.mark.parametrize("name", CASES)
def test_a_script_imports_nothing_but_numpy_its_framework_and_the_standard_library(
    framework: Framework, name: str
) -> None:
    tree = ast.parse(script(training(name, framework)))
    allowed = {"numpy", *{"pytorch": ["torch"], "tensorflow": ["tensorflow", "keras"]}[framework]}
    assert {
        module for module in _imported(tree) if module not in sys.stdlib_module_names
    } <= allowed


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.module
            yield node.module.partition(".")[0]


@FRAMEWORKS
@pytest.mark.parametrize("name", CASES)
def test_no_name_of_a_template_is_taken_by_another_part_of_the_script(
    framework: Framework, name: str
) -> None:
    names = Counter[str]()
    for node in ast.parse(script(training(name, framework))).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names[node.name] += 1
        elif isinstance(node, ast.Assign):
            names.update(target.id for target in node.targets if isinstance(target, ast.Name))
    assert not [name for name, times in names.items() if times > 1]


@FRAMEWORKS
@pytest.mark.parametrize(
    ("given", "word"),
    [({"mixup": 0.2}, "mixup"), ({"pieces": 2}, "pieces"), ({"average": 0.9}, "averaged")],
)
def test_what_cannot_be_written_yet_is_told_with_what_to_set(
    framework: Framework, given: dict[str, object], word: str
) -> None:
    with pytest.raises(CannotBeWrittenError, match=f"{word}.* Set it to"):
        script(training("mlp", framework, **given))
