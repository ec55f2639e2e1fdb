from __future__ import annotations

import json
import pickle
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runners.datasets.dataset import DatasetInfo
from runners.parameters import complete
from runners.protocol import Framework, Mode, State
from runners.templates import get_template
from runners.templates.initial import Weights, initial_weights
from runners.templates.layers import Layer
from runners.train import pretrained
from runners.train.pretrained import starting_weights
from runners.train.pytorch_file import NotAPytorchFile, read_tensors
from runners.train.setup import Setup, TrainerError
from tests.runners.train.conftest import StartTrainer, Trainer

ROOT = Path(__file__).parents[3]
FILES = ("state.pth", "old.pth", "checkpoint.pt")
SAVING = """
import sys
from pathlib import Path
import numpy as np
import torch
from runners.templates.finetune.pytorch import build_model
from runners.templates.template import ModelShape

folder = Path(sys.argv[1])
parameters = {"depth": "20", "trained": "everything", "normalisation": "none", "least_size": 1}
model = build_model(parameters, ModelShape(inputs=(8, 8, 1), outputs=3))
generator = torch.Generator().manual_seed(1)
with torch.no_grad():
    for tensor in model.state_dict().values():
        if tensor.is_floating_point():
            tensor.uniform_(0.5, 1.5, generator=generator)
state = model.state_dict()
torch.save(state, folder / "state.pth")
torch.save(state, folder / "old.pth", _use_new_zipfile_serialization=False)
optimizer = torch.optim.AdamW(model.parameters())
random = {"cpu": torch.get_rng_state()}
whole = {"about": "{}", "model": state, "optimizer": optimizer.state_dict(), "random": random}
torch.save(whole, folder / "checkpoint.pt")
torch.save({"part": torch.arange(24.0).view(4, 6).t()[1:5:2, 1:]}, folder / "view.pth")
torch.save(model, folder / "model.pth")
np.savez(folder / "state.npz", **{name: tensor.numpy() for name, tensor in state.items()})
"""


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with files that PyTorch wrote."""
    folder = tmp_path_factory.mktemp("saved")
    subprocess.run([sys.executable, "-c", SAVING, folder], cwd=ROOT, check=True)
    return folder


def _setup(weights: Path | str, **given: Any) -> Setup:
    template = get_template("finetune")
    asked = {"depth": "20", "normalisation": "none", "least_size": 1, "weights": str(weights)}
    parameters, errors = complete(template.declared, {**asked, **given})
    assert not errors
    texts = dict.fromkeys(("name", "title", "summary", "source", "licence"), "made-up")
    counts = {"train_count": 1, "test_count": 1}
    info = DatasetInfo(**texts, **counts, input_shape=(8, 8, 1), classes=tuple("abcde"))  # fmt: skip
    return Setup(
        framework=Framework.TENSORFLOW,
        mode=Mode.EAGER,
        device="cpu",
        template=template,
        dataset=info,
        parameters=parameters,
        seed=3,
    )


def _layers(setup: Setup) -> list[Layer]:
    return setup.template.layers_for(setup.parameters, setup.dataset)


def _start(setup: Setup) -> Weights:
    return starting_weights(setup, _layers(setup))


@pytest.mark.parametrize("name", FILES)
def test_the_tensors_of_a_file_are_those_that_pytorch_wrote(saved: Path, name: str) -> None:
    read = read_tensors(saved / name)
    with np.load(saved / "state.npz") as expected:
        assert list(read) == expected.files
        for tensor in expected.files:
            np.testing.assert_array_equal(read[tensor], expected[tensor])


def test_a_tensor_that_looks_into_another_is_read_as_what_it_shows(saved: Path) -> None:
    expected = np.arange(24.0).reshape(4, 6).T[1:5:2, 1:]
    np.testing.assert_array_equal(read_tensors(saved / "view.pth")["part"], expected)


def test_a_file_that_holds_code_is_refused(saved: Path) -> None:
    with pytest.raises(NotAPytorchFile, match="FineTunedNetwork, which is no tensor"):
        read_tensors(saved / "model.pth")


def test_nothing_that_a_file_asks_for_is_run(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[Any, ...]:
            return Path.touch, (tmp_path / "touched",)

    (tmp_path / "evil.pth").write_bytes(pickle.dumps(Evil()))
    with pytest.raises(NotAPytorchFile):
        read_tensors(tmp_path / "evil.pth")
    assert not (tmp_path / "touched").exists()


@settings(max_examples=60)
@given(data=st.data())
def test_a_damaged_file_raises_nothing_but_what_says_so(saved: Path, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(("view.pth", "old.pth")))
    whole = bytearray((saved / name).read_bytes())
    if data.draw(st.booleans()):
        whole = whole[: data.draw(st.integers(0, len(whole) - 1))]
    else:
        for place in data.draw(st.lists(st.integers(0, min(2000, len(whole) - 1)), min_size=1)):
            whole[place] ^= 255
    damaged = saved / "damaged.pth"
    damaged.write_bytes(whole)
    with suppress(
        NotAPytorchFile
    ):  # nothing else; what is damaged among the numbers cannot be seen
        read_tensors(damaged)


@pytest.mark.parametrize("name", FILES)
def test_a_training_begins_with_the_weights_of_a_file_and_a_new_output(
    saved: Path, name: str
) -> None:
    setup = _setup(saved / name)
    weights, drawn = _start(setup), initial_weights(_layers(setup), setup.seed)
    assert list(weights) == list(drawn)
    tensors = read_tensors(saved / name)
    kernel = tensors["stem.convolution.weight"].transpose(2, 3, 1, 0)
    np.testing.assert_array_equal(weights["stem_convolution/kernel"], kernel)
    last = tensors["blocks.stage_3_block_3.norm_2.running_var"]
    np.testing.assert_array_equal(weights["stage_3_block_3_norm_2/moving_variance"], last)
    for weight in ("output/kernel", "output/bias"):
        np.testing.assert_array_equal(weights[weight], drawn[weight])


@pytest.mark.parametrize("before", ["", "weights/"])
def test_archives_of_numpy_give_the_same_weights_by_their_names(
    saved: Path, tmp_path: Path, before: str
) -> None:
    first = _start(_setup(saved / "state.pth"))
    path = tmp_path / "weights.npz"
    np.savez(path, **{f"{before}{name}": array for name, array in first.items()})
    second = _start(_setup(path))
    for name, array in first.items():
        np.testing.assert_array_equal(second[name], array)


def test_without_a_file_a_training_begins_anew() -> None:
    setup = _setup("")
    drawn: Mapping[str, Any] = initial_weights(_layers(setup), setup.seed)
    for name, array in _start(setup).items():
        np.testing.assert_array_equal(array, drawn[name])


@pytest.mark.parametrize(
    "change", [{"depth": "32"}, {"depth": "18"}, {"normalisation": "imagenet"}]
)
def test_weights_of_another_network_are_refused_by_the_first_that_does_not_fit(
    saved: Path, change: dict[str, str]
) -> None:
    with pytest.raises(TrainerError, match=r"state.pth are of another network: .* has to be of"):
        _start(_setup(saved / "state.pth", **change))


@pytest.mark.parametrize("name", ["text.pth", "text.npz", "empty.pt", "missing.pt"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if "missing" not in name:
        path.write_text("" if "empty" in name else "weights")
    with pytest.raises(TrainerError, match=name):
        _start(_setup(path))


def test_without_a_network_a_person_is_told_where_the_weights_can_be_had(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr(pretrained, "_IMAGENET_URL", "http://127.0.0.1:9/")
    with pytest.raises(TrainerError, match=r"download http://127.0.0.1:9/resnet18-f37072fd.pth"):
        _start(_setup("imagenet", depth="18"))
    assert not list((tmp_path / "hub" / "checkpoints").iterdir())


def test_what_was_downloaded_is_checked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "resnet18-f37072fd.pth").write_text("another file")
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(pretrained, "_IMAGENET_URL", f"{tmp_path.as_uri()}/")
    with pytest.raises(TrainerError, match="not the file that was asked for"):
        _start(_setup("imagenet", depth="18"))
    assert not list((tmp_path / "home" / "hub" / "checkpoints").iterdir())


@pytest.mark.parametrize(
    ("weights", "says"),
    [
        ("imagenet", "depths 18 and 34 only"),
        ("weights.pt", "the whole path"),
        (ROOT / "nothing.pt", "there is no file"),
    ],
)
def test_a_form_says_which_weights_do_not_fit(weights: Path | str, says: str) -> None:
    setup = _setup(weights)
    assert says in setup.template.misfit(setup.parameters, setup.dataset)


def test_a_run_knows_the_file_that_it_began_with_and_goes_on_without_it(
    tmp_path: Path, start_trainer: StartTrainer
) -> None:
    file, setup = tmp_path / "earlier.npz", _setup("")
    np.savez(file, allow_pickle=False, **initial_weights(_layers(setup), seed=1))
    expected = {"file": str(file), "sha256": sha256(file.read_bytes()).hexdigest()}
    given = {"depth": "20", "normalisation": "none", "least_size": 1, "trained": "output"}
    asked = {**given, "weights": str(file), "epochs": 1, "batch_size": 500}
    run = start_trainer(Framework.PYTORCH, template="finetune", **asked).wait()
    assert run.outcome.state is State.FINISHED
    assert _environment(run)["weights"] == expected

    file.unlink()
    _extend(run)
    on = run.again("--resume").wait()
    assert on.outcome.state is State.FINISHED, on.log
    assert "goes on from last" in on.log
    assert _environment(on)["weights"] == expected


def _environment(run: Trainer) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run.folder.environment.read_text("utf-8"))
    return found


def _extend(run: Trainer) -> None:
    spec = run.folder.read_spec()
    more = replace(spec, parameters={**spec.parameters, "epochs": 2})
    run.folder.spec.write_text(more.to_json(), "utf-8")


def test_images_of_two_channels_cannot_be_made_like_those_of_imagenet() -> None:
    setup = _setup("", normalisation="imagenet")
    info = replace(setup.dataset, input_shape=(8, 8, 2))
    assert "one or three channels" in setup.template.misfit(setup.parameters, info)
