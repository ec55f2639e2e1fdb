"""What PyTorch saves for the backward pass, against what the layer table says of it."""

from __future__ import annotations

import pytest
import torch

from runners.datasets.dataset import Input, Task
from runners.protocol import Framework
from runners.templates import framework_module
from runners.templates.table import FLOAT32_BYTES, layer_table
from runners.train.pytorch.recomputing import recompute_blocks
from tests.runners.templates.cases import Case, made_up

_IMAGES = made_up(Task.CLASSIFICATION, Input.IMAGE, (32, 32, 3))
_MASKS = made_up(Task.SEGMENTATION, Input.IMAGE, (64, 64, 3))
_TEXT = made_up(Task.TEXT_GENERATION, Input.TOKENS, (), vocabulary_size=96)
_TRANSFORMER = {"depth": 6, "width": 48, "heads": 4}
CASES = {
    "gpt": Case(template="gpt", dataset=_TEXT, parameters={"context": 64, **_TRANSFORMER}),
    "vit": Case(template="vit", dataset=_IMAGES, parameters={"patch_size": 4, **_TRANSFORMER}),
    "resnet": Case(template="resnet", dataset=_IMAGES, parameters={"depth": "20"}),
    "mobilenet": Case(template="mobilenet", dataset=_IMAGES, parameters={"width": 0.5}),
    "unet": Case(template="unet", dataset=_MASKS, parameters={}),
}
_BATCH = 2


def saved_bytes(case: Case, *, recomputed: bool) -> int:
    """Of all numbers that autograd keeps of a forward pass, but for the weights."""
    values = case.values()
    shape = case.declared.shape(values, case.dataset)
    model = framework_module(case.declared, Framework.PYTORCH).build_model(values, shape)
    model.train()
    if recomputed:
        recompute_blocks(model, case.declared.layers_for(values, case.dataset))
    own = {each.untyped_storage().data_ptr() for each in (*model.parameters(), *model.buffers())}
    kept: dict[int, torch.Tensor] = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        place = tensor.untyped_storage().data_ptr()
        if place not in own and tensor.is_floating_point():
            kept[place] = tensor
        return tensor

    size = (_BATCH, *shape.inputs)
    x = torch.randint(0, shape.vocabulary, size) if shape.vocabulary else torch.rand(size)
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        outputs = model(x)
    assert outputs.requires_grad
    return sum(each.untyped_storage().nbytes() for each in kept.values())


@pytest.mark.parametrize("recomputed", [False, True], ids=["whole", "recomputed"])
@pytest.mark.parametrize("name", CASES)
def test_what_the_table_says_is_kept_is_about_what_pytorch_saves(
    name: str, recomputed: bool
) -> None:
    case = CASES[name]
    layers = case.declared.layers_for(case.values(), case.dataset)
    rows = layer_table(layers, _BATCH, recomputed=recomputed).rows
    declared = sum(row.activation_bytes for row in rows if not row.recomputed)
    assert any(row.recomputed for row in rows) is recomputed
    assert declared > FLOAT32_BYTES * _BATCH
    assert 0.7 < saved_bytes(case, recomputed=recomputed) / declared < 1.5
