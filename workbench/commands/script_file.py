"""Saving a training as a script that needs nothing of Twinbench."""

from __future__ import annotations

import argparse

from runners.protocol import Framework
from storage.home import Home
from workbench.commands.output import print_json, print_line
from workbench.paths import default_home
from workbench.requests import InvalidRequest, RunRequest, check_request
from workbench.script_writer.writer import CannotBeWrittenError, Training, script


def save_script(args: argparse.Namespace) -> int:
    request = RunRequest(
        template=args.template,
        framework=args.framework,
        dataset=args.dataset,
        parameters=dict(args.parameters),
        seed=args.seed,
    )
    home = Home(args.home or default_home())
    folder = home.datasets
    checked = check_request(request, folder, home.templates)
    training = Training(
        template=checked.declared,
        framework=Framework(checked.framework),
        dataset=checked.info,
        parameters=checked.parameters,
        seed=checked.seed,
    )
    try:
        text = script(training)
    except CannotBeWrittenError as error:
        raise InvalidRequest({"parameters": str(error)}) from error
    args.file.write_text(text, "utf-8")
    if args.json:
        print_json({"file": str(args.file), "dataset": str(folder / checked.dataset)})
    else:
        print_line(f"saved {args.file}; run it with: python {args.file} {folder / checked.dataset}")
    return 0
