"""TensorBoard's process: mirrors runs into event files and serves them, until its parent is gone.

One process does both, so that whatever ends it, nothing of it is left. It uses TensorBoard's Python
interface (`tensorboard.program`), which tells the address, and makes TensorBoard believe that there
is no TensorFlow, whose import would take seconds.

TensorBoard shows a thousand points of a curve unless it is told a larger number; 0, which its help
calls "keep all", returns none. Its fast data server is left off: it knows only float32, drops
float64 curves silently, and does not exist for every platform.
"""

from __future__ import annotations

import argparse
import json
import shutil
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from time import sleep
from types import ModuleType

import psutil

from runners.protocol import write_atomically
from storage.home import Home
from storage.store import Store, StoreError

NO_TENSORFLOW = "tensorboard.compat.notf"
"""A module that `tensorboard.compat` looks for, to use its own stand-in for TensorFlow's files."""
MAX_POINTS = 1_000_000_000
LOOK_S = 0.5
RELOAD_S = 1


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m workbench.tensorboard")
    parser.add_argument("home", type=Path)
    parser.add_argument("folder", type=Path, help="where status.json and the event files go")
    parser.add_argument("parent", type=int, help="the process to end with")
    parser.add_argument("parent_created", type=float, help="when that process was created")
    parser.add_argument("runs", type=int, nargs="*")
    args = parser.parse_args(argv)
    sys.modules[NO_TENSORFLOW] = ModuleType(NO_TENSORFLOW)
    try:
        _serve(args)
    except socket.gaierror:
        print(
            "the name localhost, which it needs, is unknown to this machine; "
            "the line `127.0.0.1 localhost` in the hosts file makes it known",
            file=sys.stderr,
        )
        return 1
    except (StoreError, OSError) as error:
        print(error, file=sys.stderr)  # for the launcher, which then removes the folder
        return 1
    shutil.rmtree(args.folder, ignore_errors=True)
    return 0


def _serve(args: argparse.Namespace) -> None:
    from workbench.tensorboard.mirror import Mirror

    logdir = args.folder / "runs"
    logdir.mkdir()
    store = Store.open(Home(args.home))
    mirror = Mirror(store, logdir, frozenset(args.runs))
    mirror.update()
    url = launch_tensorboard(logdir)
    write_atomically(args.folder / "status.json", json.dumps({"url": url}))
    while _lives(args.parent, args.parent_created):
        with suppress(StoreError, OSError):  # a full disk or a busy database may pass
            mirror.update()
        sleep(LOOK_S)
    mirror.close()
    store.close()


def launch_tensorboard(logdir: Path) -> str:
    """Serve the folder from a thread of this process; returns the address."""
    from tensorboard import default, program

    board = program.TensorBoard(default.get_plugins())
    options = {
        "logdir": str(logdir),
        "host": "127.0.0.1",
        "port": "0",
        "samples_per_plugin": f"scalars={MAX_POINTS}",
        "reload_interval": str(RELOAD_S),
        "load_fast": "false",
        "window_title": "Twinbench",
    }
    board.configure(argv=["tensorboard", *(f"--{name}={text}" for name, text in options.items())])
    return str(board.launch())


def _lives(pid: int, created: float) -> bool:
    try:
        return abs(psutil.Process(pid).create_time() - created) < 1.0
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True


if __name__ == "__main__":
    sys.exit(main())
