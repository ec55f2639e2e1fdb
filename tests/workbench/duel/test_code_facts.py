"""What is counted in a program."""

from __future__ import annotations

import pytest

from workbench.duel.code_facts import code_facts

PROGRAM = '''"""A module

of two lines."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn, optim as o


# a comment
class Net(nn.Module):
    """What it is."""

    def forward(self, x):
        text = """not a
        docstring"""
        y = F.relu(x) if x and text or y else nn.functional.relu(x)
        for each in y:
            while each:
                try:
                    np.sum([z for z in y])
                except ValueError:
                    pass
        return o.Adam(self.torch.nn, torch.float32)
'''


def test_lines_are_those_with_code() -> None:
    assert code_facts(PROGRAM, ("torch",)).lines == 16


def test_branches_are_counted_as_mccabe_does() -> None:
    # if-else, and, or, for, while, a comprehension, except
    assert code_facts(PROGRAM, ("torch",)).branches == 7


def test_names_are_those_that_are_reached_from_the_import() -> None:
    assert code_facts(PROGRAM, ("torch",)).api_names == (
        "torch.float32",
        "torch.nn.Module",
        "torch.nn.functional.relu",
        "torch.optim.Adam",
    )


def test_an_empty_program_has_nothing() -> None:
    found = code_facts("", ("torch",))
    assert (found.lines, found.branches, found.api_names) == (0, 0, ())


def test_what_is_no_python_is_refused() -> None:
    with pytest.raises(SyntaxError):
        code_facts("def (", ("torch",))
