"""The templates: a folder each, Twinbench's own here and the user's in a folder of theirs. Imports no framework."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType

from runners.protocol import Framework
from runners.templates.own import Broken, BrokenTemplate, load_file, own_template, own_templates
from runners.templates.template import Template


class UnknownTemplate(LookupError):
    """There is no template of that name; the message lists those that there are, or says why it is broken."""


def all_templates(folder: Path | None = None) -> tuple[Template, ...]:
    """Every template, by name: Twinbench's and, given their folder, the user's that can be used."""
    own = [one for one in own_templates(folder) if isinstance(one, Template)] if folder else []
    known = {template.name: template for template in [*own, *_built_in()]}
    return tuple(known[name] for name in sorted(known))


def broken_templates(folder: Path) -> tuple[Broken, ...]:
    """Those of the user's that cannot be used."""
    names = {template.name for template in _built_in()}
    found = []
    for one in own_templates(folder):
        if isinstance(one, Broken):
            found.append(one)
        elif one.name in names:
            place = folder / one.name
            reason = "Twinbench has a template of that name: give the folder another one"
            found.append(Broken(one.name, place, reason))
    return tuple(found)


def get_template(name: str, folder: Path | None = None) -> Template:
    """The template of that name. Raises UnknownTemplate."""
    for template in _built_in():
        if template.name == name:
            return template
    if folder is not None and name == Path(name).name and (folder / name).is_dir():
        try:
            return own_template(folder / name)
        except BrokenTemplate as error:
            raise UnknownTemplate(f"the template {name!r} cannot be used: {error}") from error
    names = ", ".join(template.name for template in all_templates(folder))
    raise UnknownTemplate(f"there is no template {name!r}; there are: {names}")


def folder_of(template: Template) -> Path:
    """The folder of a template, which holds its icon and its two implementations."""
    return template.folder or Path(__file__).parent / template.name


def framework_module(template: Template, framework: Framework) -> ModuleType:
    """The template's file for the framework, executed. Raises whatever that raises."""
    if template.folder is None:
        return import_module(f"{__name__}.{template.name}.{framework}")
    return load_file(template.folder / f"{framework}.py")


@cache
def _built_in() -> tuple[Template, ...]:
    files = Path(__file__).parent.glob("*/template.py")
    found = [import_module(f"{__name__}.{file.parent.name}.template").TEMPLATE for file in files]
    return tuple(sorted(found, key=lambda template: template.name))
