"""``python -m runners.scheduler HOME``: the scheduler of a home, until it has had nothing to do for a while."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import time
from contextlib import closing
from logging.handlers import RotatingFileHandler
from pathlib import Path

from runners.scheduler.home_lock import HomeLock
from runners.scheduler.launch import scheduler_alive
from runners.scheduler.scheduler import TICK_S, Scheduler
from storage.home import Home
from storage.store import Store, StoreError

logger = logging.getLogger(__name__)

_LOG_BYTES, _OLD_LOGS = 1_000_000, 3
_PATIENCE_S = 30.0


def main() -> int:
    """Exit code 0 after the work or where another scheduler does it, 1 where the home cannot be used."""
    arguments = _parse()
    home = Home(
        arguments.home.resolve()
    )  # one name for a run's folder, whoever starts the scheduler
    try:
        home.path.mkdir(parents=True, exist_ok=True)
        with closing(Store.open(home)) as store:
            return _work(home, store, arguments.idle_seconds)
    except (StoreError, OSError) as error:
        print(f"the scheduler cannot work: {error}", file=sys.stderr)
        return 1


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m runners.scheduler", description=__doc__)
    parser.add_argument("home", type=Path, help="the folder with the history")
    parser.add_argument(
        "--idle-seconds", type=float, default=60.0, help="leave after so long with nothing to do"
    )
    return parser.parse_args()


def _work(home: Home, store: Store, idle_s: float) -> int:
    lock = HomeLock(home)
    if not _acquire(lock, store):
        print(f"a scheduler already works for {home.path}")
        return 0
    try:
        _log_to(home.scheduler_log)
        scheduler = Scheduler(home, store, lock, idle_s=idle_s)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: scheduler.leave())
        scheduler.run()
    finally:
        lock.release()
    return 0


def _acquire(lock: HomeLock, store: Store) -> bool:
    """Take the lock, or see that another scheduler has it.

    One that holds it and does not live in the history is just coming or going, or cannot write there: wait and see, but not for
    ever.
    """
    deadline = time.monotonic() + _PATIENCE_S
    while not lock.acquire():
        if scheduler_alive(store) or time.monotonic() > deadline:
            return False
        time.sleep(TICK_S)
    return True


def _log_to(path: Path) -> None:
    handler = RotatingFileHandler(
        path, maxBytes=_LOG_BYTES, backupCount=_OLD_LOGS, encoding="utf-8"
    )
    formatter = logging.Formatter(
        "%(asctime)s.%(msecs)03dZ %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%S"
    )
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    logging.raiseExceptions = False  # a full disk shall not fill the next file with tracebacks
    logging.getLogger().addHandler(handler)
    logging.getLogger().setLevel(logging.INFO)


if __name__ == "__main__":
    sys.exit(main())
