"""What the peers do in `benchmarks.peers`: run by the Python of their own environment, and knowing nothing of Twinbench.

``peer_side.py write|ask PEER FOLDER RUNS METRICS POINTS``: writes the same curves by the peer's own means, or starts the peer and
asks for all curves of the first metric until it has every point, then prints how many points it got.
"""

from __future__ import annotations

import importlib
import json
import math
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

METRICS = ("train/loss", "train/accuracy", "val/loss", "val/accuracy", "val/f1")
PROJECT = "benchmark"
PATIENCE_S = 600.0
LOOK_S = 0.02


def value(run: int, metric: int, step: int) -> float:
    return math.exp(-step / (200 + run)) + 0.1 * metric + 0.01 * math.sin(step * 0.7 + run)


# -- TensorBoard ------------------------------------------------------------------------------------
def write_tensorboard(folder: Path, runs: int, metrics: int, points: int) -> None:
    files = importlib.import_module("tensorboard.summary.writer.event_file_writer")
    event = importlib.import_module("tensorboard.compat.proto.event_pb2").Event
    summary = importlib.import_module("tensorboard.compat.proto.summary_pb2").Summary
    for run in range(runs):
        writer = files.EventFileWriter(str(folder / f"run-{run:04d}"))
        for step in range(points):
            values = [
                summary.Value(tag=METRICS[metric], simple_value=value(run, metric, step))
                for metric in range(metrics)
            ]
            writer.add_event(event(step=step, wall_time=1e9 + step, summary=summary(value=values)))
        writer.close()


def ask_tensorboard(folder: Path, runs: int, points: int) -> int:
    """Its server as it starts by default; it samples 1,000 points of a curve."""
    port = free_port()
    command = [sys.executable, "-m", "tensorboard.main", "--logdir", str(folder)]
    address = f"http://127.0.0.1:{port}/data/plugin/scalars/scalars_multirun"
    names = [("runs", f"run-{run:04d}") for run in range(runs)]
    form = urllib.parse.urlencode([("tag", METRICS[0]), *names]).encode()
    with served([*command, "--port", str(port), "--host", "127.0.0.1"]):
        return until(lambda: sum(map(len, get(address, form).values())), runs * points)


# -- MLflow -----------------------------------------------------------------------------------------
def write_mlflow(folder: Path, runs: int, metrics: int, points: int) -> None:
    client_class = importlib.import_module("mlflow.tracking").MlflowClient
    metric_class = importlib.import_module("mlflow.entities").Metric
    client = client_class(tracking_uri=mlflow_store(folder))
    experiment = client.create_experiment(PROJECT)
    for run in range(runs):
        run_id = client.create_run(experiment).info.run_id
        for metric in range(metrics):
            for first in range(0, points, 1000):
                batch = [
                    metric_class(METRICS[metric], value(run, metric, step), 10**12 + step, step)
                    for step in range(first, min(first + 1000, points))
                ]
                client.log_batch(run_id, metrics=batch)


def ask_mlflow(folder: Path, runs: int, points: int) -> int:
    """Its server, asked for the history of one run after the other, as its API wants it."""
    port = free_port()
    base = f"http://127.0.0.1:{port}/api/2.0/mlflow"
    command = [
        sys.executable,
        "-m",
        "mlflow",
        "server",
        "--backend-store-uri",
        mlflow_store(folder),
    ]

    def ids() -> list[str]:
        name = urllib.parse.quote(PROJECT)
        found = get(f"{base}/experiments/get-by-name?experiment_name={name}")
        wanted = {"experiment_ids": [found["experiment"]["experiment_id"]], "max_results": runs}
        answer = get(f"{base}/runs/search", json.dumps(wanted).encode())
        return [run["info"]["run_id"] for run in answer["runs"]]

    def asked() -> int:
        query = f"metric_key={urllib.parse.quote(METRICS[0], safe='')}&max_results={points}"
        histories = (get(f"{base}/metrics/get-history?run_id={one}&{query}") for one in ids())
        return sum(len(history["metrics"]) for history in histories)

    with served([*command, "--port", str(port), "--host", "127.0.0.1"]):
        return until(asked, runs * points)


def mlflow_store(folder: Path) -> str:
    return f"sqlite:///{folder / 'mlflow.db'}"


# -- Aim --------------------------------------------------------------------------------------------
def write_aim(folder: Path, runs: int, metrics: int, points: int) -> None:
    run_class = importlib.import_module("aim").Run
    for run in range(runs):
        made = run_class(
            repo=str(folder), system_tracking_interval=None, capture_terminal_logs=False
        )
        for step in range(points):
            for metric in range(metrics):
                made.track(value(run, metric, step), name=METRICS[metric], step=step)
        made.close()
    command = "import sys; from aim.cli.cli import cli_entry_point; sys.exit(cli_entry_point())"
    index = ["storage", "--repo", str(folder), "reindex", "--yes"]  # as its server does by and by
    subprocess.run([sys.executable, "-c", command, *index], check=True, stderr=subprocess.DEVNULL)


def ask_aim(folder: Path, _runs: int, _points: int) -> int:
    """Its Python interface, which needs no server."""
    repo = importlib.import_module("aim").Repo(str(folder))
    found = repo.query_metrics(f"metric.name == '{METRICS[0]}'")
    return sum(
        len(metric.values.sparse_numpy()[0]) for of_run in found.iter_runs() for metric in of_run
    )


# -- Trackio ----------------------------------------------------------------------------------------
def write_trackio(folder: Path, runs: int, metrics: int, points: int) -> None:
    store = trackio_store(folder)
    for run in range(runs):
        rows = [
            {METRICS[metric]: value(run, metric, step) for metric in range(metrics)}
            for step in range(points)
        ]
        store.bulk_log(PROJECT, f"run-{run:04d}", rows, steps=list(range(points)))


def ask_trackio(folder: Path, _runs: int, _points: int) -> int:
    """Its Python interface, which needs no server."""
    store = trackio_store(folder)
    found = 0
    for name in store.get_runs(PROJECT):
        found += sum(METRICS[0] in row for row in store.get_logs(PROJECT, name))
    return found


def trackio_store(folder: Path) -> Any:
    os.environ["TRACKIO_DIR"] = str(folder)
    return importlib.import_module("trackio.sqlite_storage").SQLiteStorage


# -- how they are asked -------------------------------------------------------------------------------
@contextmanager
def served(command: list[str]) -> Iterator[None]:
    """A server of the peer, which is ended with what it started."""
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        yield
    finally:
        if sys.platform == "win32":
            process.terminate()
        else:
            os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def until(ask: Callable[[], int], wanted: int) -> int:
    """Ask until every point is there."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        try:
            if (found := ask()) >= wanted:
                return found
        except (OSError, KeyError, ValueError):  # it is not up yet, or has not read everything
            pass
        time.sleep(LOOK_S)
    raise SystemExit("the peer did not come to have all points")


def get(address: str, body: bytes | None = None) -> Any:
    request = urllib.request.Request(address, data=body)
    if body is not None and body[:1] == b"{":
        request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.loads(answer.read())


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def main() -> None:
    act, peer, folder, *numbers = sys.argv[1:]
    runs, metrics, points = map(int, numbers)
    if act == "write":
        globals()[f"write_{peer}"](Path(folder), runs, metrics, points)
        return
    found = globals()[f"ask_{peer}"](Path(folder), runs, points)
    if found < runs * points:
        raise SystemExit(f"{peer} has {found:,} of {runs * points:,} points")
    print(found, flush=True)


if __name__ == "__main__":
    main()
