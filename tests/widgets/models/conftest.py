"""Two runs with exports, and the tab that shows them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from runners.export.manifest import Manifest
from runners.protocol import Framework
from storage.home import Home
from storage.records import ExportRecord, RunRecord
from storage.store import Store
from tests.widgets.conftest import MakeRun
from tests.widgets.models import made
from widgets.choices import Choices
from widgets.models.models_view import ModelsView
from workbench.session import Session

MakeExport = Callable[..., ExportRecord]


@pytest.fixture
def runs(make_run: MakeRun) -> tuple[RunRecord, RunRecord]:
    """One of each framework."""
    return make_run("torch one"), make_run("keras one", framework=Framework.TENSORFLOW)


@pytest.fixture
def make_export(store: Store, home_path: Path) -> MakeExport:
    def make(run: RunRecord, manifest: Manifest, folder: str = "") -> ExportRecord:
        return made.export(store, Home(home_path), run, manifest, folder)

    return make


@pytest.fixture
def exports(runs: tuple[RunRecord, RunRecord], make_export: MakeExport) -> list[ExportRecord]:
    """Of the run in PyTorch the framework itself, ONNX and one that was not checked; of the other one LiteRT, which failed."""
    torch, keras = runs
    failed = made.check(0.9, "accuracy is 0.9000, more than 0.02 below that of the trained model")
    return [
        make_export(torch, made.checked("trained", p50_s=8e-4)),
        make_export(torch, made.checked("onnx", p50_s=1e-4)),
        make_export(torch, made.manifest("pt2")),
        make_export(keras, made.manifest("litert-int8", check=failed, measurement=made.measurement(2e-5))),
    ]  # fmt: skip


@pytest.fixture
def view(qtbot: QtBot, session: Session, choices: Choices) -> ModelsView:
    shown = ModelsView(session, choices)
    qtbot.addWidget(shown)
    shown.resize(760, 620)
    shown.show()
    return shown
