"""What a curve is called: the tag that the script gave it, and before it the folder where there are several.

A folder that says which run it was (``runs/Nov22_host``, ``lightning_logs/version_3``) is left out, or no two runs would have
a metric in common; one that says what was measured (``train``, ``validation``, ``Loss_train``) is kept.
"""

from __future__ import annotations

import re
from pathlib import Path

from runners.events import MAX_PAYLOAD

_PARTS = frozenset(
    [
        "train",
        "training",
        "val",
        "valid",
        "validation",
        "dev",
        "test",
        "testing",
        "eval",
        "evaluation",
    ]
)
_STAMP = re.compile(r"[\d.:_-]+")
"""As PyTorch's ``add_hparams`` calls its folder."""
_LONGEST = MAX_PAYLOAD >> 8


class MetricNames:
    """Of one run. The folder of the first event file stands for the run, or the one above it if it is named for a part of the data."""

    def __init__(self, known: Path) -> None:
        """``known`` is a folder that was given to the script to write into."""
        self._bases = [known]

    def prefix(self, folder: Path) -> str:
        """What comes before the tags of an event file in the folder: "" or something that ends with a slash."""
        base = next((each for each in self._bases if folder.is_relative_to(each)), None)
        if base is None:
            base = folder.parent if folder.name.lower() in _PARTS else folder
            first = len(self._bases) == 1
            self._bases.append(base)
            if not first and base == folder:
                return f"{folder.name}/"
        parts = [part for part in folder.relative_to(base).parts if not _STAMP.fullmatch(part)]
        return "".join(f"{part}/" for part in parts)


def metric_name(prefix: str, tag: str) -> str:
    """The name of a metric; the machine's own readings keep theirs for themselves."""
    name = f"{prefix}{tag}"[:_LONGEST]
    return f"script/{name}" if name.startswith("system/") else name
