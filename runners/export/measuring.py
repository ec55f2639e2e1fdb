"""What running an exported model costs: a fresh process for each number of threads, one after the other, and their figures in the manifest."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from random import shuffle
from typing import Any

from runners.export.checking import read_manifest
from runners.export.manifest import Measurement, Speed
from runners.export.timing import numbers, sizes
from runners.export.trained import ExportError
from runners.export.voice import Voice, end_with_input

Tell = Callable[[str, float], None]
BATCH_SIZES = (1, 8, 32)
THREADS = (1, 0)
"""One, and as many as the runtime likes."""
SECONDS = 1.0


def run(arguments: list[str], voice: Voice) -> dict[str, Any]:
    """The command ``measure``; what is done is a `Measurement` as JSON. Raises ExportError."""
    parser = argparse.ArgumentParser("python -m runners.export measure", description="Measures what running an export costs.")  # fmt: skip
    parser.add_argument("folder", type=Path, help="the folder of the export")
    parser.add_argument("--batch-sizes", type=sizes, default=[*BATCH_SIZES], help="sizes of the batch, such as 1,8,32")  # fmt: skip
    parser.add_argument("--threads", type=numbers, default=[*THREADS], help="numbers of threads; 0 leaves it to the runtime")  # fmt: skip
    parser.add_argument("--seconds", type=float, default=SECONDS, help="for each size of the batch with each number of threads")  # fmt: skip
    asked = parser.parse_args(arguments)
    end_with_input()
    return asdict(
        measure(
            asked.folder.absolute(), voice.progress, asked.batch_sizes, asked.threads, asked.seconds
        )
    )


def measure(
    folder: Path,
    tell: Tell,
    batch_sizes: Sequence[int] = BATCH_SIZES,
    threads: Sequence[int] = THREADS,
    seconds: float = SECONDS,
) -> Measurement:
    """Measure an export and write the figures into its manifest. Raises ExportError where it cannot be run.

    Each of ``batch_sizes`` is asked for ``seconds`` with each of ``threads``.
    """
    read_manifest(folder)
    order = [*threads]
    shuffle(order)
    parts = []
    for at, count in enumerate(order):

        def told(text: str, fraction: float, at: int = at) -> None:
            tell(text, (at + fraction) / len(order))

        parts.append(_in_a_process(_command(folder, batch_sizes, count, seconds), told))
    found = _together(parts, threads)
    read_manifest(folder).with_measurement(found).write(folder)
    return found


def _command(folder: Path, batch_sizes: Sequence[int], threads: int, seconds: float) -> list[str]:
    sizes = ",".join(map(str, batch_sizes))
    return [
        sys.executable, "-m", "runners.export", "time", str(folder),
        "--batch-sizes", sizes, "--threads", str(threads), "--seconds", str(seconds),
    ]  # fmt: skip


def _in_a_process(command: Sequence[str], tell: Tell) -> Measurement:
    """What `runners.export.timing` finds. The process ends with its standard input, and so with this one."""
    done: dict[str, Any] | None = None
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8", errors="replace"
    ) as process:
        assert process.stdout
        for line in process.stdout:
            message = _message(line)
            if "progress" in message:
                tell(message["progress"], message["fraction"])
            elif "error" in message:
                raise ExportError(message["error"])
            done = message.get("done", done)
    if done is None:
        raise ExportError(
            f"Measuring ended with exit code {process.returncode} before it was done."
        )
    return Measurement.from_raw(done)


def _message(line: str) -> dict[str, Any]:
    """A line that is none is something that a runtime said, and goes to the log."""
    try:
        message = json.loads(line)
    except ValueError:
        message = None
    if isinstance(message, dict):
        return message
    print(line, end="", file=sys.stderr)
    return {}


def _together(parts: Sequence[Measurement], threads: Sequence[int]) -> Measurement:
    """The quickest import and loading, since the first reads from the disk, and the most memory."""
    peaks = [part.peak_bytes for part in parts if part.peak_bytes is not None]
    speeds: list[Speed] = [speed for part in parts for speed in part.speeds]
    speeds.sort(key=lambda speed: (threads.index(speed.threads), speed.batch_size))
    return replace(
        parts[-1],
        load_s=min(part.load_s for part in parts),
        import_s=min(part.import_s for part in parts),
        peak_bytes=max(peaks, default=None),
        speeds=tuple(speeds),
    )
