"""A small language model of GPT-2's architecture in PyTorch.

For every place of a text it says how likely each token is to come next. A token is looked up in a table, and
learned numbers for its position are added. In every block the tokens look at those before them (causal attention),
then each is worked on by itself (two dense layers); what a block computes is added to what it was given. At last
each token is compared with all rows of the same table: the better a row fits, the likelier its token is next.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu, linear, scaled_dot_product_attention

from runners.templates.template import ModelShape


class LanguageModel(nn.Module):
    def __init__(self, parameters: Mapping[str, Any], shape: ModelShape) -> None:
        super().__init__()
        width, heads, dropout = parameters["width"], parameters["heads"], parameters["dropout"]
        self.tokens = nn.Embedding(shape.vocabulary, width)
        self.positions = nn.Parameter(torch.zeros(shape.inputs[0], width))
        self.dropout = nn.Dropout(dropout)
        self.blocks = nn.Sequential()
        for number in range(1, parameters["depth"] + 1):
            self.blocks.add_module(f"block_{number}", Block(width, heads, dropout))
        self.norm = nn.LayerNorm(width, eps=1e-5)

    def forward(self, tokens: Tensor) -> Tensor:
        x = self.dropout(self.tokens(tokens) + self.positions)
        x = self.norm(self.blocks(x))
        return linear(x, self.tokens.weight)


class Block(nn.Module):
    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.norm_1 = nn.LayerNorm(width, eps=1e-5)
        self.qkv = nn.Linear(width, 3 * width)
        self.attention = CausalAttention(heads, dropout)
        self.projection = nn.Linear(width, width)
        self.norm_2 = nn.LayerNorm(width, eps=1e-5)
        self.expand = nn.Linear(width, 4 * width)
        self.contract = nn.Linear(4 * width, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        y = self.attention(self.qkv(self.norm_1(x)))
        x = x + self.dropout(self.projection(y))

        y = gelu(self.expand(self.norm_2(x)), approximate="tanh")
        out: Tensor = x + self.dropout(self.contract(y))
        return out


class CausalAttention(nn.Module):
    """Every token becomes a mean of the values of itself and those before it, weighted by how well their keys
    answer its query.

    The input holds queries, keys and values side by side: (samples, tokens, 3 * width).
    """

    def __init__(self, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.dropout = dropout

    def forward(self, qkv: Tensor) -> Tensor:
        samples, tokens, width = qkv.shape[0], qkv.shape[1], qkv.shape[2] // 3
        parts = qkv.view(samples, tokens, 3, self.heads, width // self.heads)
        q, k, v = parts.permute(2, 0, 3, 1, 4)  # each (samples, heads, tokens, width / heads)
        dropout = self.dropout if self.training else 0.0
        # dropout(softmax(q kᵀ / √(width / heads), without what comes later)) v
        y = scaled_dot_product_attention(q, k, v, dropout_p=dropout, is_causal=True)
        return y.transpose(1, 2).reshape(samples, tokens, width)


def build_model(parameters: Mapping[str, Any], shape: ModelShape) -> nn.Module:
    """The model, from tokens (samples, context) to scores of the next token (samples, context, vocabulary).

    The scores are logits: softmax is part of the loss.
    """
    return LanguageModel(parameters, shape)
