"""What there is: templates and devices."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Any

from runners.devices import Device, read_devices
from runners.parameters import Parameter
from runners.protocol import FRAMEWORKS, MODES
from runners.templates import all_templates, get_template
from runners.templates.template import Template
from storage.home import Home
from workbench.commands.opening import open_workbench
from workbench.commands.output import print_json, print_table, size_text
from workbench.paths import default_home


def templates(args: argparse.Namespace) -> int:
    folder = Home(args.home or default_home()).templates
    chosen = [get_template(args.name, folder)] if args.name else list(all_templates(folder))
    if args.json:
        print_json([_template_json(template) for template in chosen])
        return 0
    for template in chosen:
        print(f"{template.name}: {template.summary}\n  after {template.reference}\n")
        for parameter in template.declared:
            print(_parameter_text(parameter))
        print()
    return 0


def _template_json(template: Template) -> dict[str, Any]:
    return {
        "name": template.name,
        "title": template.title,
        "summary": template.summary,
        "reference": template.reference,
        "frameworks": list(FRAMEWORKS),
        "modes": {framework.value: list(modes) for framework, modes in MODES.items()},
        "parameters": [_parameter_json(one) for one in template.declared],
        "unmatched": template.unmatched,
    }


def _parameter_json(parameter: Parameter) -> dict[str, Any]:
    """With the minimum, maximum or options that its type has."""
    return {
        "type": type(parameter).__name__.lower(),
        **asdict(parameter),
        "values": parameter.range_text,
    }


def _parameter_text(parameter: Parameter) -> str:
    default = parameter.format(parameter.default)
    unit = f" {parameter.unit}" if parameter.unit else ""
    return f"  {parameter.name} = {default}{unit}  ({parameter.range_text})\n      {parameter.help}"


def devices(args: argparse.Namespace) -> int:
    found = _found_devices(args)
    if args.json:
        print_json([asdict(device) for device in found])
        return 0
    headers = ["device", "name", "memory", "used", "busy", "temperature", "power"]
    print_table(headers, [_device_row(device) for device in found], right=" ".join(headers[2:]))
    return 0


def _found_devices(args: argparse.Namespace) -> list[Device]:
    """With what frameworks were found to see, if this home knows of it; looking makes no home."""
    if not args.probe and not Home(args.home or default_home()).database.exists():
        return read_devices()
    with open_workbench(args) as workbench:
        if args.probe:
            workbench.find_devices(anew=True)
        return workbench.devices()


def _device_row(device: Device) -> list[str]:
    def reading(value: float | None, unit: str) -> str:
        return "" if value is None else f"{value:.0f} {unit}"

    return [
        device.id,
        device.name,
        size_text(device.memory_total),
        size_text(device.memory_used),
        reading(device.utilisation, "%"),
        reading(device.temperature, "°C"),
        reading(device.power, "W"),
    ]
