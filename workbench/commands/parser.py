"""What the command line understands. Importing this loads nothing but argparse."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from workbench.commands.duel_options import add_duel, add_duels
from workbench.commands.export_options import add_export, add_exports, add_serve, add_which
from workbench.commands.predict_options import add_predict

EXIT_CODES = """\
exit codes:
  0    done
  1    it went wrong, or the run that was waited for did not finish
  2    what was asked for makes no sense: an unknown name, a value out of range
  130  interrupted; runs and the scheduler go on

An error is told on stderr; with --json also on stdout, as {"error": ..., "problems": {field: ...}}.
JSON is strict: NaN and infinities are the texts "NaN", "Infinity" and "-Infinity".
"""


_ENDS_OPTIONS = "--"


class UsageError(Exception):
    """The words cannot be understood; the message says why and where to read more."""


class Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(
            f"{message}\n{self.format_usage().rstrip()}\n`{self.prog} --help` says more"
        )


def parse(words: Sequence[str]) -> argparse.Namespace:
    """Raises UsageError, and SystemExit after --help and --version.

    ``arguments`` has what follows ``--`` where a script is run; no word of that is ours.
    """
    ours, theirs = list(words), []
    if "run-script" in words and _ENDS_OPTIONS in words:
        end = ours.index(_ENDS_OPTIONS)
        ours, theirs = ours[:end], ours[end + 1 :]
    args = build_parser().parse_args(ours)
    args.arguments = theirs
    return args


class _Verbs:
    """Adds verbs that all understand ``--home`` and ``--json``, before or after the verb."""

    def __init__(self, parser: argparse.ArgumentParser) -> None:
        self._added = parser.add_subparsers(title="verbs", metavar="VERB")

    def add(self, name: str, handler: str, help_text: str, **given: Any) -> argparse.ArgumentParser:
        verb: argparse.ArgumentParser = self._added.add_parser(
            name, help=help_text, description=help_text[0].upper() + help_text[1:] + ".", **given
        )
        _add_common(verb, argparse.SUPPRESS)
        verb.set_defaults(handler=handler)
        return verb


def build_parser() -> Parser:
    parser = Parser(
        prog="twinbench",
        description="Train, compare and duel PyTorch and TensorFlow. Without a verb it opens the window.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_common(parser, None)
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    parser.set_defaults(handler="window:open_window", json=False)
    verbs = _Verbs(parser)
    _add_catalogue(verbs)
    _add_training(verbs)
    _add_files(verbs)
    _add_history(verbs)
    _add_control(verbs)
    _add_edits(verbs)
    _add_queue(verbs)
    _add_duels(verbs)
    _add_models(verbs)
    _add_system(verbs)
    return parser


class _Version(argparse.Action):
    """Looked up only when asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any, **__: Any) -> None:
        from workbench.commands.output import version

        print(f"twinbench {version()}")
        parser.exit()


def _add_common(parser: argparse.ArgumentParser, default: Any) -> None:
    parser.add_argument(
        "--home",
        type=Path,
        metavar="DIR",
        default=default,
        help="the folder of runs and history (default: $TWINBENCH_HOME or the user's data folder)",
    )
    parser.add_argument(
        "--json",
        action="store_true",
        default=argparse.SUPPRESS,
        help="print JSON instead of text",
    )


def _add_catalogue(verbs: _Verbs) -> None:
    templates = verbs.add("templates", "catalogue:templates", "list the templates and parameters")
    templates.add_argument("name", nargs="?", metavar="TEMPLATE", help="only this one")
    model = verbs.add(
        "model", "model:model", "show the layers of a model: shapes, parameters, cost"
    )
    model.add_argument("template", metavar="TEMPLATE", help="see `twinbench templates`")
    model.add_argument("--dataset", required=True, metavar="D", help="see `twinbench datasets`")
    _add_parameters(model)
    _add_datasets(verbs)
    devices = verbs.add(
        "devices", "catalogue:devices", "list the processors and GPUs and how busy they are"
    )
    devices.add_argument("--probe", action="store_true", help="ask the frameworks what they see")


def _add_datasets(verbs: _Verbs) -> None:
    datasets = verbs.add(
        "datasets", "datasets:datasets", "list the datasets; show, prepare or import one"
    )
    datasets.add_argument("--prepare", metavar="DATASET", help="bring this one into the home")
    datasets.add_argument("--source", type=Path, metavar="DIR", help="the folder with its files")
    acts = _Verbs(datasets)
    show = acts.add("show", "datasets:show", "show all that is known of a dataset")
    show.add_argument("name", metavar="DATASET", help="see `twinbench datasets`")
    files = acts.add("import", "datasets:import_files", "make a dataset of your own files")
    files.add_argument("path", nargs="?", type=Path, metavar="PATH", help="a file or a folder")
    files.add_argument("--name", default="", metavar="N", help="default: from the file's name")
    files.add_argument("--target", metavar="COLUMN", help="the column to be predicted")
    for part in ("test", "validation"):
        words = f"a file or folder that is the {part} part; may be given again"
        files.add_argument(
            f"--{part}", action="append", default=[], type=Path, metavar="PATH", help=words
        )
    files.add_argument("--title", default="", metavar="T", help="as lists show it")
    files.add_argument("--origin", default="", metavar="TEXT", help="where the data is from")
    files.add_argument("--licence", default="", metavar="TEXT", help="what may be done with it")
    files.add_argument("--preview", action="store_true", help="show what would be done, do nothing")
    files.add_argument("--recipe", type=Path, metavar="FILE", help="what --preview --json printed")


def _add_training(verbs: _Verbs) -> None:
    run = verbs.add("run", "train:run", "queue a run and print its id")
    run.add_argument("--template", required=True, metavar="T", help="see `twinbench templates`")
    run.add_argument("--framework", required=True, metavar="F", help="pytorch or tensorflow")
    run.add_argument("--dataset", required=True, metavar="D", help="see `twinbench datasets`")
    run.add_argument(
        "--mode", default="eager", help="eager (default) or graph; in TensorFlow also xla and fit"
    )
    _add_parameters(run)
    run.add_argument("--seed", default="0", metavar="N", help="of weights and batches (default 0)")
    _add_queueing(run, "template")
    script = verbs.add(
        "run-script", "script:run_script", "queue a script of your own and print the run's id"
    )
    script.add_argument("script", metavar="SCRIPT", help="a Python file, run as it is")
    script.add_argument("--folder", default="", metavar="DIR", help="where it runs (default: here)")
    _add_parameters(script)
    _add_queueing(script, "script")
    script.epilog = f"What follows {_ENDS_OPTIONS} is given to the script as it is."
    pythons = verbs.add(
        "interpreters", "script:interpreters", "list the Pythons of this machine and what they have"
    )
    pythons.add_argument("--look", action="store_true", help="look for them again")
    pythons.add_argument("--devices", action="store_true", help="ask which GPUs they see, too")
    example = verbs.add(
        "example", "example:example", "train mlp on digits in each installed framework and compare"
    )
    example.add_argument("--picture", type=Path, metavar="PNG", help="also picture the window")


def _add_duels(verbs: _Verbs) -> None:
    _add_parameters(add_duel(verbs))
    duels = verbs.add("duels", "duels:duels", "list the duels; show, stop, resume, extend, report")
    duels.add_argument("--trashed", action="store_true", help="the deleted ones instead")
    add_duels(_Verbs(duels))


def _add_models(verbs: _Verbs) -> None:
    add_export(verbs)
    exports = verbs.add(
        "exports",
        "exports:exports",
        "list the exported models; show, rename, stage, delete, measure",
    )
    add_which(exports)
    add_exports(_Verbs(exports))
    add_predict(verbs)
    add_serve(verbs)


def _add_files(verbs: _Verbs) -> None:
    save = verbs.add(
        "save-script",
        "script_file:save_script",
        "save a training as a script that needs no Twinbench",
    )
    save.add_argument("template", metavar="TEMPLATE", help="see `twinbench templates`")
    save.add_argument("file", type=Path, metavar="FILE", help="the Python file to write")
    save.add_argument("--framework", required=True, metavar="F", help="pytorch or tensorflow")
    save.add_argument("--dataset", required=True, metavar="D", help="see `twinbench datasets`")
    _add_parameters(save)
    save.add_argument("--seed", default="0", metavar="N", help="of weights and batches (default 0)")
    new = verbs.add("new-template", "template:new_template", "begin a template of your own")
    new.add_argument("name", metavar="NAME", help="small letters, digits and underscores")
    new.add_argument(
        "--after", default="mlp", metavar="T", help="begin with this one (default mlp)"
    )
    check = verbs.add(
        "check-template",
        "template:check_template",
        "see whether a template is the same model in both frameworks",
    )
    check.add_argument("name", metavar="TEMPLATE", help="see `twinbench templates`")
    _add_parameters(check)


def _add_history(verbs: _Verbs) -> None:
    _add_listing(verbs)
    show = verbs.add("show", "history:show", "show all that is known of a run")
    show.add_argument("run", metavar="RUN", help="its id or its name")
    curve = verbs.add("curve", "history:curve", "print every point of a metric of a run")
    curve.add_argument("run", metavar="RUN")
    curve.add_argument("metric", metavar="METRIC", help="such as train/loss")
    curve.add_argument("--csv", action="store_true", help="step, time and value in full precision")
    log = verbs.add("log", "history:log", "print what the trainer of a run printed")
    log.add_argument("run", metavar="RUN")
    log.add_argument("--follow", action="store_true", help="go on until the run ends")
    _add_compare(verbs)


def _add_listing(verbs: _Verbs) -> None:
    runs = verbs.add("runs", "listing:runs", "list the runs, newest first")
    add = runs.add_argument
    _add_filter(runs, "only those that it lets through")
    add("--experiment", metavar="E", help="only of this experiment")
    add("--state", metavar="S", help="only in this state")
    add("--sort", metavar="COLUMNS", help="such as 'best(val/accuracy):desc,name'")
    add("--columns", metavar="COLUMNS", help="what to show, such as 'name,lr,best(val/accuracy)'")
    add("--group", metavar="COLUMNS", help="list together what agrees in these")
    add("--csv", metavar="FILE", help="write the columns in full precision; - prints them")
    add("--limit", type=_positive, metavar="N", help="at most this many")
    scope = runs.add_mutually_exclusive_group()
    scope.add_argument("--archived", action="store_true", help="the archived ones instead")
    scope.add_argument("--trashed", "--trash", action="store_true", help="the deleted ones instead")


def _add_compare(verbs: _Verbs) -> None:
    compare = verbs.add(
        "compare", "compare:compare", "compare parameters and metrics of runs, or write a report"
    )
    _add_runs(compare)
    add = compare.add_argument
    add("--baseline", metavar="RUN", help="what the others are compared with (default: the first)")
    add("--html", type=Path, metavar="FILE", help="write a report that needs no other file")
    add("--markdown", type=Path, metavar="FILE", help="write a report with pictures beside it")
    add("--title", default="", metavar="T", help="of the report")
    add(
        "--metric",
        dest="metrics",
        action="append",
        default=[],
        metavar="M",
        help="draw this one; repeat",
    )
    add("--x", default="step", metavar="AXIS", help="step (default), epoch, time, wall or a metric")
    add("--log-x", action="store_true", help="a logarithmic x axis")
    add("--log-y", action="store_true", help="logarithmic y axes")
    add("--smoothing", metavar="X", help="a weight such as 0.9, or mean:POINTS, or gaussian:SIGMA")
    add(
        "--replicates",
        choices=("none", "deviation", "error", "confidence", "range"),
        metavar="BAND",
        help="draw runs that differ in the seed alone as one, with this band: deviation, error, confidence, range or none",
    )


def _add_control(verbs: _Verbs) -> None:
    stop = verbs.add("stop", "control:stop", "ask runs to stop")
    _add_runs(stop)
    stop.add_argument("--kill", action="store_true", help="end them at once")
    stop.add_argument("--wait", action="store_true", help="until they have ended")
    _add_runs(
        verbs.add("pause", "control:pause", "let runs wait at their next step, with a checkpoint")
    )
    resume = verbs.add(
        "resume", "control:resume", "let runs go on that are paused or held, or ended unfinished"
    )
    _add_runs(resume)
    _add_wait(resume)
    retry = verbs.add("retry", "control:retry", "train the same as ended runs again, as new runs")
    _add_runs(retry)
    _add_wait(retry)
    extend = verbs.add("extend", "control:extend", "let an ended run go on to more epochs")
    extend.add_argument("run", metavar="RUN")
    extend.add_argument(
        "--epochs", required=True, metavar="N", help="how many it is to have in all"
    )
    _add_wait(extend)
    delete = verbs.add("delete", "control:delete", "move runs to the trash")
    _add_runs(delete)
    delete.add_argument(
        "--forever", action="store_true", help="remove those that are in the trash, with all files"
    )
    _add_runs(verbs.add("restore", "control:restore", "bring deleted runs back"))
    scheduler = verbs.add("scheduler", "control:scheduler", "look at, start or stop the scheduler")
    scheduler.add_argument("action", choices=("status", "start", "stop"))


def _add_edits(verbs: _Verbs) -> None:
    rename = verbs.add("rename", "edit:rename", "give a run another name")
    rename.add_argument("run", metavar="RUN")
    rename.add_argument("name", metavar="NAME")
    note = verbs.add("note", "edit:note", "print the note of a run, or write it")
    note.add_argument("run", metavar="RUN")
    note.add_argument("text", nargs="?", metavar="TEXT", help='in Markdown; "" removes it')
    _add_runs(verbs.add("star", "edit:star", "mark runs with a star"))
    _add_runs(verbs.add("unstar", "edit:unstar", "take the star from runs"))
    _add_runs(verbs.add("archive", "edit:archive", "put runs out of the way"))
    _add_runs(verbs.add("unarchive", "edit:unarchive", "take runs out of the archive"))
    tag = verbs.add("tag", "edit:tag", "give tags to runs, or take them away")
    _add_runs(tag)
    for option in ("--add", "--remove"):
        tag.add_argument(option, action="append", default=[], metavar="T", help="repeat")
    experiment = verbs.add(
        "experiment", "edit:experiment", "list the experiments, or show and change one"
    )
    experiment.add_argument("name", nargs="?", metavar="NAME")
    experiment.add_argument("--add", nargs="+", metavar="RUN", help="move these runs into it")
    experiment.add_argument("--rename", metavar="NAME", help="or let its runs join that one")
    experiment.add_argument("--note", metavar="TEXT", help='in Markdown; "" removes it')


def _add_queue(verbs: _Verbs) -> None:
    queue = verbs.add("queue", "queue:queue", "show what waits, in its order, and for what")
    whole = queue.add_mutually_exclusive_group()
    whole.add_argument("--hold", action="store_true", help="start nothing more")
    whole.add_argument("--release", action="store_true", help="go on")
    _add_runs(verbs.add("hold", "queue:hold", "let queued runs wait until they are released"))
    _add_runs(verbs.add("release", "queue:release", "let held runs have their turn"))
    priority = verbs.add("priority", "queue:priority", "say how early a queued run has its turn")
    priority.add_argument("run", metavar="RUN")
    priority.add_argument("priority", metavar="N", help="a larger one starts first; 0 is usual")
    move = verbs.add("move", "queue:move", "put a queued run elsewhere among those of its priority")
    move.add_argument("run", metavar="RUN")
    place = move.add_mutually_exclusive_group(required=True)
    place.add_argument("--before", metavar="RUN", help="before this queued run")
    place.add_argument("--first", action="store_true", help="before all others")
    place.add_argument("--last", action="store_true", help="behind all others")
    alone = verbs.add("alone", "queue:alone", "let queued runs train while nothing else does")
    _add_runs(alone)
    alone.add_argument("--off", action="store_true", help="beside others again")


def _add_runs(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("runs", nargs="*", metavar="RUN", help="ids or names")
    _add_filter(verb, "also those that it lets through")


def _add_filter(verb: argparse.ArgumentParser, help_text: str) -> None:
    verb.add_argument(
        "--filter",
        metavar="EXPRESSION",
        help=f"{help_text}, such as 'lr < 0.1 and state = finished'; see docs/filter-language.md",
    )


def _add_queueing(verb: argparse.ArgumentParser, what: str) -> None:
    verb.add_argument(
        "--device",
        default="auto",
        help="auto (default), cpu, cuda:N, mps or tpu; several: cuda:0,cuda:1 or cuda:all, to try out cpu:2",
    )
    verb.add_argument(
        "--interpreter", default="", metavar="PYTHON", help="default: by the settings"
    )
    verb.add_argument("--name", default="", metavar="N", help=f"default: {what}-framework-number")
    verb.add_argument("--experiment", default="", metavar="E", help="the collection it belongs to")
    verb.add_argument("--tag", dest="tags", action="append", default=[], metavar="T", help="repeat")
    verb.add_argument("--priority", default="0", metavar="N", help="a larger one starts first")
    verb.add_argument("--hold", action="store_true", help="let it wait until it is released")
    verb.add_argument("--alone", action="store_true", help="start it when nothing else trains")
    _add_wait(verb)


def _add_parameters(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--set",
        dest="parameters",
        action="append",
        default=[],
        type=assignment,
        metavar="NAME=VALUE",
        help="a parameter that is not to have its default; may be repeated",
    )


def _add_wait(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--wait", action="store_true", help="show progress until it ends")


def _add_system(verbs: _Verbs) -> None:
    board = verbs.add("tensorboard", "board:tensorboard", "open TensorBoard on runs, or on all")
    board.add_argument("runs", nargs="*", metavar="RUN")
    board.add_argument("--no-browser", action="store_true", help="only print the address")
    settings = verbs.add("settings", "settings:settings", "list the settings, or change one")
    settings.add_argument("name", nargs="?", metavar="NAME")
    settings.add_argument("value", nargs="?", metavar="VALUE")
    settings.add_argument("--reset", action="store_true", help="go back to the default")
    verbs.add("check", "care:check", "look for damage in the history and the folders of runs")
    verbs.add("rebuild", "care:rebuild", "make the history again from the folders of runs")
    backup = verbs.add("backup", "care:backup", "copy the history, also while it is in use")
    backup.add_argument("--to", type=Path, metavar="FILE", help="default: into the home's backups")
    verbs.add("doctor", "doctor:doctor", "check the installation and say how to mend it")


def assignment(text: str) -> tuple[str, str]:
    """``name=value`` as a pair; the value may hold further equals signs."""
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form NAME=VALUE")
    return name.strip(), value


def _positive(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19 and int(text) > 0):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)
