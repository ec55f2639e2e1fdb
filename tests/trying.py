"""Runs with an export that can be asked without a framework, in a home of a test."""

from __future__ import annotations

import sys
from dataclasses import replace

from runners.datasets import prepare_dataset
from runners.parameters import complete
from runners.protocol import State
from runners.templates import get_template
from storage.home import Home
from storage.records import Evidence, ExportRecord, RunRecord
from storage.store import Store
from tests.examples import SPEC
from tests.runners.export import linear


def digits_run(store: Store, home: Home, name: str = "digits") -> RunRecord:
    """A run on the digits that counts as finished and has no checkpoint."""
    digits = prepare_dataset("digits", home.datasets)
    values, errors = complete(get_template("mlp").declared, {})
    assert not errors, errors
    spec = replace(SPEC, parameters=values, dataset_hash=digits.sha256, interpreter=sys.executable)
    run = store.create_run(spec, name=name)
    store.set_state(run.id, State.RUNNING, evidence=Evidence(started=run.created))
    store.set_state(run.id, State.FINISHED, "as made", Evidence(ended=run.created + 1))
    return store.run(run.id)


def export_of(store: Store, home: Home, run: RunRecord, name: str, kind: str = "images") -> ExportRecord:  # fmt: skip
    """A linear model as ONNX, of one of `tests.runners.export.linear.KINDS`."""
    exports = home.run_folder(run.id).path / "exports"
    folder = exports / f"onnx-{len(list(exports.glob('*'))) + 1}"
    folder.mkdir(parents=True)
    linear.make(folder, kind)
    return store.exports.add(run.id, folder, name)
