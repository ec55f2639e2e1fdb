"""A folder with a service of FastAPI and ONNX Runtime that needs no Twinbench, and a Dockerfile for it."""

from __future__ import annotations

import shutil
from pathlib import Path

from runners.export.manifest import MANIFEST, PREPROCESSING
from runners.export.serving.exported import Exported, write_rest, write_text

TITLE, FORMATS = "The service of FastAPI and ONNX Runtime", "ONNX"
RUNTIMES = ("onnx",)
_SERVICE = Path(__file__).with_name("service")
_REQUIREMENTS = """\
fastapi>=0.120,<1
numpy>=2.1,<3
onnxruntime>=1.24,<2
pillow>=12,<14
uvicorn>=0.38,<1
"""
_DOCKERFILE = """\
FROM python:3.12-slim
WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY model model
COPY service service
RUN useradd service
USER service
EXPOSE 8000
HEALTHCHECK CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/health')"]
CMD ["python", "-m", "service", "--host", "0.0.0.0", "--port", "8000"]
"""
_README = """\
# {title}, as a service

With Python, from this folder:

```
pip install -r requirements.txt
python -m service
```

or with Docker:

```
docker build -t {name} .
docker run --rm -p 127.0.0.1:8000:8000 {name}
```

| | |
|---|---|
| `GET /health` | `{{"status": "ok"}}` as soon as the model is loaded |
| `GET /metadata` | what the model is, takes and gives |
| `POST /predict` | a picture, or JSON with one of `instances` (inputs as the model takes them), `values` (rows or series in their own units), `texts` |
| `GET /docs` | the same, to be tried in the browser |

A picture, where the model takes pictures, is sent as it is:

```
curl -H "Content-Type: image/png" --data-binary @picture.png http://127.0.0.1:8000/predict
```
"""


def write(exported: Exported, output: Path) -> None:
    """``model`` is the export, ``service`` the program around it. Raises OSError."""
    exported.copy([*exported.manifest.files, MANIFEST, PREPROCESSING], output / "model")
    (output / "service").mkdir()
    for source in _SERVICE.glob("*.py"):
        shutil.copyfile(source, output / "service" / source.name)
    write_text(output / "requirements.txt", _REQUIREMENTS)
    write_text(output / "Dockerfile", _DOCKERFILE)
    write_rest(
        exported,
        output,
        "http://127.0.0.1:8000/predict",
        {"instances": exported.samples().tolist()},
        _README.format(title=exported.title, name=exported.name),
    )
