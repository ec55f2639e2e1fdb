"""Making an export: the run's model out of its checkpoint, the files of a format, and what stands beside them."""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter, time
from typing import Any

from runners.export import examples
from runners.export.formats import Format, UnknownFormat, get_format
from runners.export.manifest import PREPROCESSING, Manifest, Tensor
from runners.export.pictures import look_of
from runners.export.places import check_name, publish, unfinished_folder
from runners.export.preparing import Opened, open_run, package, trained_spec
from runners.export.preprocessing import Look, describe
from runners.export.samples import Reference, calibration, reference
from runners.export.trained import ExportError, Trained
from runners.export.voice import FULL, Voice, end_with_input, in_words
from runners.protocol import (
    CHECKPOINTS,
    Framework,
    RunFolder,
    RunSpec,
    file_sha256,
    write_atomically,
)
from runners.train.data import Data, open_data
from runners.train.preparing import open_dataset, setup_of

Tell = Callable[[str, float], None]


def run(arguments: list[str], voice: Voice) -> dict[str, Any]:
    """The command ``make``. Raises ExportError, TrainerError, and whatever a framework raises."""
    parser = argparse.ArgumentParser("python -m runners.export make", description="Makes an export of a run.")  # fmt: skip
    parser.add_argument("run_folder", type=Path, help="the folder of the run")
    parser.add_argument("--datasets", type=Path, required=True, help="the prepared datasets")
    parser.add_argument("--format", required=True, help="what to export to")
    parser.add_argument("--checkpoint", choices=CHECKPOINTS, default="", help="whose weights; by default those that were tested")  # fmt: skip
    parser.add_argument("--name", default="", help="what its folder is called; by default as the format")  # fmt: skip
    asked = parser.parse_args(arguments)
    folder = RunFolder(asked.run_folder.absolute())
    place = make(
        folder, asked.datasets, asked.format, asked.checkpoint, asked.name, voice.progress,
        while_making=lambda at: end_with_input(lambda: shutil.rmtree(at, ignore_errors=True)),
    )  # fmt: skip
    return {"folder": str(place)}


def make(
    folder: RunFolder,
    datasets: Path,
    format_id: str,
    checkpoint: str,
    name: str,
    tell: Tell,
    while_making: Callable[[Path], object] = lambda _folder: None,
) -> Path:
    """The folder of a whole export; if it cannot be made nothing is left. ``while_making`` is told the folder it is made in.

    Raises ExportError, TrainerError, and whatever a framework raises.
    """
    spec = trained_spec(folder)
    asked = _format(format_id, spec.framework)
    check_name(name := name or asked.id)
    try:
        with unfinished_folder(folder.path, name) as unfinished:
            while_making(unfinished)
            try:
                _fill(unfinished, Request(folder, spec, datasets, asked, checkpoint), tell)
            except Exception as error:
                if not isinstance(error, ExportError) and _is_full(unfinished):
                    raise ExportError(_no_space(unfinished)) from error
                raise
            return publish(unfinished, name)
    except OSError as error:
        if error.errno in FULL:
            raise ExportError(_no_space(folder.path)) from error
        raise ExportError(f"The export cannot be written: {error}") from error


@dataclass(frozen=True)
class Request:
    folder: RunFolder
    spec: RunSpec
    datasets: Path
    format: Format
    checkpoint: str


def _format(format_id: str, framework: Framework) -> Format:
    """Raises ExportError where it cannot be made of the framework's models, or not with what is installed."""
    try:
        asked = get_format(format_id)
    except UnknownFormat as error:
        raise ExportError(str(error)) from error
    if framework not in asked.frameworks:
        raise ExportError(f"{asked.title} cannot be made of a model of {framework.display_name}")
    missing = [need for module, need in asked.makers[framework].items() if not find_spec(module)]
    if missing:
        needs = " ".join(f'"{need}"' for need in missing)
        raise ExportError(
            f"{asked.title} takes packages that are not installed: type {sys.executable} -m pip install {needs}"
        )
    return asked


def _fill(place: Path, request: Request, tell: Tell) -> None:
    """Write all that belongs to the export."""
    dataset = open_dataset(request.spec, request.datasets)
    planned = setup_of(request.spec, dataset, "cpu", 1, request.folder, resume=True)
    data = open_data(dataset, planned)
    opened = open_run(
        request.folder, dataset.info, planned.vocabulary, request.checkpoint,
        sees_gpu=request.format.on_gpu_only, tell=lambda text, fraction: tell(text, 0.3 * fraction),
    )  # fmt: skip
    tell("asking the trained model", 0.3)
    found = reference(opened, data.test)
    trained = _trained(opened, data, found, place, tell)
    tell(f"making {request.format.title}", 0.4)
    begun = perf_counter()
    notes = _make(request.format, trained)
    manifest = replace(
        _manifest(request, opened, trained, look_of(dataset, data.test)),
        notes=notes,
        seconds=perf_counter() - begun,
    )
    tell("writing", 0.95)
    found.write(place)
    words = json.dumps(manifest.preprocessing, indent=1, ensure_ascii=False)
    write_atomically(place / PREPROCESSING, words)
    examples.write(place, manifest)
    manifest.write(place)


def _trained(opened: Opened, data: Data, found: Reference, place: Path, tell: Tell) -> Trained:
    given, gives = found.samples, found.outputs
    return Trained(
        setup=opened.setup,
        model=opened.model,
        input=Tensor("input", (None, *given.shape[1:]), given.dtype.name),
        output=Tensor("output", (None, *gives.shape[1:]), gives.dtype.name),
        samples=given,
        calibration=lambda size: calibration(opened, data.train, size),
        folder=place,
        tell=lambda text, fraction: tell(text, 0.4 + 0.55 * fraction),
    )


def _manifest(request: Request, opened: Opened, trained: Trained, look: Look | None) -> Manifest:
    """For the files that the maker has just written."""
    setup = opened.setup
    return Manifest(
        format=request.format.id,
        run=_number(request.folder),
        spec=json.loads(request.spec.to_json()),
        checkpoint=opened.checkpoint,
        step=opened.step,
        created=round(time() * 1e6),
        inputs=(trained.input,),
        outputs=(trained.output,),
        versions=_versions(opened, request.format),
        preprocessing=describe(
            setup.template, setup.parameters, setup.dataset, setup.vocabulary, look
        ),
        files=dict(_files(trained.folder)),
    )


def _make(wanted: Format, trained: Trained) -> tuple[str, ...]:
    """Let the maker of the format write its files. Raises ExportError."""
    maker = package(trained.setup.framework).MAKERS.get(wanted.id)
    if maker is None:
        return ()
    try:
        return maker(trained)
    except ExportError:
        raise
    except Exception as error:
        if _is_full(trained.folder):
            raise ExportError(_no_space(trained.folder)) from error
        traceback.print_exc()
        raise ExportError(
            f"{wanted.title} could not be made of this model: {in_words(error)}"
        ) from error


def _files(folder: Path) -> Iterator[tuple[str, tuple[int, str]]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.relative_to(folder).as_posix(), (path.stat().st_size, file_sha256(path))


def _versions(opened: Opened, made: Format) -> dict[str, str]:
    """Of Python, the framework, and the packages that made it."""
    found = {"python": platform.python_version(), **opened.packages}
    for requirement in made.makers[opened.setup.framework].values():
        name = requirement.split(">")[0]
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def _number(folder: RunFolder) -> int:
    """The run's id; 0 for a folder that is not called after one."""
    name = folder.path.name
    return int(name) if name.isascii() and name.isdigit() else 0


def _is_full(folder: Path) -> bool:
    """Whether not even a small file can be written any more, whatever a library made of that."""
    probe = folder / ".room"
    try:
        with probe.open("wb") as file:
            file.write(bytes(1 << 16))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        return error.errno in FULL
    finally:
        with suppress(OSError):
            probe.unlink(missing_ok=True)
    return False


def _no_space(folder: Path) -> str:
    return f"There is no space for the export in {folder.parent}: free some, and export again"
