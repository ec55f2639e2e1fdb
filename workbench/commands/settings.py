"""Settings of the home."""

from __future__ import annotations

import argparse

from runners.devices import FOUND_DEVICES_SETTING, read_devices
from storage.store import Store
from workbench.commands.opening import open_workbench
from workbench.commands.output import print_json, print_table
from workbench.commands.parser import UsageError
from workbench.settings import (
    SETTINGS,
    Setting,
    change_setting,
    get_setting,
    limit_setting,
    reset_setting,
)


def settings(args: argparse.Namespace) -> int:
    if args.reset and (args.value is not None or not args.name):
        raise UsageError("--reset takes the name of a setting and no value")
    with open_workbench(args) as workbench:
        store = workbench.store
        if args.reset:
            reset_setting(store, args.name)
        elif args.value is not None:
            change_setting(store, args.name, args.value)
        if args.reset or args.value is not None:
            workbench.keep_scheduler()  # the queue may go on now
        chosen = [get_setting(args.name)] if args.name else [*SETTINGS, *_limits(store)]
        values = {setting: setting.value(store) for setting in chosen}
    if args.json:
        print_json({setting.name: value for setting, value in values.items()})
    elif args.name:
        print(*values.values())
    else:
        rows = [[one.name, str(value), one.help] for one, value in values.items()]
        print_table(["setting", "value", "help"], rows)
    return 0


def _limits(store: Store) -> list[Setting]:
    """Of the GPUs that are there."""
    found = read_devices(store.setting(FOUND_DEVICES_SETTING))
    return [get_setting(limit_setting(device.id)) for device in found if device.id != "cpu"]
