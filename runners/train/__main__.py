"""Trains one run: ``python -m runners.train RUN_FOLDER --datasets DIR --device cpu|cuda``.

Whoever starts it sets CUDA_VISIBLE_DEVICES. The exit code is 0 if the run finished or was stopped, 1 if
it failed, 2 if the folder holds no run. How it ended stands in the run's ``outcome.json``.
"""

from __future__ import annotations

import argparse
import io
import sys
from pathlib import Path

from runners.protocol import RunFolder
from runners.train.control import Control
from runners.train.heartbeat import start_heartbeat
from runners.train.job import run_job


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser("python -m runners.train", description="Trains one run.")
    parser.add_argument("run_folder", type=Path, help="the folder that holds spec.json")
    parser.add_argument("--datasets", type=Path, required=True, help="the prepared datasets")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    given = parser.parse_args(arguments)
    folder = RunFolder(given.run_folder.absolute())
    for stream in (sys.stdout, sys.stderr):  # the log is UTF-8 everywhere, and shows lines at once
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", line_buffering=True)
    if not folder.spec.is_file():
        print(f"{folder.path} holds no run: there is no spec.json", file=sys.stderr)
        return 2
    start_heartbeat(folder.heartbeat)
    control = Control(folder)
    control.listen_to_signals()
    outcome = run_job(folder, given.datasets, given.device, control)
    print(f"{outcome.state}: {outcome.reason}")
    folder.write_outcome(outcome)
    return outcome.exit_code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
