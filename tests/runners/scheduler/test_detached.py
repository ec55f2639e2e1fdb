from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from runners.scheduler.detached import child_environment, code_folder


def test_a_child_finds_this_package_wherever_it_runs(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import runners; print(runners.__file__)"]
    found = subprocess.check_output(command, cwd=tmp_path, env=child_environment(), text=True)
    assert Path(found.strip()).is_relative_to(code_folder())


def test_a_childs_path_begins_with_the_code_and_keeps_what_was_there() -> None:
    code = str(Path(__file__).parents[3])
    path = child_environment({"PYTHONPATH": "/mine", "A": "1"})["PYTHONPATH"]
    assert path.split(os.pathsep) == [code, "/mine"]
    assert child_environment({"A": "1"}) == {"A": "1", "PYTHONPATH": code}
