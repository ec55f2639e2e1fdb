"""Beginning a template of one's own, and checking it."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from storage.home import Home
from workbench.commands.opening import open_workbench
from workbench.commands.output import print_json, print_line
from workbench.own_templates import begin_template, check_own
from workbench.paths import default_home


def new_template(args: argparse.Namespace) -> int:
    folder = Home(args.home or default_home()).templates
    place = begin_template(args.name, args.after, folder)
    if args.json:
        print_json({"template": args.name, "folder": str(place)})
    else:
        print_line(f"made {place}; see it with: twinbench model {args.name} --dataset digits")
    return 0


def check_template(args: argparse.Namespace) -> int:
    with open_workbench(args) as workbench:
        findings = check_own(workbench, args.name, dict(args.parameters))
    if args.json:
        print_json([asdict(each) for each in findings])
    else:
        for each in findings:
            print_line(f"{'same ' if each.good else 'OTHER'}  {each.what}: {each.detail}")
    return 0 if all(each.good for each in findings) else 1
