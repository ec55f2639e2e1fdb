"""The vocabulary that the window, the scheduler and the trainer share. Standard library only."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from hashlib import file_digest
from pathlib import Path
from typing import Any

Scalar = bool | int | float | str | tuple[int, ...]
"""What a hyper-parameter can be. A tuple is written to JSON as a list."""


class Framework(StrEnum):
    PYTORCH = "pytorch"
    TENSORFLOW = "tensorflow"
    OTHER = "other"
    """Whatever else a script of the user's trains with. No template is written in it; see `FRAMEWORKS`."""

    @property
    def display_name(self) -> str:
        return {"pytorch": "PyTorch", "tensorflow": "TensorFlow", "other": "Other"}[self.value]

    @property
    def package(self) -> str:
        """The name that the framework is imported by; "" where that is not known."""
        return {"pytorch": "torch", "tensorflow": "tensorflow", "other": ""}[self.value]


FRAMEWORKS = (Framework.PYTORCH, Framework.TENSORFLOW)
"""Those that templates are written in and that interpreters are asked for."""


class Mode(StrEnum):
    """How the framework executes the training step. `MODES` has those of each framework."""

    EAGER = "eager"
    GRAPH = "graph"
    """``torch.compile`` in PyTorch, ``tf.function`` in TensorFlow."""
    XLA = "xla"
    """``tf.function`` compiled by XLA."""
    FIT = "fit"
    """The loop is Keras's own, ``Model.fit``, over the same batches; the step is a ``tf.function``."""


MODES: Mapping[Framework, tuple[Mode, ...]] = {
    Framework.PYTORCH: (Mode.EAGER, Mode.GRAPH),
    Framework.TENSORFLOW: (Mode.EAGER, Mode.GRAPH, Mode.XLA, Mode.FIT),
}


class State(StrEnum):
    """The state of a run. It follows from evidence, never from a click."""

    QUEUED = "queued"
    STARTING = "starting"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPING = "stopping"
    FINISHED = "finished"
    STOPPED = "stopped"
    FAILED = "failed"
    KILLED = "killed"
    LOST = "lost"

    @property
    def final(self) -> bool:
        return self in FINAL_STATES

    @property
    def active(self) -> bool:
        """Whether a trainer process belongs to the run."""
        return self in ACTIVE_STATES


FINAL_STATES = frozenset({State.FINISHED, State.STOPPED, State.FAILED, State.KILLED, State.LOST})
ACTIVE_STATES = frozenset({State.STARTING, State.RUNNING, State.PAUSED, State.STOPPING})


class Request(StrEnum):
    """What a person asked of a run; the trainer polls for it, the scheduler enforces it.

    A pause can be taken back, a stop only become a kill.
    """

    PAUSE = "pause"
    STOP = "stop"
    KILL = "kill"


SCRIPT = "script"
"""What stands for the template of a run of a script."""


@dataclass(frozen=True, slots=True)
class Script:
    """A program of the user's that is run as it is.

    ``path`` and ``folder``, in which it is started, are absolute. It is given ``options``, which say what the spec's
    parameters say, and then ``arguments``, which the user typed. ``sha256`` is that of the file when it was queued.
    """

    path: str
    folder: str
    sha256: str
    options: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()

    @property
    def command_line(self) -> tuple[str, ...]:
        """What follows the script's name."""
        return (*self.options, *self.arguments)

    @classmethod
    def from_raw(cls, raw: Mapping[str, Any]) -> Script:
        """From its JSON. Raises TypeError or KeyError if it is something else."""
        options, arguments = tuple(raw["options"]), tuple(raw["arguments"])
        return cls(raw["path"], raw["folder"], raw["sha256"], options, arguments)


class DuelRole(StrEnum):
    """What a run does for its duel."""

    MATCH = "match"
    """An ordinary training, alone on the machine, that is measured."""
    PROOF = "proof"
    """Outputs at step 0 and the losses of the first steps, in float32 and float64, without dropout. No training."""
    SCALE = "scale"
    """A few steps with another size of the batch or another number of threads, to see how fast those are."""
    LARGEST = "largest"
    """The largest batch that the device has memory for. No training."""


@dataclass(frozen=True, slots=True)
class DuelPart:
    """What a run is to a duel: ``duel`` is its id, ``contestant`` the place in `workbench.duel.match.Match.contestants`.

    ``scaled`` names the parameter whose value a run with the role of `DuelRole.SCALE` is there for.
    """

    duel: str
    contestant: int
    role: DuelRole
    scaled: str = ""

    @classmethod
    def from_raw(cls, raw: Mapping[str, Any]) -> DuelPart:
        """From its JSON. Raises TypeError, KeyError or ValueError if it is something else."""
        return cls(raw["duel"], raw["contestant"], DuelRole(raw["role"]), raw.get("scaled", ""))


@dataclass(frozen=True, slots=True)
class RunSpec:
    """The frozen description of one run.

    ``parameters`` holds every declared parameter, defaults included, so that a later change of a
    default does not change what an old spec means. ``device`` is ``auto``, ``cpu``, ``mps``, ``cuda:N``, or several
    (`device_ids`): ``cuda:0,cuda:1``, ``cuda:all``, ``cpu:2``.
    ``dataset_hash`` is the SHA-256 of the prepared arrays. Where there is a ``script``, the template is called
    `SCRIPT`, the dataset is not known and has no name, and mode and seed say nothing.
    """

    template: str
    framework: Framework
    mode: Mode
    dataset: str
    dataset_hash: str
    parameters: Mapping[str, Scalar]
    seed: int
    device: str
    interpreter: str
    script: Script | None = None
    duel: DuelPart | None = None

    @property
    def title(self) -> str:
        """What it trains, in a word: the template, or the script's name without its ending."""
        return Path(self.script.path).stem if self.script else self.template

    def to_json(self) -> str:
        raw = {"version": 1, **asdict(self)}
        for name in ("script", "duel"):
            if raw[name] is None:
                del raw[name]  # as it was before there were any
        return json.dumps(raw, indent=1, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> RunSpec:
        """Read what `to_json` wrote. Raises ValueError if it is something else."""
        try:
            raw: dict[str, Any] = json.loads(text)
            if raw.pop("version") != 1:
                raise ValueError("a newer version of Twinbench wrote it")
            raw["framework"] = Framework(raw["framework"])
            raw["mode"] = Mode(raw["mode"])
            raw["parameters"] = {
                name: tuple(value) if isinstance(value, list) else value
                for name, value in raw["parameters"].items()
            }
            if "script" in raw:
                raw["script"] = Script.from_raw(raw["script"])
            if "duel" in raw:
                raw["duel"] = DuelPart.from_raw(raw["duel"])
            return cls(**raw)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"this is not the spec of a run: {error}") from error


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is.

    ``step`` counts optimizer steps from 0 to ``total_steps`` over all epochs. ``phase`` is what the
    trainer is doing, in a word or two ("importing PyTorch", "training", "testing"). ``remaining_s``
    is the trainer's estimate of the seconds left, None while it cannot tell.
    """

    phase: str
    step: int = 0
    total_steps: int = 0
    epoch: int = 0
    epochs: int = 0
    samples_per_s: float | None = None
    remaining_s: float | None = None

    @property
    def fraction(self) -> float:
        return min(1.0, self.step / self.total_steps) if self.total_steps else 0.0


TPU = "tpu"
"""The device that is a TPU with all its cores, for TensorFlow alone."""


def device_ids(device: str) -> tuple[str, ...]:
    """The devices that are meant, each once: two for ``cuda:0,cuda:1``, and the CPU for ``cpu:2``, which shares it between two."""
    return tuple("cpu" if name.startswith("cpu") else name for name in device.split(","))


def replica_count(device: str) -> int:
    """How many copies of the model train there together."""
    shares = device.removeprefix("cpu:")
    return int(shares) if shares != device else len(device_ids(device))


class ArtifactKind(StrEnum):
    CONFUSION_MATRIX = "confusion-matrix"
    """JSON: ``classes`` (names), ``matrix`` (rows are the truth), ``per_class`` (per name: precision, recall, f1, support)."""
    CHECKPOINT = "checkpoint"
    IMAGE = "image"
    """PNG of one step; the artifact is named ``images/NAME/STEP``."""
    HISTOGRAM = "histogram"
    """JSON of one step: per name ``edges`` (n + 1 rising numbers) and ``counts`` (n); named ``histograms/NAME/STEP``."""
    PREDICTIONS = "predictions"
    """JSON: answers about samples of the test part; `runners.train.pictures.predictions` has its form."""
    REGRESSION = "regression"
    """JSON: predicted against true numbers of the test part; `runners.train.evaluation.regression` has its form."""
    FORECASTS = "forecasts"
    """JSON: forecasts against what came, in the test part; `runners.train.evaluation.forecasting` has its form."""
    CODE = "code"
    """A source file that was trained with, as text."""
    TIMING = "timing"
    """JSON: where the time and the memory of a training went; `runners.train.timing` has its form."""
    PROOF = "proof"
    """NPZ: what a model says before its first step and in its first ones; `runners.train.proof` has its form."""
    LARGEST_BATCH = "largest-batch"
    """JSON: which sizes of a batch the device has memory for; `runners.train.largest` has its form."""
    TEXT = "text"
    """Plain text of one step, such as samples of what a model writes; named ``texts/NAME/STEP``."""
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file that a run made. ``path`` is relative to the run's folder, with forward slashes.

    ``step`` is the training step that it belongs to, None where it belongs to the whole run.
    """

    name: str
    kind: ArtifactKind
    path: str
    step: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a trainer says that it ended, written as its last act."""

    state: State
    reason: str
    exit_code: int
    ended: int
    """UTC, microseconds since 1970."""
    error_type: str = ""
    traceback: str = ""
    environment: Mapping[str, Any] = field(default_factory=dict)
    """Versions that only the trainer knows: ``python``, ``packages`` (name: version), ``device`` (its name)."""


CHECKPOINTS = ("best", "last")


@dataclass(frozen=True, slots=True)
class RunFolder:
    """Where things are in a run's folder, the only channel between scheduler and trainer."""

    path: Path

    @property
    def spec(self) -> Path:
        """`RunSpec` as JSON, frozen when the run was queued."""
        return self.path / "spec.json"

    @property
    def events(self) -> Path:
        """Append-only records; see `runners.events`."""
        return self.path / "events"

    @property
    def log(self) -> Path:
        """The trainer's stdout and stderr."""
        return self.path / "output.log"

    @property
    def system(self) -> Path:
        """Records like those of `events`, written by the scheduler: what the run costs the machine."""
        return self.path / "system"

    @property
    def journal(self) -> Path:
        """A line of JSON for each change of the run that the history knows; see `storage.journal`."""
        return self.path / "journal.jsonl"

    @property
    def template(self) -> Path:
        """Holds the folder of the template, as it was when the run was queued, if that is one of the user's."""
        return self.path / "template"

    @property
    def control(self) -> Path:
        """A `Request` as text, or no such file. The trainer polls it."""
        return self.path / "control"

    @property
    def heartbeat(self) -> Path:
        """An empty file whose modification time the trainer renews every second."""
        return self.path / "heartbeat"

    @property
    def environment(self) -> Path:
        """JSON with what the trainer found: python, packages, device."""
        return self.path / "environment.json"

    @property
    def outcome(self) -> Path:
        """`Outcome` as JSON. Its presence means that the trainer came to its end by itself."""
        return self.path / "outcome.json"

    @property
    def checkpoints(self) -> Path:
        return self.path / "checkpoints"

    @property
    def kept_checkpoints(self) -> tuple[str, ...]:
        """``best`` and ``last``, those of them that there are; not what is still being written."""
        files = self.checkpoints.glob("*.*") if self.checkpoints.is_dir() else ()
        there = {path.stem for path in files if path.suffix != ".new"}
        return tuple(name for name in CHECKPOINTS if name in there)

    @property
    def artifacts(self) -> Path:
        return self.path / "artifacts"

    def read_spec(self) -> RunSpec:
        """Raises OSError or ValueError."""
        return RunSpec.from_json(self.spec.read_text("utf-8"))

    def read_outcome(self) -> Outcome | None:
        """The outcome, or None while there is none or it cannot be read."""
        try:
            raw = json.loads(self.outcome.read_text("utf-8"))
            raw["state"] = State(raw["state"])
            return Outcome(**raw)
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def write_outcome(self, outcome: Outcome) -> None:
        write_atomically(self.outcome, json.dumps(asdict(outcome), indent=1))

    def read_request(self) -> Request | None:
        try:
            return Request(self.control.read_text("utf-8").strip())
        except (OSError, ValueError):
            return None

    def write_request(self, request: Request | None) -> None:
        """Ask the trainer for something, or, with None, to go on."""
        if request is None:
            self.control.unlink(missing_ok=True)
        else:
            write_atomically(self.control, request.value)


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hex. Raises OSError."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write a small file so that a reader sees the old content or the new one, never a part of it."""
    temporary = path.with_name(path.name + ".new")
    with open(temporary, "wb") as file:
        file.write(content.encode() if isinstance(content, str) else content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
