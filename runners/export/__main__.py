"""A trained model made into files, checked, measured, or asked, each in a process of its own::

    python -m runners.export make RUN_FOLDER --datasets DIR --format F [--checkpoint best|last] [--name NAME]
    python -m runners.export check EXPORT_FOLDER
    python -m runners.export measure EXPORT_FOLDER [--batch-sizes 1,8,32] [--threads 1,0] [--seconds S]
    python -m runners.export serve EXPORT_FOLDER [--port PORT]
    python -m runners.export pack EXPORT_FOLDER --for tensorflow-serving|triton|fastapi|tfx --output DIR
    python -m runners.export answer FOLDER --datasets DIR [--checkpoint best|last]

All but the last, and ``time`` that measuring starts, write JSON lines to stdout: ``{"progress": text, "fraction": f}`` as they go, and
at last ``{"done": {...}}`` or ``{"error": words}`` with exit code 1. Everything else that is said goes to stderr. They end when their standard input does.
The last has a protocol of its own (`runners.export.answering`).
"""

from __future__ import annotations

import sys
import traceback
from importlib import import_module

from runners.export.trained import ExportError
from runners.export.voice import Voice, in_words
from runners.train.setup import TrainerError

_COMMANDS = {
    "make": "runners.export.making",
    "check": "runners.export.checking",
    "measure": "runners.export.measuring",
    "serve": "runners.export.serving.serve",
    "pack": "runners.export.serving.pack",
    "time": "runners.export.timing",
}
"""Modules with ``run(arguments, voice)``, which returns what is done."""


def main(arguments: list[str]) -> int:
    name = arguments[0] if arguments else ""
    if name == "answer":
        from runners.export.answering.process import main as answer

        return answer(arguments[1:])
    if name not in _COMMANDS:
        print(__doc__, file=sys.stderr)
        return 2
    voice = Voice()
    try:
        done = import_module(_COMMANDS[name]).run(arguments[1:], voice)
    except (ExportError, TrainerError) as error:
        voice.say({"error": str(error)})
        return 1
    except Exception as error:
        traceback.print_exc()
        voice.say({"error": in_words(error)})
        return 1
    voice.say({"done": done})
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
