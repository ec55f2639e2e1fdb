"""Queueing a script and waiting for it."""

from __future__ import annotations

import argparse
import os

from workbench.commands.opening import open_workbench
from workbench.commands.train import follow
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
