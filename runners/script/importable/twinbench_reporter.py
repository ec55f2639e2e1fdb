"""Report to Twinbench from any script: ``import twinbench_reporter as report``, then ``report.log(step, loss=0.3)``.

Needs only the standard library, of Python 3.8 or newer. Twinbench puts this file on the path of the scripts that it runs.
A copy of it beside a script makes the script run everywhere else, too: without Twinbench nothing is reported.
"""

from __future__ import annotations

import json
import os
import threading
import time
from typing import Any

_VARIABLE = "TWINBENCH_RUN_FOLDER"
_FILE = "reported.jsonl"
_lock = threading.Lock()
_file: Any = None
_owner = 0


def active() -> bool:
    """Whether Twinbench runs this script."""
    return bool(os.environ.get(_VARIABLE))


def log(step: int, **values: float) -> None:
    """Report what was measured at a step, such as ``log(10, loss=0.3, accuracy=0.9)``.

    Numbers of other libraries, such as a tensor of one element, are turned into floats. Raises TypeError or ValueError
    for what is no number. A name with a slash is given as ``**{"val/loss": 0.4}``.
    """
    _write({"step": int(step), "values": {name: float(value) for name, value in values.items()}})


def progress(step: int = 0, total_steps: int = 0, epoch: int = 0, epochs: int = 0) -> None:
    """Report how far the script is, from which Twinbench tells the time left."""
    told = {"step": step, "total_steps": total_steps, "epoch": epoch, "epochs": epochs}
    _write({"progress": {name: int(count) for name, count in told.items()}})


def parameters(**chosen: Any) -> None:
    """Report what the script was set to, beyond what its command line says; kept with the run."""
    _write({"parameters": {name: _plain(value) for name, value in chosen.items()}})


def _plain(value: Any) -> Any:
    return value if isinstance(value, (bool, int, float, str)) else str(value)


def _write(said: dict[str, Any]) -> None:
    """One line by one unbuffered write, so that what was reported survives the death of the script."""
    global _file, _owner
    if not active():
        return
    line = json.dumps(dict(said, time=time.time())) + "\n"
    with _lock:
        if _file is None or _owner != os.getpid():
            path = os.path.join(os.environ[_VARIABLE], _FILE)
            _file, _owner = open(path, "ab", buffering=0), os.getpid()  # noqa: SIM115
        try:
            _file.write(line.encode())
        except OSError as error:  # a full disk must not end the training
            print("twinbench_reporter: %s" % error)  # noqa: UP031
