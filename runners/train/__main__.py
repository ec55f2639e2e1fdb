"""Trains one run: ``python -m runners.train RUN_FOLDER --datasets DIR --device cpu|cuda|mps|tpu [--replicas N] [--resume]``.

With ``--resume`` the training goes on from the last checkpoint: a run that was stopped gives the curve of
one that was not. If its spec has more epochs by now, those are trained too, and the learning rate's
schedule follows the new number from there on. Without a usable checkpoint it begins anew.

Whoever starts it sets CUDA_VISIBLE_DEVICES. The exit code is 0 if the run finished or was stopped, 1 if
it failed, 2 if the folder holds no run. How it ended stands in the run's ``outcome.json``.
"""

from __future__ import annotations

import argparse
import sys
from contextlib import suppress
from pathlib import Path
from time import perf_counter, time

from runners.protocol import Outcome, RunFolder, State
from runners.train.control import Control, StopRequested
from runners.train.heartbeat import start_heartbeat
from runners.train.log_stream import open_log_streams


def main(arguments: list[str]) -> int:
    begun = perf_counter()
    parser = argparse.ArgumentParser("python -m runners.train", description="Trains one run.")
    parser.add_argument("run_folder", type=Path, help="the folder that holds spec.json")
    parser.add_argument("--datasets", type=Path, required=True, help="the prepared datasets")
    parser.add_argument("--device", choices=("cpu", "cuda", "mps", "tpu"), default="cpu")
    parser.add_argument(
        "--replicas",
        type=int,
        default=1,
        metavar="N",
        help="copies of the model that train together",
    )
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
    given = parser.parse_args(arguments)
    folder = RunFolder(given.run_folder.absolute())
    if not folder.spec.is_file():
        print(f"{folder.path} holds no run: there is no spec.json", file=sys.stderr)
        return 2
    start_heartbeat(folder.heartbeat)
    control = Control(folder)
    control.listen_to_signals()
    try:
        with control.interruptible():
            from runners.train.job import run_job  # imports numpy, after the first sign of life
    except StopRequested as request:
        outcome = Outcome(State.STOPPED, f"{request} before its first step", 0, round(time() * 1e6))
        with suppress(OSError):
            folder.write_outcome(outcome)
    else:
        outcome = run_job(
            folder,
            given.datasets,
            given.device,
            control,
            resume=given.resume,
            begun=begun,
            replicas=given.replicas,
        )
    print(f"{outcome.state}: {outcome.reason}")
    return outcome.exit_code


if __name__ == "__main__":
    open_log_streams()
    sys.exit(main(sys.argv[1:]))
