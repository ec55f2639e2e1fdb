"""How good a model is at its task: a module for each task, none of which knows a framework."""

from __future__ import annotations

from runners.datasets.dataset import Task
from runners.train.evaluation.classification import Classification
from runners.train.evaluation.evaluation import Evaluation, Kept
from runners.train.evaluation.forecasting import Forecasting
from runners.train.evaluation.reconstruction import Reconstruction
from runners.train.evaluation.regression import Regression
from runners.train.evaluation.segmentation import Segmentation
from runners.train.evaluation.text_generation import TextGeneration

EVALUATIONS: dict[Task, type[Evaluation]] = {
    Task.CLASSIFICATION: Classification,
    Task.REGRESSION: Regression,
    Task.SEGMENTATION: Segmentation,
    Task.FORECASTING: Forecasting,
    Task.TEXT_GENERATION: TextGeneration,
    Task.RECONSTRUCTION: Reconstruction,
}

__all__ = ["EVALUATIONS", "Evaluation", "Kept"]
