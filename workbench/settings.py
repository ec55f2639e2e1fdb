"""What can be set for a home, declared once and checked before it is kept."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runners.parameters import Choice, Flag, Integer, ParameterError
from runners.protocol import Framework
from storage.store import Store


class SettingError(ValueError):
    """There is no such setting, or it cannot take that value; the message says what there is."""


@dataclass(frozen=True, slots=True)
class Setting:
    """``parse`` turns what a person typed into what is kept; it raises ValueError with the reason."""

    name: str
    help: str
    default: Any
    parse: Callable[[str], Any]

    def value(self, store: Store) -> Any:
        kept = store.setting(self.name)
        return self.default if kept is None else kept


def interpreter_setting(framework: Framework) -> str:
    return f"interpreter.{framework}"


def source_setting(dataset: str) -> str:
    return f"source.{dataset}"


def get_setting(name: str) -> Setting:
    """The setting of that name. Raises SettingError."""
    for setting in SETTINGS:
        if setting.name == name:
            return setting
    if _LIMIT.fullmatch(name):
        return _limit(name)
    names = ", ".join([*(setting.name for setting in SETTINGS), "limit.cuda:N"])
    raise SettingError(f"there is no setting {name!r}; there are: {names}")


def change_setting(store: Store, name: str, text: str) -> Any:
    """Check and keep what was typed; returns the value. Raises SettingError."""
    setting = get_setting(name)
    try:
        value = setting.parse(text)
    except ValueError as error:
        raise SettingError(str(error)) from error
    store.set_setting(name, value)
    return value


def reset_setting(store: Store, name: str) -> Any:
    """Go back to the default; returns it. Raises SettingError."""
    setting = get_setting(name)
    store.set_setting(name, None)
    return setting.default


def _interpreter(text: str) -> str:
    found = shutil.which(os.path.expanduser(text.strip()))
    if not found:
        raise ParameterError(f"{text!r} is not a program; an interpreter is the path of a Python")
    return str(Path(found).absolute())


def _folder(text: str) -> str:
    folder = Path(text.strip()).expanduser()
    if not folder.is_dir():
        raise ParameterError(f"{text!r} is not a folder")
    return str(folder.absolute())


def limit_setting(device: str) -> str:
    return f"limit.{device}"


_LIMIT = re.compile(r"limit\.(?:cuda:[0-9]{1,3}|mps|tpu)")


def _limit(name: str) -> Setting:
    device = name.removeprefix("limit.")
    number = Integer(name=name, title=name, help="", default=1, minimum=1, maximum=64)
    return Setting(
        name,
        f"How many runs may train on {device} at once; 1 keeps it for one run, and waits for other programs, more shares it",
        number.default,
        number.parse,
    )


_QUEUE_HELD = Flag(name="queue.held", title="queue.held", help="", default=False)
_AFTER_FAILURE = Choice(
    name="queue.after_failure",
    title="queue.after_failure",
    help="",
    default="continue",
    options=("continue", "hold"),
)
_CPU_LANES = Integer(
    name="cpu_lanes", title="CPU lanes", help="", default=1, minimum=1, maximum=os.cpu_count() or 1
)
SETTINGS = (
    Setting(
        _CPU_LANES.name,
        "How many runs may train on the CPU at once",
        _CPU_LANES.default,
        _CPU_LANES.parse,
    ),
    Setting(
        _QUEUE_HELD.name,
        "Whether the queue is held, so that nothing more starts",
        _QUEUE_HELD.default,
        _QUEUE_HELD.parse,
    ),
    Setting(
        _AFTER_FAILURE.name,
        "What the queue does after a run failed, was killed from outside or was lost: continue, or hold",
        _AFTER_FAILURE.default,
        _AFTER_FAILURE.parse,
    ),
    Setting(
        interpreter_setting(Framework.PYTORCH),
        "The Python that trains PyTorch runs; by default the one that Twinbench runs in",
        "",
        _interpreter,
    ),
    Setting(
        interpreter_setting(Framework.TENSORFLOW),
        "The Python that trains TensorFlow runs; by default the one that Twinbench runs in",
        "",
        _interpreter,
    ),
    Setting(
        source_setting("fashion-mnist"),
        "A folder that holds the four IDX files of Fashion-MNIST",
        "",
        _folder,
    ),
)
