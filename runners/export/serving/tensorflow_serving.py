"""A folder for TensorFlow Serving, after https://www.tensorflow.org/tfx/serving/serving_config."""

from __future__ import annotations

import shutil
from pathlib import Path

from runners.export.serving.exported import Exported, write_rest, write_text

TITLE, FORMATS = "TensorFlow Serving", "SavedModel"
RUNTIMES = ("saved_model",)
_CONFIG = """\
model_config_list {{
  config {{
    name: "{name}"
    base_path: "/models/{name}"
    model_platform: "tensorflow"
  }}
}}
"""
_README = """\
# {title}, for TensorFlow Serving

From this folder:

```
docker run --rm -p 127.0.0.1:8500:8500 -p 127.0.0.1:8501:8501 --mount type=bind,source="$PWD/models",target=/models,readonly tensorflow/serving --model_config_file=/models/models.config
```

Port 8501 answers to REST, port 8500 to gRPC. A newer version of the model goes beside the first, into `models/{name}/2`.
The model brings requests by which the server warms up.
"""


def write(exported: Exported, output: Path) -> None:
    """``models/NAME/1`` is the SavedModel, ``models/models.config`` names it. Raises OSError."""
    name, models = exported.name, output / "models"
    saved = next(one for one in exported.manifest.files if one.endswith("saved_model.pb"))
    shutil.copytree((exported.folder / saved).parent, models / name / "1")
    write_text(models / "models.config", _CONFIG.format(name=name))
    write_rest(
        exported,
        output,
        f"http://127.0.0.1:8501/v1/models/{name}:predict",
        {"instances": exported.samples().tolist()},
        _README.format(title=exported.title, name=name),
    )
