"""The templates: a folder each. This module finds them; importing it imports no framework."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path

from runners.templates.template import Template


class UnknownTemplate(LookupError):
    """There is no template of that name; the message lists those that there are."""


@cache
def all_templates() -> tuple[Template, ...]:
    """Every template, by name."""
    files = Path(__file__).parent.glob("*/template.py")
    found = [import_module(f"{__name__}.{file.parent.name}.template").TEMPLATE for file in files]
    return tuple(sorted(found, key=lambda template: template.name))


def get_template(name: str) -> Template:
    """The template of that name. Raises UnknownTemplate."""
    for template in all_templates():
        if template.name == name:
            return template
    names = ", ".join(template.name for template in all_templates())
    raise UnknownTemplate(f"there is no template {name!r}; there are: {names}")


def template_folder(name: str) -> Path:
    """The folder of a template, which holds its icon and its two implementations."""
    return Path(__file__).parent / get_template(name).name
