"""The trainer, timed as the plain scripts are: ``python -m benchmarks.raw.trainer RUN_FOLDER DATASETS``.

Prints the seconds after the imports, from reading the spec to writing the outcome, and keeps the time of every step in the
run's folder, as the scripts do.
"""

import sys
from importlib import import_module
from pathlib import Path
from time import perf_counter

from benchmarks.raw.clock import Clock
from runners.protocol import RunFolder
from runners.train.__main__ import main
from runners.train.engine import prepare_environment
from runners.train.timing import Timing


def follow(clock):
    """Let a clock of the scripts run beside the trainer's own, from the same moments to the same moments."""
    resume, stepped = Timing.resume, Timing.stepped

    def resume_both(self):
        clock.start()
        resume(self)

    def step_both(self, *, whole):
        stepped(self, whole=whole)
        clock.step(whole=whole)

    Timing.resume, Timing.stepped = resume_both, step_both


if __name__ == "__main__":
    prepare_environment("cpu")
    import_module(f"runners.train.{RunFolder(Path(sys.argv[1])).read_spec().framework}.engine")
    clock = Clock()
    follow(clock)
    begin = perf_counter()
    code = main([sys.argv[1], "--datasets", sys.argv[2]])
    print(perf_counter() - begin)
    clock.save(Path(sys.argv[1]))
    sys.exit(code)
