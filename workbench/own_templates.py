"""Templates of the user's: beginning one, and asking whether it is one model in both frameworks."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from shutil import copytree, ignore_patterns
from typing import TYPE_CHECKING

from runners.parameters import complete
from runners.protocol import Framework
from runners.templates import UnknownTemplate, folder_of, get_template
from runners.templates.own import BrokenTemplate, check_name
from workbench.errors import WorkbenchError
from workbench.requests import InvalidRequest
from workbench.template_check import Finding, check_template

if TYPE_CHECKING:
    from workbench.bench import Workbench


def begin_template(name: str, after: str, folder: Path) -> Path:
    """A copy of one of the templates under another name. Raises InvalidRequest, OSError."""
    if problem := name_problem(name, folder):
        raise InvalidRequest({"name": problem})
    place = folder / name
    try:
        source = get_template(after, folder)
    except UnknownTemplate as error:
        raise InvalidRequest({"after": str(error)}) from error
    folder.mkdir(parents=True, exist_ok=True)
    copytree(folder_of(source), place, ignore=ignore_patterns("__pycache__", "__init__.py"))
    declaration = place / "template.py"
    text = declaration.read_text("utf-8").replace(f'name="{source.name}"', f'name="{name}"', 1)
    title = name.replace("_", " ").capitalize()
    text = re.sub(r'title="[^"]*"', f'title="{title}"', text, count=1)
    declaration.write_text(text, "utf-8")
    return place


def name_problem(name: str, folder: Path) -> str:
    """Why no template can begin under this name in that folder, or ""."""
    try:
        check_name(name)
        get_template(name, folder)
    except UnknownTemplate:
        return f"{folder / name} is there already" if (folder / name).exists() else ""
    except BrokenTemplate as error:
        return str(error)
    return f"there is a template {name!r} already"


def check_own(
    workbench: Workbench,
    name: str,
    parameters: Mapping[str, str],
    cancelled: Callable[[], bool] = lambda: False,
) -> list[Finding]:
    """Compare a template's two models, with the interpreters that the settings name. Takes many seconds.

    Raises InvalidRequest, and WorkbenchError where a model cannot be built or trained.
    """
    folder = workbench.home.templates
    try:
        template = get_template(name, folder)
    except UnknownTemplate as error:
        raise InvalidRequest({"template": str(error)}) from error
    values, wrong = complete(template.declared, dict(parameters))
    if wrong:
        raise InvalidRequest(wrong)

    def interpreter(framework: Framework) -> str:
        found = workbench.installation(framework)
        if found.problem:
            raise WorkbenchError(found.problem)
        return found.interpreter

    return check_template(template, folder, values, interpreter, cancelled)
