"""A package of AOTInductor: the graph compiled for this machine's processor."""

from __future__ import annotations

import platform

import torch

from runners.export.pytorch.graph import exported, save
from runners.export.runtimes.aot_inductor import FILE
from runners.export.trained import ExportError, Trained
from runners.train.pytorch.engine import check_compiler
from runners.train.setup import TrainerError


def make(trained: Trained) -> tuple[str, ...]:
    """Raises ExportError."""
    try:
        check_compiler("AOTInductor", "export to another format")
    except TrainerError as error:
        raise ExportError(str(error)) from error
    program = exported(trained)
    trained.tell("compiling", 0.3)
    options = {"compile_threads": 1}  # its own processes would outlive this one
    compiled = torch._inductor.aoti_compile_and_package
    save(
        trained.folder / FILE,
        lambda file: compiled(program, package_path=file, inductor_configs=options),
    )
    machine, system = platform.machine(), platform.system()
    return (f"It was compiled for {machine} and {system}, and runs with PyTorch {torch.__version__} there",)  # fmt: skip
