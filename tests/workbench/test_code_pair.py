from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from runners.protocol import FRAMEWORKS
from runners.templates import folder_of, get_template
from workbench.code_pair import Span, aligned, spans

LINES = st.lists(st.sampled_from(["", "a b", "a b c", "d", "x = f(y)", "x = g(y)"]), max_size=12)


@given(LINES, LINES)
def test_every_line_of_both_stands_once_and_in_its_order(one: list[str], other: list[str]) -> None:
    rows = aligned(one, other)
    assert [left for left, _ in rows if left is not None] == list(range(len(one)))
    assert [right for _, right in rows if right is not None] == list(range(len(other)))
    assert (None, None) not in rows


def test_lines_that_share_their_words_stand_beside_each_other() -> None:
    one = ["import torch", "hidden = Linear(width)", "output = Linear(outputs)"]
    other = ["output = Dense(outputs)"]
    assert aligned(one, other)[-1] == (2, 0)


def test_the_same_lines_of_a_template_stand_beside_each_other() -> None:
    texts = [
        (folder_of(get_template("resnet")) / f"{each}.py").read_text("utf-8") for each in FRAMEWORKS
    ]
    one, other = (text.splitlines() for text in texts)
    pairs = {(one[i], other[j]) for i, j in aligned(one, other) if i is not None and j is not None}
    line = '        filters = round(stage_filters * parameters["width"])'
    assert any(left.strip() == right.strip() == line.strip() for left, right in pairs)


def test_words_of_python_are_told_apart() -> None:
    found = spans('def f():\n    return "a" + 1  # why\n')
    assert found[0] == [Span(0, 3, "keyword"), Span(4, 1, "name")]
    assert [span.kind for span in found[1]] == ["keyword", "string", "number", "comment"]


def test_a_text_of_several_lines_is_one_in_each_of_them() -> None:
    found = spans('x = """a\nb\n"""')
    assert [found[number][-1].kind for number in range(3)] == ["string"] * 3


def test_what_is_no_python_is_shown_as_far_as_it_is_understood() -> None:
    assert spans("def f(:\n  '''")[0][0] == Span(0, 3, "keyword")
