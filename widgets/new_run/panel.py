"""New run: the gallery, the forms and Start. It builds requests and holds no truth of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from runners.datasets import all_datasets, get_dataset
from runners.datasets.dataset import DatasetError, DatasetInfo
from runners.protocol import FRAMEWORKS, SCRIPT, Framework
from runners.templates import all_templates, broken_templates
from storage.records import RunRecord
from widgets import theme
from widgets.choices import Choices
from widgets.model_view.model_dialog import CODE, LAYERS, ModelDialog
from widgets.new_run.footer import Footer
from widgets.new_run.gallery import Gallery
from widgets.new_run.own_templates import OwnTemplates
from widgets.new_run.parameter_form import ParameterForm
from widgets.new_run.queue_form import Lineage, QueueForm
from widgets.new_run.script_form import ScriptForm
from widgets.new_run.segments import Segments
from widgets.new_run.setup_form import LabelsForm, SetupForm
from widgets.parts import button, label, line, row, scrolled
from widgets.text import plural
from workbench.model_summary import summarise
from workbench.requests import (
    CheckedRequest,
    InvalidRequest,
    RunRequest,
    check_request,
    estimate,
)
from workbench.script_requests import ScriptRequest, argument_line, check_script
from workbench.session import Session

_PAGE_WIDTH = 1180
_TEMPLATE = "template"
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
        self.queue = QueueForm(session)
        self.what = Segments({_TEMPLATE: "A template", SCRIPT: "A script of yours"})
        self.script = ScriptForm()
        self._template_side, self._template_tools = QWidget(), QWidget()
        self.lineage = Lineage()
        self.footer = Footer()
        self.broken = label("", "error", wrap=True)
        self.model = ModelDialog(self, session)
        self.layers_button = button("Layers …", "table")
        self.code_button = button("Code …", "code-braces")
        self.own = OwnTemplates(session, lambda: (self.gallery.template, self.parameters.texts()))
        self._lay_out()
        self._check_soon = QTimer(self, singleShot=True, interval=0)
        self.look_for_templates()
        self._show_template()
        self._recall()
        self._connect()
        self._show_side()
        self.check()

    # -- what others ask for ----------------------------------------------------------------------
    def requests(self) -> list[RunRequest] | list[ScriptRequest]:
        """What Start would queue: the script, or one request per chosen framework."""
        if self.runs_script:
            return [self._script_request()]
        return self._template_requests()

    @property
    def runs_script(self) -> bool:
        return self.what.value == SCRIPT

    def choose_script(self) -> None:
        """Show the form for a script rather than that for a template."""
        self.what.set_value(SCRIPT)

    def focus_first(self) -> None:
        """Put the keyboard where a person begins, at the top."""
        self._scroll.verticalScrollBar().setValue(0)
        self.script.file.setFocus() if self.runs_script else self.gallery.focus_chosen()

    def _template_requests(self) -> list[RunRequest]:
        frameworks = self.setup.frameworks()
        return [self._request(framework, len(frameworks) > 1) for framework in frameworks]

    def load(self, request: RunRequest | ScriptRequest) -> None:
        """Fill the form with a request, to edit and start it again."""
        if isinstance(request, ScriptRequest):
            self.what.set_value(SCRIPT)
            self.script.load(request)
        else:
            self.what.set_value(_TEMPLATE)
            self._load_template(request)
        self.labels.name.setText(request.name)
        self.labels.experiment.setText(request.experiment)
        self.labels.tags.setText(", ".join(request.tags))
        self.queue.set_values(
            int(request.priority), held=request.held, alone=request.alone, interpreter=request.interpreter
        )  # fmt: skip
        self._show_lineage(request.parent)
        self.check()

    def _load_template(self, request: RunRequest) -> None:
        self.gallery.choose(request.template)
        self.setup.choose_dataset(request.dataset)
        self.setup.framework.set_value(request.framework)
        self.setup.mode.set_value(request.mode)
        self.setup.choose_device(request.device)
        self.setup.seed.setValue(int(request.seed))
        self.parameters.set_values({name: _scalar(v) for name, v in request.parameters.items()})

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
        if self.runs_script:
            self._check_script()
            return
        problems, checked = self._problems()
        self._show_model()
        self.setup.show_problems(problems)
        self.parameters.show_problems(problems)
        self.queue.show_problems({})
        if checked is None:
            self._tell_problems(problems)
        else:
            epochs = checked.parameters["epochs"]
            runs = len(self.setup.frameworks())
            self.footer.show_estimate(estimate(checked), int(str(epochs)), runs)

    def open_model(self, page: int) -> None:
        """Show the layers or the code of what the form says, beside it."""
        self.model.open_at(page)
        self._show_model()

    def _show_model(self) -> None:
        if not self.model.isVisible():
            return
        try:
            request = self._template_requests()[0]
            self.model.show_summary(summarise(self._checked(request)))
        except InvalidRequest as error:
            self.model.show_problem("\n".join(error.problems.values()))
        except OSError as error:
            self.model.show_problem(f"The code cannot be read: {error}")

    def _check_script(self) -> None:
        self.script.read()
        problems: _Problems = {}
        try:
            check_script(self._script_request())
        except InvalidRequest as error:
            problems = error.problems
        untouched = not self.script.file.text().strip()
        self.script.show_problems({} if untouched else problems)
        self.queue.show_problems({})
        if untouched:
            self.footer.show_advice("Choose the file of a script to run")
        elif problems:
            self._tell_problems(problems)
        else:
            self.footer.show_ready(self._script_line())

    def _script_line(self) -> str:
        words = check_script(self._script_request()).script.command_line
        path = self.script.path
        return f"{path.name if path else ''} {argument_line(words)}".strip()

    def _tell_problems(self, problems: _Problems) -> None:
        names = [name for name, text in problems.items() if text]
        self.footer.show_problem(f"{plural(len(names), 'field')} to mend: {self._titles(names)}")

    def look_for_frameworks(self) -> None:
        """Ask which frameworks can be trained; a missing one is told beside the choice."""
        self._session.call(
            lambda workbench: {each: workbench.installation(each) for each in FRAMEWORKS},
            lambda found: self._take_missing({each: it.problem for each, it in found.items()}),
        )

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.look_for_templates()

    def look_for_templates(self) -> None:
        """Offer the templates of the home too, as they are now, and tell of those that are broken."""
        folder = self._session.templates_folder
        self.gallery.show_templates(all_templates(folder))
        texts = [f"{each.name}: {each.reason}" for each in broken_templates(folder)]
        self.broken.setText("\n".join(texts))
        self.broken.setVisible(bool(texts))

    def _choose_new(self, template: str) -> None:
        self.look_for_templates()
        self.gallery.choose(template)

    def look_for_datasets(self) -> None:
        """Offer what the home has now."""
        self._session.call(
            lambda workbench: all_datasets(workbench.home.datasets), self.setup.show_datasets
        )

    def train_on(self, dataset: str) -> None:
        """Choose a dataset and, if the chosen template does not fit it, one that does."""
        self.what.set_value(_TEMPLATE)
        self.look_for_datasets()
        self._session.call(
            lambda workbench: get_dataset(dataset, workbench.home.datasets), self._train_on
        )

    def _train_on(self, info: DatasetInfo) -> None:
        if self.gallery.template.unfit(info):
            fitting = [each for each in self.gallery.templates if not each.unfit(info)]
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
            interpreter=self.queue.interpreter.edit.text(),
        )

    def _script_request(self) -> ScriptRequest:
        return replace(
            self.script.request(),
            interpreter=self.queue.interpreter.edit.text(),
            name=self.labels.name.text().strip(),
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
        try:
            checked = [self._checked(request) for request in self._template_requests()]
        except InvalidRequest as error:
            return {**problems, **error.problems}, None
        elsewhere = self.queue.interpreter.edit.text().strip()  # what that one has, queueing tells
        return problems, None if problems["framework"] and not elsewhere else checked[0]

    def _checked(self, request: RunRequest) -> CheckedRequest:
        return check_request(request, self._session.datasets_folder, self._session.templates_folder)

    def _missing_text(self) -> str:
        texts = [self._missing.get(each, "") for each in self.setup.frameworks()]
        return "\n".join(text for text in texts if text)

    def _titles(self, names: list[str]) -> str:
        titles = {name: name.capitalize() for name in self.setup.cells}
        declared = self.gallery.template.declared
        titles |= {parameter.name: parameter.title for parameter in declared}
        if self.runs_script:
            titles = self.script.titles()
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
        if self.runs_script:
            self.script.show_problems(problems)
        else:
            self.setup.show_problems(problems)
            self.parameters.show_problems(problems)
        self.queue.show_problems(problems)
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
        self._template_tools.setLayout(row(self.own, self.layers_button, self.code_button))
        head = row(self.what, self._template_tools)
        head.insertStretch(1, 1)
        inside.addLayout(head)
        self._template_side.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._template_side.setLayout(self._template_layout())
        inside.addWidget(self._template_side)
        inside.addWidget(self.script)
        inside.addWidget(label("Call it", "heading"))
        inside.addWidget(self.labels)
        inside.addWidget(label("Queue", "heading"))
        inside.addWidget(self.queue)
        inside.addStretch(1)
        self._scroll = scrolled(page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._scroll, 1)
        layout.addWidget(line())
        layout.addWidget(self.footer)

    def _template_layout(self) -> QVBoxLayout:
        side = QVBoxLayout()
        side.setContentsMargins(0, 0, 0, 0)
        side.setSpacing(theme.SPACE)
        side.addWidget(self.gallery)
        side.addWidget(self.broken)
        side.addSpacing(theme.SPACE)
        side.addWidget(label("What to train it on", "heading"))
        side.addWidget(self.setup)
        side.addWidget(self.parameters)
        return side

    def _connect(self) -> None:
        self.what.changed.connect(self._show_side)
        self.script.changed.connect(self._check_soon.start)
        self._session.devices_changed.connect(self.script.show_devices)
        self.gallery.chosen.connect(self._show_template)
        self.own.begun.connect(self._choose_new)
        self.layers_button.clicked.connect(lambda: self.open_model(LAYERS))
        self.code_button.clicked.connect(lambda: self.open_model(CODE))
        for form in (self.setup, self.parameters, self.queue):
            form.changed.connect(self._check_soon.start)
        self._check_soon.timeout.connect(self.check)
        self.footer.start.connect(lambda: self.start(watch=True))
        self.footer.start_another.connect(lambda: self.start(watch=False))
        self._session.devices_changed.connect(self.setup.show_devices)
        self._session.ready.connect(self.look_for_frameworks)
        self._session.ready.connect(self.look_for_datasets)

    def _show_side(self) -> None:
        """The template's forms or the script's."""
        for each in (self._template_side, self._template_tools):
            each.setVisible(not self.runs_script)
        self.script.setVisible(self.runs_script)
        path = self.script.path
        folder = (path.parent if path else Path.home()) if self.runs_script else None
        self.queue.show_script(folder)
        self._check_soon.start()

    def _show_template(self) -> None:
        template = self.gallery.template
        self.parameters.show_parameters(template.declared)
        self.parameters.order_tabs(self.setup.seed, self.labels.name)
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
            "what": self.what.value,
            "script": self.script.texts(),
            "options": self.script.parameters.changed_texts(),
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
            "device": self.setup.choose_device,
            "experiment": self.labels.experiment.setText,
        }
        for name, take in takers.items():
            take(str(form.get(name, "")))
        self._show_template()
        self.parameters.set_texts(parameters)
        self._recall_script(form)

    def _recall_script(self, form: dict[str, Any]) -> None:
        script, options = form.get("script"), form.get("options")
        if isinstance(script, dict) and isinstance(options, dict):
            texts = {name: str(script.get(name, "")) for name in self.script.texts()}
            self.script.load_texts(texts, {str(k): str(v) for k, v in options.items()})
            self.what.set_value(str(form.get("what", _TEMPLATE)))


def _scalar(value: object) -> Any:
    return tuple(value) if isinstance(value, list) else value
