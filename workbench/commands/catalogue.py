"""What there is: templates, datasets, devices."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from typing import Any

from runners import datasets as catalogue
from runners.datasets.dataset import DatasetInfo
from runners.devices import Device, read_devices
from runners.parameters import Parameter
from runners.protocol import Framework, Mode
from runners.templates import all_templates, get_template
from runners.templates.template import Template
from storage.home import Home
from workbench.commands.opening import open_workbench
from workbench.commands.output import print_json, print_table, size_text
from workbench.commands.parser import UsageError
from workbench.commands.progress import ProgressLine
from workbench.paths import default_home
from workbench.requests import declared_parameters


def templates(args: argparse.Namespace) -> int:
    chosen = [get_template(args.name)] if args.name else list(all_templates())
    if args.json:
        print_json([_template_json(template) for template in chosen])
        return 0
    for template in chosen:
        print(f"{template.name}: {template.summary}\n  after {template.reference}\n")
        for parameter in declared_parameters(template):
            print(_parameter_text(parameter))
        print()
    return 0


def _template_json(template: Template) -> dict[str, Any]:
    return {
        "name": template.name,
        "title": template.title,
        "summary": template.summary,
        "reference": template.reference,
        "frameworks": list(Framework),
        "modes": list(Mode),
        "parameters": [_parameter_json(one) for one in declared_parameters(template)],
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


def datasets(args: argparse.Namespace) -> int:
    if args.prepare:
        return _prepare(args)
    if args.source:
        raise UsageError("--source goes with --prepare DATASET")
    folder = Home(args.home or default_home()).datasets
    known = [(info, catalogue.prepared(info.name, folder)) for info in catalogue.all_datasets()]
    if args.json:
        print_json([_dataset_json(info, bool(ready)) for info, ready in known])
        return 0
    rows = [[*_dataset_row(info), "yes" if ready else "no"] for info, ready in known]
    headers = ["dataset", "sample", "classes", "train", "test", "size", "summary", "prepared"]
    print_table(headers, rows, right="classes train test size")
    return 0


def _prepare(args: argparse.Namespace) -> int:
    progress = ProgressLine(sys.stderr)
    source = args.source.expanduser().absolute() if args.source else None
    with open_workbench(args) as workbench, progress:
        prepared = workbench.prepare(args.prepare, progress.tell, source)
    if args.json:
        print_json({"name": args.prepare, "folder": prepared.folder, "sha256": prepared.sha256})
    else:
        print(prepared.folder)
    return 0


def _dataset_json(info: DatasetInfo, ready: bool) -> dict[str, Any]:
    return {**asdict(info), "size_bytes": info.size_bytes, "prepared": ready}


def _dataset_row(info: DatasetInfo) -> list[str]:
    return [
        info.name,
        " x ".join(map(str, info.input_shape)),
        str(len(info.classes)),
        f"{info.train_count:,}",
        f"{info.test_count:,}",
        size_text(info.size_bytes),
        info.summary,
    ]


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
