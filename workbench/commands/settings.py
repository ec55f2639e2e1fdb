"""Settings of the home."""

from __future__ import annotations

import argparse

from workbench.commands.opening import open_workbench
from workbench.commands.output import print_json, print_table
from workbench.commands.parser import UsageError
from workbench.settings import SETTINGS, change_setting, get_setting, reset_setting


def settings(args: argparse.Namespace) -> int:
    if args.reset and (args.value is not None or not args.name):
        raise UsageError("--reset takes the name of a setting and no value")
    with open_workbench(args) as workbench:
        store = workbench.store
        if args.reset:
            reset_setting(store, args.name)
        elif args.value is not None:
            change_setting(store, args.name, args.value)
        chosen = [get_setting(args.name)] if args.name else SETTINGS
        values = {setting: setting.value(store) for setting in chosen}
    if args.json:
        print_json({setting.name: value for setting, value in values.items()})
    elif args.name:
        print(*values.values())
    else:
        rows = [[one.name, str(value), one.help] for one, value in values.items()]
        print_table(["setting", "value", "help"], rows)
    return 0
