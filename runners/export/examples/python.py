"""``example.py``: composed of the lines of a runtime, and of the functions that the model's input and task take (`runners.export.serving.service.values`)."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from runners.export.examples.runtimes import RUNTIMES, WEIGHTS, Runtime
from runners.export.formats import TRAINED, get_format
from runners.export.manifest import Manifest
from runners.export.serving.service import values

_PYTHON_NAMES = {"PIL": "pillow"}
Shown = Callable[..., Any]


@dataclass(frozen=True)
class _Part:
    """A line of code with the functions that it calls, and what they import beside NumPy."""

    code: str
    functions: tuple[Shown, ...]
    imports: tuple[str, ...] = ()
    usage: tuple[str, str] = ("", "")


_INPUTS: Mapping[str, _Part] = {
    "image": _Part(
        "np.stack([pixels(name, about) for name in sys.argv[1:]])",
        (values.pixels, values.brightness, values.is_inverse, values.sized),
        usage=("picture.png", "pictures of your own"),
    ),
    "features": _Part(
        "standardised([[float(number) for number in sys.argv[1:]]], about)",
        (values.standardised,),
        usage=("1 2 3 ...", "a row of your own, in its own units"),
    ),
    "series": _Part(
        'window(standardised(np.loadtxt(sys.argv[1], delimiter=",", ndmin=2), about), about)[None]',
        (values.standardised, values.window),
        usage=("steps.csv", "a series of your own, a step a line"),
    ),
    "tokens": _Part(
        "np.stack([tokens(text, about) for text in sys.argv[1:]])",
        (values.tokens, values.encoded, values.merged),
        ("import re", "from itertools import pairwise"),
        usage=('"A text"', "texts of your own"),
    ),
}
_NUMBERS = _Part("np.array([[int(number) for number in sys.argv[1:]]], np.int32)", (), usage=("1 2 3 ...", "tokens of your own"))  # fmt: skip
_OWN_ARRAY = _Part("np.load(sys.argv[1])", (), usage=("x.npy", "inputs of your own, as the model takes them"))  # fmt: skip

_TASKS: Mapping[str, _Part] = {
    "classification": _Part(
        """\
    told = classified(output, about)
    print(f"{told['class']}  {told['probability']:.1%}")
""",
        (values.softmax, values.classified),
    ),
    "segmentation": _Part(
        """\
    told = segmented(output, about)
    print("  ".join(f"{name} {share:.1%}" for name, share in told["shares"].items()))
""",
        (values.segmented,),
    ),
    "text generation": _Part(
        """\
    told = next_tokens(output, sample, about)
    print("next:", "  ".join(f"{text!r} {chance:.1%}" for text, chance in told["next"].items()))
""",
        (values.softmax, values.next_tokens),
    ),
    "reconstruction": _Part(
        """\
    image = np.array(rebuilt(output, about)["image"])
    print(f"comes back {np.abs(image - sample).mean() / about['scale']:.2%} apart")
""",
        (values.rebuilt,),
    ),
}
_OWN_UNITS = _Part(
    """\
    told = in_own_units(output, about)
    print("  ".join(f"{name} {np.round(number, 4)}" for name, number in told.items()))
""",
    (values.in_own_units,),
)


def title(manifest: Manifest) -> str:
    """What the model is, in a few words."""
    spec = manifest.spec
    return f"{spec['template']} on {spec['dataset']}, run {manifest.run}"


def example(manifest: Manifest) -> str:
    """The text of ``example.py``."""
    chosen = get_format(manifest.format)
    how = f"exported as {chosen.title}"
    if chosen.id == TRAINED:
        how = "in the framework that trained it, by way of Twinbench"
    if chosen.runtime == "weights":
        return WEIGHTS.format(title=title(manifest), how=how)
    return composed(manifest, RUNTIMES[chosen.runtime], how, "example.py")


def composed(manifest: Manifest, runtime: Runtime, how: str, name: str) -> str:
    """A program of that name that asks the model by way of this runtime."""
    about = manifest.preprocessing
    given, task = _input(about), _TASKS.get(about["task"], _OWN_UNITS)
    standard = {"import json", "import sys", "from pathlib import Path", *given.imports, *runtime.standard}  # fmt: skip
    needed = ["numpy", *runtime.packages, *(["pillow"] if about["input"] == "image" else [])]
    return _PROGRAM.format(
        title=title(manifest),
        how=how,
        name=name,
        packages=" ".join(f'"{one}"' if "<" in one else one for one in needed),
        usage="{:<15} {}".format(*given.usage),
        imports=f"{_lines(standard)}\n{_lines({'import numpy as np', *runtime.imports})}",
        load=runtime.load,
        functions="".join(f"\n\n{_source(one)}" for one in (*given.functions, *task.functions)),
        predict=runtime.predict,
        own=given.code,
        shown=task.code,
    )


def _input(about: Mapping[str, Any]) -> _Part:
    kind = about["input"]
    if kind == "tokens" and not about["vocabulary"]:
        return _NUMBERS
    if kind == "image" and about["shape"][2] not in (1, 3):
        return _OWN_ARRAY
    return _INPUTS[kind]


def _lines(lines: set[str]) -> str:
    """As ruff sorts them: modules, then names of modules."""
    ordered = sorted(lines, key=lambda line: (line.startswith("from"), line.lower()))
    return "".join(f"{line}\n" for line in ordered)


def _source(function: Shown) -> str:
    """A function without its types, which an example does without."""
    text = inspect.getsource(function)
    text = text.replace(": Array =", " =")
    text = re.sub(r"\bArray\b", "np.ndarray", text)
    return text.replace("dict[str, Any]", "dict").replace(": Any", "").rstrip() + "\n"


_PROGRAM = '''\
"""Asks a model ({title}), {how}.

    pip install {packages}
    python {name}                 the first held-out samples, which lie beside it
    python {name} {usage}
"""

{imports}
HERE = Path(__file__).parent
about = json.loads((HERE / "preprocessing.json").read_text("utf-8"))
{load}


{predict}{functions}

if sys.argv[1:]:
    x = {own}
else:
    x = np.load(HERE / "reference.npz")["input"][:5]
for output, sample in zip(predict(x), x):
{shown}'''
