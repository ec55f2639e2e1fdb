"""From a run's folder to what its training begins with: the spec, the data and the setup of the engine."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from runners.datasets.dataset import DatasetError, DatasetInfo, PreparedDataset, find_version
from runners.datasets.vocabulary import Vocabulary
from runners.protocol import MODES, RunFolder, RunSpec, Scalar
from runners.templates import UnknownTemplate, get_template
from runners.train.pretrained import without_weights
from runners.train.setup import Setup, TrainerError
from runners.training_parameters import ALL_TRAINING_PARAMETERS


def read_spec(folder: RunFolder) -> RunSpec:
    """Raises TrainerError where it is damaged, OSError where it cannot be read."""
    try:
        return folder.read_spec()
    except ValueError as error:
        raise TrainerError(f"{folder.spec.name} is damaged: {error}") from error


def open_dataset(spec: RunSpec, datasets: Path) -> PreparedDataset:
    """The version of the dataset that the run was made for. Raises TrainerError where it is not there."""
    found = find_version(datasets, spec.dataset, spec.dataset_hash)
    if found is not None:
        return found
    dataset = PreparedDataset.read(datasets / spec.dataset)
    if dataset is None:
        raise TrainerError(
            f"the dataset {spec.dataset} is not prepared in {datasets}, or is damaged: "
            "prepare it and try again"
        )
    raise TrainerError(
        f"the dataset {spec.dataset} is not the one that the run was made for: its SHA-256 is "
        f"{dataset.sha256[:12]}…, that of the run {spec.dataset_hash[:12]}…. Clone the run "
        "to train it on the dataset as it is now"
    )


def setup_of(
    spec: RunSpec,
    dataset: PreparedDataset,
    device: str,
    replicas: int,
    folder: RunFolder,
    *,
    resume: bool,
) -> Setup:
    """What the engine is built from, but for the weights of the classes. Raises TrainerError where the spec asks for what does not go."""
    vocabulary = vocabulary_of(dataset)
    return setup_for(spec, dataset.info, vocabulary, device, replicas, folder, resume=resume)


def setup_for(
    spec: RunSpec,
    info: DatasetInfo,
    vocabulary: Vocabulary | None,
    device: str,
    replicas: int,
    folder: RunFolder,
    *,
    resume: bool,
) -> Setup:
    """As `setup_of`, of what is known of the dataset, wherever it is."""
    try:
        template = get_template(spec.template, folder.template)
    except UnknownTemplate as error:
        raise TrainerError(str(error)) from error
    if spec.mode not in MODES[spec.framework]:
        raise TrainerError(f"{spec.framework.display_name} has no mode {spec.mode.value!r}")
    asked = without_weights(spec.parameters) if resume else spec.parameters
    if misfit := template.why_not(asked, info):
        raise TrainerError(misfit)
    return Setup(
        framework=spec.framework,
        mode=spec.mode,
        device=device,
        template=template,
        dataset=info,
        parameters=_complete(spec.parameters),
        seed=spec.seed,
        vocabulary=vocabulary,
        replicas=replicas,
    )


def vocabulary_of(dataset: PreparedDataset) -> Vocabulary | None:
    """The texts of its tokens, where it has any. Raises TrainerError."""
    if not dataset.info.vocabulary_size:
        return None
    try:
        return Vocabulary.read(dataset.folder)
    except DatasetError as error:
        raise TrainerError(str(error)) from error


def _complete(parameters: Mapping[str, Scalar]) -> Mapping[str, Scalar]:
    """With the defaults of what training can do since the spec was frozen; all of that is off by default."""
    return {p.name: p.default for p in ALL_TRAINING_PARAMETERS} | dict(parameters)
