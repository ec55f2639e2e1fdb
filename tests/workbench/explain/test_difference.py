from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from runners.protocol import Framework
from storage.records import QueueOptions, RunRecord
from tests.widgets.plots.conftest import RUN
from workbench.explain.difference import Difference, Section, code_difference, differences


def run(environment: Mapping[str, Any] = {}, **changes: Any) -> RunRecord:
    spec = replace(RUN.spec, **changes.pop("spec", {}))
    return replace(RUN, spec=spec, environment=environment, **changes)


def by_name(rows: list[Difference]) -> dict[tuple[str, str], Difference]:
    return {(row.section, row.name): row for row in rows}


def test_what_is_equal_is_hidden_until_it_is_wanted() -> None:
    runs = [run(), run(spec={"seed": 8})]
    (row,) = differences(runs)
    assert (row.section, row.name, row.values) == (Section.SPEC, "seed", (7, 8))
    every = differences(runs, equal_too=True)
    assert {"template", "epochs", "priority"} <= {row.name for row in every}
    assert [row.name for row in every if row.differs] == ["seed"]


def test_packages_are_told_as_added_removed_or_of_another_version() -> None:
    runs = [
        run({"packages": {"torch": "2.13", "numpy": "2.4", "keras": "3"}}),
        run({"packages": {"torch": "2.14", "numpy": "2.4", "lark": "1"}}),
    ]
    rows = by_name(differences(runs))
    changes = {
        name: row.change(1) for (section, name), row in rows.items() if section == "Packages"
    }
    assert changes == {"torch": "other", "keras": "removed", "lark": "added"}


def test_each_run_is_compared_with_the_base_run() -> None:
    runs = [run(spec={"seed": seed}) for seed in (1, 2, 1)]
    (row,) = differences(runs, base=1)
    assert [row.change(place) for place in range(3)] == ["other", "same", "other"]


def test_code_and_git_stand_in_a_section_of_their_own() -> None:
    code = {"commit": "a", "dirty": False, "files": {"mlp/pytorch.py": "1"}}
    other = {"commit": "a", "dirty": True, "diff": "d", "files": {"mlp/pytorch.py": "2"}}
    rows = by_name(differences([run({"code": code}), run({"code": other})]))
    assert set(rows) == {("Code", "dirty"), ("Code", "diff"), ("Code", "files mlp/pytorch.py")}
    assert rows["Code", "dirty"].values == (False, True)


def test_the_folder_in_the_command_of_a_run_is_no_difference() -> None:
    runs = [
        run({"command": ["python", f"/home/runs/{n}"]}, folder=f"/home/runs/{n}") for n in (1, 2)
    ]
    assert differences(runs) == []


def test_queue_and_machine_are_compared_too() -> None:
    rows = by_name(
        differences(
            [
                run({"host": "a"}, options=QueueOptions(priority=3), created=0, started=5_000_000),
                run({"host": "b"}, created=0, started=9_000_000, assigned_device="cuda:0"),
            ]
        )
    )
    assert rows["Queue", "priority"].values == (3, 0)
    assert rows["Queue", "waited (s)"].values == (5, 9)
    assert rows["Queue", "device"].values == ("cpu", "cuda:0")
    assert rows["Environment", "host"].values == ("a", "b")


def test_true_is_not_one() -> None:
    runs = [run(spec={"parameters": {"x": value}}) for value in (True, 1)]
    assert [row.name for row in differences(runs)] == ["x"]


def test_an_environment_of_any_shape_is_read() -> None:
    odd = {"packages": "none", "code": ["x"], "device": {"name": {"deep": 1.5}}, "nothing": None}
    rows = by_name(differences([run(odd), run()]))
    assert rows["Environment", "device name deep"].values == (1.5, None)
    assert rows["Environment", "packages"].values == ("none", None)


def test_sections_stand_in_one_order_and_of_no_runs_there_is_nothing() -> None:
    runs = [run({"host": "a"}), run({"host": "b"}, spec={"framework": Framework.TENSORFLOW})]
    assert [row.section for row in differences(runs)] == [Section.SPEC, Section.ENVIRONMENT]
    assert differences([]) == []


def keep(folder: Path, **files: str) -> Path:
    code = folder / "artifacts" / "code" / "mlp"
    code.mkdir(parents=True)
    for name, text in files.items():
        (code / f"{name}.py").write_text(text)
    return folder


def test_code_is_shown_as_a_unified_diff(tmp_path: Path) -> None:
    base = keep(tmp_path / "1", pytorch="a\nb\n", template="same\n")
    other = keep(tmp_path / "2", pytorch="a\nc\nd\n", template="same\n", extra="x\n")
    found = code_difference(base, other)
    assert [(file.name, file.change) for file in found.files] == [
        ("mlp/extra.py", "added"),
        ("mlp/pytorch.py", "other"),
    ]
    changed = found.files[1]
    assert (changed.added, changed.removed) == (2, 1)
    assert changed.lines[-4:] == (" a", "-b", "+c", "+d")


def test_why_no_code_is_shown_is_said(tmp_path: Path) -> None:
    base = keep(tmp_path / "1", pytorch="a\n")
    (tmp_path / "2").mkdir()
    without = code_difference(base, tmp_path / "2", ("one", "two"))
    assert without.remark == "two kept no code, so it cannot be compared"
    same = code_difference(base, keep(tmp_path / "3", pytorch="a\n"))
    assert (same.files, same.remark) == ((), "the code that was kept is the same")


def test_a_file_that_is_too_large_is_not_compared(tmp_path: Path) -> None:
    base = keep(tmp_path / "1", pytorch="a\n" * 30_000)
    found = code_difference(base, keep(tmp_path / "2", pytorch="b\n"))
    assert found.files[0].lines == ()
    assert "more than 20,000 lines" in found.files[0].remark
