"""From a cold start until curves are drawn in our window, against the time that peers need until the same curves can be asked for.

``python -m benchmarks.peers [--peers-python PATH] [--only NAME ...] [--repeats N]``. The peers are TensorBoard, MLflow, Aim and Trackio, in an
environment of their own (``benchmarks/peers-requirements.txt`` says how it is made); what is not installed there is skipped.

First 100 runs of 5 metrics of 1,000 points: ours is from the start of Python until all curves of a metric are painted in the real
window, theirs from the start of their server, or of Python where their Python interface is faster, until all points of a
metric came back, drawn nowhere. Then 1,000 curves of one metric, against TensorBoard. The sides take turns; medians are printed,
and the ratio to the fastest peer. Of ours there is also the time from the selection of the runs in an open window until the paint.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks import stores

PEERS = ("tensorboard", "mlflow", "aim", "trackio")
"""The names of the packages, too."""
METRIC = "train/loss"
POINTS = 1_000
PATIENCE_S = 900.0
PEER_SIDE = Path(__file__).with_name("peer_side.py")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--peers-python", type=Path, metavar="PATH", help="of the peers' environment"
    )
    parser.add_argument("--only", nargs="+", choices=PEERS, default=PEERS, metavar="NAME")
    parser.add_argument("--repeats", type=int, default=3)
    chosen = parser.parse_args()
    peers = _installed(chosen.peers_python, chosen.only)
    with TemporaryDirectory() as folder:
        _compare(Path(folder) / "100", "curves100", 100, 5, peers, chosen)
        few = [peer for peer in peers if peer == "tensorboard"]
        _compare(Path(folder) / "1000", "curves1k", 1_000, 1, few, chosen)
    return 0


def _installed(python: Path | None, names: Sequence[str]) -> list[str]:
    found = []
    for name in names:
        if python is None:
            print(f"{name}: skipped, as there is no --peers-python")
        elif not _has(python, name):
            print(f"{name}: skipped, as it is not installed there")
        else:
            found.append(name)
    return found


def _has(python: Path, package: str) -> bool:
    look = [str(python), "-c", f"import {package}"]
    return subprocess.run(look, capture_output=True, check=False).returncode == 0


def _compare(
    folder: Path,
    store: str,
    runs: int,
    metrics: int,
    peers: Sequence[str],
    chosen: argparse.Namespace,
) -> None:
    folder.mkdir()
    home = stores.make(store, folder / "home")
    selected: list[float] = []
    sides: dict[str, Callable[[], object]] = {
        "twinbench": lambda: selected.append(_ours(home.path, runs))
    }
    numbers = [str(runs), str(metrics), str(POINTS)]
    for peer in peers:
        (folder / peer).mkdir()
        command = [str(chosen.peers_python), str(PEER_SIDE)]
        place = [peer, str(folder / peer), *numbers]
        print(f"{peer}: writes {runs:,} runs", flush=True)
        _run([*command, "write", *place])
        sides[peer] = partial(_run, [*command, "ask", *place])
    seconds = _measured(sides, chosen.repeats)
    print(f"{runs:,} runs, {metrics} metrics, {POINTS:,} points, {chosen.repeats} repeats")
    for name, taken in seconds.items():
        print(f"  {name:12} {statistics.median(taken):7.2f} s")
    print(f"  of ours, from the selection to the paint {statistics.median(selected):.2f} s")
    if peers:
        fastest = min(peers, key=lambda peer: statistics.median(seconds[peer]))
        ratios = [
            theirs / ours
            for theirs, ours in zip(seconds[fastest], seconds["twinbench"], strict=True)
        ]
        whole = statistics.median(seconds[fastest])
        print(f"  {fastest} / twinbench  {statistics.median(ratios):.1f}")
        print(f"  {fastest} / selection to paint  {whole / statistics.median(selected):.1f}")


def _measured(sides: dict[str, Callable[[], object]], repeats: int) -> dict[str, list[float]]:
    """The seconds of each side, which take turns."""
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(repeats):
        for name, act in sides.items():
            began = perf_counter()
            act()
            seconds[name].append(perf_counter() - began)
    return seconds


def _ours(home: Path, runs: int) -> float:
    """Open the window until it is painted with all curves; returns the seconds from the selection on."""
    command = [sys.executable, "-m", "benchmarks.window_probe", str(home), METRIC]
    told = json.loads(_run([*command, str(runs), str(POINTS)]))
    return float(told["seconds"])


def _run(command: Sequence[str]) -> str:
    """Returns the last line that it prints. Raises SystemExit if it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE_S)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
    return done.stdout.strip().rpartition("\n")[2]


if __name__ == "__main__":
    sys.exit(main())
