"""What a script's text tells without running it: its options and its framework. Standard library only.

Only what is written out is read: calls of ``add_argument`` with literal arguments, as nearly all scripts have them. Whatever is
computed, or comes from another library than argparse, is left to be typed as plain arguments.
"""

from __future__ import annotations

import ast
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

from runners.parameters import UNBOUNDED, Choice, Flag, Integer, Parameter, Real, Text
from runners.protocol import Framework, Scalar

_PACKAGES = {
    "torch": Framework.PYTORCH, "torchvision": Framework.PYTORCH, "lightning": Framework.PYTORCH,
    "pytorch_lightning": Framework.PYTORCH, "transformers": Framework.PYTORCH, "accelerate": Framework.PYTORCH,
    "timm": Framework.PYTORCH, "fastai": Framework.PYTORCH, "ignite": Framework.PYTORCH,
    "tensorflow": Framework.TENSORFLOW, "keras": Framework.TENSORFLOW, "tensorflow_datasets": Framework.TENSORFLOW,
}  # fmt: skip
_NO_LITERAL = object()
_FLAGS = ("store_true", "store_false", "BooleanOptionalAction")


@dataclass(frozen=True, slots=True)
class Option:
    """An option of a script. ``words`` are its names on the command line, none for one told by its place.

    ``several`` says that it takes any number of words, and ``negated`` is what switches a flag off, or "".
    """

    parameter: Parameter
    words: tuple[str, ...]
    required: bool = False
    several: bool = False
    negated: str = ""


@dataclass(frozen=True, slots=True)
class ScriptFacts:
    framework: Framework
    options: tuple[Option, ...] = ()

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        return tuple(option.parameter for option in self.options)


def read_script(source: str | bytes) -> ScriptFacts:
    """Raises SyntaxError or ValueError where the text is no Python as this interpreter knows it."""
    tree = ast.parse(source)
    return ScriptFacts(_framework(tree), tuple(_options(tree)))


def option_words(options: Sequence[Option], values: Mapping[str, Scalar]) -> tuple[str, ...]:
    """The command line that gives the options these values. What has its default is left out, as the script knows that itself."""
    placed: list[str] = []
    named: list[list[str]] = [[], []]
    for option in options:
        value = values[option.parameter.name]
        if option.words:
            named[not option.several] += _named_words(option, value)
        elif str(value):
            placed += _value_words(option, value)
    greedy, plain = named  # one that takes any number of words is not to take those that come after
    return (*greedy, *plain, *placed) if plain else (*placed, *greedy)


def _named_words(option: Option, value: Scalar) -> list[str]:
    if value == option.parameter.default and not option.required:
        return []
    if isinstance(option.parameter, Flag):
        word = option.words[0] if value else option.negated
        return [word] if word else []
    words = _value_words(option, value)
    if len(words) == 1 and words[0].startswith("-") and option.words[0].startswith("--"):
        return [f"{option.words[0]}={words[0]}"]
    return [option.words[0], *words]


def _value_words(option: Option, value: Scalar) -> list[str]:
    if option.several:
        return shlex.split(str(value))
    return [option.parameter.format(value)]


def _framework(tree: ast.Module) -> Framework:
    """By its first import of one that is known. Keras 3 may run on PyTorch, which the script says by importing it."""
    found = [_PACKAGES[name] for name in _imported(tree) if name in _PACKAGES]
    if not found:
        return Framework.OTHER
    only_keras = Framework.PYTORCH in found and "tensorflow" not in set(_imported(tree))
    return Framework.PYTORCH if only_keras else found[0]


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name.partition(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def _options(tree: ast.Module) -> Iterator[Option]:
    """In the order of the text, each name once."""
    calls = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "add_argument"
    ]
    seen: set[str] = set()
    for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset)):
        option = _option(call)
        if option is not None and option.parameter.name not in seen:
            seen.add(option.parameter.name)
            yield option


def _option(call: ast.Call) -> Option | None:
    words = [_literal(argument) for argument in call.args]
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    if not words or None in given or not all(isinstance(word, str) and word for word in words):
        return None
    names = tuple(sorted(map(str, words), key=lambda word: not word.startswith("--")))
    optional = names[0].startswith("-")
    name = _literal(given.get("dest")) if "dest" in given else names[0].lstrip("-")
    if not isinstance(name, str) or not name.replace("-", "_").isidentifier():
        return None
    return _make(name.replace("-", "_"), names if optional else (), given)


def _make(name: str, words: tuple[str, ...], given: Mapping[str | None, ast.expr]) -> Option | None:
    """None for what the form has no field for, such as an option that counts or may be repeated."""
    action = _action(given.get("action"))
    about = {"name": name, "title": _title(name), "help": _help(given), "group": "Options"}
    if action in _FLAGS:
        return _flag(action, words, given, about)
    if action not in ("", "store"):
        return None
    default = _literal(given["default"]) if "default" in given else None
    nargs = _literal(given.get("nargs"))
    several = nargs not in ("?", None)
    may_lack = words or nargs in ("?", "*") or "default" in given
    required = _literal(given.get("required")) is True or not may_lack
    if default is _NO_LITERAL:  # computed: an empty field leaves it to the script
        default = None
    choices = _literal(given["choices"]) if "choices" in given else None
    parameter = _parameter(about, _type(given.get("type")), default, choices, several)
    return Option(parameter, words, required, several)


def _flag(
    action: str, words: tuple[str, ...], given: Mapping[str | None, ast.expr], about: dict[str, Any]
) -> Option | None:
    default = _literal(given["default"]) if "default" in given else action == "store_false"
    if not isinstance(default, bool) or not words:
        return None
    parameter = Flag(**about, default=default)
    if action == "store_true":
        return Option(parameter, words)
    if action == "store_false":
        return Option(parameter, ("",), negated=words[0])
    return Option(parameter, words, negated=f"--no-{words[0].removeprefix('--')}")


def _parameter(
    about: dict[str, Any], kind: str, default: Any, choices: Any, several: bool
) -> Parameter:
    if several:
        values = (
            default if isinstance(default, list | tuple) else [] if default is None else [default]
        )
        return Text(**about, default=shlex.join(map(str, values)))
    if isinstance(choices, list | tuple) and choices:
        options = tuple(map(str, choices))
        chosen = "" if default is None else str(default)
        return Choice(**about, default=chosen, options=options if chosen in options else (chosen, *options))  # fmt: skip
    plain = isinstance(default, int | float) and not isinstance(default, bool)
    if kind == "int" and plain and int(default) == default and abs(default) <= UNBOUNDED:
        return Integer(**about, default=int(default), minimum=-UNBOUNDED, maximum=UNBOUNDED)
    if kind == "float" and plain and abs(default) < inf:
        return Real(**about, default=float(default), minimum=-inf, maximum=inf, logarithmic=True)
    return Text(**about, default="" if default is None else str(default))


def _literal(node: ast.expr | None) -> Any:
    """The value of an expression that is written out, None for none, else `_NO_LITERAL`."""
    if node is None:
        return None
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return _NO_LITERAL


def _action(node: ast.expr | None) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Name):
        return node.id
    value = _literal(node)
    return value if isinstance(value, str) else "" if value is None else "unknown"


def _type(node: ast.expr | None) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def _title(name: str) -> str:
    words = name.strip("_").replace("_", " ")
    return words[:1].upper() + words[1:]


def _help(given: Mapping[str | None, ast.expr]) -> str:
    text = _literal(given.get("help"))
    if not isinstance(text, str):
        return ""
    return " ".join(text.replace("%(default)s", "the default").replace("%%", "%").split())
