"""What stands beside an exported model and says what it is. Standard library only.

The folder of an export holds ``manifest.json``, the files of its format, ``preprocessing.json``, ``reference.npz`` (arrays ``input`` and
``output``: held-out samples and what the trained model gives for them, and ``truth``), and ``example.py`` with others of its kind.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from runners.protocol import write_atomically

MANIFEST, PREPROCESSING, REFERENCE = "manifest.json", "preprocessing.json", "reference.npz"
_VERSION = 1


@dataclass(frozen=True, slots=True)
class Tensor:
    """An input or output of the model; None stands for the number of samples in ``shape``."""

    name: str
    shape: tuple[int | None, ...]
    dtype: str


@dataclass(frozen=True, slots=True)
class Check:
    """The exported model against the trained one, on held-out samples, in a fresh process.

    ``largest`` and ``mean`` are differences of the outputs relative to the largest of the trained model's outputs, None where there are no
    outputs to compare, as of a damaged file; ``agreement`` is the share of equal predictions, None where nothing is chosen from. ``metrics`` has for each figure of the task what the trained and what
    the exported model reaches on these samples. ``problem`` says in words why it did not pass, "" where it did.
    """

    samples: int
    largest: float | None
    mean: float | None
    agreement: float | None
    metrics: Mapping[str, tuple[float, float]]
    problem: str = ""

    @property
    def passed(self) -> bool:
        return not self.problem


@dataclass(frozen=True, slots=True)
class Speed:
    """Latency of one call in seconds, over ``calls`` calls after a warm-up, for a size of the batch and a number of threads,
    and samples a second: those of a batch over the median, as of a training.
    """

    batch_size: int
    threads: int
    calls: int
    p50_s: float
    p95_s: float
    p99_s: float
    samples_per_s: float


@dataclass(frozen=True, slots=True)
class Measurement:
    """What running it costs on this machine. ``load_s`` is from the loaded runtime to the first answer, ``import_s`` the runtime's own import,
    ``peak_bytes`` the most memory that its process held. ``device`` is the name of the processor or GPU.
    """

    load_s: float
    import_s: float
    peak_bytes: int | None
    speeds: tuple[Speed, ...]
    device: str
    measured: int
    """UTC, microseconds since 1970."""

    @classmethod
    def from_raw(cls, raw: Mapping[str, Any]) -> Measurement:
        """From its fields as JSON has them. Raises KeyError or TypeError if it is something else."""
        return cls(**{**raw, "speeds": tuple(Speed(**one) for one in raw["speeds"])})


@dataclass(frozen=True, slots=True)
class Manifest:
    """``run`` is the run's id as its folder says, ``spec`` its spec as plain JSON, ``files`` the bytes and the SHA-256 of each file of the format by
    its name, ``versions`` those of Python and the packages that made it. ``preprocessing`` is what `runners.export.preprocessing` says of the
    dataset; ``notes`` are sentences for the person who uses it.
    """

    format: str
    run: int
    spec: Mapping[str, Any]
    checkpoint: str
    step: int
    created: int
    """UTC, microseconds since 1970."""
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    versions: Mapping[str, str]
    preprocessing: Mapping[str, Any]
    files: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    seconds: float = 0.0
    """How long making it took."""
    check: Check | None = None
    measurement: Measurement | None = None

    @property
    def size_bytes(self) -> int:
        """Of the files that the format takes."""
        return sum(size for size, _ in self.files.values())

    def to_json(self) -> str:
        return json.dumps({"version": _VERSION, **asdict(self)}, indent=1, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Manifest:
        """Raises ValueError if it is something else."""
        try:
            raw: dict[str, Any] = json.loads(text)
            if raw.pop("version") != _VERSION:
                raise ValueError("a newer version of Twinbench wrote it")
            for name in ("inputs", "outputs"):
                raw[name] = tuple(
                    Tensor(one["name"], tuple(one["shape"]), one["dtype"]) for one in raw[name]
                )
            raw["files"] = {name: (size, digest) for name, (size, digest) in raw["files"].items()}
            raw["notes"] = tuple(raw["notes"])
            raw["check"] = _check(raw["check"])
            if raw["measurement"] is not None:
                raw["measurement"] = Measurement.from_raw(raw["measurement"])
            return cls(**raw)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"this is not the manifest of an export: {error}") from error

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """That of an export. Raises OSError or ValueError."""
        return cls.from_json((folder / MANIFEST).read_text("utf-8"))

    def write(self, folder: Path) -> None:
        """Raises OSError."""
        write_atomically(folder / MANIFEST, self.to_json())

    def with_check(self, check: Check) -> Manifest:
        return replace(self, check=check)

    def with_measurement(self, measurement: Measurement) -> Manifest:
        return replace(self, measurement=measurement)


def _check(raw: Mapping[str, Any] | None) -> Check | None:
    if raw is None:
        return None
    metrics = {name: (one, other) for name, (one, other) in raw["metrics"].items()}
    return Check(**{**raw, "metrics": metrics})
