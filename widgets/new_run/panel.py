"""New run: the gallery, the forms and Start. It builds requests and holds no truth of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from runners.datasets import all_datasets, get_dataset
from runners.datasets.dataset import DatasetError, DatasetInfo
from runners.protocol import FRAMEWORKS, Framework
from runners.templates import all_templates
from storage.records import RunRecord
from widgets import theme
from widgets.choices import Choices
from widgets.new_run.footer import Footer
from widgets.new_run.gallery import Gallery
from widgets.new_run.parameter_form import ParameterForm
from widgets.new_run.queue_form import Lineage, QueueForm
from widgets.new_run.setup_form import LabelsForm, SetupForm
from widgets.parts import label, line, scrolled
from widgets.text import plural
from workbench.requests import (
    CheckedRequest,
    InvalidRequest,
    RunRequest,
    check_request,
    declared_parameters,
    estimate,
)
from workbench.session import Session

_PAGE_WIDTH = 1180
_Problems = dict[str, str]


class NewRunPanel(QWidget):
    started = Signal(list, bool)
    """list[RunRecord] that were queued, and whether to go and watch them."""

    def __init__(self, session: Session, choices: Choices) -> None:
        super().__init__()
        self._session = session
        self._choices = choices
        self._missing: dict[Framework, str] = {}
        self.gallery = Gallery()
        self.setup = SetupForm()
        self.parameters = ParameterForm()
        self.labels = LabelsForm()
        self.queue = QueueForm()
        self.lineage = Lineage()
        self.footer = Footer()
        self._lay_out()
        self._check_soon = QTimer(self, singleShot=True, interval=0)
        self._show_template()
        self._recall()
        self._connect()
        self.check()

    # -- what others ask for ----------------------------------------------------------------------
    def requests(self) -> list[RunRequest]:
        """What Start would queue: one request per chosen framework."""
        frameworks = self.setup.frameworks()
        return [self._request(framework, len(frameworks) > 1) for framework in frameworks]

    def load(self, request: RunRequest) -> None:
        """Fill the form with a request, to edit and start it again."""
        self.gallery.choose(request.template)
        self.setup.choose_dataset(request.dataset)
        self.setup.framework.set_value(request.framework)
        self.setup.mode.set_value(request.mode)
        self.setup.device.set_value(request.device)
        self.setup.seed.setValue(int(request.seed))
        self.parameters.set_values({name: _scalar(v) for name, v in request.parameters.items()})
        self.labels.name.setText(request.name)
        self.labels.experiment.setText(request.experiment)
        self.labels.tags.setText(", ".join(request.tags))
        self.queue.set_values(int(request.priority), held=request.held, alone=request.alone)
        self._show_lineage(request.parent)
        self.check()

    def start(self, *, watch: bool = True) -> None:
        """Queue what the form says."""
        if not self.footer.start_button.isEnabled():
            return
        self.footer.show_progress("Queueing …", 0.0)
        self._session.queue_runs(
            self.requests(),
            lambda runs: self._queued(runs, watch),
            self._failed,
            self.footer.show_progress,
        )

    def check(self) -> None:
        """Say beside each field what is wrong, or what the run would cost."""
        self._check_soon.stop()
        problems, checked = self._problems()
        self.setup.show_problems(problems)
        self.parameters.show_problems(problems)
        if checked is None:
            names = [name for name, text in problems.items() if text]
            self.footer.show_problem(
                f"{plural(len(names), 'field')} to mend: {self._titles(names)}"
            )
        else:
            epochs = checked.parameters["epochs"]
            runs = len(self.setup.frameworks())
            self.footer.show_estimate(estimate(checked), int(str(epochs)), runs)

    def look_for_frameworks(self) -> None:
        """Ask which frameworks can be trained; a missing one is told beside the choice."""
        self._session.call(
            lambda workbench: {each: workbench.installation(each) for each in FRAMEWORKS},
            lambda found: self._take_missing({each: it.problem for each, it in found.items()}),
        )

    def look_for_datasets(self) -> None:
        """Offer what the home has now."""
        self._session.call(
            lambda workbench: all_datasets(workbench.home.datasets), self.setup.show_datasets
        )

    def train_on(self, dataset: str) -> None:
        """Choose a dataset and, if the chosen template does not fit it, one that does."""
        self.look_for_datasets()
        self._session.call(
            lambda workbench: get_dataset(dataset, workbench.home.datasets), self._train_on
        )

    def _train_on(self, info: DatasetInfo) -> None:
        if self.gallery.template.unfit(info):
            fitting = [each for each in all_templates() if not each.unfit(info)]
            if fitting:
                self.gallery.choose(fitting[0].name)
        self.setup.choose_dataset(info.name)
        self.check()

    def remember(self) -> None:
        self._choices.set("new_run/form", json.dumps(self._form()))

    # -- checking and queueing --------------------------------------------------------------------
    def _request(self, framework: Framework, one_of_two: bool) -> RunRequest:
        name = self.labels.name.text().strip()
        return RunRequest(
            template=self.gallery.template.name,
            framework=framework,
            dataset=self.setup.dataset.value,
            mode=self.setup.mode.value,
            parameters=self.parameters.texts(),
            seed=self.setup.seed.value(),
            device=self.setup.device.value,
            name=f"{name}-{framework}" if name and one_of_two else name,
            experiment=self.labels.experiment.text(),
            tags=self.labels.tag_list(),
            priority=self.queue.priority.value(),
            held=self.queue.held,
            alone=self.queue.alone,
            parent=self.lineage.parent_id,
        )

    def _show_lineage(self, parent: int | None) -> None:
        if parent is None:
            self.lineage.forget()
        else:
            run = self._session.runs.get(parent)
            self.lineage.show_parent(parent, run.name if run else f"run {parent}")

    def _problems(self) -> tuple[_Problems, CheckedRequest | None]:
        problems = {"framework": self._missing_text()}
        folder = self._session.datasets_folder
        try:
            checked = [check_request(request, folder) for request in self.requests()]
        except InvalidRequest as error:
            return {**problems, **error.problems}, None
        return problems, None if problems["framework"] else checked[0]

    def _missing_text(self) -> str:
        texts = [self._missing.get(each, "") for each in self.setup.frameworks()]
        return "\n".join(text for text in texts if text)

    def _titles(self, names: list[str]) -> str:
        titles = {name: name.capitalize() for name in self.setup.cells}
        declared = declared_parameters(self.gallery.template)
        titles |= {parameter.name: parameter.title for parameter in declared}
        return ", ".join(titles.get(name, name) for name in names)

    def _take_missing(self, missing: dict[Framework, str]) -> None:
        self._missing = missing
        self.check()

    def _queued(self, runs: list[RunRecord], watch: bool) -> None:
        self.footer.show_done()
        self.check()
        self.started.emit(runs, watch)

    def _failed(self, error: Exception) -> None:
        problems: _Problems = {}
        if isinstance(error, InvalidRequest):
            problems = error.problems
        elif isinstance(error, DatasetError):
            problems = {"dataset": str(error)}
        self.setup.show_problems(problems)
        self.parameters.show_problems(problems)
        self.footer.show_failure(f"Not started: {error}")
        self._session.failed.emit(f"The run was not started: {error}")

    # -- parts -------------------------------------------------------------------------------------
    def _lay_out(self) -> None:
        page = QWidget()
        page.setProperty("page", True)
        page.setMaximumWidth(_PAGE_WIDTH)
        inside = QVBoxLayout(page)
        inside.setContentsMargins(20, 16, 20, 16)
        inside.setSpacing(theme.SPACE)
        inside.addWidget(self.lineage)
        inside.addWidget(label("Choose a template", "heading", scale=1.15))
        inside.addWidget(self.gallery)
        inside.addSpacing(theme.SPACE)
        inside.addWidget(label("What to train it on", "heading"))
        inside.addWidget(self.setup)
        inside.addWidget(self.parameters)
        inside.addWidget(label("Call it", "heading"))
        inside.addWidget(self.labels)
        inside.addWidget(label("Queue", "heading"))
        inside.addWidget(self.queue)
        inside.addStretch(1)
        scroll = scrolled(page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(scroll, 1)
        layout.addWidget(line())
        layout.addWidget(self.footer)

    def _connect(self) -> None:
        self.gallery.chosen.connect(self._show_template)
        for form in (self.setup, self.parameters, self.queue):
            form.changed.connect(self._check_soon.start)
        self._check_soon.timeout.connect(self.check)
        self.footer.start.connect(lambda: self.start(watch=True))
        self.footer.start_another.connect(lambda: self.start(watch=False))
        self._session.devices_changed.connect(self.setup.show_devices)
        self._session.ready.connect(self.look_for_frameworks)
        self._session.ready.connect(self.look_for_datasets)

    def _show_template(self) -> None:
        template = self.gallery.template
        self.parameters.show_parameters(declared_parameters(template))
        self.setup.show_template(template)
        self._check_soon.start()

    # -- what is remembered ------------------------------------------------------------------------
    def _form(self) -> dict[str, Any]:
        setup = self.setup
        return {
            "template": self.gallery.template.name,
            "dataset": setup.dataset.value,
            "framework": setup.framework.value,
            "mode": setup.mode.value,
            "device": setup.device.value,
            "experiment": self.labels.experiment.text(),
            "parameters": self.parameters.changed_texts(),
        }

    def _recall(self) -> None:
        try:
            form = json.loads(self._choices.get("new_run/form", "{}"))
            parameters = {str(name): str(text) for name, text in form["parameters"].items()}
        except (ValueError, KeyError, AttributeError, TypeError):
            return
        takers: dict[str, Callable[[str], None]] = {
            "template": self.gallery.choose,
            "dataset": self.setup.choose_dataset,
            "framework": self.setup.framework.set_value,
            "mode": self.setup.mode.set_value,
            "device": self.setup.device.set_value,
            "experiment": self.labels.experiment.setText,
        }
        for name, take in takers.items():
            take(str(form.get(name, "")))
        self._show_template()
        self.parameters.set_texts(parameters)


def _scalar(value: object) -> Any:
    return tuple(value) if isinstance(value, list) else value
