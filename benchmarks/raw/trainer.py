"""The trainer, timed as the plain scripts are: ``python -m benchmarks.raw.trainer RUN_FOLDER DATASETS``.

Prints the seconds after the imports, from reading the spec to writing the outcome.
"""

import sys
from importlib import import_module
from pathlib import Path
from time import perf_counter

from runners.protocol import RunFolder
from runners.train.__main__ import main
from runners.train.engine import prepare_environment

if __name__ == "__main__":
    prepare_environment("cpu")
    import_module(f"runners.train.{RunFolder(Path(sys.argv[1])).read_spec().framework}.engine")
    begin = perf_counter()
    code = main([sys.argv[1], "--datasets", sys.argv[2]])
    print(perf_counter() - begin)
    sys.exit(code)
