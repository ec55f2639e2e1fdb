"""Copies of the history, made while it is in use."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path
from time import gmtime, strftime

from storage import engine
from storage.errors import StoreError
from storage.home import Home

KEPT = 10
"""So many of the copies that the program named itself stay; the oldest go first."""

_OWN_NAME = re.compile(r"history-(?:[a-z]+-(?:\w+-)?)?(\d{8}T\d{6}Z(?:-\d+)?)\.db")


def backup(home: Home, target: Path | None = None, *, label: str = "") -> Path:
    """Copy the history as one consistent state, whoever uses it meanwhile, and return where the copy is.

    Without a target it goes into the home's folder of backups, where only the newest `KEPT` stay. A file that is there is
    never overwritten. The copy gets its name when it is whole and was found to be sound. Raises StoreError.
    """
    if not home.database.exists():
        raise StoreError(f"There is no history in {home.path}, so there is nothing to copy.")
    path = target.absolute() if target is not None else free_name(home, label)
    if path.exists() or path.is_symlink() or path in engine.sidecars(home.database):
        raise StoreError(f"{path} is there already and is not overwritten. Choose another name.")
    _copy_whole(home.database, path)
    if target is None:
        prune(home)
    return path


def free_name(home: Home, label: str = "") -> Path:
    """A name with the time in it for a copy in the home's folder of backups. Makes that folder. Raises StoreError."""
    with engine.translated_errors(home.backups):
        home.backups.mkdir(mode=0o700, parents=True, exist_ok=True)
    stamp = strftime("%Y%m%dT%H%M%SZ", gmtime())
    path, number = home.backups / f"history-{label}{stamp}.db", 1
    while path.exists():
        number += 1
        path = home.backups / f"history-{label}{stamp}-{number}.db"
    return path


def prune(home: Home) -> None:
    """Delete the oldest copies that the program named itself; a person's own files stay."""
    own = [path for path in home.backups.iterdir() if _OWN_NAME.fullmatch(path.name)]
    for path in sorted(own, key=_age)[:-KEPT]:
        for file in (path, *engine.sidecars(path)):
            with suppress(OSError):
                file.unlink()


def _age(path: Path) -> tuple[str, int]:
    found = _OWN_NAME.fullmatch(path.name)
    stamp, _, number = found[1].partition("-") if found else ("", "", "")
    return stamp, int(number or 0)


def _copy_whole(source: Path, target: Path) -> None:
    unfinished = target.with_name(f"{target.name}.part")
    try:
        engine.copy(source, unfinished)
        if found := engine.damage(unfinished):
            raise StoreError(
                f"{source} is damaged, so no copy of it was made: {found[0]}. `twinbench rebuild` makes it again from "
                "the run folders."
            )
        with engine.translated_errors(target):
            unfinished.rename(target)
    finally:
        for file in (unfinished, *engine.sidecars(unfinished)):
            with suppress(OSError):
                file.unlink()
