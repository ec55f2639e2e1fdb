"""What there is to know of the model of a checked request before it is trained."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

from runners.protocol import FRAMEWORKS, Framework
from runners.templates import folder_of
from runners.templates.table import LayerTable, layer_table
from runners.templates.template import Template
from workbench.requests import CheckedRequest
from workbench.script_writer.writer import Training, script


@dataclass(frozen=True)
class ModelSummary:
    request: CheckedRequest
    template: Template
    table: LayerTable
    code: dict[Framework, str]
    """The text of the template's file for each framework."""

    def script(self, framework: Framework) -> str:
        """The training as a script. Raises CannotBeWrittenError."""
        request = self.request
        return script(
            Training(
                template=self.template,
                framework=framework,
                dataset=request.info,
                parameters=request.parameters,
                seed=request.seed,
            )
        )


def summarise(request: CheckedRequest) -> ModelSummary:
    """Raises OSError where a file of the template cannot be read."""
    template = request.declared
    layers = template.layers_for(request.parameters, request.info)
    batch = request.parameters["batch_size"]
    assert isinstance(batch, int)
    folder = folder_of(template)
    code = {each: (folder / f"{each}.py").read_text("utf-8", "replace") for each in FRAMEWORKS}
    recomputed = bool(request.parameters["gradient_checkpointing"])
    table = layer_table(layers, batch, recomputed=recomputed)
    return ModelSummary(request, template, table, code)


def table_csv(table: LayerTable) -> str:
    """Whole numbers, as spreadsheets take them."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(
        ("layer", "kind", "output", "trained", "fixed", "multiply_adds", "weight_bytes", "activation_bytes", "kept_bytes")
    )  # fmt: skip
    for row in table.rows:
        shape = " x ".join(map(str, row.output_shape))
        writer.writerow((row.name, row.kind, shape, row.trained, row.fixed, row.multiply_adds, row.weight_bytes, row.activation_bytes, 0 if row.recomputed else row.activation_bytes))  # fmt: skip
    return text.getvalue()
