"""Beginning a template of one's own, and checking it."""

from __future__ import annotations

import argparse
import re
from dataclasses import asdict
from pathlib import Path
from shutil import copytree, ignore_patterns

from runners.parameters import complete
from runners.protocol import Framework
from runners.templates import UnknownTemplate, folder_of, get_template
from runners.templates.own import BrokenTemplate, check_name
from storage.home import Home
from workbench.commands.opening import open_workbench
from workbench.commands.output import print_json, print_line
from workbench.errors import WorkbenchError
from workbench.paths import default_home
from workbench.requests import InvalidRequest
from workbench.template_check import check_template as compared


def new_template(args: argparse.Namespace) -> int:
    folder = Home(args.home or default_home()).templates
    place = begin_template(args.name, args.after, folder)
    if args.json:
        print_json({"template": args.name, "folder": str(place)})
    else:
        print_line(f"made {place}; see it with: twinbench model {args.name} --dataset digits")
    return 0


def begin_template(name: str, after: str, folder: Path) -> Path:
    """A copy of one of the templates under another name. Raises InvalidRequest."""
    try:
        get_template(name, folder)
    except UnknownTemplate:
        pass
    else:
        raise InvalidRequest({"name": f"there is a template {name!r} already"})
    place = folder / name
    try:
        check_name(name)
        source = get_template(after, folder)
    except UnknownTemplate as error:
        raise InvalidRequest({"after": str(error)}) from error
    except BrokenTemplate as error:
        raise InvalidRequest({"name": str(error)}) from error
    if place.exists():
        raise InvalidRequest({"name": f"{place} is there already"})
    folder.mkdir(parents=True, exist_ok=True)
    copytree(folder_of(source), place, ignore=ignore_patterns("__pycache__", "__init__.py"))
    declaration = place / "template.py"
    text = declaration.read_text("utf-8").replace(f'name="{source.name}"', f'name="{name}"', 1)
    title = name.replace("_", " ").capitalize()
    text = re.sub(r'title="[^"]*"', f'title="{title}"', text, count=1)
    declaration.write_text(text, "utf-8")
    return place


def check_template(args: argparse.Namespace) -> int:
    with open_workbench(args) as workbench:
        folder = workbench.home.templates
        try:
            template = get_template(args.name, folder)
        except UnknownTemplate as error:
            raise InvalidRequest({"template": str(error)}) from error
        values, wrong = complete(template.declared, dict(args.parameters))
        if wrong:
            raise InvalidRequest(wrong)

        def interpreter(framework: Framework) -> str:
            found = workbench.installation(framework)
            if found.problem:
                raise WorkbenchError(found.problem)
            return found.interpreter

        findings = compared(template, folder, values, interpreter)
    if args.json:
        print_json([asdict(each) for each in findings])
    else:
        for each in findings:
            print_line(f"{'same ' if each.good else 'OTHER'}  {each.what}: {each.detail}")
    return 0 if all(each.good for each in findings) else 1
