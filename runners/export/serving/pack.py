"""``python -m runners.export pack EXPORT_FOLDER --for KIND --output DIR``: writes a folder that a server takes as it is."""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol, cast

from runners.export.formats import get_format
from runners.export.manifest import Manifest
from runners.export.serving import fastapi, tensorflow_serving, tfx, triton
from runners.export.serving.exported import Exported
from runners.export.trained import ExportError
from runners.export.voice import Voice, end_with_input


class Server(Protocol):
    """A module for a server. ``RUNTIMES`` are those whose files it runs, ``FORMATS`` says to a person which formats these are."""

    TITLE: str
    FORMATS: str
    RUNTIMES: tuple[str, ...]

    def write(self, exported: Exported, output: Path) -> None:
        """Into an empty folder. Raises ExportError, OSError."""


KINDS: Mapping[str, Server] = {
    "tensorflow-serving": cast("Server", tensorflow_serving),
    "triton": cast("Server", triton),
    "fastapi": cast("Server", fastapi),
    "tfx": cast("Server", tfx),
}


def run(arguments: list[str], voice: Voice) -> dict[str, Any]:
    """What is done is the ``folder``. Raises ExportError, OSError."""
    parser = argparse.ArgumentParser("python -m runners.export pack", description="Writes a folder for a server.")  # fmt: skip
    parser.add_argument("folder", type=Path, help="the folder of the export")
    parser.add_argument("--for", required=True, choices=KINDS, dest="kind", help="the server")
    parser.add_argument("--output", required=True, type=Path, help="the folder to write; it must be new or empty")  # fmt: skip
    asked = parser.parse_args(arguments)
    end_with_input()
    voice.progress("writing the folder", 0.0)
    output = asked.output.absolute()
    write_folder(asked.kind, asked.folder.absolute(), output)
    return {"folder": str(output)}


def write_folder(kind: str, export: Path, output: Path) -> None:
    """Write what serves an export. ``kind`` is one of `KINDS`. Nothing is left of a folder that could not be written.

    Raises ExportError if that server does not run the export's format or something is in the way, OSError.
    """
    server = KINDS[kind]
    try:
        exported = Exported(export, Manifest.read(export))
    except ValueError as error:
        raise ExportError(f"{export} cannot be read: {error}") from error
    if exported.runtime not in server.RUNTIMES:
        ours = get_format(exported.manifest.format).title
        raise ExportError(f"{server.TITLE} takes {server.FORMATS}, and not {ours}: export the run to that first")  # fmt: skip
    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise ExportError(f"{output} is there already and not empty: name another folder")
    output.mkdir(parents=True, exist_ok=True)
    try:
        server.write(exported, output)
    except (ExportError, OSError):
        shutil.rmtree(output, ignore_errors=True)
        raise
