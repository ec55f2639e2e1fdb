"""Where the home is."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath, PureWindowsPath

import platformdirs

HOME_VARIABLE = "TWINBENCH_HOME"


def default_home() -> Path:
    """What `TWINBENCH_HOME` names, or else the platform's folder for a user's data."""
    named = os.environ.get(HOME_VARIABLE)
    if named:
        return Path(named).expanduser().absolute()
    return Path(platformdirs.user_data_dir("twinbench", appauthor=False))


def inside(folder: Path, relative: str) -> Path:
    """The path of a file that a run names, such as an artifact's, which must lie in the run's folder.

    Raises ValueError for an absolute one, one that climbs out, and one that a link leads out of.
    """
    words = (*PurePosixPath(relative).parts, *PureWindowsPath(relative).parts)
    if PurePosixPath(relative).is_absolute() or PureWindowsPath(relative).anchor or ".." in words:
        raise ValueError(f"{relative!r} is no path inside of {folder}")
    path = folder / relative
    try:
        is_inside = path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError) as error:
        raise ValueError(f"{relative!r} is no path inside of {folder}: {error}") from error
    if not is_inside:
        raise ValueError(f"{relative!r} leads out of {folder}")
    return path
