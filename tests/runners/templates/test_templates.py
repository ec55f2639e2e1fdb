from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from runners.datasets import all_datasets, get_dataset
from runners.datasets.dataset import DatasetInfo, Task
from runners.parameters import Parameter, complete
from runners.templates import UnknownTemplate, all_templates, folder_of, get_template
from runners.templates.template import Template

ROOT = Path(__file__).parents[3]
TEMPLATES = pytest.mark.parametrize("template", all_templates(), ids=lambda t: t.name)


def test_the_templates_are_listed_by_name() -> None:
    names = [template.name for template in all_templates()]
    assert names == sorted(names)
    assert {"cnn", "forecaster", "gpt", "mlp", "rnn", "tabular_resnet", "unet", "vae"} <= set(names)


def test_an_unknown_template_is_answered_with_those_that_there_are() -> None:
    with pytest.raises(UnknownTemplate, match=r"no template 'gtp'; there are: cnn, .*gpt, "):
        get_template("gtp")


def test_listing_templates_and_datasets_imports_no_framework_and_no_array_library() -> None:
    code = (
        "import sys, runners.templates as t, runners.datasets, runners.training_parameters\n"
        "t.all_templates()\n"
        "print(sorted({'numpy', 'torch', 'tensorflow', 'keras', 'sklearn'} & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"


@TEMPLATES
def test_a_template_has_both_implementations_and_an_icon(template: Template) -> None:
    folder = folder_of(template)
    assert (folder / "pytorch.py").is_file()
    assert (folder / "tensorflow.py").is_file()
    assert ElementTree.parse(folder / "icon.svg").getroot().get("viewBox") == "0 0 64 64"


@TEMPLATES
def test_the_defaults_fit_every_dataset_that_the_template_can_learn(template: Template) -> None:
    values, errors = complete(template.declared, {})
    assert not errors
    for dataset in all_datasets():
        if reason := template.unfit(dataset):
            assert template.title in reason
            assert dataset.title in reason
            continue
        assert template.misfit(values, dataset) == ""
        outputs = len(dataset.classes or dataset.targets)
        if template.task(dataset) in (Task.CLASSIFICATION, Task.REGRESSION):
            assert template.layers_for(values, dataset)[-1].output_shape == (outputs,)


@pytest.mark.parametrize("dataset", all_datasets(), ids=lambda d: d.name)
def test_every_dataset_can_be_learned_by_a_template(dataset: DatasetInfo) -> None:
    assert any(not template.unfit(dataset) for template in all_templates())


@TEMPLATES
def test_every_parameter_takes_its_own_default_and_explains_itself(template: Template) -> None:
    declared: tuple[Parameter, ...] = template.declared
    assert len({parameter.name for parameter in declared}) == len(declared)
    for parameter in declared:
        assert parameter.parse(parameter.format(parameter.default)) == parameter.default
        assert parameter.help.endswith(".")
        assert parameter.title


def test_the_number_of_weights_follows_from_the_layers() -> None:
    mlp = get_template("mlp")
    values, _ = complete(mlp.parameters, {"hidden_widths": "10, 5"})
    count = sum(layer.parameter_count for layer in mlp.layers_for(values, get_dataset("digits")))
    assert count == (64 * 10 + 10) + (10 * 5 + 5) + (5 * 10 + 10)


def test_an_image_too_small_for_the_poolings_is_refused_with_the_most_that_fits() -> None:
    cnn = get_template("cnn")
    values, _ = complete(cnn.parameters, {"filters": "4, 4, 4, 4"})
    message = cnn.misfit(values, get_dataset("digits"))
    assert "only 8 pixels wide or high: give at most 3 numbers of filters" in message
    assert cnn.misfit(values, replace(get_dataset("digits"), input_shape=(16, 16, 1))) == ""
