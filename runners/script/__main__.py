"""Runs the script of a run: ``python -m runners.script RUN_FOLDER --device cpu|cuda|mps``.

This process belongs to Twinbench and runs in its interpreter; the script is a child of it, in the interpreter that the run
names. It renews the heartbeat, hands on what is asked of the run, reads the curves that the script writes, and
says in ``outcome.json`` how it ended. Its own exit code is the script's, or 128 and the number of the signal.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from runners.protocol import RunFolder
from runners.script.job import run_script
from runners.train.heartbeat import start_heartbeat


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser("python -m runners.script", description="Runs one script.")
    parser.add_argument("run_folder", type=Path, help="the folder that holds spec.json")
    parser.add_argument("--device", choices=("cpu", "cuda", "mps", "tpu"), default="cpu")
    given = parser.parse_args(arguments)
    folder = RunFolder(given.run_folder.absolute())
    if not folder.spec.is_file():
        print(f"{folder.path} holds no run: there is no spec.json", file=sys.stderr)
        return 2
    start_heartbeat(folder.heartbeat)
    return run_script(folder, given.device)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
