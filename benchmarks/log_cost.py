"""The cost of one log call: ours against a packed record with one write, and against TensorBoard's writer.

``python -m benchmarks.log_cost [--calls N] [--metrics N]``. Prints the median microseconds a call over
interleaved rounds, and the ratios. The aim is at most three times the packed record.
"""

from __future__ import annotations

import argparse
import os
import statistics
import struct
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, time

from runners.protocol import RunFolder
from runners.train.reporter import Reporter

ROUNDS = 15
Log = Callable[[int, dict[str, float]], None]


def packed_record(folder: Path, metrics: int) -> Log:
    """The least that a durable log can do: pack step, time and values, and write them at once."""
    file = os.open(folder / "packed", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    pack = struct.Struct(f"<qd{metrics}d").pack

    def log(step: int, values: dict[str, float]) -> None:
        os.write(file, pack(step, time(), *values.values()))

    return log


def summary_writer(folder: Path) -> Log | None:
    """PyTorch's writer of TensorBoard files, flushed as ours is, or None where it is not installed."""
    os.environ.setdefault(
        "TF_CPP_MIN_LOG_LEVEL", "3"
    )  # it imports TensorFlow where it is installed
    try:
        from torch.utils.tensorboard.writer import SummaryWriter
    except ImportError:
        return None
    writer = SummaryWriter(str(folder / "tensorboard"))

    def log(step: int, values: dict[str, float]) -> None:
        for name, value in values.items():
            writer.add_scalar(name, value, step)
        writer.flush()

    return log


def microseconds(log: Log, calls: int, values: dict[str, float], first_step: int) -> float:
    start = perf_counter()
    for step in range(first_step, first_step + calls):
        log(step, values)
    return (perf_counter() - start) / calls * 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--calls", type=int, default=20_000, help="log calls in a round")
    parser.add_argument("--metrics", type=int, default=2, help="values in a call")
    given = parser.parse_args()
    values = {f"metric_{number}": 0.5 + number for number in range(given.metrics)}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        logs: dict[str, Log] = {
            "packed record": packed_record(folder, given.metrics),
            "Reporter.log": Reporter(RunFolder(folder)).log,
        }
        if writer := summary_writer(folder):
            logs["SummaryWriter"] = writer
        costs: dict[str, list[float]] = {name: [] for name in logs}
        for turn in range(ROUNDS):
            for kind, log in logs.items():
                calls = given.calls if kind != "SummaryWriter" else max(1, given.calls // 100)
                costs[kind].append(microseconds(log, calls, values, turn * calls))
    base = statistics.median(costs["packed record"])
    for kind, rounds in costs.items():
        cost = statistics.median(rounds)
        print(f"{kind:14s} {cost:9.2f} µs a call of {given.metrics}, {cost / base:7.2f} times")


if __name__ == "__main__":
    main()
