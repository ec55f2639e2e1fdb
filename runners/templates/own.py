"""Templates of the user's: folders with the files of a template, executed from where they lie.

Their declaration is executed wherever templates are listed, their files for the frameworks only by a trainer.
"""

from __future__ import annotations

import re
import sys
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import sha256
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from runners.protocol import FRAMEWORKS
from runners.templates.template import Template

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
DECLARATION = "template.py"


class BrokenTemplate(LookupError):
    """A template of the user's cannot be used; the message says why, with file and line where there is one."""


@dataclass(frozen=True, slots=True)
class Broken:
    name: str
    folder: Path
    reason: str


def own_templates(folder: Path) -> Iterator[Template | Broken]:
    """What lies in the folder: a template, or why it is none, for each folder with a declaration."""
    if not folder.is_dir():
        return
    for place in sorted(folder.iterdir()):
        if (place / DECLARATION).is_file():
            try:
                yield own_template(place)
            except BrokenTemplate as error:
                yield Broken(place.name, place, str(error))


def own_template(folder: Path) -> Template:
    """The template that lies in the folder, named as it. Executes its declaration. Raises BrokenTemplate."""
    check_name(folder.name)
    for file in (DECLARATION, *(f"{each}.py" for each in FRAMEWORKS)):
        if not (folder / file).is_file():
            raise BrokenTemplate(f"there is no {file} in {folder}")
    declaration = folder / DECLARATION
    try:
        state = declaration.stat()
        return _loaded(declaration, state.st_mtime_ns, state.st_size)
    except OSError as error:
        raise BrokenTemplate(f"{declaration} cannot be read: {error.strerror}") from error


def check_name(name: str) -> None:
    """Raises BrokenTemplate for one that no template can have."""
    if not _NAME.fullmatch(name):
        raise BrokenTemplate(
            "a template's folder is named with small letters, digits and underscores, a letter first, "
            f"not {name!r}"
        )


@lru_cache(maxsize=64)
def _loaded(declaration: Path, _changed: int, _size: int) -> Template:
    """Executed anew where the file has changed."""
    try:
        found = getattr(load_file(declaration), "TEMPLATE", None)
    except (Exception, SystemExit) as error:
        raise BrokenTemplate(told(error, declaration.parent)) from error
    if not isinstance(found, Template):
        raise BrokenTemplate(
            f"{DECLARATION} declares no TEMPLATE of runners.templates.template.Template"
        )
    return replace(found, name=declaration.parent.name, folder=declaration.parent)


def load_file(file: Path) -> ModuleType:
    """Execute a Python file as a module of a name of its own. Raises whatever it raises."""
    name = f"twinbench_own_{sha256(str(file).encode()).hexdigest()[:12]}_{file.stem}"
    spec = spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look for their module there
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def told(error: BaseException, folder: Path) -> str:
    """``template.py, line 3: NameError: …``; without file and line where none of the folder's took part."""
    first = str(error).strip().partition("\n")[0]
    text = f"{type(error).__name__}: {first}" if first else type(error).__name__
    place = line_in(error, folder)
    return f"{place}: {text}" if place else text


def line_in(error: BaseException, folder: Path) -> str:
    """Where in the folder's files the error came from, as ``pytorch.py, line 12``, or ""."""
    if isinstance(error, SyntaxError) and error.filename and Path(error.filename).parent == folder:
        return f"{Path(error.filename).name}, line {error.lineno}"
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).parent == folder
    ]
    return f"{Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else ""
