"""The Pythons of this machine: found in the usual places, asked in a subprocess what they have, and remembered."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any

from runners.protocol import FRAMEWORKS, Framework
from runners.script.about import about_interpreter
from storage.store import Store
from workbench.found_devices import ask_for_devices
from workbench.interpreters import PROGRAM, environments_near

ENVIRONMENTS_SETTING = "interpreters.found"
_AT_ONCE = 4
_FRAMEWORK_PACKAGES = {
    Framework.PYTORCH: ("torch",),
    Framework.TENSORFLOW: ("tensorflow", "tensorflow-cpu", "tensorflow-macos"),
}
_HOMES_OF_ENVIRONMENTS = (
    ".virtualenvs", ".venvs", "venvs", "envs", "virtualenvs", ".local/share/virtualenvs", ".local/share/hatch/env/virtual",
    ".cache/pypoetry/virtualenvs", "Library/Caches/pypoetry/virtualenvs", "AppData/Local/pypoetry/Cache/virtualenvs",
)  # fmt: skip
_CONDAS = (
    "miniconda3", "anaconda3", "miniforge3", "mambaforge", "micromamba", ".conda", "opt/miniconda3", "opt/anaconda3",
    "AppData/Local/miniconda3", "AppData/Local/anaconda3", "AppData/Local/miniforge3",
)  # fmt: skip
_SYSTEM_NAMES = ("python3", "python", *(f"python3.{minor}" for minor in range(8, 16)))


@dataclass(frozen=True, slots=True)
class Environment:
    """A Python as it was when it was asked. ``kind`` is ``own``, ``venv``, ``conda``, ``pyenv``, ``system`` or ``chosen``.

    ``python`` is its version, "" where it did not answer. ``packages`` has the versions of frameworks and what belongs to
    them. ``devices`` are the GPUs that its frameworks see, None while they were not asked.
    """

    path: str
    kind: str
    python: str = ""
    packages: dict[str, str] = field(default_factory=dict)
    devices: tuple[str, ...] | None = None

    def version(self, framework: Framework) -> str:
        """Of the framework that it has, or ""."""
        names = _FRAMEWORK_PACKAGES.get(framework, ())
        return next((self.packages[name] for name in names if name in self.packages), "")


def known_environments(store: Store) -> list[Environment]:
    """Those that were found last, as far as they are still there. Raises StoreError."""
    kept: Any = store.setting(ENVIRONMENTS_SETTING)
    found = []
    for raw in kept if isinstance(kept, list) else ():
        with suppress(TypeError, LookupError, AttributeError):
            found.append(_from_raw(raw))
    return [one for one in found if Path(one.path).exists()]


def look_for_environments(
    store: Store,
    near: Iterable[Path] = (),
    *,
    devices: bool = False,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> list[Environment]:
    """Find the Pythons of this machine and of the folders, ask each what it has, and remember them.

    With ``devices`` each framework is asked which GPUs it sees, too, which takes its import, so seconds. Raises StoreError.
    """
    known = {one.path: one for one in known_environments(store)}
    places = dict(candidates([*near, *_folders_of(known)]))
    for one in known.values():
        places.setdefault(one.path, one.kind)
    found: list[Environment] = []
    with ThreadPoolExecutor(_AT_ONCE) as workers:
        for asked in workers.map(lambda item: _ask(item[0], item[1], cancelled), places.items()):
            progress(len(found) + 1, len(places))
            found.append(asked)
    if cancelled():
        return list(known.values())
    found = [one for one in found if one.python]
    found = [_with_devices(one, known.get(one.path), devices, cancelled) for one in found]
    store.set_setting(ENVIRONMENTS_SETTING, [asdict(one) for one in found])
    return found


def remember(store: Store, path: str) -> Environment | None:
    """Ask an interpreter that was named by hand, and remember it; None if it does not answer. Raises StoreError."""
    asked = _ask(path, "chosen", lambda: False)
    if not asked.python:
        return None
    others = [one for one in known_environments(store) if one.path != path]
    store.set_setting(ENVIRONMENTS_SETTING, [asdict(one) for one in (*others, asked)])
    return asked


def candidates(near: Iterable[Path] = ()) -> Iterator[tuple[str, str]]:
    """Paths of interpreters that there seem to be, each with its kind, each environment once."""
    seen: set[Path] = set()
    for path, kind in chain(
        [(Path(sys.executable), "own")],
        ((path, "venv") for folder in near for path in environments_near(folder)),
        _activated(),
        ((path, "venv") for path in _kept_together()),
        ((path, "conda") for path in _condas()),
        ((path, "pyenv") for path in _pyenvs()),
        ((path, "system") for path in _systems()),
    ):
        mark = path.parent if _is_environment(path) else path.resolve()
        if mark not in seen and path.exists():
            seen.add(mark)
            yield str(path), kind


def _is_environment(path: Path) -> bool:
    return (path.parent.parent / "pyvenv.cfg").exists()


def _activated() -> Iterator[tuple[Path, str]]:
    for variable, kind in (("VIRTUAL_ENV", "venv"), ("CONDA_PREFIX", "conda")):
        if folder := os.environ.get(variable):
            yield _program(Path(folder), kind), kind


def _kept_together() -> Iterator[Path]:
    """Environments that lie side by side in a folder for them."""
    home = Path.home()
    folders = [home / name for name in _HOMES_OF_ENVIRONMENTS]
    if workon := os.environ.get("WORKON_HOME"):
        folders.append(Path(workon))
    for folder in folders:
        for environment in _subfolders(folder):
            yield _program(environment, "venv")


def _condas() -> Iterator[Path]:
    listed = Path.home() / ".conda" / "environments.txt"
    with suppress(OSError):
        for line in listed.read_text("utf-8", "replace").splitlines():
            yield _program(Path(line.strip()), "conda")
    roots = [*(Path.home() / name for name in _CONDAS), Path("/opt/conda"), Path("/opt/miniconda3"), Path("/opt/anaconda3")]  # fmt: skip
    for root in roots:
        yield _program(root, "conda")
        for environment in _subfolders(root / "envs"):
            yield _program(environment, "conda")


def _pyenvs() -> Iterator[Path]:
    root = os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv"
    versions = Path(root) / ("pyenv-win/versions" if sys.platform == "win32" else "versions")
    for version in _subfolders(versions):
        yield _program(version, "conda" if sys.platform == "win32" else "pyenv")
    for version in _subfolders(Path.home() / ".local/share/uv/python"):
        yield _program(version, "pyenv")


def _systems() -> Iterator[Path]:
    path = [
        each for each in os.get_exec_path() if Path(each).name != "shims"
    ]  # pyenv's, which stand for others
    for name in _SYSTEM_NAMES:
        if found := shutil.which(name, path=os.pathsep.join(path)):
            yield Path(found).absolute()
    frameworks = Path("/Library/Frameworks/Python.framework/Versions")
    for version in _subfolders(frameworks):
        yield version / "bin/python3"
    programs = Path(os.environ.get("LOCALAPPDATA", "")) / "Programs/Python"
    if sys.platform == "win32":
        for version in _subfolders(programs):
            yield version / "python.exe"


def _program(folder: Path, kind: str) -> Path:
    """Where the Python of an environment is: conda's on Windows lies in its root."""
    if kind == "conda" and sys.platform == "win32":
        return folder / "python.exe"
    return folder / PROGRAM


def _subfolders(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.is_dir())
    except OSError:
        return []


def _folders_of(known: Iterable[str]) -> Iterator[Path]:
    """Projects in whose environments something was found before."""
    for path in known:
        if _is_environment(Path(path)):
            yield Path(path).parents[2]


def _ask(path: str, kind: str, cancelled: Callable[[], bool]) -> Environment:
    if cancelled():
        return Environment(path, kind)
    own = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONHOME")}
    told = about_interpreter(path, own)
    return Environment(path, kind, told.get("python", ""), told.get("packages", {}))


def _with_devices(
    one: Environment, before: Environment | None, ask: bool, cancelled: Callable[[], bool]
) -> Environment:
    if not ask or cancelled():
        same = before is not None and before.packages == one.packages
        return replace(one, devices=before.devices) if before is not None and same else one
    seen: list[str] = []
    for framework in FRAMEWORKS:
        if one.version(framework):
            told = ask_for_devices(framework, one.path, cancelled) or []
            seen += [f"{each['id']} {each['name']}" for each in told]
    return replace(one, devices=tuple(dict.fromkeys(seen)))


def _from_raw(raw: Any) -> Environment:
    """Raises TypeError, KeyError or AttributeError where it is something else."""
    if not isinstance(raw, dict):
        raise TypeError("no environment")
    devices = raw.get("devices")
    packages = raw.get("packages") or {}
    return Environment(
        str(raw["path"]),
        str(raw["kind"]),
        str(raw["python"]),
        {str(name): str(version) for name, version in packages.items()},
        None if devices is None else tuple(map(str, devices)),
    )
