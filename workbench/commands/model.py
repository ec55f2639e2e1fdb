"""The model that a template would build, layer by layer."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Any

from runners.protocol import Framework
from runners.templates.table import LayerTable, layer_table
from storage.home import Home
from workbench.commands.output import print_json, print_table, size_text
from workbench.paths import default_home
from workbench.requests import CheckedRequest, RunRequest, check_request

_HEADERS = ("layer", "kind", "output", "parameters", "fixed", "multiply-adds", "weights", "outputs")


def model(args: argparse.Namespace) -> int:
    request = RunRequest(
        template=args.template,
        framework=Framework.PYTORCH,  # any will do, as they build the same model
        dataset=args.dataset,
        parameters=dict(args.parameters),
    )
    home = Home(args.home or default_home())
    checked = check_request(request, home.datasets, home.templates)
    layers = checked.declared.layers_for(checked.parameters, checked.info)
    recomputed = bool(checked.parameters["gradient_checkpointing"])
    table = layer_table(layers, _batch_size(checked), recomputed=recomputed)
    if args.json:
        print_json(_table_json(checked, table))
        return 0
    print_table(_HEADERS, [*_rows(table), _total(table)], right=" ".join(_HEADERS[3:]))
    samples = f"{table.batch_size:,} sample{'s' * (table.batch_size != 1)}"
    print(
        f"\nOutputs are those of a batch of {samples}, in float32; multiply-adds are of one sample."
    )
    if recomputed:
        print(
            f"With gradient checkpointing at most {size_text(table.kept_bytes)} of them are kept at once."
        )
    return 0


def _batch_size(checked: CheckedRequest) -> int:
    size = checked.parameters["batch_size"]
    assert isinstance(size, int)
    return size


def _rows(table: LayerTable) -> list[list[str]]:
    return [
        [
            row.name,
            row.kind,
            " x ".join(map(str, row.output_shape)),
            _count(row.trained),
            _count(row.fixed),
            _count(row.multiply_adds),
            size_text(row.weight_bytes) if row.weight_bytes else "",
            size_text(row.activation_bytes),
        ]
        for row in table.rows
    ]


def _total(table: LayerTable) -> list[str]:
    counts = (table.trained, table.fixed, table.multiply_adds)
    sizes = (table.weight_bytes, table.activation_bytes)
    return ["total", "", "", *map(_count, counts), *map(size_text, sizes)]


def _count(number: int) -> str:
    return f"{number:,}" if number else ""


def _table_json(checked: CheckedRequest, table: LayerTable) -> dict[str, Any]:
    return {
        "template": checked.template,
        "dataset": checked.dataset,
        "parameters": checked.parameters,
        "batch_size": table.batch_size,
        "layers": [asdict(row) for row in table.rows],
        "trained": table.trained,
        "fixed": table.fixed,
        "multiply_adds": table.multiply_adds,
        "weight_bytes": table.weight_bytes,
        "activation_bytes": table.activation_bytes,
        "kept_bytes": table.kept_bytes,
    }
