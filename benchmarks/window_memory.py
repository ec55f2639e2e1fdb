"""What the window holds in memory with 10,000 runs listed and 100 curves of 100,000 points drawn.

``python -m benchmarks.window_memory [--runs 10000] [--curves 100] [--points 100000]``. The real window is started on an empty home, on one
with the runs, and on that with the curves shown. Prints the resident memory of each, what the runs and the curves add, and the ratio of
what the curves add to the raw size of their points (24 bytes each: step, time, value).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks import stores
from storage.home import Home
from storage.store import Store

METRIC = "train/long loss"
BYTES_A_POINT = 24
STORES = {1_000: "runs1k", 10_000: "runs10k", 100_000: "runs100k"}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=10_000, choices=STORES)
    parser.add_argument("--curves", type=int, default=100)
    parser.add_argument("--points", type=int, default=100_000)
    chosen = parser.parse_args()
    with TemporaryDirectory() as folder:
        empty = Home(Path(folder) / "empty")
        Store.open(empty).close()
        home = stores.make(STORES[chosen.runs], Path(folder) / "home")
        stores.add_curves(home, range(1, chosen.curves + 1), (METRIC,), chosen.points)
        of_nothing = _memory(empty)
        listed = ["--listed", str(chosen.runs)]
        of_runs = _memory(home, *listed)
        of_curves = _memory(home, METRIC, str(chosen.curves), str(chosen.points), *listed)
    points = chosen.curves * chosen.points
    raw = points * BYTES_A_POINT
    print(f"the window on an empty home              {of_nothing / 1e6:8.0f} MB")
    print(f"with {chosen.runs:,} runs listed                 {of_runs / 1e6:8.0f} MB")
    print(
        f"and {chosen.curves} x {chosen.points:,} points shown          {of_curves / 1e6:8.0f} MB"
    )
    print(f"a listed run takes {(of_runs - of_nothing) / chosen.runs / 1e3:.1f} kB")
    added = of_curves - of_runs
    print(
        f"the points take {added / points:.1f} bytes each, {added / raw:.2f} times their raw size"
    )


def _memory(home: Home, *words: str) -> int:
    """Resident bytes of the window as soon as it shows what the words ask for."""
    command = [sys.executable, "-m", "benchmarks.window_probe", str(home.path), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=900)
    if done.returncode or not done.stdout:
        raise SystemExit(f"the window failed:\n{done.stderr[-2000:]}")
    told: dict[str, Any] = json.loads(done.stdout.strip().rpartition("\n")[2])
    return int(told["memory"])


if __name__ == "__main__":
    main()
