"""What is trained on what, where and how: everything of a run but its template and parameters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit

from runners.datasets import all_datasets, is_downloaded
from runners.datasets.dataset import DatasetInfo, Task
from runners.devices import Device
from runners.protocol import FRAMEWORKS, MODES, TPU, Framework, Mode
from runners.templates.template import Template
from widgets.flow_grid import FlowGrid
from widgets.new_run.cell import Cell
from widgets.new_run.editors import ChoiceBox, IntegerBox
from widgets.new_run.parameter_form import CELL_WIDTH
from widgets.new_run.segments import Segments
from widgets.plain import line
from widgets.text import plural, shape, size
from workbench.requests import checked_device

BOTH = "both"
_FIRST = "digits"
_LARGEST_SEED = 2**31 - 1
_MODES = {
    Mode.EAGER: ("Eager", "Every operation by itself: starts at once, easy to follow."),
    Mode.GRAPH: ("Graph", "Compiled: torch.compile or tf.function. Starts later, may run faster."),
    Mode.XLA: ("XLA", "Compiled by XLA, a smaller last batch by tf.function alone. Starts latest."),
    Mode.FIT: ("Keras fit", "The loop is Keras's Model.fit, the step a tf.function."),
}


class DataForm(FlowGrid):
    """Dataset and device."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__(CELL_WIDTH, maximum_columns=5)
        self._template: Template | None = None
        self._infos: dict[str, DatasetInfo] = {}
        self._used: list[str] = []
        """Datasets that were chosen, the last one at the end."""
        self.dataset = ChoiceBox({})
        self.device = ChoiceBox({"auto": "Automatic", "cpu": "CPU"})
        self.cells = self._make_cells()
        self.set_items(list(self.cells.values()))
        for box in (self.dataset, self.device):
            box.currentIndexChanged.connect(self._tell)
        self.show_datasets(all_datasets())

    def _make_cells(self) -> dict[str, Cell]:
        """The fields by their names, in their order."""
        return {
            "dataset": Cell("Dataset", self.dataset),
            "device": Cell("Device", self.device, "A free GPU if there is one, else the CPU."),
        }

    @property
    def info(self) -> DatasetInfo | None:
        """The chosen dataset, None where there is none of that name."""
        return self._infos.get(self.dataset.value)

    def show_datasets(self, infos: Iterable[DatasetInfo]) -> None:
        """Offer these datasets; the chosen one stays chosen."""
        self._infos = {info.name: info for info in infos}
        self._offer(self.dataset.value or _FIRST)

    def show_template(self, template: Template) -> None:
        """Grey the datasets that the template can learn nothing from, and choose another one instead of such a one."""
        self._template = template
        chosen = self.dataset.value
        if reasons := self._reasons():
            fitting = [name for name in self._infos if name not in reasons]
            known = [name for name in reversed(self._used) if name in fitting]
            at_hand = [name for name in fitting if not is_downloaded(name)]
            if chosen in reasons and fitting:
                chosen = [*known, *at_hand, *fitting][0]
        self._offer(chosen)

    def choose_dataset(self, name: str) -> None:
        """Choose it, also if it is not there or does not fit, which then is told."""
        self._offer(name)

    def _offer(self, chosen: str) -> None:
        """Those that fit come first; one that is chosen and not there is offered by its name, to be told of."""
        reasons = self._reasons()
        order = sorted(
            self._infos.values(), key=lambda info: (info.name in reasons, info.title.lower())
        )
        options = {info.name: line(info.title) for info in order}
        if chosen and chosen not in options:
            options[chosen] = line(chosen)
        blocked = self.dataset.blockSignals(True)
        self.dataset.set_options(options)
        self.dataset.set_reasons(reasons)
        self.dataset.set_value(chosen)
        self.dataset.blockSignals(blocked)
        self._tell()

    def _reasons(self) -> dict[str, str]:
        """Why datasets do not fit the template, by their names."""
        if self._template is None:
            return {}
        found = {name: self._template.unfit(info) for name, info in self._infos.items()}
        return {name: reason for name, reason in found.items() if reason}

    def show_devices(self, devices: list[Device]) -> None:
        """Offer the devices that this machine has, one by one and all GPUs together; the chosen one stays chosen."""
        options = {"auto": "Automatic", "cpu": "CPU"}
        gpus = [device for device in devices if device.id not in ("cpu", TPU)]
        options |= {device.id: line(device.name) for device in devices if device.id == TPU}
        for device in gpus:
            number = device.id.removeprefix("cuda:")
            options[device.id] = line(f"GPU {number} · {device.name}")
        if len(gpus) > 1:
            options["cuda:all"] = f"All {len(gpus)} GPUs together"
        options.setdefault(self.device.value, line(self.device.value))
        if list(options) != [self.device.itemData(i) for i in range(self.device.count())]:
            self.device.set_options(options)

    def choose_device(self, device: str) -> None:
        """Choose it, also if it is not among those that are offered, such as ``cpu:2``; what is no device is left out."""
        with suppress(ValueError):
            if self.device.findData(device) < 0:
                self.device.addItem(line(device), checked_device(device))
        self.device.set_value(device)

    def show_problems(self, problems: Mapping[str, str]) -> None:
        for name, cell in self.cells.items():
            cell.set_problem(problems.get(name, ""))

    def _tell(self) -> None:
        name = self.dataset.value
        if name in self._infos and self._used[-1:] != [name]:
            self._used.append(name)
        self._describe()
        self.changed.emit()

    def _describe(self) -> None:
        self.cells["dataset"].set_note(describe_dataset(self.info) if self.info else "")


class SetupForm(DataForm):
    """And which framework trains, in which mode, with which seed."""

    def __init__(self) -> None:
        titles = {framework.value: framework.display_name for framework in FRAMEWORKS}
        self.framework = Segments({**titles, BOTH: "Both"})
        self.mode = ChoiceBox(self._modes())
        self.seed = IntegerBox(0, _LARGEST_SEED)
        super().__init__()
        self.seed.valueChanged.connect(self._tell)
        self.mode.currentIndexChanged.connect(self._tell)
        self.framework.changed.connect(self._offer_modes)

    def _make_cells(self) -> dict[str, Cell]:
        data = super()._make_cells()
        return {
            "dataset": data["dataset"],
            "framework": Cell("Framework", self.framework),
            "mode": Cell("Mode", self.mode),
            "device": data["device"],
            "seed": Cell("Seed", self.seed, "Decides initial weights and the order of batches."),
        }

    def frameworks(self) -> tuple[Framework, ...]:
        chosen = self.framework.value
        return FRAMEWORKS if chosen == BOTH else (Framework(chosen),)

    def _modes(self) -> dict[str, str]:
        """The titles of those that all chosen frameworks have."""
        common = set(Mode).intersection(*(MODES[framework] for framework in self.frameworks()))
        return {mode.value: title for mode, (title, _) in _MODES.items() if mode in common}

    def _offer_modes(self) -> None:
        """The chosen one stays chosen if it is among them."""
        blocked = self.mode.blockSignals(True)
        self.mode.set_options(self._modes())
        self.mode.blockSignals(blocked)
        self._tell()

    def _describe(self) -> None:
        super()._describe()
        self.cells["mode"].set_note(_MODES[Mode(self.mode.value)][1])
        both = self.framework.value == BOTH
        pair = "Queues two runs: the same weights, the same batches." if both else ""
        self.cells["framework"].set_note(pair)


class LabelsForm(FlowGrid):
    """What a person calls the run."""

    def __init__(self) -> None:
        super().__init__(CELL_WIDTH, maximum_columns=3)
        self.name, self.experiment, self.tags = QLineEdit(), QLineEdit(), QLineEdit()
        self.name.setPlaceholderText("made from what is run")
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
    what = (
        "steps" if info.task is Task.FORECASTING else "tokens" if info.task.streams else "samples"
    )
    parts = [
        shape(info.input_shape),
        plural(len(info.classes), "class", "classes") if info.classes else "",
        plural(len(info.targets), "target") if info.targets else "",
        f"{info.train_count:,} + {info.test_count:,} {what}",
        size(info.size_bytes),
    ]
    return f"{', '.join(part for part in parts if part)}. {info.summary}"
