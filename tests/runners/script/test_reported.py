from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from runners.protocol import RunFolder
from runners.script.child import environment_of
from runners.script.reported import FILE, ReportedFile

PROGRAM = """
import twinbench_reporter as report
report.parameters(lr=0.5, model=object)
for step in range(3):
    report.log(step, loss=1 / (step + 1), **{"val/accuracy": step})
report.progress(3, 10, 1, 2)
try:
    report.log(1, loss="much")
except ValueError:
    pass
"""


def run(folder: Path, *, active: bool = True) -> None:
    variables = environment_of(RunFolder(folder), {"TWINBENCH_RUN_FOLDER": str(folder)})
    if not active:
        del variables["TWINBENCH_RUN_FOLDER"]
    subprocess.run([sys.executable, "-c", PROGRAM], env=variables, cwd=folder, check=True)


def test_what_a_script_reports_is_read_with_its_time(tmp_path: Path) -> None:
    run(tmp_path)
    said = ReportedFile(tmp_path).read(final=True)
    assert said[0].parameters["lr"] == 0.5
    assert [(one.step, dict(one.values)) for one in said[1:4]] == [
        (step, {"loss": 1 / (step + 1), "val/accuracy": float(step)}) for step in range(3)
    ]
    assert said[4].progress == {"step": 3, "total_steps": 10, "epoch": 1, "epochs": 2}
    assert len(said) == 5
    assert 0 < said[0].time <= said[4].time


def test_outside_of_twinbench_nothing_is_reported(tmp_path: Path) -> None:
    run(tmp_path, active=False)
    assert list(tmp_path.iterdir()) == []


def test_a_line_is_read_when_it_is_whole_and_damaged_ones_are_counted(tmp_path: Path) -> None:
    path = tmp_path / FILE
    path.write_bytes(b'{"time": 1, "step": 2, "values": {"a": 1}}\n{"time": 2, "st')
    file = ReportedFile(tmp_path)
    assert [one.step for one in file.read()] == [2]
    with open(path, "ab") as end:
        end.write(b'ep": 3, "values": {"a": 2}}\nno json\n{"time": 1, "step": "x"}\n')
    assert [one.step for one in file.read()] == [3]
    assert file.damaged_bytes == len(b'no json\n{"time": 1, "step": "x"}\n')


@pytest.mark.parametrize("text", ["[]", '{"values": {"a": 1}}', '{"time": 1, "values": {"a": []}}'])
def test_strange_lines_bring_nothing_down(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text + "\n")
    assert ReportedFile(tmp_path).read() == []
