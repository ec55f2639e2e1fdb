"""Which code trains: Twinbench's version, the state of its checkout, and the files of the template."""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import runners
from runners.protocol import Framework
from runners.templates import folder_of
from runners.templates.template import Template

_GIT_SECONDS = 2.0
"""Training does not wait longer for an answer of git."""


def code_facts(files: Mapping[str, str]) -> dict[str, Any]:
    """``version``, what `git_facts` tells of the checkout, and ``files`` (name: SHA-256 of its text)."""
    hashes = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in files.items()}
    return {**_version(), **git_facts(Path(runners.__file__).resolve().parents[1]), "files": hashes}


def template_files(template: Template, framework: Framework) -> dict[str, str]:
    """The texts of a template's declaration and of its file for the framework, by ``TEMPLATE/FILE``.

    Line ends are those of POSIX, so that the same code has the same text everywhere.
    """
    folder = folder_of(template)
    paths = [folder / "template.py", folder / f"{framework}.py"]
    return {f"{template.name}/{path.name}": path.read_text("utf-8", "replace") for path in paths}


def git_facts(folder: Path) -> dict[str, Any]:
    """``commit``, ``branch``, ``dirty`` and, if it is, ``diff`` (SHA-256 of what differs from the commit).

    Empty where there is no git, it does not answer in time, or it tracks nothing in the folder.
    """
    state = _git(folder, "status", "--porcelain=v2", "--branch", "--untracked-files=no", "--", ".")
    tracked = _git(folder, "ls-files", "--", ".")
    if not state or not tracked:
        return {}
    lines = state.decode("utf-8", "replace").splitlines()
    told = dict(line[2:].split(" ", 1) for line in lines if line.startswith("# branch."))
    dirty = any(not line.startswith("#") for line in lines)
    facts = {"commit": told.get("branch.oid"), "branch": told.get("branch.head"), "dirty": dirty}
    if dirty and (
        diff := _git(folder, "diff", "HEAD", "--no-ext-diff", "--no-textconv", "--", ".")
    ):
        facts["diff"] = hashlib.sha256(diff).hexdigest()
    return facts


def _version() -> dict[str, str]:
    """Nothing in an interpreter that Twinbench is not installed in."""
    try:
        return {"version": importlib.metadata.version("twinbench")}
    except importlib.metadata.PackageNotFoundError:
        return {}


def _git(folder: Path, *arguments: str) -> bytes | None:
    git = shutil.which("git")
    if git is None:
        return None
    try:
        done = subprocess.run(
            [git, "-C", str(folder), *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL, timeout=_GIT_SECONDS, check=True, creationflags=_no_window(),
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout


def _no_window() -> int:
    """On Windows no console opens for it."""
    if sys.platform == "win32":
        return subprocess.CREATE_NO_WINDOW
    return 0
