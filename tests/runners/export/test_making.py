"""The process that makes an export: what it leaves, and what it says where it cannot."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from runners.events import EventReader, Points
from runners.export import making
from runners.export.manifest import MANIFEST, PREPROCESSING, REFERENCE, Manifest
from runners.export.places import publish, unfinished_folder
from runners.export.preprocessing import dataset_of
from runners.export.trained import ExportError
from runners.protocol import Framework, RunFolder, Script
from tests.faults.small_disk import small_disk
from tests.runners.export.conftest import Home, changed_template


def exports(run: RunFolder) -> list[str]:
    """What lies in the folder of a run's exports, hidden things too."""
    folder = run.path / "exports"
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def asked(home: Home, run: RunFolder, format_id: str = "onnx", checkpoint: str = "") -> str:
    """The words with which it is refused, before a framework is imported."""
    with pytest.raises(ExportError) as refused:
        making.make(run, home.datasets, format_id, checkpoint, "", lambda _text, _fraction: None)
    assert not any(name.startswith(".making") for name in exports(run))
    return str(refused.value)


@pytest.fixture
def untrained(tmp_path: Path) -> tuple[Home, RunFolder]:
    home = Home(tmp_path)
    return home, home.write_run(Framework.PYTORCH)


def test_a_run_without_a_checkpoint_is_refused(untrained: tuple[Home, RunFolder]) -> None:
    assert asked(*untrained).startswith("The run has no checkpoint, so its weights are not known")


def test_a_checkpoint_that_is_not_there_is_named_with_the_one_that_is(
    untrained: tuple[Home, RunFolder],
) -> None:
    home, run = untrained
    run.checkpoints.mkdir()
    (run.checkpoints / "last.pt").write_bytes(b"")
    assert asked(home, run, checkpoint="best") == (
        "The run has no best checkpoint: export the last one"
    )


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    assert "holds no run" in asked(Home(tmp_path), RunFolder(tmp_path))


def test_a_script_is_told_to_export_its_model_itself(untrained: tuple[Home, RunFolder]) -> None:
    home, run = untrained
    spec = replace(run.read_spec(), script=Script("train.py", (), ""))
    run.spec.write_text(spec.to_json(), "utf-8")
    assert "let the script export it" in asked(home, run)


def test_a_format_of_another_framework_is_refused(untrained: tuple[Home, RunFolder]) -> None:
    assert asked(*untrained, "keras") == "Keras (.keras) cannot be made of a model of PyTorch"


def test_an_unknown_format_is_refused_with_those_that_there_are(
    untrained: tuple[Home, RunFolder],
) -> None:
    assert "there is no format 'gif'; there are: trained, safetensors" in asked(*untrained, "gif")


def test_a_missing_converter_is_named_with_the_line_that_installs_it(
    untrained: tuple[Home, RunFolder], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "find_spec", lambda _name: None)
    words = asked(*untrained)
    assert f'{sys.executable} -m pip install "onnx>=' in words
    assert '"onnxscript>=' in words


def test_a_name_that_would_leave_the_folder_is_refused(untrained: tuple[Home, RunFolder]) -> None:
    home, run = untrained
    with pytest.raises(ExportError, match="is no name for an export"):
        making.make(run, home.datasets, "onnx", "", "../there", lambda _text, _fraction: None)


def test_names_that_are_taken_are_counted_on(tmp_path: Path) -> None:
    names = []
    for _ in range(3):
        with unfinished_folder(tmp_path, "onnx") as folder:
            names.append(publish(folder, "onnx").name)
    assert names == ["onnx", "onnx-2", "onnx-3"]


def test_what_a_killed_maker_left_is_cleared_and_what_a_living_one_makes_is_not(
    tmp_path: Path,
) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    left = tmp_path / "exports" / f".making-onnx-{gone.pid}"
    left.mkdir(parents=True)
    living = left.with_name(f".making-pt2-{os.getpid()}")
    living.mkdir()
    with unfinished_folder(tmp_path, "onnx") as folder:
        assert {path.name for path in folder.parent.iterdir()} == {folder.name, living.name}
    assert [path.name for path in living.parent.iterdir()] == [living.name]


def test_an_export_says_what_it_is_and_holds_what_it_is_checked_with(
    home: Home, pytorch_run: RunFolder
) -> None:
    made = home.make(pytorch_run, "safetensors", "--name", "small one", "--checkpoint", "best")
    assert made.folder == pytorch_run.path / "exports" / "small one"
    fractions = [message["fraction"] for message in made.messages[:-1]]
    assert fractions == sorted(fractions)
    manifest = Manifest.read(made.folder)
    assert (manifest.run, manifest.format, manifest.checkpoint) == (1, "safetensors", "best")
    assert manifest.spec == json.loads(pytorch_run.spec.read_text("utf-8"))
    assert manifest.step > 0
    assert {"python", "torch", "numpy", "safetensors"} <= set(manifest.versions)
    (given,), (gives,) = manifest.inputs, manifest.outputs
    assert (given.name, given.shape, given.dtype) == ("input", (None, 8, 8, 1), "float32")
    assert (gives.name, gives.shape, gives.dtype) == ("output", (None, 10), "float32")
    assert manifest.size_bytes == (made.folder / "model.safetensors").stat().st_size
    about = json.loads((made.folder / PREPROCESSING).read_text("utf-8"))
    assert about == manifest.preprocessing
    assert about["classes"] == [str(digit) for digit in range(10)]
    assert about["scale"] == 16
    assert dataset_of(about).name == "digits"
    with np.load(made.folder / REFERENCE) as arrays:
        assert arrays["input"].shape == (360, 8, 8, 1)
        assert arrays["input"].max() == 16
        assert arrays["output"].shape == (360, 10)
        assert arrays["truth"].shape == (360,)
    assert {MANIFEST, PREPROCESSING, REFERENCE, "example.py"} < {
        path.name for path in made.folder.iterdir()
    }


def test_the_weights_are_those_that_the_test_of_the_run_used(home: Home) -> None:
    """Averaged ones, and after early stopping the best, not the last."""
    run = home.write_run(
        Framework.PYTORCH, hidden_widths="16", epochs=30, patience=1, average=0.5, optimizer="sgd",
        learning_rate=3.0, schedule="constant", batch_size=64, gradient_clip=0.0,
    )  # fmt: skip
    home.train(run)
    events = [e for e in EventReader(run.events).read(final=True) if isinstance(e, Points)]
    tested = {
        name: value
        for event in events
        for name, value in zip(event.names, event.values, strict=True)
        if name.startswith("test/")
    }
    outcome = run.read_outcome()
    assert outcome
    assert "ended early" in outcome.reason
    losses = {}
    for checkpoint in ("", "last"):
        options: Sequence[str] = ("--checkpoint", checkpoint) if checkpoint else ()
        folder = home.make(run, "trained", *options).folder
        losses[checkpoint] = cross_entropy(folder)
        assert Manifest.read(folder).checkpoint == (checkpoint or "best")
    assert losses[""] == pytest.approx(tested["test/loss"], rel=1e-5)
    assert losses["last"] != pytest.approx(losses[""], rel=1e-5)


def cross_entropy(folder: Path) -> float:
    with np.load(folder / REFERENCE) as arrays:
        scores, truth = arrays["output"].astype(np.float64), arrays["truth"]
    shifted = scores - scores.max(1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(1, keepdims=True))
    return float(-logs[np.arange(len(truth)), truth].mean())


@pytest.mark.parametrize("damage", ["cut short", "another run's"])
def test_a_checkpoint_that_cannot_be_used_is_refused_and_nothing_is_left(
    home: Home, pytorch_run: RunFolder, tmp_path: Path, damage: str
) -> None:
    run = copied(pytorch_run, tmp_path)
    file = run.checkpoints / "last.pt"
    if damage == "cut short":
        file.write_bytes(file.read_bytes()[:-5000])
    else:
        spec = run.read_spec()
        run.spec.write_text(replace(spec, seed=spec.seed + 1).to_json(), "utf-8")
    made = home.make(run, "safetensors")
    assert made.error.startswith("The last checkpoint cannot be used: ")
    assert made.error.endswith("Export the best one instead")
    assert "Traceback" not in made.error
    assert exports(run) == []


def copied(run: RunFolder, place: Path) -> RunFolder:
    shutil.copytree(run.path, place / "1", ignore=shutil.ignore_patterns("exports"))
    return RunFolder(place / "1")


def bent_run(home: Home, place: Path, *lines: str) -> RunFolder:
    """A training of a template of the user's whose activation takes ``x`` by these lines."""
    own = changed_template(place, "bent", {"pytorch.py": ('"tanh": nn.Tanh', '"tanh": Bent')})
    file = own / "bent" / "pytorch.py"
    body = "".join(f"        {line}\n" for line in lines)
    bent = f"class Bent(nn.Module):\n    def forward(self, x: Any) -> Any:\n{body}\n\n"
    text = file.read_text("utf-8").replace("ACTIVATIONS =", f"{bent}ACTIVATIONS =")
    file.write_text(
        text.replace("from torch import nn", "import torch\nfrom torch import nn"), "utf-8"
    )
    return home.train(home.write_run(Framework.PYTORCH, "bent", own, activation="tanh", epochs=1))


def test_an_operator_that_onnx_has_not_is_named(home: Home, tmp_path: Path) -> None:
    run = bent_run(home, tmp_path, "return x + 0 * torch.special.bessel_j0(x.detach())")
    error = home.make(run, "onnx").error
    assert error == "ONNX cannot express the operator prims.bessel_j0, which the model uses"
    assert exports(run) == []


def test_code_that_depends_on_values_is_named_with_its_line(home: Home, tmp_path: Path) -> None:
    run = bent_run(home, tmp_path, "if x.sum() > 0:", "    return x", "return x.tanh()")
    lines = (run.template / "bent" / "pytorch.py").read_text("utf-8").splitlines()
    line = 1 + lines.index("        if x.sum() > 0:")
    error = home.make(run, "pt2").error
    assert error.startswith(
        f"torch.export cannot follow the code of this model (bent/pytorch.py, line {line}): "
    )
    assert "No branch may depend on values" in error
    assert exports(run) == []


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of a megabyte."""
    with small_disk(tmp_path / "disk", 1) as folder:
        if folder is None:
            pytest.skip("needs to mount a small file system, which takes Linux and its superuser")
        yield folder


@pytest.mark.parametrize("format_id", ["torchscript", "pt2"])
def test_a_full_disk_is_said_and_leaves_nothing(
    home: Home, pytorch_run: RunFolder, disk: Path, format_id: str
) -> None:
    run = copied(pytorch_run, disk)
    room = shutil.disk_usage(disk).free
    (disk / "filler").write_bytes(bytes(room - 8192))
    made = home.make(run, format_id)
    assert made.error == f"There is no space for the export in {run.path / 'exports'}: free some, and export again"  # fmt: skip
    assert exports(run) == []


def test_a_maker_whose_starter_is_gone_ends_and_leaves_nothing(
    home: Home, pytorch_run: RunFolder, tmp_path: Path
) -> None:
    run = copied(pytorch_run, tmp_path)
    process = home.start(run, "aoti")
    assert process.stdin
    assert process.stdout
    for line in process.stdout:
        if json.loads(line)["progress"] == "compiling":
            break
    assert len(exports(run)) == 1
    process.stdin.close()
    rest = process.stdout.read()
    assert process.wait(timeout=280) == 1
    assert "done" not in rest
    assert exports(run) == []
    process.stdout.close()
    assert process.stderr
    process.stderr.close()
