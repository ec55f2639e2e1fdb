"""What the folders of all servers have in common: the model's name, a request, a program that asks, how to begin."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from runners.export.examples.python import composed, title
from runners.export.examples.runtimes import Runtime
from runners.export.formats import get_format
from runners.export.manifest import PREPROCESSING, REFERENCE, Manifest

_SAMPLES = 2
"""So many are in the request that lies beside a model."""
_PREDICT = """\
def predict(x: np.ndarray) -> np.ndarray:
    question = {question}
    headers = {{"Content-Type": "application/json"}}
    with urlopen(Request(URL, json.dumps(question).encode(), headers)) as answer:
        {answer}
"""
PREDICTIONS = 'return np.array(json.load(answer)["predictions"])'
INSTANCES = '{"instances": x.tolist()}'
_ASKING = """
`request.json` is a request with held-out samples. `ask.py` turns your own data into such requests, and the answers into words:

```
curl -X POST -H "Content-Type: application/json" -d @request.json {url}
python ask.py
```

## The model

"""


@dataclass(frozen=True)
class Exported:
    """An export that a folder is written for."""

    folder: Path
    manifest: Manifest

    @property
    def name(self) -> str:
        """What the model is called by those who ask for it."""
        spec = self.manifest.spec
        words = f"{spec['template']}_{spec['dataset']}".lower()
        return re.sub(r"[^a-z0-9]+", "_", words).strip("_")

    @property
    def title(self) -> str:
        return title(self.manifest)

    @property
    def runtime(self) -> str:
        return get_format(self.manifest.format).runtime

    def samples(self) -> np.ndarray[Any, Any]:
        """A few held-out inputs."""
        with np.load(self.folder / REFERENCE, allow_pickle=False) as arrays:
            found: np.ndarray[Any, Any] = arrays["input"][:_SAMPLES]
        return found

    def copy(self, names: Iterable[str], place: Path) -> None:
        """Files of the export into a folder. Raises OSError."""
        for name in names:
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self.folder / name, place / name)


def write_text(path: Path, text: str) -> None:
    """Raises OSError."""
    path.write_text(text, "utf-8", newline="\n")


def write_rest(
    exported: Exported,
    output: Path,
    url: str,
    request: Mapping[str, Any],
    readme: str,
    question: str = INSTANCES,
    answer: str = PREDICTIONS,
) -> None:
    """A request for the server at ``url``, a program that asks it with a person's own data, and how to begin. Raises OSError.

    ``question`` is what the program sends for inputs ``x``, ``answer`` the line that returns the outputs.
    """
    write_text(output / "request.json", json.dumps(request))
    exported.copy((PREPROCESSING, REFERENCE), output)
    predict = _PREDICT.format(question=question, answer=answer)
    asking = Runtime(
        (), (), f'URL = "{url}"', predict, ("from urllib.request import Request, urlopen",)
    )
    told = composed(exported.manifest, asking, "served on this machine", "ask.py")
    write_text(output / "ask.py", told)
    words = "".join(f"- {one}\n" for one in exported.manifest.preprocessing["words"])
    write_text(output / "README.md", readme + _ASKING.format(url=url) + words)
