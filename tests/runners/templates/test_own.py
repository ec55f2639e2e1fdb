"""Templates of the user's, found and declared without a framework."""

from __future__ import annotations

import os
from pathlib import Path
from shutil import copytree, ignore_patterns

import pytest

from runners.templates import (
    UnknownTemplate,
    all_templates,
    broken_templates,
    folder_of,
    get_template,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Holds a template that was begun as a copy of the mlp."""
    source = folder_of(get_template("mlp"))
    copytree(source, tmp_path / "mine", ignore=ignore_patterns("__pycache__"))
    return tmp_path


def change(folder: Path, old: str, new: str) -> None:
    file = folder / "mine" / "template.py"
    text = file.read_text("utf-8")
    assert old in text
    later = file.stat().st_mtime_ns + 1_000_000
    file.write_text(text.replace(old, new), "utf-8")
    os.utime(file, ns=(later, later))


def test_a_template_of_the_users_stands_among_the_others_under_its_folders_name(
    folder: Path,
) -> None:
    template = get_template("mine", folder)
    assert template in all_templates(folder)
    assert folder_of(template) == folder / "mine"
    assert "mine" not in {one.name for one in all_templates()}
    assert not broken_templates(folder)


def test_a_declaration_that_changes_is_read_again(folder: Path) -> None:
    before = get_template("mine", folder).title
    change(folder, f'title="{before}"', 'title="Mine"')
    assert get_template("mine", folder).title == "Mine"


@pytest.mark.parametrize(
    ("new", "told"),
    [
        ("TEMPLATE = nothing(", "template.py, line 27: NameError"),
        ("raise SystemExit(3)\nTEMPLATE = Template(", "template.py, line 27: SystemExit: 3"),
        ("TEMPLATE = = Template(", "template.py, line 27: SyntaxError"),
        ("OTHER = Template(", "declares no TEMPLATE"),
    ],
)
def test_a_declaration_that_fails_is_told_with_its_line_and_disturbs_nothing_else(
    folder: Path, new: str, told: str
) -> None:
    line = (folder / "mine" / "template.py").read_text("utf-8").splitlines().index("TEMPLATE = Template(") + 1  # fmt: skip
    change(folder, "TEMPLATE = Template(", new)
    (broken,) = broken_templates(folder)
    assert told.replace("27", str(line)) in broken.reason
    assert all_templates(folder) == all_templates()
    with pytest.raises(UnknownTemplate, match="'mine' cannot be used"):
        get_template("mine", folder)


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "mine" / "tensorflow.py").unlink()
    (broken,) = broken_templates(folder)
    assert "there is no tensorflow.py" in broken.reason


def test_one_named_as_another_of_twinbench_is_told_and_the_known_one_stays(folder: Path) -> None:
    (folder / "mine").rename(folder / "cnn")
    (broken,) = broken_templates(folder)
    assert broken.name == "cnn"
    assert "another" in broken.reason
    assert get_template("cnn", folder).folder is None


def test_folders_without_a_declaration_and_no_folder_at_all_are_no_matter(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    assert all_templates(tmp_path) == all_templates(tmp_path / "none") == all_templates()
