"""What may keep Twinbench from working here, found out without importing a framework."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
import shlex
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from runners import datasets
from runners.devices import read_devices
from runners.protocol import FRAMEWORKS
from runners.scheduler.launch import scheduler_alive
from storage.filesystem import remote_kind
from storage.home import Home
from storage.store import Store, StoreError
from workbench.display import missing_display
from workbench.errors import WorkbenchError
from workbench.exports.offers import formats_here, words_to_install
from workbench.interpreters import Installation, find_framework, install_line
from workbench.settings import get_setting, interpreter_setting

PACKAGES = ("PySide6-Essentials", "pyqtgraph", "numpy", "SQLAlchemy", "alembic", "scikit-learn")
LITTLE_SPACE = 1 << 30
_GIB = float(1 << 30)


class Level(StrEnum):
    OK = "ok"
    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """``remedy`` says how to mend it, where something is to be mended."""

    subject: str
    level: Level
    text: str
    remedy: str = ""


def examine(home: Home) -> Iterator[Finding]:
    """Every check, in the order a person would go through them."""
    yield Finding("python", Level.OK, f"{sys.version.split()[0]} at {sys.executable}")
    yield Finding("system", Level.OK, platform.platform())
    yield from map(_package, PACKAGES)
    yield _tensorboard()
    yield from _home(home)
    store, finding = _history(home)
    yield finding
    if store is None:
        yield from _frameworks(lambda _setting: "")
    else:
        with closing(store):
            yield _scheduler(store)
            yield from _frameworks(lambda name: str(get_setting(name).value(store)))
    yield _compiler()
    for device in read_devices():
        yield Finding(device.id, Level.OK, f"{device.name}, {device.memory_total / _GIB:.1f} GiB")
    yield from _datasets(home)
    yield _display()


def _package(name: str) -> Finding:
    try:
        version = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return Finding(
            name, Level.ERROR, "not installed", f"{sys.executable} -m pip install {name}"
        )
    if name == "PySide6-Essentials" and _numbers(version) >= (6, 12) and sys.version_info < (3, 12):
        return Finding(
            name,
            Level.ERROR,
            f"{version} ends a program under Python 3.11 after a while of drawing",
            f'{sys.executable} -m pip install "PySide6-Essentials<6.12"',
        )
    return Finding(name, Level.OK, version)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2] if part.isdigit())


def _tensorboard() -> Finding:
    if importlib.util.find_spec("tensorboard") is None:
        remedy = f"{sys.executable} -m pip install tensorboard"
        return Finding("tensorboard", Level.WARNING, "not installed", remedy)
    return Finding("tensorboard", Level.OK, importlib.metadata.version("tensorboard"))


def _home(home: Home) -> Iterator[Finding]:
    path = home.path
    there = _nearest_existing(path)
    suffix = "" if there == path else " (made when it is first needed)"
    if not there.is_dir() or not os.access(there, os.W_OK):
        remedy = "choose another with --home or TWINBENCH_HOME, or change the rights of the folder"
        yield Finding("home", Level.ERROR, f"{path} cannot be written", remedy)
        return
    yield Finding("home", Level.OK, f"{path}{suffix}")
    free = shutil.disk_usage(there).free
    text = f"{free / _GIB:.1f} GiB free"
    if free < LITTLE_SPACE:
        remedy = "delete what is not needed, or move the home to a larger disk"
        yield Finding("space", Level.WARNING, text, remedy)
    else:
        yield Finding("space", Level.OK, text)
    yield from _others(path)
    if kind := remote_kind(there):
        remedy = "choose a home on a disk of this machine: the history's locks fail on a network"
        yield Finding("file system", Level.ERROR, f"the home is on {kind}", remedy)


def _nearest_existing(path: Path) -> Path:
    return next((place for place in (path, *path.parents) if place.exists()), path)


def _others(path: Path) -> Iterator[Finding]:
    """Whether other users may look into the home. Windows keeps a user's folder private by itself."""
    if os.name != "posix" or not path.is_dir() or not path.stat().st_mode & 0o077:
        return
    text = f"other users of this machine may look into {path}"
    yield Finding("privacy", Level.WARNING, text, shlex.join(["chmod", "700", str(path)]))


def _history(home: Home) -> tuple[Store | None, Finding]:
    if not home.database.exists():
        return None, Finding("history", Level.OK, "none yet")
    try:
        store = Store.open(home)
    except StoreError as error:
        return None, Finding("history", Level.ERROR, str(error))
    return store, Finding("history", Level.OK, f"{home.database}, its schema is up to date")


def _scheduler(store: Store) -> Finding:
    alive = scheduler_alive(store)
    text = f"process {alive.pid} on {alive.host}" if alive else "not needed now; starts by itself"
    return Finding("scheduler", Level.OK, text)


def _frameworks(setting: Callable[[str], str]) -> Iterator[Finding]:
    """Without either nothing trains; one alone is enough for all but comparing the two."""
    found = [find_framework(one, setting(interpreter_setting(one))) for one in FRAMEWORKS]
    missing = Level.WARNING if any(not one.problem for one in found) else Level.ERROR
    for one in found:
        if one.problem:
            text, _, remedy = one.problem.partition("; ")
            yield Finding(one.framework, missing, text, remedy)
        else:
            text = f"{one.version} in {one.interpreter} (Python {one.python})"
            yield Finding(one.framework, Level.OK, text)
            yield _exports(one)


def _exports(found: Installation) -> Finding:
    """What its models can be exported to. A GPU that is not there is not missed."""
    subject = f"{found.framework} exports"
    try:
        offers = formats_here(found.framework, found.interpreter)
    except WorkbenchError as error:
        return Finding(subject, Level.NOTE, str(error))
    missing = list(dict.fromkeys(need for offer in offers for need in offer.missing))
    if not missing:
        return Finding(subject, Level.OK, "every format that this machine can run can be made")
    titles = ", ".join(offer.format.title for offer in offers if offer.missing)
    line = install_line(found.interpreter, words_to_install(found.framework, missing))
    return Finding(
        subject, Level.NOTE, f"no {titles}: what makes or runs it is not installed", line
    )


def _compiler() -> Finding:
    """PyTorch's graph mode translates to C++ on the CPU."""
    names = [os.environ.get("CXX", ""), "g++", "clang++", "c++", "cl"]
    found = next((path for name in names if name and (path := shutil.which(name))), None)
    if found:
        return Finding("compiler", Level.OK, f"{found}, for PyTorch's graph mode on the CPU")
    remedies = {
        "linux": "install g++ (on Debian: apt install g++ python3-dev)",
        "darwin": "xcode-select --install",
        "win32": "install the Build Tools for Visual Studio with C++",
    }
    text = "no C++ compiler, so PyTorch's graph mode does not train on the CPU"
    return Finding("compiler", Level.WARNING, text, remedies.get(sys.platform, "install clang"))


def _datasets(home: Home) -> Iterator[Finding]:
    for info in datasets.all_datasets(home.datasets):
        if datasets.prepared(info.name, home.datasets):
            yield Finding(info.name, Level.OK, f"prepared in {home.datasets / info.name}")
        else:
            remedy = f"twinbench datasets --prepare {info.name}"
            yield Finding(info.name, Level.NOTE, "prepared when first used, or now by", remedy)


def _display() -> Finding:
    if problem := missing_display():
        return Finding("display", Level.NOTE, problem)
    return Finding("display", Level.OK, os.environ.get("DISPLAY") or "there")
