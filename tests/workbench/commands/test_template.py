from __future__ import annotations

import sys
from pathlib import Path

import pytest

from runners.templates import get_template
from tests.workbench.conftest import Call
from workbench.errors import WorkbenchError
from workbench.own_templates import begin_template
from workbench.requests import InvalidRequest
from workbench.template_check import check_template

pytestmark = pytest.mark.long


def test_a_new_template_can_be_used_at_once(call: Call) -> None:
    answer = call("new-template", "wide_net")
    assert answer.code == 0
    assert "templates" in answer.out
    assert call("templates", "wide_net").code == 0
    assert call("model", "wide_net", "--dataset", "digits", "--json").json["trained"] > 0


@pytest.mark.parametrize(
    ("name", "told"),
    [("Wide Net", "small letters"), ("../x", "small letters"), ("mlp", "already")],
)
def test_a_name_that_cannot_be_is_refused_and_nothing_is_made(
    tmp_path: Path, name: str, told: str
) -> None:
    with pytest.raises(InvalidRequest, match=told):
        begin_template(name, "mlp", tmp_path / "templates")
    assert not list(tmp_path.iterdir())


def test_a_model_that_differs_between_the_frameworks_is_found_and_a_broken_one_told(
    tmp_path: Path,
) -> None:
    place = begin_template("mine", "mlp", tmp_path)
    keras = place / "tensorflow.py"
    text = keras.read_text("utf-8")
    assert 'parameters["activation"]' in text
    keras.write_text(text.replace('parameters["activation"]', '"tanh"'), "utf-8")
    template = get_template("mine", tmp_path)
    given = {one.name: one.default for one in template.declared}

    def ours(_framework: object) -> str:
        return sys.executable

    findings = {each.what: each for each in check_template(template, tmp_path, given, ours)}
    assert findings["weights"].good
    assert not findings["outputs"].good
    assert not findings["losses of 20 steps"].good

    torch = place / "pytorch.py"
    torch.write_text(torch.read_text("utf-8").replace("nn.Flatten()", "nn.Flat()"), "utf-8")
    with pytest.raises(WorkbenchError, match=r"PyTorch: pytorch\.py, line \d+: AttributeError"):
        check_template(template, tmp_path, given, ours)
