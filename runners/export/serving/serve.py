"""``python -m runners.export serve EXPORT_FOLDER [--port PORT]``: answers on 127.0.0.1 until its standard input ends.

When it can be asked it writes ``{"serving": url}``. What it answers is said in `runners.export.serving.service.application`.
"""

from __future__ import annotations

import argparse
import json
import socket
import sys
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from runners.export.manifest import MANIFEST
from runners.export.runtimes import load
from runners.export.trained import ExportError
from runners.export.voice import Voice, end_with_input
from runners.train.engine import prepare_environment

REQUIREMENTS = {"fastapi": "fastapi>=0.120,<1", "uvicorn": "uvicorn>=0.38,<1", "PIL": "pillow>=12,<14"}  # fmt: skip
HOST = "127.0.0.1"


def run(arguments: list[str], voice: Voice) -> dict[str, Any]:
    """Raises ExportError, OSError, or whatever the export's runtime raises."""
    parser = argparse.ArgumentParser("python -m runners.export serve", description="Serves an export on this machine.")  # fmt: skip
    parser.add_argument("folder", type=Path, help="the folder of the export")
    parser.add_argument("--port", type=int, default=0, help="default: a free one")
    asked = parser.parse_args(arguments)
    end_with_input()
    _check_packages()
    listening = _listen(asked.port)
    voice.progress("loading the model", 0.0)
    serve(asked.folder.absolute(), listening, voice)
    return {}


def serve(folder: Path, listening: socket.socket, voice: Voice) -> None:
    """Returns when it was interrupted."""
    import uvicorn

    from runners.export.serving.service.application import application

    prepare_environment("cpu")
    _, model = load(folder)
    manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    config = uvicorn.Config(application(manifest, model.predict), log_level="info")
    voice.say({"serving": f"http://{HOST}:{listening.getsockname()[1]}"})
    with suppress(KeyboardInterrupt):  # which uvicorn raises once it has ended its work
        uvicorn.Server(config).run(sockets=[listening])


def _check_packages() -> None:
    missing = [needed for name, needed in REQUIREMENTS.items() if find_spec(name) is None]
    if missing:
        words = " ".join(f'"{one}"' for one in missing)
        raise ExportError(f"Serving takes packages that are missing: {sys.executable} -m pip install {words}")  # fmt: skip


def _listen(port: int) -> socket.socket:
    try:
        return socket.create_server((HOST, port))
    except (OSError, OverflowError) as error:
        raise ExportError(f"Port {port} cannot be had ({error}): choose another with --port, or 0 for a free one") from error  # fmt: skip
