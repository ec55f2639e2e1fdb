"""The form for a duel: what is trained, who takes part, how often and for how long."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from runners.datasets.dataset import DatasetInfo
from runners.parameters import Parameter, Real, complete
from runners.templates.template import Template
from widgets import theme
from widgets.duel.contestants import Contestants
from widgets.new_run.cell import Cell
from widgets.new_run.editors import ChoiceBox, IntegerBox, RealEdit
from widgets.new_run.gallery import Gallery
from widgets.new_run.parameter_cell import ParameterCell
from widgets.new_run.parameter_form import ParameterForm
from widgets.new_run.setup_form import DataForm
from widgets.parts import column, label
from workbench import metrics
from workbench.duel.checking import SCALED, VALIDATED, read_scaled
from workbench.duel.match import FEWEST_SEEDS, Match, Scaling, Target

BUDGET = ("epochs", "time_limit")
_MOST_SEEDS = 1_000
_SCALED_HINTS = {
    "batch_size": "Such as 16, 64, 256: the speed with each, in a short run. Left empty, none.",
    "threads": "Such as 1, 2, 4: the speed with each, in a short run. Left empty, none.",
}
_NUMBER = Real(name="target", title="Target", help="", default=0.9, minimum=-1e30, maximum=1e30)


@dataclass(frozen=True, slots=True)
class Asked:
    """What stands in the form: a match, or a problem for each field that keeps it from being one."""

    match: Match | None
    problems: Mapping[str, str]


class MatchForm(QWidget):
    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.gallery = Gallery()
        self.setup = DataForm()
        self.contestants = Contestants()
        self.parameters = ParameterForm()
        self.count = IntegerBox(1, _MOST_SEEDS)
        self.count.setValue(FEWEST_SEEDS)
        self.target = ChoiceBox({})
        self.target_value = RealEdit(_NUMBER)
        self.target_value.setAccessibleName("Value of the target")
        self.target_value.setText("0.9")
        self.scaled = {name: QLineEdit() for name in SCALED}
        self.largest = ChoiceBox({"": "Not looked for", "yes": "Find it"})
        self.name = QLineEdit()
        self.name.setPlaceholderText("made from template and dataset")
        self._budget: dict[str, ParameterCell] = {}
        self._seeds: tuple[int, ...] = ()
        """Those of a match that was shown; more follow them."""
        self._cells = {
            "seeds": Cell("Seeds", self.count, "How often each trains, from other weights and in another order."),
            "target": Cell("Target", self.target, "What validation is to reach: the duel tells how soon."),
            **{SCALED[name].name: Cell(SCALED[name].title, line, _SCALED_HINTS[name]) for name, line in self.scaled.items()},
            "largest_batch": Cell("Largest batch", self.largest, "That the GPU has memory for, by trying."),
            "name": Cell("Name", self.name, "Left empty, one is made."),
        }  # fmt: skip
        self._cells["target"].add_beside(self.target_value)
        self._lay_out()
        self.gallery.chosen.connect(self._show_template)
        self.setup.dataset.currentIndexChanged.connect(self._offer_targets)
        for signal in (
            self.setup.changed, self.contestants.changed, self.parameters.changed, self.count.valueChanged,
            self.target.currentIndexChanged, self.target_value.textChanged, self.name.textChanged,
            self.largest.currentIndexChanged, *(line.textChanged for line in self.scaled.values()),
        ):  # fmt: skip
            signal.connect(lambda *_: self.changed.emit())
        self.target.currentIndexChanged.connect(self._show_target)
        self._show_template()

    def _lay_out(self) -> None:
        layout = column(
            self.gallery,
            label("What they train on, how often and for how long", "heading"),
            self.setup,
            label("Who takes part", "heading"),
            label("Each begins with the same weights and sees the same batches in the same order.", "dim", wrap=True),
            self.contestants,
            self.parameters,
        )  # fmt: skip
        layout.insertSpacing(1, theme.SPACE)
        layout.insertSpacing(4, theme.SPACE)
        self.setLayout(layout)

    # -- what a person asks for -----------------------------------------------------------------------
    @property
    def template(self) -> Template:
        return self.gallery.template

    def asked(self) -> Asked:
        """The match that the form asks for, each problem of a field told beside it."""
        problems: dict[str, str] = {}
        try:
            contestants = self.contestants.contestants()
        except ValueError as error:
            problems["contestants"] = str(error)
        values, wrong = complete(self.template.declared, self._texts())
        problems |= wrong
        target = self._target(problems)
        scaling = self._scaling(problems)
        self.show_problems(problems)
        if problems:
            return Asked(None, problems)
        match = Match(
            template=self.template.name,
            dataset=self.setup.dataset.value,
            contestants=contestants,
            seeds=self._as_many_seeds(),
            parameters={name: values[name] for name in self._texts()},
            device=self.setup.device.value,
            target=target,
            name=self.name.text().strip(),
            scaling=scaling,
        )
        return Asked(match, {})

    def load(self, match: Match) -> None:
        """Show a match, to ask for it again."""
        self.gallery.choose(match.template)
        self.setup.choose_dataset(match.dataset)
        self.setup.device.set_value(match.device)
        self._seeds = match.seeds
        self.count.setValue(len(match.seeds))
        self.parameters.set_values(match.parameters)
        for name, cell in self._budget.items():
            cell.set_value(match.parameters.get(name, cell.default))
        self.contestants.set_contestants(match.contestants)
        self._offer_targets()
        self.target.set_value(match.target.metric if match.target else "")
        if match.target:
            self.target_value.setText(f"{match.target.value:g}")
        scaling = match.scaling or Scaling()
        for name, line in self.scaled.items():
            line.setText(", ".join(map(str, scaling.values[name])))
        self.largest.set_value("yes" if scaling.largest_batch else "")
        self.name.setText(match.name)
        self.changed.emit()

    def show_problems(self, problems: Mapping[str, str]) -> None:
        """Say beside each field what is wrong with it."""
        self.setup.show_problems(problems)
        self.parameters.show_problems(problems)
        self.contestants.show_problem(problems.get("contestants", ""))
        for name, cell in (self._cells | self._budget).items():
            cell.set_problem(problems.get(name, ""))

    def titles(self, names: Mapping[str, str]) -> str:
        """The fields of these names in words."""
        declared = {each.name: each.title for each in self.template.declared}
        own = {each.name: each.title for each in SCALED.values()}
        return ", ".join(
            {**declared, **own}.get(name, name.capitalize().replace("_", " ")) for name in names
        )

    def _as_many_seeds(self) -> tuple[int, ...]:
        first = max(self._seeds, default=-1) + 1
        return (*self._seeds, *range(first, first + self.count.value()))[: self.count.value()]

    def _texts(self) -> dict[str, str]:
        """What was changed from the template's defaults, by the parameters' names."""
        budget = {name: cell.text for name, cell in self._budget.items() if cell.is_changed}
        return {**self.parameters.changed_texts(), **budget}

    def _scaling(self, problems: dict[str, str]) -> Scaling | None:
        texts = {name: line.text() for name, line in self.scaled.items()}
        values, wrong = read_scaled(texts)
        problems |= wrong
        asked = Scaling(values["batch_size"], values["threads"], bool(self.largest.value))
        return None if asked == Scaling() else asked

    def _target(self, problems: dict[str, str]) -> Target | None:
        if not self.target.value:
            return None
        try:
            return Target(self.target.value, _NUMBER.parse(self.target_value.text()))
        except ValueError as error:
            problems["target"] = str(error)
            return None

    # -- following what is chosen -----------------------------------------------------------------------
    def _show_template(self) -> None:
        template = self.gallery.template
        declared = template.declared
        self.parameters.show_parameters([each for each in declared if each.name not in BUDGET])
        self.contestants.show_parameters(declared)
        self.setup.show_template(template)
        self._show_budget([each for each in declared if each.name in BUDGET])
        self._offer_targets()
        self.changed.emit()

    def _show_budget(self, declared: list[Parameter]) -> None:
        kept = {name: cell.text for name, cell in self._budget.items() if cell.is_changed}
        self._budget = {each.name: ParameterCell(each) for each in declared}
        for name, cell in self._budget.items():
            cell.set_text(kept.get(name, cell.text))
            cell.changed.connect(self.changed)
        data, own = self.setup.cells, self._cells
        self.setup.set_items(
            [data["dataset"], own["seeds"], *self._budget.values(), own["target"], data["device"], own["scale_batch"], own["scale_threads"], own["largest_batch"], own["name"]]
        )  # fmt: skip

    def _offer_targets(self) -> None:
        info: DatasetInfo | None = self.setup.info
        fits = info is not None and not self.template.unfit(info)
        measures = (*VALIDATED[self.template.task(info)], "loss") if info and fits else ()
        names = [f"val/{each}" for each in measures]
        self.target.set_options({"": "None", **{name: metrics.title(name) for name in names}})
        self._show_target()

    def _show_target(self) -> None:
        self.target_value.setVisible(bool(self.target.value))

    # -- what is remembered -----------------------------------------------------------------------------
    def state(self) -> str:
        """The form as text, "" where it asks for nothing that can be trained."""
        match = self.asked().match
        return match.to_json() if match else ""

    def restore(self, text: str) -> None:
        """Take what `state` gave; anything else is left alone."""
        try:
            match = Match.from_json(text)
        except ValueError:
            return
        self.load(match)
