"""Queueing a script and waiting for it."""

from __future__ import annotations

import argparse
import os
from dataclasses import asdict
from pathlib import Path

from runners.protocol import FRAMEWORKS
from workbench.commands.opening import open_workbench
from workbench.commands.output import print_json, print_table
from workbench.commands.train import follow
from workbench.environments import Environment, known_environments, look_for_environments
from workbench.script_requests import ScriptRequest, check_script


def run_script(args: argparse.Namespace) -> int:
    request = ScriptRequest(
        script=args.script,
        arguments=tuple(args.arguments),
        parameters=dict(args.parameters),
        folder=args.folder or os.getcwd(),
        interpreter=args.interpreter,
        device=args.device,
        name=args.name,
        experiment=args.experiment,
        tags=tuple(args.tags),
        priority=args.priority,
        held=args.hold,
        alone=args.alone,
    )
    check_script(request)  # before a home is made for nothing
    with open_workbench(args) as workbench:
        return follow(workbench, workbench.queue(request), args)


def interpreters(args: argparse.Namespace) -> int:
    with open_workbench(args) as workbench:
        found = known_environments(workbench.store)
        if args.look or args.devices or not found:
            found = look_for_environments(workbench.store, [Path.cwd()], devices=args.devices)
    if args.json:
        print_json([asdict(one) for one in found])
        return 0
    heads = ["kind", "Python", *(each.display_name for each in FRAMEWORKS), "GPUs", "path"]
    print_table(heads, [_row(one) for one in found])
    return 0


def _row(one: Environment) -> list[str]:
    gpus = "not asked" if one.devices is None else ", ".join(one.devices) or "none"
    return [one.kind, one.python, *(one.version(each) for each in FRAMEWORKS), gpus, one.path]
