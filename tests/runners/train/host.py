"""A process in which runs are trained one after the other, since importing a framework takes longer than they do.

``python -m tests.runners.train.host`` reads lines of JSON, each the folder of a run, that of the datasets and whether to resume,
and answers each with ``done``. What a run prints goes to its log, as it does with a process of its own.
"""

from __future__ import annotations

import json
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

from runners.protocol import RunFolder
from runners.train.control import Control
from runners.train.job import run_job


def main() -> None:
    answers = sys.stdout
    for line in sys.stdin:
        path, datasets, resume = json.loads(line)
        folder = RunFolder(Path(path))
        with (
            open(folder.log, "a", encoding="utf-8") as log,
            redirect_stdout(log),
            redirect_stderr(log),
        ):
            run_job(folder, Path(datasets), "cpu", Control(folder), resume=resume)
        print("done", file=answers, flush=True)


if __name__ == "__main__":
    main()
