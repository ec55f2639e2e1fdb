"""Importing in a process of its own, which may be killed at any moment; and versions."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from runners.datasets import all_datasets, prepare_dataset, prepared
from runners.datasets.dataset import DatasetError, PreparedDataset
from runners.datasets.importing import Preview, Recipe, from_plain, inspect, run, to_plain
from runners.datasets.preparation import ArrayWriter
from tests.runners.datasets.importing.examples import flowers, imported, write_csv

ROOT = Path(__file__).parents[4]


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "runners.datasets", *map(str, arguments)]


def lines_of(*arguments: object) -> tuple[int, list[dict[str, Any]]]:
    done = subprocess.run(
        command(*arguments), cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def save(recipe: Recipe, path: Path) -> Path:
    path.write_text(json.dumps(to_plain(recipe)), "utf-8")
    return path


def test_the_process_looks_and_imports_and_reports(tmp_path: Path) -> None:
    path = flowers(tmp_path / "flowers.csv")
    code, lines = lines_of("inspect", path)
    assert code == 0
    preview = from_plain(Preview, lines[-1]["preview"])
    assert preview == inspect(path)
    recipe = save(preview.recipe, tmp_path / "recipe.json")
    code, lines = lines_of("import", recipe, tmp_path / "home")
    dataset = prepared("flowers", tmp_path / "home")
    assert dataset is not None
    assert (code, lines[-1]) == (0, {"done": dataset.sha256, "notes": []})
    fractions = [line["fraction"] for line in lines[:-1]]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1
    assert all("seconds_left" in line for line in lines[:-1])


def test_the_process_takes_what_is_already_decided(tmp_path: Path) -> None:
    path = flowers(tmp_path / "flowers.csv")
    (tmp_path / "given.json").write_text('{"target": "size"}', "utf-8")
    _, lines = lines_of("inspect", path, tmp_path / "given.json")
    assert lines[-1]["preview"]["recipe"]["task"] == "regression"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["inspect", "/nowhere/t.csv"], "/nowhere/t.csv is not there"),
        (["import", "/nowhere/recipe.json", "home"], "/nowhere/recipe.json cannot be read"),
    ],
)
def test_the_process_says_what_is_wrong(arguments: list[str], message: str) -> None:
    code, lines = lines_of(*arguments)
    assert code == 1
    assert message in lines[-1]["error"]


def large_table(path: Path) -> Path:
    rows = [(n % 97, n * 3 % 101, f"c{n % 5}", "ab"[n % 2]) for n in range(400_000)]
    return write_csv(path, ("a", "b", "c", "kind"), rows)


def test_a_killed_import_leaves_the_old_dataset_and_the_next_one_clears_up(tmp_path: Path) -> None:
    home = tmp_path / "home"
    old = imported(flowers(tmp_path / "flowers.csv"), home, name="mine")
    recipe = replace(inspect(large_table(tmp_path / "large.csv")).recipe, name="mine")
    saved = save(recipe, tmp_path / "recipe.json")
    process = subprocess.Popen(
        command("import", saved, home), cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    for line in process.stdout:
        if json.loads(line).get("fraction", 0) > 0.3:
            break
    process.kill()
    process.wait()
    process.stdout.close()
    assert prepared("mine", home) == old
    assert [info.name for info in all_datasets(home) if info.name == "mine"] == ["mine"]
    assert (home / ".mine.new").exists()
    imported(flowers(tmp_path / "flowers.csv"), home, name="another")
    assert not (home / ".mine.new").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signal to ask with")
def test_an_import_ends_when_nobody_reads_what_it_writes(tmp_path: Path) -> None:
    recipe = save(inspect(large_table(tmp_path / "large.csv")).recipe, tmp_path / "recipe.json")
    process = subprocess.Popen(
        command("import", recipe, tmp_path / "home"),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(60) == 1
    assert process.stderr.read() == b""
    process.stderr.close()
    assert signal.SIGPIPE
    assert prepared_names(tmp_path / "home") == []


def prepared_names(home: Path) -> list[str]:
    return [path.name for path in home.iterdir() if not path.name.startswith(".")]


def test_a_changed_dataset_is_a_new_version_and_the_old_one_is_kept(tmp_path: Path) -> None:
    home = tmp_path / "home"
    first = imported(flowers(tmp_path / "t.csv", 100), home)
    kept = np.load(first.array("train_x"))
    second = imported(flowers(tmp_path / "t.csv", 120), home)
    assert second.sha256 != first.sha256
    assert prepared("t", home) == second
    version = PreparedDataset.read(home / ".versions" / f"t-{first.sha256[:12]}")
    assert version is not None
    assert version.sha256 == first.sha256
    assert np.array_equal(np.load(version.array("train_x")), kept)


def test_the_same_data_imported_again_is_the_same_version(tmp_path: Path) -> None:
    home = tmp_path / "home"
    first = imported(flowers(tmp_path / "t.csv"), home)
    again = imported(flowers(tmp_path / "t.csv"), home, title="Another title")
    assert again.sha256 == first.sha256
    assert not (home / ".versions").exists()
    assert again.info.title == "Another title"


def test_a_writer_that_was_killed_before_its_last_renaming_is_finished(tmp_path: Path) -> None:
    home = tmp_path / "home"
    dataset = imported(flowers(tmp_path / "t.csv"), home)
    dataset.folder.rename(home / ".t.new")
    assert prepared_names(home) == []
    prepare_dataset("digits", home)
    assert prepared("t", home) == dataset


def test_a_full_disk_is_said_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(ArrayWriter, "append", full)
    with pytest.raises(DatasetError, match=r"No space left on device\. Free some space"):
        run(inspect(flowers(tmp_path / "t.csv")).recipe, tmp_path / "home")
    assert prepared_names(tmp_path / "home") == []
    assert not (tmp_path / "home" / ".t.new").exists()


@pytest.mark.parametrize("shape", [(), (3,), (2, 4, 1)])
def test_an_array_written_in_blocks_is_what_numpy_reads(
    tmp_path: Path, shape: tuple[int, ...]
) -> None:
    blocks = [np.random.default_rng(n).normal(size=(n, *shape)) for n in (3, 0, 5)]
    writer = ArrayWriter(tmp_path / "a.npy", shape, np.float32)
    for block in blocks:
        writer.append(block)
    writer.close()
    found = np.load(tmp_path / "a.npy", mmap_mode="r")
    assert np.array_equal(found, np.concatenate(blocks).astype(np.float32))
    assert writer.count == 8
