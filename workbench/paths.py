"""Where the home is."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

HOME_VARIABLE = "TWINBENCH_HOME"


def default_home() -> Path:
    """What `TWINBENCH_HOME` names, or else the platform's folder for a user's data."""
    named = os.environ.get(HOME_VARIABLE)
    if named:
        return Path(named).expanduser().absolute()
    return Path(platformdirs.user_data_dir("twinbench", appauthor=False))
