"""What is trained on what, where and how: everything of a run but its template and parameters."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit

from runners.datasets import all_datasets, get_dataset
from runners.datasets.dataset import DatasetInfo
from runners.devices import Device
from runners.protocol import Framework, Mode
from widgets.flow_grid import FlowGrid
from widgets.new_run.cell import Cell
from widgets.new_run.editors import ChoiceBox, IntegerBox
from widgets.new_run.parameter_form import CELL_WIDTH
from widgets.new_run.segments import Segments
from widgets.plain import line
from widgets.text import shape, size

BOTH = "both"
_LARGEST_SEED = 2**31 - 1
_MODES = {
    Mode.EAGER: ("Eager", "Every operation by itself: starts at once, easy to follow."),
    Mode.GRAPH: ("Graph", "Compiled: torch.compile or tf.function. Starts later, may run faster."),
}


class SetupForm(FlowGrid):
    changed = Signal()

    def __init__(self) -> None:
        super().__init__(CELL_WIDTH, maximum_columns=5)
        titles = {framework.value: framework.display_name for framework in Framework}
        self.dataset = ChoiceBox({info.name: info.title for info in all_datasets()})
        self.framework = Segments({**titles, BOTH: "Both"})
        self.mode = ChoiceBox({mode.value: title for mode, (title, _) in _MODES.items()})
        self.device = ChoiceBox({"auto": "Automatic", "cpu": "CPU"})
        self.seed = IntegerBox(0, _LARGEST_SEED)
        self.cells = {
            "dataset": Cell("Dataset", self.dataset),
            "framework": Cell("Framework", self.framework),
            "mode": Cell("Mode", self.mode),
            "device": Cell("Device", self.device, "A free GPU if there is one, else the CPU."),
            "seed": Cell("Seed", self.seed, "Decides initial weights and the order of batches."),
        }
        self.set_items(list(self.cells.values()))
        for box in (self.dataset, self.mode, self.device):
            box.currentIndexChanged.connect(self._tell)
        self.framework.changed.connect(self._tell)
        self.seed.valueChanged.connect(self._tell)
        self._describe()

    def frameworks(self) -> tuple[Framework, ...]:
        chosen = self.framework.value
        return tuple(Framework) if chosen == BOTH else (Framework(chosen),)

    def show_devices(self, devices: list[Device]) -> None:
        """Offer the devices that this machine has."""
        options = {"auto": "Automatic", "cpu": "CPU"}
        for device in devices:
            if device.id != "cpu":
                number = device.id.removeprefix("cuda:")
                options[device.id] = line(f"GPU {number} · {device.name}")
        if list(options) != [self.device.itemData(i) for i in range(self.device.count())]:
            self.device.set_options(options)

    def show_problems(self, problems: Mapping[str, str]) -> None:
        for name, cell in self.cells.items():
            cell.set_problem(problems.get(name, ""))

    def _tell(self) -> None:
        self._describe()
        self.changed.emit()

    def _describe(self) -> None:
        self.cells["dataset"].set_note(describe_dataset(get_dataset(self.dataset.value)))
        self.cells["mode"].set_note(_MODES[Mode(self.mode.value)][1])
        both = self.framework.value == BOTH
        pair = "Queues two runs: the same weights, the same batches." if both else ""
        self.cells["framework"].set_note(pair)


class LabelsForm(FlowGrid):
    """What a person calls the run."""

    def __init__(self) -> None:
        super().__init__(CELL_WIDTH, maximum_columns=3)
        self.name, self.experiment, self.tags = QLineEdit(), QLineEdit(), QLineEdit()
        self.name.setPlaceholderText("made from template and framework")
        self.experiment.setPlaceholderText("default")
        self.tags.setPlaceholderText("baseline, wide")
        self.set_items(
            [
                Cell("Name", self.name, "Left empty, one is made."),
                Cell("Experiment", self.experiment, "Runs that belong together."),
                Cell("Tags", self.tags, "Words to find the run by, separated by commas."),
            ]
        )

    def tag_list(self) -> tuple[str, ...]:
        return tuple(tag.strip() for tag in self.tags.text().split(",") if tag.strip())


def describe_dataset(info: DatasetInfo) -> str:
    """``8 × 8 × 1, 10 classes, 1,437 + 360 samples, 117 KB. Handwritten digits``."""
    return (
        f"{shape(info.input_shape)}, {len(info.classes)} classes, "
        f"{info.train_count:,} + {info.test_count:,} samples, {size(info.size_bytes)}. "
        f"{info.summary}"
    )
