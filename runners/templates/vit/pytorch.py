"""A vision transformer in PyTorch.

The image is cut into patches, and each becomes a row of numbers, a token. In every block the tokens first look
at each other (attention), then each is worked on by itself (two dense layers); what a block computes is added to
what it was given. Nothing tells a transformer where a token stands, so learned numbers for each position are
added. One more token, which is learned and stands for no patch, gathers what decides the class.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu, scaled_dot_product_attention

from runners.templates.template import ModelShape

# By size: the depth, the width and the heads.
SIZES = {"tiny": (12, 192, 3), "small": (12, 384, 6)}


class VisionTransformer(nn.Module):
    def __init__(self, parameters: Mapping[str, Any], shape: ModelShape) -> None:
        super().__init__()
        own = parameters["depth"], parameters["width"], parameters["heads"]
        depth, width, heads = SIZES.get(parameters["size"], own)
        height, breadth, channels = shape.inputs
        patch = parameters["patch_size"]
        tokens = (height // patch) * (breadth // patch) + 1

        # A filter as large as its step multiplies every patch with the same matrix.
        self.patches = nn.Conv2d(channels, width, patch, stride=patch)
        self.class_token = nn.Parameter(torch.zeros(1, width))
        self.positions = nn.Parameter(torch.zeros(tokens, width))
        self.dropout = nn.Dropout(parameters["dropout"])
        self.blocks = nn.Sequential()
        for number in range(1, depth + 1):
            self.blocks.add_module(f"block_{number}", Block(width, heads, parameters["dropout"]))
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.output = nn.Linear(width, shape.outputs)

    def forward(self, images: Tensor) -> Tensor:
        x = images.permute(0, 3, 1, 2)  # PyTorch wants the channels before height and width
        x = self.patches(x).flatten(2).transpose(1, 2)  # (samples, patches, width)
        class_token = self.class_token.expand(x.shape[0], 1, -1)
        x = torch.cat([class_token, x], dim=1)
        x = self.dropout(x + self.positions)
        x = self.norm(self.blocks(x))
        scores: Tensor = self.output(x[:, 0])
        return scores


class Block(nn.Module):
    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.norm_1 = nn.LayerNorm(width, eps=1e-6)
        self.qkv = nn.Linear(width, 3 * width)
        self.attention = SelfAttention(heads)
        self.projection = nn.Linear(width, width)
        self.norm_2 = nn.LayerNorm(width, eps=1e-6)
        self.expand = nn.Linear(width, 4 * width)
        self.contract = nn.Linear(4 * width, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        y = self.attention(self.qkv(self.norm_1(x)))
        x = x + self.dropout(self.projection(y))

        y = self.dropout(gelu(self.expand(self.norm_2(x))))
        out: Tensor = x + self.dropout(self.contract(y))
        return out


class SelfAttention(nn.Module):
    """Every token becomes a mean of all tokens' values, weighted by how well their keys answer its query.

    The input holds queries, keys and values side by side: (samples, tokens, 3 * width).
    """

    def __init__(self, heads: int) -> None:
        super().__init__()
        self.heads = heads

    def forward(self, qkv: Tensor) -> Tensor:
        samples, tokens, width = qkv.shape[0], qkv.shape[1], qkv.shape[2] // 3
        parts = qkv.view(samples, tokens, 3, self.heads, width // self.heads)
        q, k, v = parts.permute(2, 0, 3, 1, 4)  # each (samples, heads, tokens, width / heads)
        y = scaled_dot_product_attention(q, k, v)  # softmax(q kᵀ / √(width / heads)) v
        return y.transpose(1, 2).reshape(samples, tokens, width)


def build_model(parameters: Mapping[str, Any], shape: ModelShape) -> nn.Module:
    """The model, from images (samples, height, width, channels) to scores (samples, classes).

    The scores are logits: softmax is part of the loss.
    """
    return VisionTransformer(parameters, shape)
