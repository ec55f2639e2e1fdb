"""The model as a ``.keras`` file and, where the template has layers of its own, their code as ``layers.py`` beside it."""

from __future__ import annotations

import ast
import inspect
import re

from runners.export.trained import ExportError, Trained
from runners.protocol import Framework
from runners.templates import framework_module

MODEL_FILE, CODE_FILE = "model.keras", "layers.py"
_OURS = ("runners",)


def make(trained: Trained) -> tuple[str, ...]:
    """Raises ExportError where a layer cannot be told by its configuration."""
    code = own_layers(trained)
    try:
        trained.model.save(trained.folder / MODEL_FILE)
    except (NotImplementedError, TypeError) as error:
        named = re.search(r"Object (\w+) was created", str(error))
        what = f"the layer {named[1]}" if named else "a layer"
        raise ExportError(
            f"Keras cannot write {what} of this model: give it a get_config that says what it is made with, or choose SavedModel"
        ) from error
    if not code:
        return ()
    (trained.folder / CODE_FILE).write_text(code, "utf-8")
    return (
        f"Some of its layers are the template's own: {CODE_FILE} holds them, and their classes are to be given to "
        "keras.saving.load_model as custom_objects",
    )


def own_layers(trained: Trained) -> str:
    """The template's file if the model has layers that it defines, so that it stands without Twinbench; else ""."""
    module = framework_module(trained.setup.template, Framework.TENSORFLOW)
    names = {type(layer).__module__ for layer in trained.model._flatten_layers()}
    if names <= {"keras"} or all(name.startswith("keras.") for name in names):
        return ""
    return without_imports_of_ours(inspect.getsource(module))


def without_imports_of_ours(source: str) -> str:
    """Annotations alone need what is imported from Twinbench, and are never evaluated."""
    lines = source.splitlines(keepends=True)
    for node in ast.parse(source).body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in _OURS:
            assert node.end_lineno
            lines[node.lineno - 1 : node.end_lineno] = [""] * (node.end_lineno - node.lineno + 1)
    return "".join(lines)
