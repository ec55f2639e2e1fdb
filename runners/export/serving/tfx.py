"""A TFX pipeline that goes on from an export with its run's data, after https://www.tensorflow.org/tfx/guide. The pipeline itself was not tried."""

from __future__ import annotations

import json
from pathlib import Path

from runners.datasets.dataset import Task
from runners.export.manifest import PREPROCESSING
from runners.export.serving.exported import Exported, write_text
from runners.export.trained import ExportError

TITLE, FORMATS = "TFX", "Keras"
RUNTIMES = ("keras_file",)
_PROGRAMS = Path(__file__).parent / "tfx_pipeline"
_README = """\
# {title}, as a TFX pipeline

A starting point: the exported model, the run's data, and a pipeline that looks at the data, trains the model on, and puts it where TensorFlow
Serving finds it. It was written after TFX's documentation; `data.py` and `trainer.py` are tested, `pipeline.py` was not run.

TFX takes a Python and a TensorFlow of its own: TFX 1.16 takes Python 3.9 or 3.10 and TensorFlow 2.16. Its Keras has to be one that reads `model.keras`,
which Keras {keras} wrote.

```
pip install tfx
python data.py {dataset}
python pipeline.py
```

`data.py` writes the dataset that Twinbench prepared as `data/train` and `data/eval`. `trainer.py` says how it is trained on, `pipeline.py` for how many steps.
The models come into `models/{name}`.
"""


def write(exported: Exported, output: Path) -> None:
    """Raises ExportError for a model of streams, whose samples are not in the dataset's files one by one, and OSError."""
    about = exported.manifest.preprocessing
    if Task(about["task"]).streams or about["task"] == Task.RECONSTRUCTION:
        raise ExportError(
            f"{TITLE} is given samples with their answers: a model for {about['task']} has none in its dataset"
        )
    for name in ("data.py", "trainer.py", "pipeline.py"):
        write_text(output / name, (_PROGRAMS / name).read_text("utf-8"))
    exported.copy((*exported.manifest.files, PREPROCESSING), output)
    write_text(output / "model.json", json.dumps({"name": exported.name}))
    keras = exported.manifest.versions.get("keras", "3")
    dataset = exported.folder.parents[3] / "datasets" / about["dataset"]["name"]
    readme = _README.format(title=exported.title, keras=keras, dataset=dataset, name=exported.name)
    write_text(output / "README.md", readme)
