"""What a template declares, without a framework."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from runners.datasets.dataset import DatasetInfo
from runners.parameters import Parameter
from runners.templates.layers import Layer


@dataclass(frozen=True, kw_only=True)
class Template:
    """A model family, implemented once per framework.

    Its folder holds ``template.py`` (this declaration as ``TEMPLATE``), ``pytorch.py`` and
    ``tensorflow.py``, each with ``build_model(parameters, input_shape, classes)``, and ``icon.svg``.
    ``layers`` lists the layers for the given parameters and dataset; names and order are those of
    both implementations. ``misfit`` says why a dataset and parameters do not fit, or "".
    ``unmatched`` names what cannot be made equal in the two frameworks, for the user.
    """

    name: str
    title: str
    summary: str
    reference: str
    parameters: tuple[Parameter, ...]
    layers: Callable[[Mapping[str, Any], DatasetInfo], list[Layer]]
    misfit: Callable[[Mapping[str, Any], DatasetInfo], str] = lambda _parameters, _dataset: ""
    unmatched: tuple[str, ...] = ()
