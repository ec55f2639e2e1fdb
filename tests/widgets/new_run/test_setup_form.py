from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QStandardItemModel
from pytestqt.qtbot import QtBot

from runners.datasets import all_datasets, get_dataset
from runners.devices import Device
from runners.templates import get_template
from tests.imported import import_table
from widgets.new_run.setup_form import BOTH, SetupForm, describe_dataset


@pytest.fixture
def form(qtbot: QtBot) -> SetupForm:
    made = SetupForm()
    qtbot.addWidget(made)
    return made


def offered(form: SetupForm) -> dict[str, str]:
    """The reason why it cannot be chosen of each dataset, or ""."""
    model = form.dataset.model()
    assert isinstance(model, QStandardItemModel)
    found = {}
    for place in range(form.dataset.count()):
        item = model.item(place)
        name = item.data(Qt.ItemDataRole.UserRole)
        found[name] = "" if item.isEnabled() else item.toolTip()
    return found


def test_what_does_not_fit_the_template_is_grey_and_says_why(form: SetupForm) -> None:
    gpt = get_template("gpt")
    form.show_template(gpt)
    for name, reason in offered(form).items():
        assert bool(reason) == bool(gpt.unfit(get_dataset(name)))
    assert "Iris holds tables" in offered(form)["iris"].replace("\n", " ")


def test_a_template_chooses_a_dataset_that_fits_and_goes_back_to_the_one_before(
    form: SetupForm,
) -> None:
    cnn, gpt = get_template("cnn"), get_template("gpt")
    form.show_template(cnn)
    assert form.dataset.value == "digits"
    form.dataset.set_value("nuclei" if not cnn.unfit(get_dataset("nuclei")) else "fashion-mnist")
    before = form.dataset.value
    form.show_template(gpt)
    assert not gpt.unfit(get_dataset(form.dataset.value))
    form.show_template(cnn)
    assert form.dataset.value == before


def test_imported_datasets_are_offered_and_one_that_is_gone_stays_chosen_to_be_told(
    form: SetupForm, tmp_path: Path
) -> None:
    import_table(tmp_path, "mine")
    form.show_template(get_template("mlp"))
    form.choose_dataset("mine")
    assert form.dataset.value == "mine"
    form.show_datasets(all_datasets(tmp_path))
    assert form.dataset.value == "mine"
    assert offered(form)["mine"] == ""


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("digits", "8 × 8 × 1, 10 classes, 1,437 + 360 samples"),
        ("diabetes", "10, 1 target, 354 + 88 samples"),
        ("mauna-loa", "1,827 + 457 steps"),
        ("austen", "876,967 + 208,748 tokens"),
    ],
)
def test_a_dataset_is_described_by_what_it_holds(name: str, words: str) -> None:
    assert words in describe_dataset(get_dataset(name))


def test_only_modes_that_all_chosen_frameworks_have_are_offered(form: SetupForm) -> None:
    def modes() -> list[str]:
        return [form.mode.itemData(place) for place in range(form.mode.count())]

    form.framework.set_value("pytorch")
    assert modes() == ["eager", "graph"]
    form.framework.set_value("tensorflow")
    assert modes() == ["eager", "graph", "xla", "fit"]
    form.mode.set_value("xla")
    form.framework.set_value(BOTH)
    assert modes() == ["eager", "graph"]
    assert form.mode.value == "eager"
    form.mode.set_value("graph")
    form.framework.set_value("tensorflow")
    assert form.mode.value == "graph"


def test_several_gpus_are_offered_together_and_the_chosen_device_stays(form: SetupForm) -> None:
    form.choose_device("cpu:2")
    form.show_devices([Device(f"cuda:{n}", "Test GPU", 0, 0, None) for n in range(2)])
    assert form.device.value == "cpu:2"
    assert form.device.findData("cuda:all") >= 0
    form.choose_device("no device")
    assert form.device.value == "cpu:2"
    form.choose_device("cuda:1,cuda:0")
    assert form.device.value == "cuda:1,cuda:0"
