"""Tests of runners.export.serving: the folders for servers are whole, and the service runs as a user runs it."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import numpy as np
import onnxruntime
import pytest
from PIL import Image

from runners.export.manifest import MANIFEST, REFERENCE, Manifest
from runners.export.serving.pack import write_folder
from runners.export.trained import ExportError
from tests.runners.export import linear
from tests.runners.export.alone import module_alone, run_alone


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("images")
    linear.make(folder, "images")
    return folder


@pytest.fixture(scope="module")
def service(exported: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """The folder of the service, and where it answers."""
    folder = tmp_path_factory.mktemp("served") / "service"
    write_folder("fastapi", exported, folder)
    with module_alone(folder, "service", "--port", "0") as process:
        assert process.stderr
        url = next(
            found[0] for line in process.stderr if (found := re.search(r"http://[\d.:]+", line))
        )
        yield folder, url


def asked(url: str, content: bytes | None = None, kind: str = "application/json") -> Any:
    with urlopen(Request(url, content, {"Content-Type": kind})) as answer:
        return json.load(answer)


def test_the_service_answers_without_twinbench(service: tuple[Path, str], exported: Path) -> None:
    folder, url = service
    assert url.startswith("http://127.0.0.1:")
    assert asked(f"{url}/health") == {"status": "ok"}
    assert asked(f"{url}/metadata")["title"] == "mlp on digits"
    told = asked(f"{url}/predict", (folder / "request.json").read_bytes())
    with np.load(exported / REFERENCE) as arrays:
        np.testing.assert_allclose(told["predictions"], arrays["output"][:2], atol=1e-4)


def test_the_service_takes_a_picture(service: tuple[Path, str]) -> None:
    file = BytesIO()
    Image.new("L", (28, 28), 90).save(file, "PNG")
    (answer,) = asked(f"{service[1]}/predict", file.getvalue(), "image/png")["answers"]
    assert answer["class"] in "0123456789"


def test_the_program_beside_the_service_asks_it(service: tuple[Path, str]) -> None:
    folder, url = service
    program = (folder / "ask.py").read_text("utf-8")
    assert "http://127.0.0.1:8000/" in program
    (folder / "ask.py").write_text(program.replace("http://127.0.0.1:8000", url), "utf-8")
    assert len(run_alone(folder, "ask.py").splitlines()) == 5
    Image.new("L", (9, 9), 90).save(folder / "mine.png")
    assert re.fullmatch(r"\d  [\d.]+%\n", run_alone(folder, "ask.py", "mine.png"))


def test_the_image_of_the_service_holds_all_that_it_needs(service: tuple[Path, str]) -> None:
    folder, _ = service
    copied = re.findall(r"COPY (\S+) \S+", (folder / "Dockerfile").read_text("utf-8"))
    assert copied == ["requirements.txt", "model", "service"]
    assert all((folder / name).exists() for name in copied)
    needed = set(re.findall(r"^\w+", (folder / "requirements.txt").read_text("utf-8"), re.M))
    sources = "".join(path.read_text("utf-8") for path in (folder / "service").glob("*.py"))
    imported = {
        name.replace("PIL", "pillow")
        for name in re.findall(r"^\s*(?:import|from) (\w+)", sources, re.M)
        if name not in sys.stdlib_module_names
    }
    assert needed == imported


@pytest.mark.parametrize("kind", linear.KINDS)
def test_a_repository_of_triton_names_what_the_model_takes(kind: str, tmp_path: Path) -> None:
    (tmp_path / "export").mkdir()
    manifest = linear.make(tmp_path / "export", kind)
    write_folder("triton", tmp_path / "export", tmp_path / "out")
    (model,) = (tmp_path / "out" / "models").iterdir()
    session = onnxruntime.InferenceSession(model / "1" / "model.onnx")
    config = (model / "config.pbtxt").read_text("utf-8")
    assert f'name: "{model.name}"' in config
    for each in (*session.get_inputs(), *session.get_outputs()):
        stated = re.search(rf'name: "{each.name}"\s+data_type: TYPE_(\w+)\s+dims: \[ (.+) \]', config)  # fmt: skip
        assert stated
        assert stated[1] == {"tensor(float)": "FP32", "tensor(int32)": "INT32"}[each.type]
        assert stated[2] == ", ".join(map(str, each.shape[1:]))
    labels = model / "labels.txt"
    if labels.exists():
        assert labels.read_text("utf-8").split() == manifest.preprocessing["classes"]
    assert labels.exists() == ("labels.txt" in config) == (kind in ("images", "rows", "reviews"))


@pytest.mark.parametrize("kind", linear.KINDS)
def test_tritons_own_schema_reads_the_configuration(kind: str, tmp_path: Path) -> None:
    schema = pytest.importorskip(
        "tritonclient.grpc.model_config_pb2", reason="needs tritonclient[grpc]"
    )
    text_format = pytest.importorskip("google.protobuf.text_format")

    (tmp_path / "export").mkdir()
    linear.make(tmp_path / "export", kind)
    write_folder("triton", tmp_path / "export", tmp_path / "out")
    (path,) = (tmp_path / "out").glob("models/*/config.pbtxt")
    read = text_format.Parse(path.read_text("utf-8"), schema.ModelConfig())
    assert read.max_batch_size == 64
    assert [each.name for each in (*read.input, *read.output)] == ["input", "output"]
    assert read.HasField("dynamic_batching")


def test_tensorflow_servings_own_schema_reads_the_configuration(tmp_path: Path) -> None:
    schema = pytest.importorskip(
        "tensorflow_serving.config.model_server_config_pb2", reason="needs tensorflow-serving-api"
    )
    text_format = pytest.importorskip("google.protobuf.text_format")
    write_folder("tensorflow-serving", saved_model(tmp_path / "export"), tmp_path / "out")
    text = (tmp_path / "out" / "models" / "models.config").read_text("utf-8")
    (read,) = text_format.Parse(text, schema.ModelServerConfig()).model_config_list.config
    assert (read.name, read.base_path) == ("mlp_digits", "/models/mlp_digits")
    assert read.model_platform == "tensorflow"


def saved_model(folder: Path) -> Path:
    """An export whose files lie as those of a SavedModel do."""
    folder.mkdir()
    manifest = linear.make(folder, "images")
    files = {
        "saved_model/saved_model.pb": (5, ""),
        "saved_model/variables/variables.index": (5, ""),
    }
    for name in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"model")
    replace(manifest, format="saved-model", files=files).write(folder)
    return folder


def test_tensorflow_serving_finds_the_model_where_its_configuration_says(tmp_path: Path) -> None:
    write_folder("tensorflow-serving", saved_model(tmp_path / "export"), tmp_path / "out")
    models = tmp_path / "out" / "models"
    (base,) = re.findall('base_path: "/models/(.+)"', (models / "models.config").read_text("utf-8"))
    found = {path.relative_to(models / base).as_posix() for path in models.rglob("*.*") if path.parent != models}  # fmt: skip
    assert found == {"1/saved_model.pb", "1/variables/variables.index"}
    command = (tmp_path / "out" / "README.md").read_text("utf-8")
    assert 'source="$PWD/models",target=/models' in command
    assert "--model_config_file=/models/models.config" in command


def test_a_request_to_triton_holds_samples_in_its_protocol(exported: Path, tmp_path: Path) -> None:
    write_folder("triton", exported, tmp_path / "out")
    (tensor,) = json.loads((tmp_path / "out" / "request.json").read_text("utf-8"))["inputs"]
    with np.load(exported / REFERENCE) as arrays:
        values = np.array(tensor["data"], np.float32).reshape(tensor["shape"])
        np.testing.assert_array_equal(values, arrays["input"][:2])
    assert (tensor["name"], tensor["datatype"]) == ("input", "FP32")


def test_what_a_server_cannot_run_is_refused_by_words(exported: Path, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="TensorFlow Serving takes SavedModel, and not ONNX"):
        write_folder("tensorflow-serving", exported, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_folder_with_something_in_it_is_left_alone(exported: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(ExportError, match="not empty"):
        write_folder("fastapi", exported, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_nothing_is_left_of_a_folder_whose_export_is_not_whole(tmp_path: Path) -> None:
    (tmp_path / "export").mkdir()
    linear.make(tmp_path / "export", "rows")
    (tmp_path / "export" / "model.onnx").unlink()
    with pytest.raises(FileNotFoundError):
        write_folder("fastapi", tmp_path / "export", tmp_path / "out")
    assert not (tmp_path / "out").exists()
    (tmp_path / "export" / MANIFEST).write_text("{}")
    with pytest.raises(ExportError, match="cannot be read"):
        write_folder("fastapi", tmp_path / "export", tmp_path / "out")


def test_a_name_of_any_letters_becomes_one_that_servers_take(tmp_path: Path) -> None:
    (tmp_path / "export").mkdir()
    manifest = linear.make(tmp_path / "export", "rows")
    spec = {**manifest.spec, "template": "My Net!", "dataset": "Blüten 2.0"}
    raw = {**json.loads(manifest.to_json()), "spec": spec}
    Manifest.from_json(json.dumps(raw)).write(tmp_path / "export")
    write_folder("triton", tmp_path / "export", tmp_path / "out")
    assert [path.name for path in (tmp_path / "out" / "models").iterdir()] == ["my_net_bl_ten_2_0"]
